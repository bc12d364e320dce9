"""A run of a part of a video, from Python and the command line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.clips import encode

from humanpose3d.errors import InvalidSettingError
from humanpose3d.runs.run import run_pipeline
from humanpose3d.runs.settings import Settings
from humanpose3d.video.reader import VideoReader

PLAIN = {"height": 1.78, "refine": False, "motion": False, "augmenter": "none"}


@pytest.fixture(autouse=True)
def installed_models(models_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))


@pytest.mark.slow
def test_a_part_gives_what_the_same_frames_alone_give(demo_clip: Path, tmp_path: Path) -> None:
    part = run_pipeline(demo_clip, start=1.0, end=2.0, output=tmp_path / "part", **PLAIN)
    with VideoReader(demo_clip, start=1.0, end=2.0) as reader:
        pictures = [frame.rgb for frame in reader.frames()]
    cut = encode(tmp_path / "cut.nut", pictures, codec="ffv1", pixel_format="bgr0")  # exact times
    alone = run_pipeline(cut, output=tmp_path / "alone", **PLAIN)
    assert part.angles.times == pytest.approx(np.arange(30, 61) / 30)
    np.testing.assert_allclose(part.angles.degrees, alone.angles.degrees, atol=0.05)
    assert part.record["frames"]["duration_s"] == pytest.approx(1.0)
    with VideoReader(part.outputs["overlay"]) as reader:
        times = [frame.time for frame in reader.frames()]
    assert times == pytest.approx(np.arange(31) / 30, abs=1e-4)


@pytest.mark.slow
def test_the_command_line_takes_minutes_and_standard_input(demo_clip: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "humanpose3d", "run", "-", "--from", "0:01,5", "--to", "1.7", "--no-overlay"]
    command += ["--no-refine", "--no-motion", "--no-augment", "--json"]
    with demo_clip.open("rb") as video:
        done = subprocess.run(command, stdin=video, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["frames"]["total"] == 7
    assert (record["settings"]["start_s"], record["settings"]["end_s"]) == (1.5, 1.7)
    assert (tmp_path / "stdin_humanpose3d" / "stdin_landmarks.csv").is_file()


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"start": -1.0}, r"The start \(--from\) must be 0 or more seconds, not -1"),
        ({"start": float("nan")}, "must be 0 or more"),
        ({"start": 5.0, "end": 4.0}, r"The end \(--to\), 4 s, must come after the start, 5 s"),
        ({"rate": 0.0}, r"The rate \(--rate\)"),
    ],
)
def test_times_out_of_order_are_refused(chosen: dict[str, float], words: str) -> None:
    with pytest.raises(InvalidSettingError, match=words):
        Settings(**chosen)
