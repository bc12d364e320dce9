"""Tests of the calibration of angles in walking."""

import numpy as np
import pytest

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.validity.bands import PLACES, Bands, Line, measured_bands
from humanpose3d.kinematics.validity.calibration import calibrated, lines_of
from humanpose3d.kinematics.view import View

FLEXION = ANGLE_NAMES.index("flex")
BEND = np.array([5.0, 20.0, 60.0, np.nan, 1.0])
SIDE = View(270.0, 5.0)
NEAR, FAR = Line(1.1, -2.0), Line(1.2, -4.0)
BANDS = Bands("a test", {}, {}, calibration={"knee flex": {"side, near": NEAR, "side, far": FAR}})


def angles(*, anatomical: bool = False) -> JointAngles:
    degrees = np.full((len(BEND), len(JOINT_NAMES), 3), np.nan)
    degrees[:, :, FLEXION] = BEND[:, None]
    defined = np.zeros((len(JOINT_NAMES), 3), bool)
    defined[:, FLEXION] = True
    defined[JOINT_NAMES.index("pelvis"), FLEXION] = anatomical
    return JointAngles(np.arange(len(BEND)) / 30, degrees, defined, 0.0)


def test_each_knee_has_the_line_of_its_place_in_the_view() -> None:
    lines = lines_of(BANDS, Movement("walking", view=SIDE))
    assert lines == {"knee_R_flex": NEAR, "knee_L_flex": FAR}


@pytest.mark.parametrize(
    "movement",
    [
        Movement("repeated", view=SIDE),
        Movement("walking", view=None),
        Movement("walking", view=View(270.0, 180.0)),
        Movement("walking", view=View(0.0, 5.0)),
    ],
)
def test_nothing_is_calibrated_that_was_not_measured(movement: Movement) -> None:
    assert lines_of(BANDS, movement) == {}


def test_a_knee_with_anatomical_markers_may_overextend() -> None:
    moved = calibrated(angles(anatomical=True), {"knee_R_flex": Line(1.0, -7.0)})
    np.testing.assert_allclose(moved["knee_R"][:, FLEXION], BEND - 7.0)


def test_an_angle_moves_onto_its_line_and_a_knee_stays_bent() -> None:
    moved = calibrated(angles(), {"knee_R_flex": NEAR})
    np.testing.assert_allclose(moved["knee_R"][:, FLEXION], [3.5, 20.0, 64.0, np.nan, 0.0])
    np.testing.assert_array_equal(moved["knee_L"][:, FLEXION], BEND)
    np.testing.assert_array_equal(calibrated(angles(), {}).degrees, angles().degrees)


def test_the_knee_is_measured_to_move_more_than_it_is_found_to_most_of_all_where_its_bend_is_depth() -> None:
    lines = measured_bands().calibration["knee flex"]
    assert set(lines) == set(PLACES)
    seen = {place: line.slope for place, line in lines.items() if place.startswith(("side", "oblique"))}
    assert all(1 < slope < 1.1 for slope in seen.values())
    assert all(max(seen.values()) < lines[place].slope < 1.4 for place in ("front", "back"))


def test_anatomical_markers_have_another_zero_in_every_movement_and_view() -> None:
    bands = measured_bands(anatomical=True)
    assert set(bands.zeros) == {"knee flex", "elbow flex"}
    assert all(5 < zero < 12 for zero in bands.zeros.values())
    assert not bands.calibration and not measured_bands().zeros
    for movement in (Movement("other"), Movement("walking", view=SIDE)):
        lines = lines_of(bands, movement)
        assert lines["knee_L_flex"] == lines["knee_R_flex"] == Line(1.0, -bands.zeros["knee flex"])
        assert set(lines) == {"knee_R_flex", "knee_L_flex", "elbow_R_flex", "elbow_L_flex"}
