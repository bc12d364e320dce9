from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.bodies import marching, mirror_image, seen, without

from humanpose3d.pipeline.signals.body import FEET, HIPS, bone_lengths, middle
from humanpose3d.pipeline.signals.upright import stand_upright, up_direction
from humanpose3d.pipeline.trajectories import Landmarks


def tilted(degrees: float, axis: tuple[float, float, float] = (1.0, 0.0, 0.3)) -> Landmarks:
    times, world = marching(120)
    turn = Rotation.from_rotvec(np.radians(degrees) * np.array(axis) / np.linalg.norm(axis)).as_matrix()
    return replace(seen(times, world), world=world @ turn.T)


@pytest.mark.parametrize("degrees", [-35.0, -10.0, 0.0, 20.0])
def test_the_tilt_of_the_camera_is_taken_out(degrees: float) -> None:
    stood, report = stand_upright(tilted(degrees))
    up = up_direction(stood.world)
    assert np.degrees(np.arccos(-up[1])) < 0.1
    assert report["tilt_deg"] == pytest.approx(abs(degrees), abs=3)
    assert report["turned"] == 1


def test_the_lowest_foot_is_on_the_floor_in_each_frame() -> None:
    stood, _ = stand_upright(tilted(20))
    np.testing.assert_allclose(stood.world[:, FEET, 1].max(axis=1), 0, atol=1e-12)
    assert (stood.world[:, 0, 1] < -1).all()  # the nose is above: y points down


def test_the_body_keeps_its_shape_and_its_place_above_the_floor() -> None:
    given = tilted(20)
    stood, _ = stand_upright(given)
    np.testing.assert_allclose(bone_lengths(stood.world), bone_lengths(given.world), atol=1e-12)
    np.testing.assert_allclose(middle(stood.world, HIPS)[..., [0, 2]], 0, atol=1e-12)


def test_doing_it_again_changes_nothing() -> None:
    stood, _ = stand_upright(tilted(-25))
    again, report = stand_upright(stood)
    np.testing.assert_allclose(again.world, stood.world, atol=1e-9)
    assert report["tilt_deg"] == 0


def test_moving_and_mirroring_the_person_does_the_same_to_the_result() -> None:
    given = tilted(20)
    expected, _ = stand_upright(given)
    moved, _ = stand_upright(replace(given, world=given.world + np.array([3.0, -1.0, 2.0])))
    np.testing.assert_allclose(moved.world, expected.world, atol=1e-9)
    np.testing.assert_allclose(stand_upright(mirror_image(given))[0].world, mirror_image(expected).world, atol=1e-9)


def test_a_person_who_lies_is_left_lying() -> None:
    lying = tilted(80)
    stood, report = stand_upright(lying)
    np.testing.assert_array_equal(stood.world, lying.world)
    assert report["turned"] == 0


def test_where_no_foot_is_seen_the_floor_is_interpolated() -> None:
    given = without(tilted(10), slice(40, 60), FEET)
    stood, _ = stand_upright(given)
    shoulders = stood.world[:, 11, 1]
    assert np.abs(np.diff(shoulders)).max() < 0.02
    assert np.isnan(stand_upright(without(given, slice(None)))[0].world).all()
