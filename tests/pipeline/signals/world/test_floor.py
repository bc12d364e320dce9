import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.walkers import Walker, walker

from humanpose3d.pipeline.signals.world.contacts import Ground, find_ground
from humanpose3d.pipeline.signals.world.floor import Floor, find_floor


def floor_of(person: Walker, wrong_by: float) -> Floor:
    """Find the floor, where the person's own vertical leans towards the camera by `wrong_by` degrees."""
    up = Rotation.from_euler("x", wrong_by, degrees=True).as_matrix() @ person.up
    found = find_floor(person.times, person.points, up, find_ground(person.times, person.points))
    assert found is not None
    return found


def off(floor: Floor, person: Walker) -> float:
    return float(np.degrees(np.arccos(np.clip(floor.up @ person.up, -1, 1))))


@pytest.mark.parametrize("heading", [0.0, 90.0, 180.0])
def test_the_floor_is_where_the_feet_stand(heading: float) -> None:
    person = walker(heading, pitch=6, height=1.4)
    floor = floor_of(person, wrong_by=0)
    assert off(floor, person) < 0.5
    assert floor.below == pytest.approx(1.4, abs=0.02)


def test_a_way_towards_the_camera_shows_the_tilt_and_one_across_does_not() -> None:
    towards, across = walker(0, pitch=6), walker(90, pitch=6)
    assert off(floor_of(towards, wrong_by=4), towards) < 1
    assert 2 < off(floor_of(across, wrong_by=4), across) < 4.1


def test_no_foot_no_floor() -> None:
    person = walker(0)
    none = Ground(np.zeros((len(person.times), 4), bool), np.zeros(3))
    assert find_floor(person.times, person.points, person.up, none) is None
