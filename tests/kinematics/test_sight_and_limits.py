"""What was not seen, and what no body does, has no angle."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from posed_body import markers_of, neutral

from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.validity.plausible import (
    GREATEST_TWIST,
    LIMITS,
    describe_implausible,
    without_implausible,
)
from humanpose3d.kinematics.validity.sight import sight_of_joints, without_unseen, without_unseen_legs
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES

FRAMES = 60
KNEE = JOINT_NAMES.index("knee_L")


def standing() -> JointAngles:
    markers = markers_of(neutral(FRAMES), anatomical=False)
    names = list(markers)
    return joint_angles(np.arange(FRAMES) / 30, names, np.stack([markers[name] for name in names], axis=1))


def picture() -> tuple[np.ndarray, np.ndarray]:
    return np.full((FRAMES, len(LANDMARK_NAMES), 2), 0.5), np.ones((FRAMES, len(LANDMARK_NAMES)))


@pytest.mark.parametrize("what", ["outside", "hidden"])
def test_a_joint_unseen_for_most_of_the_trial_has_no_angle_and_a_reason(what: str) -> None:
    image, visibility = picture()
    ankle = LANDMARK_NAMES.index("left_ankle")
    if what == "outside":
        image[:40, ankle, 1] = 1.1
    else:
        visibility[:40, ankle] = 0.05
    sight = sight_of_joints(LANDMARK_NAMES, image, visibility)
    angles = without_unseen(standing(), sight)
    assert not np.isfinite(angles["knee_L"]).any()
    assert not np.isfinite(angles["ankle_L"]).any()
    assert np.isfinite(angles["knee_R"][:, 0]).all()
    assert np.isfinite(angles["hip_L"][:, 0]).all(), "the thigh was seen"
    words = "outside the picture" if what == "outside" else "hidden"
    assert sight.reason("knee_L") == f"{words} in 67 % of the frames"
    assert sight.reason("knee_R") is None


@pytest.mark.parametrize("missing", ["right_hip", "right_shoulder", "left_shoulder"])
def test_a_hip_needs_the_pelvis_and_the_trunk_against_which_it_is_measured(missing: str) -> None:
    image, visibility = picture()
    image[:, LANDMARK_NAMES.index(missing), 0] = 1.1
    sight = sight_of_joints(LANDMARK_NAMES, image, visibility)
    assert {sight.reason(f"hip_{side}") for side in "RL"} == {"outside the picture in 100 % of the frames"}
    assert sight.reason("knee_L") is None


@pytest.mark.parametrize(("frames", "emptied"), [(5, 0), (15, 15)])
def test_only_what_is_unseen_for_long_is_emptied(frames: int, emptied: int) -> None:
    image, visibility = picture()
    image[10 : 10 + frames, LANDMARK_NAMES.index("left_ankle"), 0] = -0.1
    angles = without_unseen(standing(), sight_of_joints(LANDMARK_NAMES, image, visibility))
    assert np.isnan(angles["knee_L"][:, 0]).sum() == emptied


def legs_left(image: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """Frames in which the markers of the legs are left."""
    names = ["RHip", "RKnee", "LBigToe"]
    sight = sight_of_joints(LANDMARK_NAMES, image, visibility)
    left = without_unseen_legs(names, np.zeros((FRAMES, 3, 3)), np.arange(FRAMES) / 30, sight)
    assert np.isfinite(left[:, 0]).all(), "the hips stay"
    assert (np.isfinite(left[:, 1]) == np.isfinite(left[:, 2])).all()
    return np.isfinite(left[:, 1, 0])


def test_legs_outside_the_picture_have_no_markers() -> None:
    image, visibility = picture()
    image[40:, LANDMARK_NAMES.index("left_foot_index"), 1] = 1.02
    image[10:15, LANDMARK_NAMES.index("left_knee"), 0] = -0.1
    assert np.flatnonzero(legs_left(image, visibility)).tolist() == list(range(40)), "moments were bridged"


def test_the_body_hides_one_leg_and_furniture_both() -> None:
    image, visibility = picture()
    visibility[:, LANDMARK_NAMES.index("left_knee")] = 0.05
    assert legs_left(image, visibility).all()
    visibility[: FRAMES // 2 + 1, LANDMARK_NAMES.index("right_knee")] = 0.3
    assert not legs_left(image, visibility).any()


def test_where_nobody_is_nothing_was_seen() -> None:
    image, visibility = picture()
    sight = sight_of_joints(LANDMARK_NAMES, np.full_like(image, np.nan), visibility)
    assert not sight.detected.any()
    assert not sight.seen.any()


def bent(degrees: np.ndarray) -> JointAngles:
    return moved("knee_L", "flex", degrees)


def moved(joint: str, angle: str, degrees: np.ndarray | float) -> JointAngles:
    angles = standing()
    changed = angles.degrees.copy()
    changed[:, JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)] = degrees
    return replace(angles, degrees=changed)


def test_a_wild_sample_is_emptied_with_its_neighbours_and_counted() -> None:
    flexion = np.full(FRAMES, 20.0)
    flexion[30] = 170.0  # 150 degrees in a thirtieth of a second
    angles, counts = without_implausible(bent(flexion))
    assert counts == {"knee_L": 3}
    assert np.flatnonzero(np.isnan(angles.degrees[:, KNEE, 0])).tolist() == [29, 30, 31]
    assert describe_implausible(counts, FRAMES) == [
        "Angles or speeds that no body reaches were left out: knee L in 3 of 60 frames."
    ]


def test_a_knee_that_bends_too_far_is_emptied() -> None:
    _, counts = without_implausible(bent(np.full(FRAMES, 178.0)))
    assert counts == {"knee_L": FRAMES}


def test_what_bodies_do_stays() -> None:
    flexion = 70 + 70 * np.sin(2 * np.pi * 1.5 * np.arange(FRAMES) / 30)
    angles, counts = without_implausible(bent(flexion))
    assert counts == {}
    assert np.isfinite(angles.degrees[:, KNEE, 0]).all()
    assert describe_implausible(counts, FRAMES) == []


@pytest.mark.parametrize(
    ("joint", "angle", "most", "too_much"),
    [("hip_L", "abd", 60, 80), ("hip_R", "abd", -50, -60), ("shoulder_R", "abd", 180, -110), ("hip_R", "rot", 65, -75)],
)
def test_each_plane_has_its_limits(joint: str, angle: str, most: float, too_much: float) -> None:
    assert without_implausible(moved(joint, angle, most))[1] == {}
    angles, counts = without_implausible(moved(joint, angle, too_much))
    assert counts == {joint: FRAMES}
    assert np.isnan(angles[joint][:, ANGLE_NAMES.index(angle)]).all()
    assert np.isfinite(angles[joint][:, 0]).all() == (angle == "rot"), "the axis of the knee tells the rotation alone"


def test_shoulders_turn_only_so_far_against_the_hips() -> None:
    assert without_implausible(moved("trunk", "rot", 60.0))[1] == {}
    angles, counts = without_implausible(moved("trunk", "rot", 170.0))
    assert counts == {"pelvis": FRAMES, "trunk": FRAMES}
    assert not np.isfinite(angles.degrees[:, [JOINT_NAMES.index(joint) for joint in ("pelvis", "trunk")]]).any()


def test_people_may_lie_and_turn_over_and_round() -> None:
    angles = standing()
    for lean, side, turn in ((-90.0, 0.0, 0.0), (180.0, 0.0, 0.0), (20.0, 80.0, 170.0)):
        lying = angles.degrees.copy()
        lying[:, [JOINT_NAMES.index("pelvis"), JOINT_NAMES.index("trunk")]] = lean, side, turn
        assert without_implausible(replace(angles, degrees=lying))[1] == {}


@pytest.mark.parametrize("joint", ["pelvis", "trunk"])
def test_nobody_turns_round_from_one_frame_to_the_next(joint: str) -> None:
    heading = np.where(np.arange(FRAMES) < 30, 0.0, 175.0)
    turned = moved("pelvis", "rot", heading).degrees.copy()
    turned[:, JOINT_NAMES.index("trunk")] = turned[:, JOINT_NAMES.index("pelvis")]
    _, counts = without_implausible(replace(standing(), degrees=turned))
    assert counts[joint] == 2


def test_an_arm_held_out_to_the_side_is_not_judged_by_what_its_direction_does_not_tell() -> None:
    degrees = moved("shoulder_L", "abd", 80.0).degrees.copy()
    degrees[::2, JOINT_NAMES.index("shoulder_L"), ANGLE_NAMES.index("flex")] = -100.0  # a little behind
    assert without_implausible(replace(standing(), degrees=degrees))[1] == {}


def test_the_guide_has_the_limits() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "angles.md").read_text(encoding="utf-8")
    for joint, limits in LIMITS.items():
        for angle, limit in limits.items():
            least, greatest = (f"{each:.0f}".replace("-", "−") for each in (limit.least, limit.greatest))
            position = f"{least} to {greatest}" if np.isfinite(limit.least) else "any"
            assert f"\n| {joint} | {angle} | {position} | {limit.speed:.0f} |\n" in page
    assert f"{GREATEST_TWIST:.0f}°" in page


def test_what_hides_both_sides_of_the_body_is_not_the_body() -> None:
    image, visibility = picture()
    visibility[:, LANDMARK_NAMES.index("left_knee")] = 0.2
    assert sight_of_joints(LANDMARK_NAMES, image, visibility).reason("knee_L") is None, "it may be the far leg"
    visibility[:, LANDMARK_NAMES.index("right_knee")] = 0.3
    sight = sight_of_joints(LANDMARK_NAMES, image, visibility)
    assert {sight.reason(f"knee_{side}") for side in "RL"} == {"hidden in 100 % of the frames"}
    assert sight.reason("elbow_L") is None
