from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.bodies import marching, mirror_image, seen, without
from support.walkers import SPEED, Walker, walker

from humanpose3d.pipeline.signals.body import BODY, FEET, HIPS, bone_lengths, middle
from humanpose3d.pipeline.signals.world.contacts import SOLES
from humanpose3d.pipeline.signals.world.place import stand_upright
from humanpose3d.pipeline.trajectories import Landmarks, y_up


def tilted(degrees: float) -> Landmarks:
    """Somebody who marches; nothing is known of the place."""
    times, world = marching(120)
    axis = np.array([1.0, 0.0, 0.3])
    turn = Rotation.from_rotvec(np.radians(degrees) * axis / np.linalg.norm(axis)).as_matrix()
    return replace(seen(times, world), world=world @ turn.T)


def placed(person: Walker) -> np.ndarray:
    return y_up(stand_upright(person.landmarks)[0].world)


@pytest.mark.parametrize("pitch", [-10.0, 0.0, 12.0])
@pytest.mark.parametrize("heading", [0.0, 45.0, 90.0, 180.0])
def test_the_person_walks_through_the_world(heading: float, pitch: float) -> None:
    person = walker(heading, pitch=pitch)
    found = placed(person)
    truth = person.world - middle(person.world, HIPS)[0] * [1, 0, 1]
    assert np.linalg.norm(found - truth, axis=-1).max() < 0.06
    way = middle(found, HIPS)[-1, 0] - middle(found, HIPS)[0, 0]
    assert np.hypot(way[0], way[2]) / person.times[-1] == pytest.approx(SPEED, abs=0.02)


def test_it_begins_above_the_origin_and_stands_on_the_floor() -> None:
    person = walker(90)
    found = placed(person)
    np.testing.assert_allclose(middle(found, HIPS)[0, 0, [0, 2]], 0, atol=1e-12)
    assert np.abs(np.percentile(found[:, SOLES, 1], 10) - np.percentile(person.world[:, SOLES, 1], 10)) < 0.01
    late = without(person.landmarks, slice(0, 10))
    np.testing.assert_allclose(middle(stand_upright(late)[0].world, HIPS)[10, 0, [0, 2]], 0, atol=1e-12)


def test_camera_and_treadmill_are_reported() -> None:
    _, over_ground = stand_upright(walker(90, pitch=10, height=1.5).landmarks)
    assert over_ground["tilt_deg"] == pytest.approx(10, abs=1.5)
    assert over_ground["camera_height_m"] == pytest.approx(1.5, abs=0.06)
    assert (over_ground["turned"], over_ground["on_belt"]) == (1, 0)
    person = walker(90, over_ground=False)
    _, on_belt = stand_upright(person.landmarks)
    assert on_belt["on_belt"] == 1
    assert np.abs(middle(placed(person), HIPS)[..., [0, 2]]).max() < 0.05


def test_a_jump_keeps_its_flight() -> None:
    times = np.arange(90) / 30
    flight = np.clip(2.2 * (times - 1) - 4.9 * (times - 1) ** 2, 0, None)
    person = walker(0, over_ground=False)
    still = replace(person, times=times, world=person.world[[20] * 90] + flight[:, None, None] * [0, 1, 0])
    low = placed(still)[:, FEET, 1].min(axis=1)
    assert np.ptp(low) == pytest.approx(flight.max(), abs=0.01)


def test_the_mirrored_person_is_placed_alike() -> None:
    given = walker(60, pitch=5).landmarks
    assert given.place is not None
    mirrored = replace(mirror_image(given), place=given.place * [-1, 1, 1])
    one, other = (stand_upright(each)[0] for each in (given, mirrored))
    np.testing.assert_allclose(other.world, mirror_image(one).world, atol=1e-9)


def test_the_place_is_bridged_where_it_is_not_known() -> None:
    given = walker(90).landmarks
    assert given.place is not None
    place = given.place.copy()
    place[30:35] = np.nan
    found = stand_upright(replace(given, place=place))[0].world
    assert np.linalg.norm((found - stand_upright(given)[0].world)[:, BODY], axis=-1).max() < 0.05


@pytest.mark.parametrize("degrees", [-35.0, -10.0, 0.0, 20.0])
def test_without_a_place_each_frame_stands_on_the_floor_and_the_hips_stay(degrees: float) -> None:
    given = tilted(degrees)
    stood, report = stand_upright(given)
    assert report["tilt_deg"] == pytest.approx(abs(degrees), abs=3)
    assert set(report) == {"turned", "tilt_deg"}
    np.testing.assert_allclose(stood.world[:, FEET, 1].max(axis=1), 0, atol=1e-12)
    assert (stood.world[:, 0, 1] < -1).all()  # the nose is above: y points down
    np.testing.assert_allclose(bone_lengths(stood.world), bone_lengths(given.world), atol=1e-12)
    np.testing.assert_allclose(middle(stood.world, HIPS)[..., [0, 2]], 0, atol=1e-12)


def test_a_person_who_lies_is_left_lying() -> None:
    lying = tilted(80)
    stood, report = stand_upright(lying)
    np.testing.assert_array_equal(stood.world, lying.world)
    assert report["turned"] == 0


def test_a_person_who_only_sits_tells_neither_the_vertical_nor_the_floor() -> None:
    times, world = marching(60)
    for side in (0, 1):  # thighs level, towards the camera
        world[:, [25 + side, 27 + side, 29 + side, 31 + side]] += [0.0, -0.42, -0.42]
    sitting = replace(seen(times, world), place=np.broadcast_to((0.0, 0.0, 4.0), (60, 3)))
    found, report = stand_upright(sitting)
    np.testing.assert_array_equal(found.world, sitting.world)
    assert report["turned"] == 0
    assert "camera_height_m" not in report


def test_where_no_foot_is_seen_the_floor_is_interpolated() -> None:
    given = without(tilted(10), slice(40, 60), FEET)
    stood, _ = stand_upright(given)
    assert np.abs(np.diff(stood.world[:, 11, 1])).max() < 0.02
    assert np.isnan(stand_upright(without(given, slice(None)))[0].world).all()


def test_a_floor_below_the_picture_is_not_guessed() -> None:
    """The fit has a place for feet that nobody saw; they tell nothing of the floor."""
    landmarks = walker(90).landmarks
    image = landmarks.image.copy()
    image[:, FEET, 1] = 1.1
    found, report = stand_upright(replace(landmarks, image=image))
    assert "camera_height_m" not in report
    assert np.abs(middle(found.world, HIPS)[..., [0, 2]]).max() < 1e-9
    image[:40, FEET, 1] = 0.9
    assert "camera_height_m" in stand_upright(replace(landmarks, image=image))[1], (
        "for a third of the trial they are seen"
    )
