"""The signal path in a run: on by default, each step with its switch, and told in run.json."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.clips import encode

from humanpose3d.errors import InvalidSettingError
from humanpose3d.pipeline.signals.settings import STEPS, SignalSettings
from humanpose3d.runs.run import run_pipeline
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoReader

pytestmark = pytest.mark.slow

FAST = {"refine": False, "motion": False, "augmenter": "none"}


@pytest.fixture(autouse=True)
def installed_models(models_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))


def told(trial: Trial) -> dict:
    return next(stage["details"] for stage in trial.record["stages"] if stage["name"] == "signals")


def test_the_steps_that_lower_the_error_are_on(short_clip: Path, tmp_path: Path) -> None:
    trial = run_pipeline(short_clip, height=1.78, output=tmp_path / "out", **FAST)
    ran = ["follow_person", "repair_swaps", "fill_gaps", "depth_prior", "estimate_lens", "reproject"]
    assert list(told(trial)["steps"]) == [*ran, "smooth", "scale_to_height", "upright"]
    assert told(trial)["skipped"] == dict.fromkeys(["remove_outliers", "constant_bones"], "switched off")
    feet = trial.final_markers.positions[:, [trial.final_markers.names.index(name) for name in ("RHeel", "LHeel")], 1]
    assert abs(feet.min(axis=1)).max() < 0.1
    jitter = [abs(np.diff(angles["knee_R"][:, 0], 2)).mean() for angles in (trial.raw_angles, trial.angles)]
    assert jitter[1] < jitter[0] / 2


@pytest.mark.parametrize("step", STEPS)
def test_each_step_has_its_switch(step: str, short_clip: Path, tmp_path: Path) -> None:
    chosen = SignalSettings(**{**dict.fromkeys(STEPS, False), step: True})
    trial = run_pipeline(short_clip, output=tmp_path / "out", signals=chosen, **FAST)
    assert list(told(trial)["steps"]) == [step]
    assert trial.record["settings"]["signals"][step] is True


def test_slow_motion_gives_the_times_of_life(short_clip: Path, tmp_path: Path) -> None:
    usual = run_pipeline(short_clip, output=tmp_path / "usual", **FAST)
    slow = run_pipeline(short_clip, output=tmp_path / "slow", slow_motion_factor=4, **FAST)
    for name in ("landmarks", "final_markers", "angles"):
        np.testing.assert_allclose(getattr(slow, name).times, getattr(usual, name).times / 4)
    assert slow.record["frames"]["data_rate_hz"] == pytest.approx(4 * usual.record["frames"]["data_rate_hz"])


def test_high_quality_averages_with_the_mirrored_frames(short_clip: Path, tmp_path: Path) -> None:
    trial = run_pipeline(short_clip, output=tmp_path / "out", quality="high", **FAST)
    assert "average_with_mirrored" in told(trial)["steps"]


@pytest.mark.parametrize(
    ("settings", "words"), [({"quality": "best"}, "quality"), ({"slow_motion_factor": 0.5}, "slow-motion factor")]
)
def test_settings_that_cannot_be_meant(short_clip: Path, tmp_path: Path, settings: dict, words: str) -> None:
    with pytest.raises(InvalidSettingError, match=words):
        run_pipeline(short_clip, output=tmp_path / "out", **settings)


def test_the_command_line_reaches_every_step(short_clip: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "humanpose3d", "run", str(short_clip), "--output", str(tmp_path / "out")]
    options = ["--without", "reproject", "--without", "upright", "--with", "remove_outliers", "--cutoff", "4"]
    fast = ["--no-refine", "--no-motion", "--no-augment", "--json"]
    done = subprocess.run([*command, *options, *fast], capture_output=True, text=True, check=True)
    assert '"remove_outliers": true' in done.stdout
    assert '"cutoff_hz": 4.0' in done.stdout
    wrong = subprocess.run([*command, "--cutoff", "-1"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "--cutoff must be positive" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1


def test_both_ankles_have_angles(short_clip: Path, tmp_path: Path) -> None:
    trial = run_pipeline(short_clip, output=tmp_path / "out", **FAST)
    for angles in (trial.angles, trial.raw_angles):
        for side in "RL":
            assert np.isfinite(angles[f"ankle_{side}"][:, 0]).all()
    assert "ankle_angle_r" in (tmp_path / "out" / f"{short_clip.stem}_joint_angles.mot").read_text()


def test_of_two_people_it_is_told_who_is_followed(short_clip: Path, tmp_path: Path) -> None:
    with VideoReader(short_clip) as reader:
        pictures = [frame.rgb for frame in reader.frames()]
    both = encode(tmp_path / "two.mp4", [np.hstack([rgb, rgb[:, ::-1]]) for rgb in pictures[:10]])
    trial = run_pipeline(both, output=tmp_path / "out", **FAST)
    (sentence,) = [warning for warning in trial.warnings if "More than one person" in warning]
    assert "analysed is person 1 (0.0 to 0.3 s, " in sentence
    place = trial.landmarks.image[:, [11, 12, 23, 24], 0].mean(axis=1)
    assert np.ptp(place) < 0.1, "never the other one"


def test_one_person_is_not_taken_for_two(short_clip: Path, tmp_path: Path) -> None:
    trial = run_pipeline(short_clip, output=tmp_path / "out", **FAST)
    assert not any("More than one person" in warning for warning in trial.warnings)
