"""``manage.py run_pipeline``, called by programs and by people."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from django_app.conftest import PROJECT, Call, Manage
from humanpose3d.cli.main import main
from humanpose3d.demo import models_bundle_path

pytestmark = pytest.mark.slow

FILES = ("walk_landmarks.csv", "walk_initial.trc", "run.json")


@pytest.fixture
def stocked_home(home: Path, models_checkout: Path) -> Path:
    """A home that holds the five models, put there by hand."""
    shutil.copytree(models_checkout, home / "models")
    return home


def test_it_works_as_it_stands_in_the_documentation(stocked_home: Path, manage: Manage, short_walk: Path) -> None:
    folder = stocked_home.parent
    shutil.copy(short_walk, folder / "test.mp4")
    done = manage("run_pipeline", "--video", "test.mp4", "--height", "1.78", "--weight", "75")
    assert done.returncode == 0, done.stderr
    assert f"Wrote to {folder / 'test_humanpose3d'}:" in done.stdout
    assert "frames: 100 %" in done.stderr
    assert "W001" not in done.stderr
    record = json.loads((folder / "test_humanpose3d" / "run.json").read_text(encoding="utf-8"))
    assert record["settings"].items() >= {"height_m": 1.78, "weight_kg": 75}.items()


def test_it_prints_what_the_command_line_prints(
    stocked_home: Path, call: Call, short_walk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = call("run_pipeline", video=short_walk, output=str(tmp_path / "results"))
    assert err == ""
    assert capsys.readouterr().out == ""
    assert main(["run", str(short_walk), "--output", str(tmp_path / "results")]) == 0
    assert _without_sizes(out) == _without_sizes(capsys.readouterr().out)
    assert "Found a person in 30 of 30 frames" in out
    assert all(name in out for name in FILES)


def _without_sizes(printed: str) -> list[str]:
    return [line.partition(" (")[0] for line in printed.splitlines()]


def test_it_fetches_its_model_on_first_use(home: Path, manage: Manage, short_walk: Path) -> None:
    done = manage("run_pipeline", "--video", str(short_walk), HUMANPOSE3D_MODELS_URL=str(models_bundle_path()))
    assert done.returncode == 0, done.stderr
    assert "mediapipe: 100 %" in done.stderr
    assert (home / "models" / "pose_landmarker_heavy.task").is_file()


@pytest.mark.parametrize("way", ["option", "variable"])
def test_offline_without_models_says_what_the_command_line_says(
    way: str, home: Path, manage: Manage, short_walk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--offline"] if way == "option" else []
    variables = {} if way == "option" else {"HUMANPOSE3D_OFFLINE": "1"}
    done = manage("run_pipeline", "--video", str(short_walk), *options, **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert main(["run", str(short_walk), "--offline"]) == 1
    assert done.stderr == capsys.readouterr().err
    assert done.stderr.startswith("[main] Error: Models not found in ")
    assert "[main] Please download models first:\n[main]   python scripts/download_models.py\n" in done.stderr
    assert not (tmp_path / "walk_humanpose3d").exists()


def test_offline_without_models_is_a_command_error_for_programs(
    home: Path, call: Call, command_error: type[Exception]
) -> None:
    with pytest.raises(command_error, match="Models not found in"):
        call("run_pipeline", video="clip.mp4", offline=True)
    assert "HUMANPOSE3D_OFFLINE" not in os.environ


def test_without_the_pipelines_packages_one_sentence_says_what_to_install(
    home: Path, manage: Manage, tmp_path: Path
) -> None:
    (tmp_path / "numpy.py").write_text('raise ModuleNotFoundError("none", name="numpy")', encoding="utf-8")
    done = manage("run_pipeline", "--video", "clip.mp4", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: The Python package numpy is not installed; ")
    assert len(done.stderr.splitlines()) == 1


def test_verbosity_0_prints_nothing(home: Path, manage: Manage, short_walk: Path, tmp_path: Path) -> None:
    done = manage(
        "run_pipeline", "--video", str(short_walk), "-v", "0", HUMANPOSE3D_MODELS_URL=str(models_bundle_path())
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "walk_humanpose3d" / "run.json").is_file()


def test_verbosity_2_tells_stages_and_models(stocked_home: Path, call: Call, short_walk: Path, tmp_path: Path) -> None:
    out, _ = call("run_pipeline", video=short_walk, output=tmp_path / "results", verbosity=2)
    record = json.loads((tmp_path / "results" / "run.json").read_text(encoding="utf-8"))
    assert f"  mediapipe: sha256 {record['models'][0]['sha256']}" in out
    assert "  markers: " in out
    assert all(f"  {stage['name']}: " in out for stage in record["stages"])


def test_json_is_the_record(stocked_home: Path, call: Call, short_walk: Path, tmp_path: Path) -> None:
    out, _ = call("run_pipeline", video=short_walk, output=tmp_path / "results", json=True, verbosity=0)
    assert json.loads(out) == json.loads((tmp_path / "results" / "run.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"video": "no such file.mp4"}, "no such file.mp4"),
        ({"video": __file__}, "test_run_pipeline.py"),
        ({"video": "clip.mp4", "height": 178.0}, "1.78"),
    ],
)
def test_bad_input_is_a_command_error_of_one_sentence(
    options: dict[str, object], words: str, stocked_home: Path, call: Call, command_error: type[Exception]
) -> None:
    with pytest.raises(command_error) as caught:
        call("run_pipeline", **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_errors_exit_with_1_and_wrong_usage_with_2(stocked_home: Path, manage: Manage) -> None:
    failed = manage("run_pipeline", "--video", "nothing.mp4")
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr.startswith("CommandError: ")
    assert len(failed.stderr.splitlines()) == 1
    assert manage("run_pipeline").returncode == 2
    assert manage("run_pipeline", "--video", "a.mp4", "--height", "tall").returncode == 2


def test_traceback_shows_where_it_came_from(stocked_home: Path, manage: Manage) -> None:
    failed = manage("run_pipeline", "--video", "nothing.mp4", "--traceback")
    assert failed.returncode == 1
    assert "VideoNotFoundError" in failed.stderr
    assert "Traceback" in failed.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
def test_ctrl_c_is_130_and_leaves_nothing(
    stocked_home: Path, django_set_up: None, short_walk: Path, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        str(PROJECT / "manage.py"),
        "run_pipeline",
        "--video",
        str(short_walk),
        "--output",
        "out",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("frames: 10 %")
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert printed == ""
    assert said.endswith("humanpose3d: interrupted\n")
    assert not (tmp_path / "out").exists()


def test_quiet_runs_leave_the_environment_as_it_was(
    stocked_home: Path, call: Call, short_walk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_PROGRESS", "auto")
    before = dict(os.environ)
    call("run_pipeline", video=short_walk, output=tmp_path / "results", verbosity=0)
    assert dict(os.environ) == before
