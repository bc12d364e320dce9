from dataclasses import replace

import numpy as np
import pytest
from support.bodies import marching, mirror_image, seen, without

from humanpose3d.pipeline.signals.filtering.outliers import remove_outliers
from humanpose3d.pipeline.trajectories import Landmarks


def trial(frames: int = 90, rate: float = 60.0) -> Landmarks:
    return seen(*marching(frames, rate))


@pytest.mark.parametrize("frame", [0, 40, 89])
def test_a_single_frame_that_jumps_is_put_back(frame: int) -> None:
    truth = trial()
    world = truth.world.copy()
    world[frame, 15] += [0.3, -0.2, 0.5]
    cleaned, report = remove_outliers(replace(truth, world=world), 0.1, 4.0)
    assert np.abs(cleaned.world - truth.world).max() < 0.12  # the arm moves that much within the window
    assert report == {"samples_replaced": 1}


def test_smooth_movement_is_left_alone() -> None:
    truth = trial()
    cleaned, report = remove_outliers(truth, 0.1, 4.0)
    np.testing.assert_array_equal(cleaned.world, truth.world)
    assert report == {"samples_replaced": 0}


def test_missing_stays_missing_and_spoils_nothing_beside_it() -> None:
    gapped = without(trial(), slice(30, 60), 15)
    cleaned, _ = remove_outliers(gapped, 0.1, 4.0)
    np.testing.assert_array_equal(cleaned.world, gapped.world)


@pytest.mark.parametrize(("frames", "rate"), [(1, 60.0), (2, 60.0), (60, 20.0)])
def test_frames_too_far_apart_are_not_judged(frames: int, rate: float) -> None:
    truth = trial(frames, rate)
    world = truth.world.copy()
    world[0, 15] += 1.0
    cleaned, _ = remove_outliers(replace(truth, world=world), 0.1, 4.0)
    np.testing.assert_array_equal(cleaned.world, world)


def test_moving_and_mirroring_the_person_does_the_same_to_the_result() -> None:
    given = trial()
    world = given.world.copy()
    world[[20, 50], [15, 28]] += 0.4
    given = replace(given, world=world)
    expected, _ = remove_outliers(given, 0.1, 4.0)
    moved, _ = remove_outliers(replace(given, world=given.world + 3.0), 0.1, 4.0)
    np.testing.assert_allclose(moved.world, expected.world + 3.0, atol=1e-9)
    np.testing.assert_allclose(
        remove_outliers(mirror_image(given), 0.1, 4.0)[0].world, mirror_image(expected).world, atol=1e-12
    )
