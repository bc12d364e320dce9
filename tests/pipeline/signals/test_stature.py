from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.bodies import FOCAL_LENGTH, SIZE, marching, seen, standing, without

from humanpose3d.pipeline.signals.body import BODY, BONES, FEET, SHOULDERS, bone_lengths
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


def placed(times: np.ndarray, world: np.ndarray) -> Landmarks:
    return replace(seen(times, world, at=AT), place=np.broadcast_to(AT, (len(times), 3)))


def stands() -> Landmarks:
    return placed(np.arange(9) / 30, np.broadcast_to(standing(), (9, 33, 3)).copy())


def test_eyes_and_soles_tell_the_height_of_a_person_who_is_seen_whole() -> None:
    # Eyes 0.68 m over the hips, toes 0.9 below, so 1.58 m.
    assert height_by_eyes(stands(), rays(stands())) == pytest.approx(1.58 / 0.936, abs=0.03)


@pytest.mark.parametrize("posture", ["a bent back", "bent knees"])
def test_who_stoops_or_crouches_is_as_tall_as_before(posture: str) -> None:
    given = stands()
    points = given.world.copy()
    forward, backward = (Rotation.from_euler("x", angle, degrees=True).as_matrix() for angle in (35, -35))
    if posture == "a bent back":  # the head stays upright
        above = [i for i in range(23) if i not in BODY or i in SHOULDERS]
        points[:, above] += (forward - np.eye(3)) @ [0.0, -0.5, 0.0]
    else:  # the feet stay flat
        for hip, knee, *foot in ((23, 25, 27, 29, 31), (24, 26, 28, 30, 32)):
            thigh, shank = given.world[0, knee] - given.world[0, hip], given.world[0, foot[0]] - given.world[0, knee]
            points[:, knee] += (backward - np.eye(3)) @ thigh
            points[:, foot] += (backward - np.eye(3)) @ thigh + (forward - np.eye(3)) @ shank
    bent = placed(given.times, points)
    assert height_by_eyes(bent, rays(bent)) == pytest.approx(height_by_eyes(given, rays(given)), rel=0.02)


def test_distance_is_scaled_like_the_body() -> None:
    given = placed(*marching(60))
    scaled, report = scale_to_height(given, 1.5, rays(given))
    assert report["by_eyes"] == 1
    assert scaled.place is not None
    np.testing.assert_allclose(scaled.place, np.array(AT) * np.ones((60, 1)) * report["factor"], rtol=1e-4)


@pytest.mark.parametrize("what", ["feet outside the picture", "face hidden", "place unknown"])
def test_where_the_eyes_cannot_tell_the_bones_do(what: str) -> None:
    given = placed(*marching(60))
    image, visibility = given.image.copy(), given.visibility.copy()
    if what == "feet outside the picture":
        image[:, FEET, 1] = 1.1
    elif what == "face hidden":
        visibility[:, :11] = 0.1
    place = None if what == "place unknown" else given.place
    changed = replace(given, image=image, visibility=visibility, place=place)
    assert np.isnan(height_by_eyes(changed, rays(changed)))
    assert scale_to_height(changed, 1.9, rays(changed))[1]["by_eyes"] == 0
