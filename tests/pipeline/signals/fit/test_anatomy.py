import numpy as np
import pytest
from support.bodies import marching

from humanpose3d.pipeline.signals.body import BODY, index
from humanpose3d.pipeline.signals.fit.anatomy import knee_planes, lateral_directions, without_splay

ELBOWS, KNEES = np.searchsorted(BODY, index("left_elbow", "right_elbow", "left_knee", "right_knee")).reshape(2, 2)


def body(degrees: float, frames: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """A march, seen from `degrees` off the front; times and landmarks of the body."""
    times, world = marching(frames)
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    return times, (world @ turn.T)[:, BODY]


def drawn(times: np.ndarray, pose: np.ndarray, missing: tuple[str, ...] = ()) -> np.ndarray:
    present = np.ones(pose.shape[:2], bool)
    present[:, np.searchsorted(BODY, index(*missing)) if missing else []] = False
    return without_splay(np.where(present[..., None], pose, 0.0), lateral_directions(times, pose, present), present)


@pytest.mark.parametrize("joints", [ELBOWS, KNEES])
def test_from_the_side_elbows_and_knees_come_back_into_line(joints: np.ndarray) -> None:
    times, pose = body(70)
    splayed = pose.copy()
    splayed[:, joints, 2] += [0.06, -0.06]
    moved = drawn(times, splayed) - drawn(times, pose)
    assert np.abs(moved[:, joints, 2]).max() < 0.35 * 0.06
    np.testing.assert_array_equal(moved[..., :2], 0)


def test_forward_of_the_body_nothing_moves() -> None:
    times, pose = body(-17)  # which the march itself turns to the front
    bent = pose.copy()
    bent[:, KNEES, 2] -= 0.1
    moved = drawn(times, bent) - drawn(times, pose)
    assert moved[:, KNEES, 2].mean() == pytest.approx(-0.1, abs=0.01)


def test_all_but_elbows_and_knees_stay() -> None:
    times, pose = body(50)
    others = np.setdiff1d(np.arange(len(BODY)), [ELBOWS, KNEES])
    np.testing.assert_array_equal(drawn(times, pose)[:, others], pose[:, others])


def test_a_limb_without_length_stays_finite() -> None:
    times, pose = body(50)
    assert np.isfinite(drawn(times, np.zeros_like(pose))).all()


@pytest.mark.parametrize("frames", [1, 2, 30])
def test_the_lateral_direction_is_the_left_of_the_body(frames: int) -> None:
    times, pose = body(90, frames)
    lateral = lateral_directions(times, pose, np.ones(pose.shape[:2], bool))
    np.testing.assert_allclose(np.linalg.norm(lateral, axis=1), 1)
    assert (lateral[:, 2] < -0.8).all()  # the body's left is towards the camera


def test_a_missing_shoulder_does_not_turn_the_body() -> None:
    times, pose = body(90)
    present = np.ones(pose.shape[:2], bool)
    present[:, np.searchsorted(BODY, index("left_shoulder"))] = False
    assert (lateral_directions(times, np.where(present[..., None], pose, 0.0), present)[:, 2] < -0.8).all()


def test_an_elbow_without_a_wrist_stays() -> None:
    times, pose = body(70)
    moved = drawn(times, pose, ("left_wrist",)) - pose
    assert np.abs(moved[:, ELBOWS[0]]).max() == 0
    assert np.abs(moved[:, ELBOWS[1]]).max() > 0.01


def leg(thigh: list[float], shank: list[float]) -> np.ndarray:
    """A left leg of two unit vectors in a body that faces away from the camera's x axis."""
    points = np.zeros((1, len(BODY), 3))
    hip, knee, ankle = np.searchsorted(BODY, index("left_hip", "left_knee", "left_ankle"))
    points[0, knee] = points[0, hip] + thigh
    points[0, ankle] = points[0, knee] + shank
    return points


LATERAL = np.array([[1.0, 0.0, 0.0]])


@pytest.mark.parametrize("bend", [0.0, 0.6, 1.4])
def test_a_knee_that_bends_as_a_hinge_has_no_lean(bend: float) -> None:
    points = leg([0.1, np.sqrt(0.99), 0.0], [0.1, np.sqrt(0.99) * np.cos(bend), np.sqrt(0.99) * np.sin(bend)])
    assert knee_planes(points, LATERAL, 1.0, 1.0).lean[0, 0] == pytest.approx(0, abs=1e-12)


def test_a_knee_that_bends_sideways_leans_by_the_sine() -> None:
    points = leg([0.0, 1.0, 0.0], [np.sin(0.3), np.cos(0.3), 0.0])
    assert knee_planes(points, LATERAL, 1.0, 1.0).lean[0, 0] == pytest.approx(np.sin(0.3))
