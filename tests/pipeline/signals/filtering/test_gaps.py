from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bodies import marching, seen, without

from humanpose3d.pipeline.signals.filtering.gaps import fill_gaps
from humanpose3d.pipeline.trajectories import Landmarks

LONGEST_S = 0.25  # 15 steps at 60 Hz, so a gap of 14 frames


def linear(frames: int = 60, rate: float = 60.0) -> Landmarks:
    """Everything moves along straight lines, so an interpolated value is the true one."""
    times, world = marching(frames, rate)
    drift = times[:, None, None] * [0.3, -0.2, 0.1]
    landmarks = seen(times, np.broadcast_to(world[0], world.shape) + drift)
    return replace(landmarks, image=landmarks.image[:1] + times[:, None, None] * [0.1, 0.05])


def test_a_short_gap_is_bridged_with_the_true_values() -> None:
    truth = linear()
    filled, report = fill_gaps(without(truth, slice(20, 34)), LONGEST_S, 0.0)
    np.testing.assert_allclose(filled.world, truth.world, atol=1e-12)
    np.testing.assert_allclose(filled.image, truth.image, atol=1e-12)
    assert report == {"samples_missing": 14 * 33, "samples_filled": 14 * 33, "frames_empty": 0}


def test_a_long_gap_stays_empty() -> None:
    gapped = without(linear(), slice(20, 35))
    filled, report = fill_gaps(gapped, LONGEST_S, 0.0)
    np.testing.assert_array_equal(filled.world, gapped.world)
    assert report["frames_empty"] == 15


def test_gaps_at_the_ends_have_only_one_neighbour_and_stay_empty() -> None:
    gapped = without(without(linear(), slice(0, 3)), slice(57, 60))
    assert fill_gaps(gapped, LONGEST_S, 0.0)[1]["samples_filled"] == 0


def test_a_gap_is_measured_in_seconds() -> None:
    gapped = without(linear(rate=15.0), slice(20, 24))
    assert fill_gaps(gapped, LONGEST_S, 0.0)[1]["samples_filled"] == 0
    slow = replace(gapped, times=gapped.times / 8)  # the true times of slow motion
    assert fill_gaps(slow, LONGEST_S, 0.0)[1]["samples_filled"] == 4 * 33


def test_a_hardly_visible_sample_counts_as_missing_only_in_a_short_gap() -> None:
    truth = linear()
    world, visibility = truth.world.copy(), truth.visibility.copy()
    world[10:13, 15], world[30:50, 15] = 9.0, 9.0
    visibility[10:13, 15], visibility[30:50, 15] = 0.2, 0.2
    filled, _ = fill_gaps(replace(truth, world=world, visibility=visibility), LONGEST_S, 0.5)
    np.testing.assert_allclose(filled.world[10:13, 15], truth.world[10:13, 15], atol=1e-12)
    assert (filled.world[30:50, 15] == 9.0).all()


def test_what_is_absent_among_hardly_visible_samples_is_bridged_too() -> None:
    truth = replace(linear(), visibility=np.full((60, 33), 0.2))
    filled, _ = fill_gaps(without(truth, slice(30, 32)), LONGEST_S, 0.5)
    np.testing.assert_allclose(filled.world, truth.world, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 59), st.integers(1, 30), st.integers(0, 32)), max_size=12))
def test_filling_again_changes_nothing_and_nothing_that_was_there_changes(gaps: list[tuple[int, int, int]]) -> None:
    gapped = linear()
    for start, length, landmark in gaps:
        gapped = without(gapped, slice(start, start + length), landmark)
    filled, _ = fill_gaps(gapped, LONGEST_S, 0.0)
    there = np.isfinite(gapped.world)
    np.testing.assert_array_equal(filled.world[there], gapped.world[there])
    np.testing.assert_array_equal(fill_gaps(filled, LONGEST_S, 0.0)[0].world, filled.world)
