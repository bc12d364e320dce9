import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from humanpose3d.pipeline.markers import MARKER_NAMES, markers_from_landmarks
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks, Markers, y_up

# A person of about 1.75 m who stands facing the camera: x to the image's right (the person's left), y down, z away.
STANDING = {
    "nose": (0.0, -0.64, -0.12),
    "left_eye": (0.03, -0.68, -0.10),
    "right_eye": (-0.03, -0.68, -0.10),
    "left_ear": (0.075, -0.66, 0.0),
    "right_ear": (-0.075, -0.66, 0.0),
    "left_shoulder": (0.18, -0.5, 0.0),
    "right_shoulder": (-0.18, -0.5, 0.0),
    "left_hip": (0.09, 0.0, 0.0),
    "right_hip": (-0.09, 0.0, 0.0),
    "left_knee": (0.1, 0.43, -0.02),
    "right_knee": (-0.1, 0.43, -0.02),
    "left_ankle": (0.1, 0.84, 0.0),
    "right_ankle": (-0.1, 0.84, 0.0),
    "left_heel": (0.1, 0.9, 0.05),
    "right_heel": (-0.1, 0.9, 0.05),
    "left_foot_index": (0.1, 0.9, -0.15),
    "right_foot_index": (-0.1, 0.9, -0.15),
}
SIDES = ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Heel", "BigToe", "SmallToe")


def standing(frames: int = 1) -> np.ndarray:
    rng = np.random.default_rng(0)
    world = rng.uniform(-1, 1, (frames, 33, 3))
    for name, point in STANDING.items():
        world[:, LANDMARK_NAMES.index(name)] = point
    return world


def made_from(world: np.ndarray, visibility: np.ndarray | None = None) -> Markers:
    frames = len(world)
    visibility = np.ones((frames, 33)) if visibility is None else visibility
    return markers_from_landmarks(Landmarks(np.arange(frames) / 30, world, np.zeros((frames, 33, 2)), visibility))


def test_the_22_names_are_pose2sims() -> None:
    expected = {"Nose", "Head", "Neck", "Hip"} | {side + name for side in "RL" for name in SIDES}
    assert set(MARKER_NAMES) == expected
    assert len(MARKER_NAMES) == 22


def test_up_is_up_right_is_right_and_near_is_near() -> None:
    markers = made_from(standing())
    assert markers["Nose"][0] == pytest.approx([0, 0.64, 0.12])
    assert markers["LShoulder"][0] == pytest.approx([0.18, 0.5, 0])
    assert markers["RAnkle"][0] == pytest.approx([-0.1, -0.84, 0])


@given(st.lists(st.floats(-2, 2), min_size=9, max_size=9))
def test_the_change_of_axes_is_a_rotation(numbers: list[float]) -> None:
    points = np.array(numbers).reshape(3, 3)
    assert np.linalg.det(y_up(np.eye(3))) == pytest.approx(1)
    assert y_up(y_up(points)) == pytest.approx(points)


def test_landmarks_by_another_name() -> None:
    world = standing()
    markers = made_from(world)
    for marker, landmark in {"RBigToe": "right_foot_index", "LElbow": "left_elbow", "RHeel": "right_heel"}.items():
        assert markers[marker][0] == pytest.approx(y_up(world[0, LANDMARK_NAMES.index(landmark)]))


def test_middles() -> None:
    markers = made_from(standing())
    assert markers["Hip"][0] == pytest.approx([0, 0, 0])
    assert markers["Neck"][0] == pytest.approx([0, 0.5, 0])


def test_the_head_is_above_the_ears_by_a_heads_height() -> None:
    head = made_from(standing())["Head"][0]
    assert head[0] == pytest.approx(0)
    assert head[1] - 0.66 == pytest.approx(0.12, abs=0.01)
    assert abs(head[2]) < 0.02


def test_small_toes_lie_outside_of_the_feet_on_the_ground() -> None:
    markers = made_from(standing())
    assert markers["LSmallToe"][0] == pytest.approx([0.1 + 0.3 * 0.2, -0.9, 0.11], abs=0.005)
    assert markers["RSmallToe"][0] == pytest.approx([-0.1 - 0.3 * 0.2, -0.9, 0.11], abs=0.005)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.5, 2))
def test_turning_moving_and_scaling_the_person_does_the_same_to_the_markers(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    turn, shift = Rotation.random(random_state=seed % 2**31).as_matrix(), rng.uniform(-3, 3, 3)
    world = standing()
    moved = made_from(scale * world @ turn.T + shift)
    expected = scale * y_up(y_up(made_from(world).positions) @ turn.T) + y_up(shift)
    np.testing.assert_allclose(moved.positions, expected, atol=1e-9)


def test_the_mirrored_person_has_mirrored_markers() -> None:
    world = standing()
    swapped = [
        LANDMARK_NAMES.index(name.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right"))
        for name in LANDMARK_NAMES
    ]
    mirrored = made_from(world[:, swapped] * [-1, 1, 1])
    for name in MARKER_NAMES:
        other = {"R": "L", "L": "R"}.get(name[0], name[0]) + name[1:]
        assert mirrored[name] == pytest.approx(made_from(world)[other] * [-1, 1, 1])


def test_what_is_missing_stays_missing_and_nothing_else() -> None:
    world = standing(3)
    world[1] = np.nan
    world[2, LANDMARK_NAMES.index("left_heel")] = np.nan
    positions = made_from(world).positions
    missing = np.isnan(positions).any(axis=-1)
    assert not missing[0].any()
    assert missing[1].all()
    assert {MARKER_NAMES[i] for i in np.flatnonzero(missing[2])} == {"LHeel", "LSmallToe"}


def test_a_direction_that_does_not_exist_gives_no_marker() -> None:
    world = standing()
    world[0, LANDMARK_NAMES.index("left_foot_index")] = world[0, LANDMARK_NAMES.index("left_heel")]
    markers = made_from(world)
    assert np.isnan(markers["LSmallToe"]).all()
    assert np.isfinite(markers["LBigToe"]).all()


def test_a_derived_marker_is_as_visible_as_its_least_visible_source() -> None:
    visibility = np.ones((1, 33))
    visibility[0, LANDMARK_NAMES.index("right_ear")] = 0.2
    visibility[0, LANDMARK_NAMES.index("left_hip")] = 0.4
    markers = made_from(standing(), visibility)
    seen = dict(zip(MARKER_NAMES, markers.visibility[0], strict=True))
    assert (seen["Head"], seen["Hip"], seen["LHip"], seen["Neck"]) == (0.2, 0.4, 0.4, 1.0)
