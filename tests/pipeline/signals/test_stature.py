from dataclasses import replace

import numpy as np
import pytest
from support.bodies import FOCAL_LENGTH, SIZE, marching, seen, without

from humanpose3d.pipeline.signals.body import BONES, FEET, bone_lengths
from humanpose3d.pipeline.signals.rays import rays_of
from humanpose3d.pipeline.signals.stature import height_by_bones, height_by_eyes, scale_to_height
from humanpose3d.pipeline.trajectories import Landmarks


def rays(landmarks: Landmarks) -> np.ndarray:
    return rays_of(landmarks.image, SIZE, FOCAL_LENGTH)


def test_a_body_of_textbook_proportions_has_its_height() -> None:
    world = seen(*marching(1)).world.copy()
    for side in (0, 1):
        world[:, 25 + side] = world[:, 23 + side] + [0.0, 0.245 * 1.8, 0.0]
        world[:, 27 + side] = world[:, 25 + side] + [0.0, 0.246 * 1.8, 0.0]
        world[:, 11 + side] = world[:, 23 + side] - [0.0, 0.288 * 1.8, 0.0]
    assert height_by_bones(world) == pytest.approx(1.8)


def test_all_lengths_grow_alike() -> None:
    landmarks = seen(*marching(30))
    scaled, report = scale_to_height(landmarks, 1.9, rays(landmarks))
    np.testing.assert_allclose(
        bone_lengths(scaled.world) / bone_lengths(landmarks.world),
        np.full((30, len(BONES)), report["factor"]),
        rtol=1e-4,
    )
    assert height_by_bones(scaled.world) == pytest.approx(1.9)
    again, report = scale_to_height(scaled, 1.9, rays(scaled))
    np.testing.assert_allclose(again.world, scaled.world)
    assert report["factor"] == 1


def test_the_height_does_not_depend_on_place() -> None:
    landmarks = seen(*marching(30))
    assert height_by_bones(landmarks.world + 4.0) == pytest.approx(height_by_bones(landmarks.world))


def test_nobody_has_no_height() -> None:
    nobody = without(seen(*marching(5)), slice(None))
    scaled, report = scale_to_height(replace(nobody), 1.8, rays(nobody))
    assert np.isnan(scaled.world).all()
    assert report == {"factor": 1.0}


AT = (0.2, -0.1, 4.0)


def placed(frames: int = 60) -> Landmarks:
    times, world = marching(frames)
    return replace(seen(times, world, at=AT), place=np.broadcast_to(AT, (frames, 3)))


def test_the_eyes_tell_the_height_of_a_person_who_stands() -> None:
    # Eyes 0.68 m over the hips, toes 0.9 below, so 1.58 m; at mid-stance somebody who marches is as tall as that.
    assert height_by_eyes(placed(), rays(placed())) == pytest.approx(1.58 / 0.936, abs=0.04)


def test_distance_is_scaled_like_the_body() -> None:
    given = placed()
    scaled, report = scale_to_height(given, 1.5, rays(given))
    assert report["by_eyes"] == 1
    assert scaled.place is not None
    np.testing.assert_allclose(scaled.place, np.array(AT) * np.ones((60, 1)) * report["factor"], rtol=1e-4)


@pytest.mark.parametrize("what", ["feet outside the picture", "face hidden", "kneeling", "place unknown"])
def test_where_the_eyes_cannot_tell_the_bones_do(what: str) -> None:
    given = placed()
    image, visibility, world = given.image.copy(), given.visibility.copy(), given.world.copy()
    if what == "feet outside the picture":
        image[:, FEET, 1] = 1.1
    elif what == "face hidden":
        visibility[:, :11] = 0.1
    elif what == "kneeling":
        world[:, FEET] = world[:, [25, 26] * 3] + [0.0, 0.0, 0.4]
    place = None if what == "place unknown" else given.place
    changed = replace(given, image=image, visibility=visibility, world=world, place=place)
    assert np.isnan(height_by_eyes(changed, rays(changed)))
    assert scale_to_height(changed, 1.9, rays(changed))[1]["by_eyes"] == 0
