"""Ranges, maxima and minima of the angles, over a trial and each of its cycles."""

import math

import numpy as np
import pytest

from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.kinematics.repetitions import Repetition
from humanpose3d.kinematics.validity.bands import PLACES, Bands
from humanpose3d.kinematics.walking.gait import HeelStrike
from humanpose3d.report.data.excursions import Excursions

BANDS = Bands(
    "the benchmark",
    {},
    {
        "maximum knee flex": dict.fromkeys(PLACES, 5.0),
        "minimum knee flex": dict.fromkeys(PLACES, 6.0),
        "range knee flex": dict.fromkeys(PLACES, 3.0),
        "maximum hip flex": dict.fromkeys(PLACES, 30.0),
        "range hip flex": dict.fromkeys(PLACES, 4.0),
    },
)
WALK = Movement("walking", heel_strikes=tuple(HeelStrike(0.5 * i, "RL"[i % 2], 0.6) for i in range(7)))  # type: ignore[arg-type]
SQUAT = Movement("repeated", repetitions=(Repetition(0, 1, 2, {}), Repetition(2, 3, 4, {})))


def bending() -> tuple[np.ndarray, np.ndarray]:
    """The knees bend by 60 degrees in a second, by 10 less in each further one; nothing else is known but the hips."""
    times = np.linspace(0, 4, 401)
    degrees = np.full((401, 12, 3), np.nan)
    bend = (60 - 10 * np.floor(np.minimum(times, 3.99))) * (1 - np.cos(2 * np.pi * times)) / 2
    for joint in ("knee_R", "knee_L", "hip_R", "hip_L"):
        degrees[:, JOINT_NAMES.index(joint), 0] = bend + 5
    return times, degrees


def test_each_gait_cycle_has_the_peaks_of_its_side() -> None:
    each = Excursions(WALK, *bending(), BANDS, {}).of_the_cycles()
    assert [(one.cycle.side, one.number) for one in each] == [("R", 1), ("L", 1), ("R", 2), ("L", 2), ("R", 3)]
    right, left = each[0].angles, each[1].angles
    assert {"pelvis_flex", "knee_R_flex"} <= set(right)
    assert set(left) == {
        f"{joint}_{angle}" for joint in JOINT_NAMES if joint[-1] == "L" for angle in ("flex", "abd", "rot")
    }
    assert right["knee_R_flex"].maximum == Measured(pytest.approx(65.0), 5.0, "deg")
    assert right["knee_R_flex"].minimum == Measured(pytest.approx(5.0), 6.0, "deg")
    assert right["knee_R_flex"].range == Measured(pytest.approx(60.0), 3.0, "deg")


def test_of_a_trial_it_is_the_mean_of_the_cycles() -> None:
    knee = Excursions(WALK, *bending(), BANDS, {}).of_the_trial()["knee_R_flex"]
    assert knee.maximum == Measured(pytest.approx((65 + 55 + 45) / 3), 5.0, "deg")
    assert knee.range == Measured(pytest.approx((60 + 50 + 40) / 3), 3.0, "deg")


def test_of_other_movement_it_is_the_whole_trial() -> None:
    times, degrees = bending()
    knee = JOINT_NAMES.index("knee_L")
    degrees[200, knee, 0], degrees[[199, 201], knee, 0] = 170.0, np.nan  # one wild sample between two gaps
    found = Excursions(Movement("other"), times, degrees, BANDS, {}).of_the_trial()["knee_L_flex"]
    assert found.maximum == Measured(pytest.approx(65.0), 5.0, "deg")
    degrees[100:, knee] = np.nan
    found = Excursions(Movement("other"), times, degrees, BANDS, {}).of_the_trial()["knee_L_flex"]
    assert found.maximum == found.minimum == NotMeasured("it was seen in only 100 of 401 frames")


def test_of_the_whole_trial_maximum_minimum_and_range_are_of_one_stretch() -> None:
    times, degrees = bending()
    knee = JOINT_NAMES.index("knee_L")
    degrees[150:220, knee] = np.nan  # before it from 5 to 65 degrees, after it from 5 to 45
    degrees[220:, knee, 0] -= 20
    found = Excursions(Movement("other"), times, degrees, BANDS, {}).of_the_trial()["knee_L_flex"]
    values = [each.value for each in (found.maximum, found.minimum, found.range) if isinstance(each, Measured)]
    assert values == pytest.approx([65.0, 5.0, 60.0])


def test_a_repetition_that_was_hidden_is_left_out_of_the_mean() -> None:
    times, degrees = bending()
    degrees[50:150, JOINT_NAMES.index("knee_R")] = np.nan
    first, second = Excursions(SQUAT, times, degrees, BANDS, {}).of_the_cycles()
    hidden = NotMeasured("seen in only 50 % of the time from 0.00 to 2.00 s")
    assert (first.angles["knee_R_flex"].maximum, first.angles["knee_R_flex"].range) == (hidden, hidden)
    assert second.angles["knee_R_flex"].maximum == Measured(pytest.approx(45.0), 5.0, "deg")


def test_what_is_unseen_undefined_or_uncertain_has_its_reason() -> None:
    unseen = {"knee_L": "outside the picture in 90 % of the frames"}
    found = Excursions(Movement("other"), *bending(), BANDS, unseen).of_the_trial()
    assert found["knee_L_flex"].maximum == NotMeasured(unseen["knee_L"])
    assert "do not define" in str(found["knee_R_rot"].maximum)
    assert "too uncertain in an unknown view (± 59°)" in str(found["hip_R_flex"].maximum)
    assert isinstance(found["hip_R_flex"].range, Measured), "a range has its own band"
    [first, *_] = Excursions(WALK, *bending(), BANDS, {}).of_the_cycles()
    assert "too uncertain" in str(first.angles["hip_R_flex"].maximum)
    assert isinstance(first.angles["hip_R_flex"].range, Measured)


def test_an_error_that_nobody_measured_stays_unknown() -> None:
    found = Excursions(Movement("other"), *bending(), Bands("", {}, {}), {}).of_the_trial()["knee_R_flex"].maximum
    assert isinstance(found, Measured)
    assert math.isnan(found.uncertainty)
