from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.bodies import marching, seen, standing, without
from support.walkers import walker

from humanpose3d.pipeline.signals.world.vertical import horizontal, stands, tilt_of, up_direction, world_axes


def angle(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(one @ other, -1, 1))))


@pytest.mark.parametrize("pitch", [-20.0, 0.0, 15.0])
@pytest.mark.parametrize("heading", [0.0, 90.0, 200.0])
def test_it_is_up_from_the_legs_to_the_shoulders_of_who_walks(heading: float, pitch: float) -> None:
    person = walker(heading, pitch=pitch)
    assert angle(up_direction(person.landmarks.world), person.up) < 2.5  # who walks leans by two degrees


def test_only_frames_count_in_which_the_person_stands() -> None:
    world = np.stack([standing()] * 40)
    world[8:, [11, 12]] = [[0.2, -0.1, -0.5], [-0.2, -0.1, -0.5]]  # bent forwards from then on
    assert angle(up_direction(world), np.array([0.0, -1.0, 0.0])) < 1


def test_it_does_not_depend_on_place_and_nobody_has_none() -> None:
    given = seen(*marching(30))
    np.testing.assert_allclose(up_direction(given.world + 3.0), up_direction(given.world))
    assert np.isnan(up_direction(without(given, slice(None)).world)).all()
    assert np.isnan(tilt_of(up_direction(replace(given, world=given.world * np.nan).world)))


def test_level_axes_look_where_the_camera_looks() -> None:
    turn = Rotation.from_euler("zx", [8, 25], degrees=True).as_matrix()
    up = turn @ [0.0, -1.0, 0.0]
    axes = world_axes(up)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)
    np.testing.assert_allclose(axes @ up, [0, -1, 0], atol=1e-12)
    looks = axes @ [0.0, 0.0, 1.0]
    assert looks[0] == pytest.approx(0, abs=1e-12)
    assert looks[2] > 0.8
    np.testing.assert_allclose(horizontal(np.array([up, 2 * up]), up), 0, atol=1e-12)


def test_the_tilt_is_the_angle_between_the_cameras_up_and_ours() -> None:
    assert tilt_of(Rotation.from_euler("x", 12, degrees=True).as_matrix() @ [0.0, -1.0, 0.0]) == pytest.approx(12)


def bent(knee: float, hip: float) -> np.ndarray:
    """Somebody whose knees and hips are bent by so many degrees, the shanks upright, shape (1, 33, 3)."""
    world = standing()
    thigh, trunk = (np.radians(angle) for angle in (knee, knee - hip))
    for side in (0, 1):
        ankle = world[27 + side].copy()
        world[25 + side] = ankle - np.array([0.0, 0.42, 0.0])
        world[23 + side] = world[25 + side] + 0.42 * np.array([0.0, -np.cos(thigh), np.sin(thigh)])
        world[11 + side] = world[23 + side] + 0.5 * np.array([0.0, -np.cos(trunk), np.sin(trunk)])
    return world[None]


@pytest.mark.parametrize("pose", [(0, 0), (45, 40), (40, 60)], ids=["upright", "crouched", "leaning"])
def test_who_crouches_stands(pose: tuple[float, float]) -> None:
    assert stands(bent(*pose))


@pytest.mark.parametrize(
    "pose", [(90, 90), (90, 60), (0, 100), (100, 120)], ids=["sits", "leans back", "stoops", "squats"]
)
def test_who_sits_or_stoops_does_not_stand(pose: tuple[float, float]) -> None:
    assert not stands(bent(*pose))


def test_it_is_enough_to_stand_for_a_part_of_the_trial_on_one_leg() -> None:
    sits, on_one_leg = bent(90, 90), bent(0, 0)
    on_one_leg[:, [25, 27]] = sits[:, [25, 27]]
    assert stands(np.concatenate([sits] * 18 + [on_one_leg] * 2))
    assert not stands(sits * np.nan)
