"""What was not seen, and what no body does, has no angle."""

from dataclasses import replace

import numpy as np
import pytest
from posed_body import markers_of, neutral

from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.validity.plausible import describe_implausible, without_implausible
from humanpose3d.kinematics.validity.sight import sight_of_joints, without_unseen
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


def test_where_nobody_is_nothing_was_seen() -> None:
    image, visibility = picture()
    sight = sight_of_joints(LANDMARK_NAMES, np.full_like(image, np.nan), visibility)
    assert not sight.detected.any()
    assert not sight.seen.any()


def bent(degrees: np.ndarray) -> JointAngles:
    angles = standing()
    changed = angles.degrees.copy()
    changed[:, KNEE, 0] = degrees
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


def test_what_hides_both_sides_of_the_body_is_not_the_body() -> None:
    image, visibility = picture()
    visibility[:, LANDMARK_NAMES.index("left_knee")] = 0.2
    assert sight_of_joints(LANDMARK_NAMES, image, visibility).reason("knee_L") is None, "it may be the far leg"
    visibility[:, LANDMARK_NAMES.index("right_knee")] = 0.3
    sight = sight_of_joints(LANDMARK_NAMES, image, visibility)
    assert {sight.reason(f"knee_{side}") for side in "RL"} == {"hidden in 100 % of the frames"}
    assert sight.reason("elbow_L") is None
