import numpy as np
import pytest
from support.projection import synthetic_image

from humanpose3d.loaders.networks.coco import (
    JOINT_ANGLES,
    KEYPOINTS,
    LIMBS,
    VISIBILITY_SOURCES,
    mid_hip,
    torso_scale,
)


def poses_with_torso(length: float) -> np.ndarray:
    poses = np.zeros((1, 17, 3), np.float32)
    poses[:, [5, 6], 1] = length
    return poses


def test_left_keypoints_have_odd_numbers() -> None:
    assert all(name.startswith("left_") == (i % 2 == 1) for i, name in enumerate(KEYPOINTS))


def test_limbs_join_two_keypoints_each_and_leave_the_face_alone() -> None:
    assert len(set(LIMBS)) == 14
    assert {keypoint for limb in LIMBS for keypoint in limb} == set(range(5, 17))


def test_every_joint_is_seen_through_keypoints_of_its_own_side() -> None:
    for joint, sources in zip(JOINT_ANGLES, VISIBILITY_SOURCES, strict=True):
        names = {KEYPOINTS[i] for i in sources}
        if joint.endswith(("_L", "_R")):
            side = "left_" if joint.endswith("_L") else "right_"
            assert side + joint[:-2] in names
            assert all(name.startswith(side) for name in names)


@pytest.mark.parametrize(
    ("length", "scale"), [(0.5, 0.5), (0.0, 1), (0.01, 1), (0.0101, 0.0101), (10, 10), (10.01, 1), (np.nan, 1)]
)
def test_only_the_length_of_a_trunk_is_a_scale(length: float, scale: float) -> None:
    assert torso_scale(poses_with_torso(length)) == pytest.approx([scale], rel=1e-6)


def test_the_middle_of_the_hips() -> None:
    poses = np.zeros((2, 17, 3))
    poses[:, 11] = (1, 2, 3)
    np.testing.assert_array_equal(mid_hip(poses), np.full((2, 1, 3), (0.5, 1, 1.5)))


def test_a_projection_stands_in_for_the_picture() -> None:
    poses = poses_with_torso(0.5)
    poses[0, 0] = (0.25, 0.5, 1.0)
    assert synthetic_image(poses)[0, 0] == pytest.approx(((0.5 / 2 + 1) / 2, (1 / 2 + 1) / 2))
    assert np.isfinite(synthetic_image(poses)).all()  # points in the plane of the camera, too
