"""``manage.py download_models``, called by programs and by people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from django_app.conftest import Call, Manage
from humanpose3d.demo import models_bundle_path

RULE = "=" * 70
PURPOSES = {
    "best_depth_model.pth": "Depth refinement model",
    "best_joint_model.pth": "Joint refinement model",
    "best_main_refiner.pth": "Main refiner model",
    "pose_landmarker_heavy.task": "MediaPipe pose model",
    "GRU.h5": "Pose2Sim LSTM model",
}


@pytest.fixture
def embedded(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that is filled from the embedded repository."""
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(models_bundle_path()))
    return home


def sizes(home: Path) -> dict[str, str]:
    """Each model's file name and its size as users see it."""
    files = (
        "checkpoints/best_depth_model.pth",
        "checkpoints/best_joint_model.pth",
        "checkpoints/best_main_refiner.pth",
    )
    paths = [home / "models" / name for name in (*files, "pose_landmarker_heavy.task", "GRU.h5")]
    return {path.name: f"{path.stat().st_size / 2**20:.2f} MB" for path in paths}


def check_report(home: Path, files: dict[str, str], mark: str, verdict: str) -> str:
    """The whole output of a check."""
    lines = "\n".join(f"  {mark} {PURPOSES[name]}: {name} ({state})" for name, state in files.items())
    return f"""\
{RULE}
HumanPose3D Model Downloader
{RULE}

Target directory: {home}
Models directory: {home / "models"}

Checking model files...

{lines}

{verdict}
"""


def test_a_download_says_what_the_script_says(embedded: Path, manage: Manage) -> None:
    done = manage("download_models")
    assert done.returncode == 0, done.stderr
    listed = "\n".join(f"  - {name} ({size})" for name, size in sizes(embedded).items())
    assert (
        done.stdout
        == f"""\
{RULE}
HumanPose3D Model Downloader
{RULE}

Target directory: {embedded}
Models directory: {embedded / "models"}

Starting download...

  Creating temporary directory...
  Cloning models from {models_bundle_path()}...
  Copying model files...
  Download complete!

✓ Models downloaded successfully

Downloaded files:
{listed}

✓ Models are ready! You can now run the pipeline.
"""
    )
    assert "W001" not in done.stderr


def test_check_only_fails_until_the_models_are_there(embedded: Path, manage: Manage) -> None:
    missing = manage("download_models", "--check-only")
    assert missing.returncode == 1
    files = dict.fromkeys(PURPOSES, "missing")
    verdict = "Some models are missing. Run without --check-only to download."
    assert missing.stdout == check_report(embedded, files, "✗", verdict)
    assert missing.stderr.startswith("CommandError: Some models are missing: best_depth_model.pth, ")
    assert not embedded.exists()
    assert manage("download_models").returncode == 0
    there = manage("download_models", "--check-only")
    assert there.returncode == 0
    assert there.stdout == check_report(embedded, sizes(embedded), "✓", "All required models are present.")
    assert there.stderr == ""


def test_a_terminal_without_check_marks_gets_words(embedded: Path, manage: Manage) -> None:
    done = manage("download_models", "--check-only", PYTHONIOENCODING="cp1252")
    assert done.returncode == 1
    assert "  [missing] Main refiner model" in done.stdout


def test_a_home_that_the_terminal_cannot_print_does_not_end_it(embedded: Path, manage: Manage, tmp_path: Path) -> None:
    home = tmp_path / "Модели"
    done = manage("download_models", "gru", PYTHONIOENCODING="cp1252", HUMANPOSE3D_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert (home / "models" / "GRU.h5").is_file()


def test_a_program_gets_marks_in_a_stream_of_text(embedded: Path, call: Call, command_error: type[Exception]) -> None:
    assert call("download_models", "gru")[0].endswith("✓ Models are ready! You can now run the pipeline.\n")
    assert "  ✓ Pose2Sim LSTM model: GRU.h5 (" in call("download_models", "gru", check_only=True)[0]
    with pytest.raises(command_error, match=r"missing: best_depth_model\.pth$"):
        call("download_models", "gru", "depth", check_only=True)


def test_force_keeps_a_set_that_is_current(embedded: Path, call: Call) -> None:
    call("download_models")
    path = embedded / "models" / "GRU.h5"
    before = path.stat().st_mtime_ns
    call("download_models", force=True)
    assert path.stat().st_mtime_ns == before


def test_verbosity_0_prints_nothing(embedded: Path, manage: Manage) -> None:
    done = manage("download_models", "--verbosity", "0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = manage("download_models", "--check-only", "--verbosity", "0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_verbosity_2_tells_where_models_are_from(embedded: Path, call: Call) -> None:
    out, _ = call("download_models", "gru", verbosity=2)
    assert f"  {embedded / 'models' / 'GRU.h5'}\n    origin: git\n    commit: " in out


def test_json_is_all_that_is_printed(embedded: Path, call: Call) -> None:
    (gru,) = json.loads(call("download_models", "gru", json=True)[0])
    assert (gru["name"], gru["state"], gru["path"]) == ("gru", "ready", str(embedded / "models" / "GRU.h5"))


def test_a_failed_download_is_one_sentence_and_names_what_is_missing(home: Path, manage: Manage) -> None:
    done = manage("download_models", "gru", HUMANPOSE3D_MODELS_URL=str(home / "nothing.git"))
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: Git clone failed: ")
    assert "GRU.h5" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_offline_is_said_and_nothing_is_fetched(home: Path, manage: Manage) -> None:
    done = manage("download_models", HUMANPOSE3D_OFFLINE="1")
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: ")
    assert "HUMANPOSE3D_OFFLINE" in done.stderr
    assert not home.exists()


def test_unknown_names_and_settings_are_one_sentence(
    home: Path, call: Call, command_error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    for options in ({}, {"check_only": True}):
        with pytest.raises(command_error, match="Did you mean 'gru'"):
            call("download_models", "grru", **options)
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "soon")
    with pytest.raises(command_error, match="HUMANPOSE3D_STALL_TIMEOUT"):
        call("download_models")


def test_an_unknown_name_is_refused_before_anything_is_said(home: Path, manage: Manage) -> None:
    done = manage("download_models", "grru")
    assert (done.returncode, done.stdout) == (1, "")


def test_check_only_and_force_exclude_each_other(home: Path, manage: Manage) -> None:
    assert manage("download_models", "--check-only", "--force").returncode == 2
