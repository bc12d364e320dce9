import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bodies import SIZE, legs_alike, marching, mirror_image, seen, with_swaps, without

from humanpose3d.kinematics.validity.sides import Sides
from humanpose3d.pipeline.signals.body import ARMS, LEGS, MIRRORED
from humanpose3d.pipeline.signals.depth_prior.prior import clearness_of_legs
from humanpose3d.pipeline.signals.identity.left_right import repair_swaps, sides_of, undecided_legs
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.trajectories import Landmarks

ASPECT = SIZE[0] / SIZE[1]


def noisy(frames: int = 90, seed: int = 0) -> Landmarks:
    times, world = marching(frames)
    truth = seen(times, world)
    rng = np.random.default_rng(seed)
    return Landmarks(
        times,
        world + rng.normal(0, 0.01, world.shape),
        truth.image + rng.normal(0, 0.002, truth.image.shape),
        truth.visibility,
    )


def assert_same(found: Landmarks, expected: Landmarks) -> None:
    np.testing.assert_array_equal(found.world, expected.world)
    np.testing.assert_array_equal(found.image, expected.image)
    np.testing.assert_array_equal(found.visibility, expected.visibility)


def test_what_is_right_is_left_alone() -> None:
    given_landmarks = noisy()
    repaired, report = repair_swaps(given_landmarks, ASPECT)
    assert_same(repaired, given_landmarks)
    assert set(report.values()) == {0}


@pytest.mark.parametrize(
    ("part", "kind"), [(None, "whole_body"), (ARMS, "arms_only"), (LEGS, "legs_only")], ids=["body", "arms", "legs"]
)
@pytest.mark.parametrize("frames", [slice(30, 31), slice(30, 45), slice(0, 20), slice(75, 90)])
def test_a_known_swap_is_undone(part: np.ndarray | None, kind: str, frames: slice) -> None:
    truth = noisy()
    repaired, report = repair_swaps(with_swaps(truth, frames, part), ASPECT)
    assert_same(repaired, truth)
    assert report[kind] == report["frames_exchanged"] == frames.stop - frames.start


def test_the_network_is_asked_about_a_trunk_that_is_right() -> None:
    truth, asked = noisy(), []

    def legs(given_landmarks: Landmarks) -> np.ndarray:
        asked.append(given_landmarks)
        return np.full(90, -4.0)

    repaired, report = repair_swaps(with_swaps(truth, slice(30, 45)), ASPECT, legs)
    assert_same(*asked, truth)
    assert_same(repaired, truth)
    assert report["whole_body"] == 15
    without_network, _ = repair_swaps(with_swaps(truth, slice(30, 45)), ASPECT, lambda _: None)
    assert_same(without_network, truth)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(5, 80), min_size=1, max_size=5))
def test_several_swaps_are_undone_and_doing_it_again_changes_nothing(seed: int, starts: list[int]) -> None:
    truth = noisy(seed=seed)
    swapped = np.zeros(90, bool)
    for start in starts:
        swapped[start : start + 5] = True
    repaired, _ = repair_swaps(with_swaps(truth, np.flatnonzero(swapped)), ASPECT)
    assert_same(repaired, truth)
    assert_same(repair_swaps(repaired, ASPECT)[0], repaired)


def test_a_mirrored_person_is_repaired_alike() -> None:
    given_landmarks = with_swaps(noisy(), slice(40, 50))
    one, _ = repair_swaps(given_landmarks, ASPECT)
    other, _ = repair_swaps(mirror_image(given_landmarks), ASPECT)
    assert_same(other, mirror_image(one))


def test_place_and_size_of_the_person_do_not_matter() -> None:
    times, world = marching(60)
    for at in ((-0.5, 0.3, 3.0), (0.8, -0.2, 8.0)):
        truth = seen(times, world, at=at)
        moved = with_swaps(Landmarks(times, 1.3 * world + 5.0, truth.image, truth.visibility), slice(20, 30))
        repaired, report = repair_swaps(moved, ASPECT)
        assert report["whole_body"] == 10
        np.testing.assert_allclose(repaired.world, 1.3 * world + 5.0)


