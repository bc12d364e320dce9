"""What whole runs say about rendered trials with known truth, by view, and what they leave out."""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.clips import encode

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.report.data.content import Provenance
from humanpose3d.runs.load import load_trial
from humanpose3d.runs.run import run_pipeline
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoReader

pytestmark = pytest.mark.slow
RunOf = Callable[[str], Trial]


@pytest.fixture(scope="module")
def run_of(short_trials: Path, models_checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run a short trial once, without networks."""

    @lru_cache
    def run(name: str) -> Trial:
        parameters = json.loads((short_trials / f"short-{name}.json").read_text(encoding="utf-8"))
        return run_pipeline(
            short_trials / f"short-{name}.mp4",
            height=parameters["body"]["stature"],
            output=tmp_path_factory.mktemp(name) / "out",
            refine=False,
            motion=False,
            augmenter="none",
            overlay=False,
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
        yield run


def truth_of(short_trials: Path, name: str) -> dict[str, Any]:
    with np.load(short_trials / f"short-{name}.npz") as file:
        return dict(file)


def part(trial: Trial, key: str) -> dict[str, str]:
    return next(each for each in trial.verdict["parts"] if each["key"] == key)


@pytest.mark.parametrize("name", ["side", "front", "squat", "across", "arms", "jump"])
def test_the_view_is_found(run_of: RunOf, short_trials: Path, name: str) -> None:
    view, true = run_of(name).record["view"], np.median(truth_of(short_trials, name)["azimuth"])
    assert abs((view["azimuth_deg"] - true + 180) % 360 - 180) < 20
    assert view["word"].startswith("from the ")


def test_from_the_front_cadence_is_right_and_steps_are_left_out(run_of: RunOf, short_trials: Path) -> None:
    trial, truth = run_of("front"), truth_of(short_trials, "front")
    numbers = trial.movement.numbers
    strides = np.concatenate([np.diff(truth[f"heel_strike_{side}"]) for side in "rl"])
    cadence = numbers["cadence"]
    assert isinstance(cadence, Measured)
    assert cadence.value == pytest.approx(120 / strides.mean(), abs=1.96 * cadence.uncertainty)
    for kind in ("step_time", "step_length"):
        for name in (f"{kind}_R", f"{kind}_L", f"{kind}_asymmetry"):
            assert isinstance(numbers[name], NotMeasured), numbers[name]
            assert "film from" in str(numbers[name])
        assert part(trial, kind)["level"] == "not usable"
    assert "film from" in trial.verdict["advice"]


def test_from_the_side_steps_are_timed_within_their_band(run_of: RunOf, short_trials: Path) -> None:
    trial, truth = run_of("side"), truth_of(short_trials, "side")
    assert trial.movement.kind == "walking"
    measured = 0
    for side in "RL":
        times = trial.movement.numbers[f"step_time_{side}"]
        if isinstance(times, Measured):
            measured += 1
            true = np.nanmean(truth[f"step_time_{side.lower()}"])
            assert times.value == pytest.approx(true, abs=1.96 * times.uncertainty)
    assert measured
    offs = trial.record["movement"]["toe_offs"]
    assert len(offs) >= 2
    for off in offs:
        assert np.abs(truth[f"toe_off_{off['side'].lower()}"] - off["time"]).min() < 0.06
    speed = trial.movement.numbers["walking_speed"]
    assert isinstance(speed, Measured)
    assert speed.value == pytest.approx(float(truth["speed"]), abs=1.96 * speed.uncertainty)
    assert part(trial, "knee_flex")["level"] != "not usable"


def test_the_knee_of_a_walk_is_calibrated_once_and_its_markers_are_left_alone(run_of: RunOf) -> None:
    trial = run_of("side")
    lines = Provenance(trial.record).details("movement")["calibration"]
    assert set(lines) == {"knee_R_flex", "knee_L_flex"}
    final = trial.final_markers
    found = joint_angles(final.times, final.names, final.positions)
    for side in "RL":
        line = lines[f"knee_{side}_flex"]
        shown, own = (each[f"knee_{side}"][:, 0] for each in (trial.angles, found))
        bent = np.isfinite(shown) & (own > 20)
        np.testing.assert_allclose(shown[bent], line["slope"] * own[bent] + line["offset"])
    again = load_trial(trial.folder)
    np.testing.assert_allclose(again.angles.degrees, trial.angles.degrees, atol=1e-3)
    assert Provenance(run_of("squat").record).details("movement")["calibration"] == {}


def test_legs_outside_the_picture_have_no_angles_and_no_verdict_in_their_favour(run_of: RunOf) -> None:
    trial = run_of("legs-outside")
    for joint in ("knee_R", "knee_L", "ankle_R", "ankle_L"):
        assert not np.isfinite(trial.angles[joint]).any()
    assert {"knee_R", "knee_L", "ankle_R", "ankle_L"} <= trial.record["unseen_joints"].keys()
    assert part(trial, "knee_flex")["level"] == "not usable"
    assert "outside the picture" in part(trial, "knee_flex")["reason"]
    assert trial.verdict["level"] != "usable"
    assert trial.verdict["advice"].startswith("Next time, put the camera farther away")


@pytest.mark.parametrize("name", ["side", "front", "squat", "arms", "jump"])
def test_no_shown_angle_leaves_what_a_body_can_do(run_of: RunOf, name: str) -> None:
    trial = run_of(name)
    for joint, most in (("knee", 175), ("elbow", 175), ("hip", 145), ("shoulder", 205)):
        for side in "RL":
            flexion = trial.angles[f"{joint}_{side}"][:, 0]
            assert not (np.abs(flexion) > most).any(), joint


def test_a_person_who_passes_does_not_leave_the_head_green(run_of: RunOf) -> None:
    trial = run_of("passer")
    doubts = [*trial.warnings, *(reason["text"] for reason in trial.verdict["reasons"])]
    emptied = np.isnan(trial.final_markers["Hip"]).any()
    assert trial.verdict["level"] != "usable" or not emptied, doubts


def test_a_walk_and_a_squat_that_were_joined_are_no_usable_trial(
    run_of: RunOf, short_trials: Path, tmp_path: Path
) -> None:
    pictures = []
    for name in ("side", "squat"):
        with VideoReader(short_trials / f"short-{name}.mp4") as reader:
            pictures += [frame.rgb for frame in reader.frames()]
    video = encode(tmp_path / "joined.mp4", pictures, codec_options={"crf": "18"})
    quick = {"refine": False, "motion": False, "augmenter": "none", "overlay": False}
    trial = run_pipeline(video, output=tmp_path / "out", height=1.75, **quick)  # type: ignore[arg-type]
    assert trial.verdict["level"] == "with care"
    assert any("cut, joined or looped at 2.50 s" in reason["text"] for reason in trial.verdict["reasons"])
    walk = run_of("side")
    assert trial.movement.kind == walk.movement.kind == "walking"
    assert max(times.max() for times in trial.events.values() if len(times)) < 2.5
    found, alone = trial.movement.numbers["cadence"], walk.movement.numbers["cadence"]
    assert isinstance(found, Measured) and isinstance(alone, Measured)
    assert found.value == pytest.approx(alone.value, abs=2)
    assert np.isnan(trial.angles.degrees[75]).all()
    again = load_trial(trial.folder).movement.numbers["cadence"]
    assert isinstance(again, Measured)
    assert again.value == pytest.approx(found.value, abs=0.1)
