from dataclasses import replace

import numpy as np
import pytest
from support.bodies import marching, mirror_image, seen, standing, without

from humanpose3d.pipeline.signals.mirrored import average_with_mirrored, unmirrored
from humanpose3d.pipeline.trajectories import Landmarks


def trial() -> Landmarks:
    return seen(*marching(20))


def test_turning_a_mirrored_detection_back_gives_the_detection() -> None:
    truth = trial()
    back = unmirrored(mirror_image(truth))
    np.testing.assert_allclose(back.world, truth.world)
    np.testing.assert_allclose(back.image, truth.image)
    np.testing.assert_array_equal(back.visibility, truth.visibility)


def test_names_change_sides_with_the_picture() -> None:
    facing = standing()  # the left hand is on the right of the picture, and in the mirror on its left
    mirrored = Landmarks(np.zeros(1), facing[None], np.full((1, 33, 2), 0.25), np.ones((1, 33)))
    back = unmirrored(mirrored)
    assert back.world[0, 15] == pytest.approx(facing[16] * [-1, 1, 1])
    assert back.image[0, 15] == pytest.approx([0.75, 0.25])


def test_opposite_errors_cancel() -> None:
    truth = trial()
    error = np.random.default_rng(0).normal(0, 0.05, truth.world.shape)
    error[:, [23, 24]] = 0
    averaged, report = average_with_mirrored(
        replace(truth, world=truth.world + error), replace(truth, world=truth.world - error)
    )
    np.testing.assert_allclose(averaged.world, truth.world, atol=1e-12)
    assert report == {"frames_averaged": 20, "frames_from_one": 0}


def test_where_one_is_missing_the_other_counts() -> None:
    truth = trial()
    averaged, report = average_with_mirrored(without(truth, slice(3, 6)), without(truth, slice(5, 9)))
    missing = np.isnan(averaged.world).all(axis=(1, 2))
    assert np.flatnonzero(missing).tolist() == [5]
    np.testing.assert_allclose(averaged.world[~missing], truth.world[~missing], atol=1e-12)
    assert report == {"frames_averaged": 14, "frames_from_one": 5}


def test_detections_of_different_videos_are_refused() -> None:
    with pytest.raises(ValueError, match="same frames, not 20 and 10"):
        average_with_mirrored(trial(), seen(*marching(10)))
