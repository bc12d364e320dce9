from dataclasses import replace

import numpy as np
import pytest
from support.bodies import marching, seen, without

from humanpose3d.pipeline.signals.body import BONES, bone_lengths
from humanpose3d.pipeline.signals.bone_lengths import scale_to_height, standing_height


def test_a_body_of_textbook_proportions_has_its_height() -> None:
    world = seen(*marching(1)).world.copy()
    for side in (0, 1):
        world[:, 25 + side] = world[:, 23 + side] + [0.0, 0.245 * 1.8, 0.0]
        world[:, 27 + side] = world[:, 25 + side] + [0.0, 0.246 * 1.8, 0.0]
        world[:, 11 + side] = world[:, 23 + side] - [0.0, 0.288 * 1.8, 0.0]
    assert standing_height(world) == pytest.approx(1.8)


def test_all_lengths_grow_alike() -> None:
    landmarks = seen(*marching(30))
    scaled, report = scale_to_height(landmarks, 1.9)
    np.testing.assert_allclose(
        bone_lengths(scaled.world) / bone_lengths(landmarks.world),
        np.full((30, len(BONES)), report["factor"]),
        rtol=1e-4,
    )
    assert standing_height(scaled.world) == pytest.approx(1.9)
    again, report = scale_to_height(scaled, 1.9)
    np.testing.assert_allclose(again.world, scaled.world)
    assert report["factor"] == 1


def test_the_height_does_not_depend_on_place() -> None:
    landmarks = seen(*marching(30))
    assert standing_height(landmarks.world + 4.0) == pytest.approx(standing_height(landmarks.world))


def test_nobody_has_no_height() -> None:
    nobody = without(seen(*marching(5)), slice(None))
    scaled, report = scale_to_height(replace(nobody), 1.8)
    assert np.isnan(scaled.world).all()
    assert report == {"factor": 1.0}
