"""A run that must not fetch: ``--offline``, and the variable of that name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from humanpose3d.cli.main import main
from humanpose3d.demo import models_bundle_path

MISSING = """\
[main] Error: Models not found in {folder}
[main]   - Depth refinement model: best_depth_model.pth (missing)
[main]   - Joint refinement model: best_joint_model.pth (missing)
[main]   - Main refiner model: best_main_refiner.pth (missing)
[main]   - MediaPipe pose model: pose_landmarker_heavy.task (missing)
[main]   - Pose2Sim LSTM model: GRU.h5 (missing)
[main] Please download models first:
[main]   python scripts/download_models.py
[main] or, where the package is installed:
[main]   humanpose3d models download
[main] Both need HUMANPOSE3D_OFFLINE unset. Without a network: humanpose3d models import FILE
"""


def humanpose3d(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "humanpose3d", *arguments],
        cwd=cwd,
        capture_output=True,
        encoding=variables.get("PYTHONIOENCODING", "utf-8"),
        env={**os.environ, **variables},
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(("option", "variables"), [(["--offline"], {}), ([], {"HUMANPOSE3D_OFFLINE": "yes"})])
def test_missing_models_are_named_and_nothing_is_made(
    option: list[str], variables: dict[str, str], demo_clip: Path, tmp_path: Path
) -> None:
    user = tmp_path / "user"
    folders = {"HOME": str(user), "USERPROFILE": str(user)}
    done = humanpose3d("run", str(demo_clip), *option, "--json", cwd=tmp_path, **folders, **variables)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (1, "models-not-found")
    assert done.stderr == MISSING.format(folder="~/.humanpose3d/models/")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_decoded_or_even_loaded(home: Path, demo_clip: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from humanpose3d.cli.main import main; code = main(sys.argv[1:]); "
        "print(code, sorted({'av', 'mediapipe', 'numpy'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", program, "run", str(demo_clip), "--offline"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "1 []\n"


def test_a_home_that_the_terminal_can_not_print(demo_clip: Path, tmp_path: Path) -> None:
    home = tmp_path / "Łódź"
    done = humanpose3d(
        *("run", str(demo_clip), "--offline"), cwd=tmp_path, HUMANPOSE3D_HOME=str(home), PYTHONIOENCODING="cp1252"
    )
    shown = str(home / "models").encode("cp1252", "backslashreplace").decode("cp1252")
    assert done.stderr == MISSING.format(folder=f"{shown}{os.sep}")


@pytest.mark.slow
def test_a_stocked_home_is_enough_without_git(
    home: Path, models_checkout: Path, short_walk: Path, tmp_path: Path
) -> None:
    shutil.copytree(models_checkout, home / "models")
    done = humanpose3d("run", str(short_walk), "--offline", cwd=tmp_path, PATH="", HUMANPOSE3D_PROGRESS="0")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "walk_humanpose3d" / "run.json").is_file()


def test_the_option_ends_with_the_command(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that calls ``main`` is online again afterwards."""
    assert main(["run", str(tmp_path / "none.mp4"), "--offline"]) == 1
    assert "HUMANPOSE3D_OFFLINE" not in os.environ
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(models_bundle_path()))
    assert main(["models", "download", "gru", "--quiet"]) == 0


def test_the_first_demo_needs_git(tmp_path: Path) -> None:
    done = humanpose3d("demo", cwd=tmp_path, HUMANPOSE3D_OFFLINE="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("humanpose3d: error: Offline (HUMANPOSE3D_OFFLINE is set), and the demo's models ")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_second_demo_works_offline(models_checkout: Path, tmp_path: Path) -> None:
    shutil.copytree(models_checkout, tmp_path / "humanpose3d_demo" / "home" / "models")
    done = humanpose3d("demo", cwd=tmp_path, HUMANPOSE3D_OFFLINE="1", PATH="", HUMANPOSE3D_PROGRESS="0")
    assert done.returncode == 0, done.stderr
    assert "The 5 models now in the demo's home:" in done.stdout
