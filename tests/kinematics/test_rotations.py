import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.transform import Rotation

from humanpose3d.kinematics.axes.elevation import continuous_elevation
from humanpose3d.kinematics.rotations import (
    angle_between,
    axes_keeping_x,
    axes_keeping_y,
    axes_keeping_z,
    compose_yxz,
    compose_zxy,
    relative,
    unit,
    within,
    yxz_angles,
    zxy_angles,
)

TURNS = hnp.arrays(np.float64, (4, 3), elements=st.floats(-179, 179))


@given(TURNS)
def test_sequences_are_scipys(turns: np.ndarray) -> None:
    zxy = Rotation.from_euler("ZXY", turns, degrees=True).as_matrix()
    yxz = Rotation.from_euler("YXZ", turns[:, [2, 1, 0]], degrees=True).as_matrix()
    np.testing.assert_allclose(compose_zxy(turns), zxy, atol=1e-12)
    np.testing.assert_allclose(compose_yxz(turns), yxz, atol=1e-12)


@given(TURNS)
def test_angles_make_the_rotation_that_they_were_taken_from(turns: np.ndarray) -> None:
    for compose, take_apart in ((compose_zxy, zxy_angles), (compose_yxz, yxz_angles)):
        rotation = compose(turns)
        found = take_apart(rotation)
        defined = np.isfinite(found).all(axis=-1)
        assert (np.abs(np.abs(found[~defined, 1]) - 90) <= 5 + 1e-9).all()
        np.testing.assert_allclose(compose(found)[defined], rotation[defined], atol=1e-9)


@given(hnp.arrays(np.float64, (2, 3), elements=st.floats(-1, 1)))
def test_axes_are_right_handed_and_keep_what_they_promise(vectors: np.ndarray) -> None:
    first, second = vectors[:1], vectors[1:]
    for column, axes in enumerate(
        (axes_keeping_x(first, second), axes_keeping_y(first, second), axes_keeping_z(first, second))
    ):
        if np.isfinite(axes).all():
            np.testing.assert_allclose(axes[0].T @ axes[0], np.eye(3), atol=1e-6)
            assert np.linalg.det(axes[0]) == pytest.approx(1)
            np.testing.assert_allclose(axes[..., column], unit(first))
            towards = {0: 2, 1: 2, 2: 1}[column]
            assert (axes[..., towards] * second).sum() >= 0


def test_an_axis_alone_stays_known_through_a_relative_rotation() -> None:
    line = axes_keeping_y(np.array([[0.0, 1.0, 1.0]]), np.full((1, 3), np.nan))
    angles = zxy_angles(relative(np.eye(3)[np.newaxis], line))
    assert angles[0, :2] == pytest.approx([0, 45])
    assert np.isnan(angles[0, 2])


def test_no_length_is_no_direction() -> None:
    assert np.isnan(unit(np.zeros((1, 3)))).all()
    assert np.isnan(axes_keeping_z(np.array([[1.0, 0, 0]]), np.array([[2.0, 0, 0]]))[0, :, :2]).all()


def test_small_angles_are_exact() -> None:
    tiny = np.array([[1.0, 1e-7, 0.0]])
    assert np.deg2rad(angle_between(np.array([[1.0, 0, 0]]), tiny)[0]) == pytest.approx(1e-7)


@given(st.floats(-1e4, 1e4), st.integers(-180, 180))
def test_within_gives_an_equal_angle_near_the_centre(angle: float, centre: int) -> None:
    found = float(within(np.array(angle), centre))
    assert abs(found - centre) <= 180 + 1e-9
    assert np.cos(np.deg2rad(found - angle)) == pytest.approx(1)


def cost(path: np.ndarray) -> float:
    steps = within(np.diff(path, axis=0), 0)
    return float((steps**2).sum() + 1e-3 * (within(path, 0) ** 2).sum())


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.float64, (6, 3), elements=st.floats(-80, 80)), st.integers(0, 63))
def test_the_way_of_an_arm_is_the_cheapest_of_all(angles: np.ndarray, swapped: int) -> None:
    other = np.array([180.0, 180.0, 180.0]) + angles * [1, -1, 1]
    mixed = np.where([[swapped >> i & 1] for i in range(6)], other, angles)
    found = continuous_elevation(mixed)
    choices = itertools.product((0, 1), repeat=6)
    cheapest = min(cost(np.where(np.array(choice)[:, np.newaxis], other, angles)) for choice in choices)
    assert cost(found) == pytest.approx(cheapest, rel=1e-6, abs=1e-6)
    np.testing.assert_allclose(compose_zxy(found), compose_zxy(angles), atol=1e-9)
