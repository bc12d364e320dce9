import numpy as np
import pytest
from support.bodies import STATURE, marching, standing

from humanpose3d.pipeline.signals.body import BODY, MIRRORED, index
from humanpose3d.pipeline.signals.fit.anatomy import places
from humanpose3d.pipeline.signals.fit.landmark_offsets import joint_centre_rays, landmark_offsets

LEFTWARDS = np.array([[1.0, 0.0, 0.0]])  # of a body that faces the camera
ALL_THERE = np.ones((1, len(BODY)), bool)


def offsets_of(body: np.ndarray, present: np.ndarray = ALL_THERE, height: float = STATURE) -> dict[str, np.ndarray]:
    found = landmark_offsets(body[None, BODY], LEFTWARDS, present, height)[0]
    return {
        f"{side}_{name}": found[places(f"{side}_{name}")[0]]
        for side in ("left", "right")
        for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index")
    }


def test_hips_lie_down_the_thigh_and_ankles_up_the_shank() -> None:
    found = offsets_of(standing())
    assert 0.04 < found["left_hip"][1] < 0.05  # y points down
    assert -0.03 < found["left_ankle"][1] < -0.02
    assert found["left_elbow"][2] < -0.008  # forward, towards the camera
    assert not found["left_shoulder"].any()


def test_they_grow_with_the_person() -> None:
    child, adult = offsets_of(standing(), height=0.85), offsets_of(standing())
    np.testing.assert_allclose(2 * child["right_hip"], adult["right_hip"])


def test_a_segment_with_a_missing_end_tells_nothing() -> None:
    present = ALL_THERE.copy()
    present[:, places("left_knee")] = False
    found = offsets_of(standing(), present)
    assert not any(found[name].any() for name in ("left_hip", "left_knee", "left_ankle"))
    assert found["right_hip"].any() and found["left_heel"].any()


def test_an_arm_that_points_sideways_has_no_forward_side() -> None:
    body = standing()
    body[index("left_elbow", "left_wrist")] = body[index("left_shoulder")] + [[0.3, 0, 0], [0.55, 0, 0]]
    assert np.linalg.norm(offsets_of(body)["left_elbow"]) < 0.005


@pytest.mark.parametrize("away", [2.0, 8.0])
def test_the_joints_come_back_from_a_picture_of_the_landmarks(away: float) -> None:
    points = marching(5)[1][:, BODY] + [0.3, -0.2, away]
    lateral, present = np.tile(LEFTWARDS, (5, 1)), np.ones((5, len(BODY)), bool)
    shown = points + landmark_offsets(points, lateral, present, STATURE)
    rays = joint_centre_rays(shown[..., :2] / shown[..., 2:], points, lateral, present, STATURE)
    np.testing.assert_allclose(rays, points[..., :2] / points[..., 2:], atol=1e-12)


def test_the_mirror_image_has_the_mirrored_offsets() -> None:
    body = marching(3)[1][2]
    mirrored = body[MIRRORED] * [-1, 1, 1]
    there, back = offsets_of(body), offsets_of(mirrored)
    np.testing.assert_allclose(back["left_knee"], there["right_knee"] * [-1, 1, 1], atol=1e-12)
