"""``humanpose3d models`` and the prefetch script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.repositories import commit_file

from humanpose3d.cli.main import main
from humanpose3d.demo import models_bundle_path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "download_models.py"


@pytest.fixture
def embedded(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that is filled from the embedded repository."""
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(models_bundle_path()))
    return home


def test_check_fails_until_download_has_run(embedded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "check"]) == 1
    assert main(["models", "download"]) == 0
    assert main(["models", "check"]) == 0
    assert main(["models", "verify"]) == 0
    assert "ready" in capsys.readouterr().out


def test_download_takes_single_names(embedded: Path) -> None:
    assert main(["models", "download", "gru", "--quiet"]) == 0
    assert main(["models", "check", "gru"]) == 0
    assert main(["models", "check", "depth"]) == 1


def test_path_prints_nothing_else(embedded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "path", "gru"]) == 0
    assert capsys.readouterr().out == f"{embedded / 'models' / 'GRU.h5'}\n"


def test_list_is_json_on_demand(embedded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(entry["name"], entry["state"]) for entry in listed] == [
        (name, "missing") for name in ("depth", "joint", "refiner", "mediapipe", "gru")
    ]


def test_list_says_how_old_the_set_is_and_whether_the_branch_has_moved(
    home: Path, remote: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def listed(*options: str) -> str:
        assert main(["models", "list", *options]) == 0
        return capsys.readouterr().out.splitlines()[-1]

    assert listed("--outdated").startswith("No set has been fetched; 'models' is at commit ")
    assert main(["models", "download", "gru", "joint", "--quiet"]) == 0
    assert listed().startswith("The set is commit ") and listed().endswith(" of 'models', fetched today.")
    assert listed("--outdated").endswith("fetched today. It is the newest of 'models'.")
    moved = commit_file(repository, "models/GRU.h5", b"another one")
    assert f"'models' is at commit {moved[:12]} of {remote}. Changed: gru. 'humanpose3d" in listed("--outdated")
    assert main(["models", "list", "--outdated", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["outdated"], content["newest"], len(content["models"])) == (True, moved, 5)
    assert content["commit"] not in (None, moved)


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "error"),
    [
        (["path", "gru"], {"HUMANPOSE3D_OFFLINE": "1"}, "offline", "OfflineError"),
        (["list", "--outdated"], {"HUMANPOSE3D_OFFLINE": "1"}, "offline", "OfflineError"),
        (["path", "gruu"], {}, "unknown-model", "UnknownModelError"),
        (["path", "gru"], {"HUMANPOSE3D_GIT": "/nowhere/git"}, "git-not-found", "GitNotFoundError"),
    ],
)
def test_an_error_is_json_on_demand(
    arguments: list[str],
    variables: dict[str, str],
    code: str,
    error: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["models", *arguments, "--json"]) == 1
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    assert (content["error"]["code"], content["error"]["class"], content["exit_code"]) == (code, error, 1)
    assert content["error"]["message"] in printed.err


def test_lock_says_which_models_no_remote_may_have(
    embedded: Path, models_checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray((models_checkout / "GRU.h5").read_bytes())
    content[-1] ^= 1
    (embedded / "models").mkdir(parents=True)
    (embedded / "models" / "GRU.h5").write_bytes(content)
    assert main(["models", "download"]) == 0
    capsys.readouterr()
    assert main(["models", "lock", "--output", str(tmp_path / "lock")]) == 0
    assert "by hand, and may be in no repository: gru. Carry them with 'humanpose3d models export'" in (
        capsys.readouterr().out
    )
    assert main(["models", "lock", "--output", str(tmp_path / "lock"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["by_hand"] == ["gru"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_behind_standard_output_is_a_sentence(home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "humanpose3d", "models", "list"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "humanpose3d: error: No space left on device.\n"


def test_unknown_names_are_refused_with_a_suggestion(embedded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "path", "grru"]) == 1
    assert "Did you mean 'gru'" in capsys.readouterr().err


def run_script(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": "", "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )


def test_script_downloads_and_checks_from_any_folder(embedded: Path, tmp_path: Path) -> None:
    missing = run_script("--check", cwd=tmp_path)
    assert missing.returncode == 1
    assert "  ✗ Main refiner model: best_main_refiner.pth (missing)" in missing.stdout
    assert missing.stdout.endswith("Some models are missing. Run without --check to download.\n")
    done = run_script(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("✓ Models are ready! You can now run the pipeline.\n")
    there = run_script("--check", cwd=tmp_path)
    assert there.returncode == 0
    assert there.stdout.endswith("All required models are present.\n")


def test_script_survives_a_terminal_without_check_marks(embedded: Path, tmp_path: Path) -> None:
    done = run_script("--check", cwd=tmp_path, PYTHONIOENCODING="cp1252")
    assert done.returncode == 1
    assert "  [missing] Main refiner model" in done.stdout


@pytest.mark.slow
def test_script_force_keeps_a_set_that_is_current(embedded: Path, tmp_path: Path) -> None:
    assert run_script(cwd=tmp_path).returncode == 0
    path = embedded / "models" / "GRU.h5"
    before = path.stat().st_mtime_ns
    assert run_script("--force", cwd=tmp_path).returncode == 0
    assert path.stat().st_mtime_ns == before
