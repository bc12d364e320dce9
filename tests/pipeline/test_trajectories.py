import numpy as np
import pytest

from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks, Markers, sampling_rate


def landmarks(frames: int = 3, **changes: np.ndarray) -> Landmarks:
    arrays = {
        "times": np.arange(frames) / 30,
        "world": np.zeros((frames, 33, 3)),
        "image": np.full((frames, 33, 2), 0.5),
        "visibility": np.ones((frames, 33)),
    }
    return Landmarks(**{**arrays, **changes})  # type: ignore[arg-type]


def test_there_are_33_names() -> None:
    assert len(set(LANDMARK_NAMES)) == 33
    assert LANDMARK_NAMES[11] == "left_shoulder"
    assert LANDMARK_NAMES[32] == "right_foot_index"


def test_arrays_are_read_only_views_that_leave_the_original_alone() -> None:
    world = np.zeros((3, 33, 3))
    made = landmarks(world=world)
    with pytest.raises(ValueError, match="read-only"):
        made.world[0] = 1
    world[0] = 1
    assert np.shares_memory(made.world, world)


def test_frames_without_a_person_are_told() -> None:
    world = np.zeros((3, 33, 3))
    world[1] = np.nan
    assert landmarks(world=world).detected.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"times": np.array([])}, "at least one frame"),
        ({"times": np.zeros((3, 1))}, "at least one frame"),
        ({"times": np.array([0, 1, 1.0])}, "strictly increasing"),
        ({"times": np.array([0, np.nan, 1])}, "strictly increasing"),
        ({"world": np.zeros((3, 32, 3))}, "world must have the shape"),
        ({"image": np.zeros((3, 33, 3))}, "image must have the shape"),
        ({"visibility": np.ones((2, 33))}, "visibility must have the shape"),
        ({"visibility": np.full((3, 33), 1.1)}, "between 0 and 1"),
        ({"visibility": np.full((3, 33), -0.1)}, "between 0 and 1"),
    ],
)
def test_landmarks_that_do_not_fit_are_refused(changes: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        landmarks(**changes)


@pytest.mark.parametrize("names", [(), ("A", "A"), ("A", "B", "C")])
def test_marker_names_must_fit(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="must"):
        Markers(np.zeros(1), names, np.zeros((1, 2, 3)), np.zeros((1, 2)))


def test_a_marker_is_found_by_name() -> None:
    markers = Markers(np.zeros(1), ("A", "B"), np.arange(6.0).reshape(1, 2, 3), np.ones((1, 2)))
    assert markers["B"].tolist() == [[3, 4, 5]]


def test_the_rate_is_the_mean_of_all_steps() -> None:
    assert sampling_rate(np.arange(31) * 1001 / 30000) == pytest.approx(30000 / 1001)
    assert sampling_rate(np.array([0.0, 0.1, 0.4])) == pytest.approx(5.0)
    assert sampling_rate(np.array([0.0])) is None