def test_frames_in_the_middle_of_an_exchange_come_back_empty() -> None:
    truth = noisy()
    swapped = with_swaps(truth, slice(40, 60))
    world = swapped.world.copy()
    for frame, share in ((39, 0.4), (40, 0.6), (59, 0.6), (60, 0.4)):
        world[frame] = (1 - share) * truth.world[frame] + share * truth.world[frame][MIRRORED]
    repaired, report = repair_swaps(Landmarks(truth.times, world, swapped.image, truth.visibility), ASPECT)
    empty = np.isnan(repaired.world).all(axis=(1, 2))
    assert np.flatnonzero(empty).tolist() == [39, 40, 59, 60]
    assert report == {"frames_exchanged": 18, "whole_body": 18, "arms_only": 0, "legs_only": 0, "frames_collapsed": 4}
    np.testing.assert_array_equal(repaired.world[~empty], truth.world[~empty])


def test_who_is_narrow_for_long_is_not_caught_in_an_exchange() -> None:
    times, world = marching(120)
    narrow = world.copy()
    narrow[40:70] *= [0.4, 1.0, 0.4]
    repaired, report = repair_swaps(seen(times, narrow), ASPECT)
    assert report["frames_collapsed"] == report["frames_exchanged"] == 0
    np.testing.assert_array_equal(repaired.world, narrow)


def test_a_person_who_turns_round_is_no_swap() -> None:
    times, world = marching(120)
    angle = np.linspace(0, 2 * np.pi, 120)
    turn = np.zeros((120, 3, 3))
    turn[:, 1, 1] = 1
    turn[:, 0, 0] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 0, 2], turn[:, 2, 0] = np.sin(angle), -np.sin(angle)
    _, report = repair_swaps(seen(times, np.einsum("tij,tkj->tki", turn, world)), ASPECT)
    assert report["frames_exchanged"] == 0


@pytest.mark.parametrize("frames", [1, 2])
def test_too_short_to_judge_is_left_alone(frames: int) -> None:
    given_landmarks = noisy(frames)
    assert_same(repair_swaps(given_landmarks, ASPECT)[0], given_landmarks)


def test_a_person_who_was_away_is_compared_with_when_they_were_last_seen() -> None:
    truth = without(noisy(), slice(40, 50))
    repaired, report = repair_swaps(with_swaps(truth, slice(30, 60)), ASPECT)
    assert report["whole_body"] == 20
    assert_same(repaired, truth)


def test_nobody_at_all_stays_nobody() -> None:
    nobody = without(noisy(20), slice(None))
    repaired, report = repair_swaps(nobody, ASPECT)
    assert np.isnan(repaired.world).all()
    assert set(report.values()) == {0}


def test_what_can_not_be_decided_is_said() -> None:
    for landmarks, share in ((noisy(), 0.0), (legs_alike(90), 1.0)):
        assert undecided_legs(landmarks, ASPECT, clearness_of_legs(landmarks, SIZE)).mean() == share
        _, report = process(landmarks, size=SIZE)
        assert report.steps["repair_swaps"]["frames_undecided"] == share * 90
        assert report.sides(90).undecided == share
        said = [warning for warning in report.warnings if warning.startswith("Left and right may be exchanged")]
        assert len(said) == share


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.just(np.nan), st.floats(-30, 30)), min_size=1, max_size=60))
def test_legs_are_undecided_only_near_frames_that_say_so(clearness: list[float]) -> None:
    times, world = marching(len(clearness), 10.0)
    given_landmarks, values = seen(times, world), np.array(clearness)
    undecided = undecided_legs(given_landmarks, ASPECT, values)
    low = times[values < 8]
    assert all(np.abs(low - time).min(initial=np.inf) <= 1.0 + 1e-9 for time in times[undecided])
    assert not undecided_legs(given_landmarks, ASPECT, np.full(len(values), np.nan)).any()


@pytest.mark.parametrize("report", [{}, {"frames_exchanged": "many", "frames_undecided": None}])
def test_a_damaged_report_tells_nothing_of_the_sides(report: dict[str, object]) -> None:
    assert sides_of(report, 90) == Sides()
    assert sides_of({"frames_exchanged": 9, "frames_collapsed": 9, "frames_undecided": 45}, 90) == Sides(0.2, 0.5)
