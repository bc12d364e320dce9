import numpy as np
import pytest

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.validity.plausible import collapsed_feet, describe_collapsed_feet, without_ankles

NAMES = ("RHip", "RKnee", "RAnkle", "RHeel", "RBigToe", "LHip", "LKnee", "LAnkle", "LHeel", "LBigToe", "Neck")


def standing(right_foot: float = 0.24, left_foot: float = 0.24, frames: int = 5) -> np.ndarray:
    """Facing x; shanks of 0.43 m; the foot's length in metres."""
    legs = [
        [(0, 0.9, z), (0.02, 0.48, z), (0, 0.05, z), (-0.05, 0, z), (-0.05 + foot, 0, z)]
        for z, foot in ((0.1, right_foot), (-0.1, left_foot))
    ]
    return np.broadcast_to([*legs[0], *legs[1], (0, 1.4, 0)], (frames, 11, 3)).astype(np.float64)


def test_a_foot_of_usual_length_is_none() -> None:
    assert collapsed_feet(NAMES, standing()) == {}


def test_a_foot_whose_depth_is_lost_is_found_on_its_side() -> None:
    found = collapsed_feet(NAMES, standing(left_foot=0.1))
    assert list(found) == ["L"]
    assert found["L"] == pytest.approx(0.1 / 0.43, rel=0.01)


def test_a_few_frames_do_not_decide() -> None:
    positions = standing(frames=10)
    positions[:4] = standing(left_foot=0.02, frames=4)
    assert collapsed_feet(NAMES, positions) == {}


def test_what_was_not_seen_says_nothing() -> None:
    positions = standing()
    positions[:, NAMES.index("LHeel")] = np.nan
    assert collapsed_feet(NAMES, positions) == {}
    assert collapsed_feet(NAMES[:3], positions[:, :3]) == {}


def test_only_the_ankle_of_that_side_is_left_empty() -> None:
    positions = standing(left_foot=0.1)
    angles = joint_angles(np.arange(5) / 30, NAMES, positions)
    emptied = without_ankles(angles, collapsed_feet(NAMES, positions))
    assert np.isnan(emptied["ankle_L"]).all()
    others = [joint for joint in angles.names if joint != "ankle_L"]
    for joint in others:
        np.testing.assert_array_equal(emptied[joint], angles[joint])


def test_the_user_is_told_why() -> None:
    (sentence,) = describe_collapsed_feet({"L": 0.2})
    assert sentence.startswith("The left foot was seen only 32 % as long as it should be")
    assert "left empty" in sentence
