"""The command line as a user meets it: real processes, exit codes, what goes where."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from humanpose3d.demo import models_bundle_path
from humanpose3d.model_assets import MODELS


def humanpose3d(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "humanpose3d", *arguments]
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        check=False,
    )


@pytest.fixture
def stocked_home(home: Path, models_checkout: Path) -> Path:
    """A home that holds the five models, put there by hand."""
    shutil.copytree(models_checkout, home / "models")
    return home


@pytest.mark.slow
def test_demo_needs_no_argument_and_says_what_it_did(home: Path, tmp_path: Path) -> None:
    done = humanpose3d("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = tmp_path / "humanpose3d_demo"
    for name in ("walk_landmarks.csv", "walk_initial.trc", "run.json"):
        assert (results / name).stat().st_size > 0
        assert name in done.stdout
    for path in ("pose_landmarker_heavy.task", "GRU.h5", "checkpoints/best_depth_model.pth"):
        assert (results / "home" / "models" / path).is_file()
    assert 'MediaPipe\'s smaller "full" model' in done.stdout
    assert "corrections are zero" in done.stdout
    assert "Found a person in 120 of 120 frames" in done.stdout
    assert not home.exists()


@pytest.mark.slow
def test_run_prints_what_was_written_and_where(stocked_home: Path, demo_clip: Path, tmp_path: Path) -> None:
    done = humanpose3d("run", str(demo_clip), "--height", "1.78", "--weight", "75", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    verdict, report, *_ = done.stdout.splitlines()
    assert verdict.startswith("Verdict: usable")
    assert report == f"Report: open {tmp_path / 'walk_humanpose3d' / 'report.html'}"
    assert f"Wrote to {tmp_path / 'walk_humanpose3d'}:" in done.stdout
    assert "--height" not in done.stdout
    assert done.stdout.count("Left out: motion") == 1 and "motion model was not used" not in done.stdout
    record = json.loads((tmp_path / "walk_humanpose3d" / "run.json").read_text(encoding="utf-8"))
    assert record["settings"].items() >= {"height_m": 1.78, "weight_kg": 75}.items()
    assert "frames: 100 %" in done.stderr


@pytest.mark.slow
def test_run_fetches_its_models_on_first_use(home: Path, short_walk: Path, tmp_path: Path) -> None:
    done = humanpose3d("run", str(short_walk), cwd=tmp_path, HUMANPOSE3D_MODELS_URL=str(models_bundle_path()))
    assert done.returncode == 0, done.stderr
    assert all((home / "models" / spec.path).is_file() for spec in MODELS.values())
    assert "mediapipe: 100 %" in done.stderr
    assert "No height was given (--height)" in done.stdout


@pytest.mark.slow
def test_run_prints_json(stocked_home: Path, short_walk: Path, tmp_path: Path) -> None:
    done = humanpose3d("run", str(short_walk), "--json", cwd=tmp_path, HUMANPOSE3D_PROGRESS="0")
    assert json.loads(done.stdout)["frames"]["with_pose"] == 30
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no such file.mp4"], ["no such file.mp4"]),
        (["empty.mp4"], ["empty.mp4", "empty"]),
        (["text.mp4"], ["text.mp4"]),
        (["truncated.mp4"], ["truncated.mp4"]),
        (["clip.mp4", "--height", "178"], ["178", "1.78"]),
        (["clip.mp4", "--height", "0"], ["height"]),
        (["clip.mp4", "--height", "-1.8"], ["height"]),
        (["clip.mp4", "--height", "nan"], ["height"]),
        (["clip.mp4", "--cutoff", "-1"], ["--cutoff"]),
        (["clip.mp4", "--cutoff", "16"], ["--cutoff", "15 Hz at 30 frames/s", "not 16"]),
        (["clip.mp4", "--filter-order", "3"], ["--filter-order"]),
        (["clip.mp4", "--output", "text.mp4"], ["text.mp4"]),
    ],
)
@pytest.mark.slow
def test_bad_input_is_one_sentence(
    arguments: Sequence[str], words: Sequence[str], stocked_home: Path, demo_clip: Path, tmp_path: Path
) -> None:
    shutil.copy(demo_clip, tmp_path / "clip.mp4")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("I am no video.\n" * 100, encoding="utf-8")
    (tmp_path / "truncated.mp4").write_bytes(demo_clip.read_bytes()[:100_000])
    before = sorted(path for path in tmp_path.rglob("*") if stocked_home not in path.parents)
    done = humanpose3d("run", *arguments, cwd=tmp_path, HUMANPOSE3D_PROGRESS="0")
    assert done.returncode == (2 if {"--height", "--cutoff", "--filter-order"} & set(arguments) else 1)
    assert done.stdout == ""
    assert done.stderr.startswith("humanpose3d: error: ")
    assert len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr
    assert sorted(path for path in tmp_path.rglob("*") if stocked_home not in path.parents) == before


def test_a_models_url_that_does_not_exist_is_one_sentence(home: Path, demo_clip: Path, tmp_path: Path) -> None:
    done = humanpose3d("run", str(demo_clip), cwd=tmp_path, HUMANPOSE3D_MODELS_URL=str(tmp_path / "nothing.git"))
    assert done.returncode == 1
    assert done.stderr.startswith("humanpose3d: error: Git clone failed: ")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "walk_humanpose3d").exists()


@pytest.mark.parametrize(
    "arguments", [["run", "clip.mp4"], ["demo"], ["report", "results"]], ids=lambda words: words[0]
)
def test_without_the_pipelines_packages_one_sentence_says_what_to_install(
    arguments: Sequence[str], home: Path, tmp_path: Path
) -> None:
    (tmp_path / "absent").mkdir()
    (tmp_path / "absent" / "numpy.py").write_text('raise ModuleNotFoundError("none", name="numpy")', encoding="utf-8")
    path = os.pathsep.join([str(tmp_path / "absent"), os.environ["PYTHONPATH"]])
    done = humanpose3d(*arguments, cwd=tmp_path, PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("humanpose3d: error: The Python package numpy is not installed; install it with: ")
    assert len(done.stderr.splitlines()) == 1


def test_wrong_usage_is_2(tmp_path: Path) -> None:
    assert humanpose3d("run", cwd=tmp_path).returncode == 2
    assert humanpose3d("fly", cwd=tmp_path).returncode == 2
    assert humanpose3d("run", "clip.mp4", "--height", "tall", cwd=tmp_path).returncode == 2


def test_debug_shows_the_traceback(tmp_path: Path, home: Path) -> None:
    done = humanpose3d("run", "nothing.mp4", "--debug", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    heavy = {"numpy", "mediapipe", "av", "cv2", "torch", "matplotlib", "tqdm", "scipy"}
    code = (
        "import sys; import humanpose3d.cli.main; humanpose3d.cli.main.make_parser(); "
        f"print(sorted({heavy} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither of these signals")
def test_a_background_job_ignores_ctrl_c_and_puts_away_at_sigterm(
    stocked_home: Path, demo_clip: Path, tmp_path: Path
) -> None:
    """Scripts start background jobs, and nohup starts all, with SIGINT ignored; they are ended by SIGTERM."""
    command = f'trap "" INT; exec "{sys.executable}" -m humanpose3d run "{demo_clip}" --output out'
    with subprocess.Popen(["sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("frames: 10 %")
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline().startswith("frames: 20 %")
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert process.returncode == 143
    assert "Traceback" not in said
    assert [path for path in tmp_path.iterdir() if path != stocked_home] == []
