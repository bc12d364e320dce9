import numpy as np
import pytest
from support.bodies import standing
from support.walkers import SPEED, Walker, walker

from humanpose3d.pipeline.signals.world.contacts import SOLES, Ground, find_ground

AT = np.array([0.0, 0.3, 4.0])
HEADINGS = [0.0, 60.0, 90.0, 180.0, 270.0]


def ground_of(person: Walker, noise_in_depth: float = 0.0) -> Ground:
    points = person.points.copy()
    slow = np.cumsum(np.random.default_rng(4).normal(0, 1, (len(points), 1)), axis=0)
    points *= 1 + noise_in_depth * slow[:, None] / np.abs(slow).max() / person.distance
    return find_ground(person.times, points)


def truly_still(person: Walker) -> np.ndarray:
    """Whether each sole is on the floor and does not move against it, shape (T, 4)."""
    feet = person.world[:, SOLES]
    velocity = np.gradient(feet, person.times, axis=0)
    if np.linalg.norm(person.world[-1] - person.world[0], axis=-1).max() < 2:  # on the belt
        velocity = velocity - of_feet_on_the_belt(person)
    return (np.linalg.norm(velocity, axis=-1) < 0.1) & (feet[..., 1] < 0.06)


def of_feet_on_the_belt(person: Walker) -> np.ndarray:
    """Velocity of the soles that are on it, in the world, shape (3,)."""
    feet = person.world[:, SOLES]
    return np.median(np.gradient(feet, person.times, axis=0)[feet[..., 1] < 0.02], axis=0)


@pytest.mark.parametrize("over_ground", [True, False], ids=["over ground", "treadmill"])
@pytest.mark.parametrize("heading", HEADINGS)
def test_a_foot_stands_while_it_does_not_move_against_the_ground(heading: float, over_ground: bool) -> None:
    person = walker(heading, over_ground=over_ground, pitch=8)
    ground, still = ground_of(person), truly_still(person)
    assert (ground.contact & still).sum() > 0.95 * still.sum()
    lifted = person.world[:, SOLES, 1] > 0.1
    assert not (ground.contact & lifted).any()


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_treadmill_is_known_by_feet_that_slide_while_the_body_stays(heading: float) -> None:
    person = walker(heading, over_ground=False, pitch=8)
    ground = ground_of(person)
    way = np.radians(heading)
    back = -SPEED * np.array([np.sin(way), 0.0, -np.cos(way)])
    assert ground.is_belt
    # The feet of this person do not keep to the belt: they move at 1.0 to 1.4 m/s while they stand, and not straight.
    speed = np.linalg.norm(ground.velocity, axis=1)
    np.testing.assert_allclose(speed, np.linalg.norm(of_feet_on_the_belt(person)), atol=0.05)
    assert (ground.velocity @ person.turn @ back > np.cos(np.radians(8)) * speed * SPEED).all()
    assert not ground_of(walker(heading, pitch=8)).is_belt


def test_landing_and_leaving_do_not_slow_the_belt() -> None:
    rate, stride, belt = 60.0, 1.2, 1.0
    times = np.arange(240) / rate
    points = np.stack([standing() + AT] * len(times))
    for soles, phase in ((SOLES[::2], 0.0), (SOLES[1::2], 0.5)):
        part = (times / stride + phase) % 1.0
        # The foot takes up the belt's speed, keeps it, loses it again, and comes back through the air.
        speed = -belt * np.interp(part, [0.0, 0.18, 0.4, 0.6], [0.3, 1.0, 1.0, 0.3])
        speed[part >= 0.6] = -speed[part < 0.6].sum() / (part >= 0.6).sum()
        points[:, soles, 0] += (np.cumsum(speed) / rate)[:, None]
        points[:, soles, 1] -= np.where(part >= 0.6, 0.12 * np.sin(np.pi * (part - 0.6) / 0.4), 0.0)[:, None]
    ground = find_ground(times, points)
    assert ground.is_belt
    np.testing.assert_allclose(np.linalg.norm(ground.velocity, axis=1), belt, atol=0.01)


@pytest.mark.parametrize("over_ground", [True, False], ids=["over ground", "treadmill"])
def test_depth_that_wanders_changes_neither(over_ground: bool) -> None:
    person = walker(90, over_ground=over_ground)
    ground, exact = ground_of(person, noise_in_depth=0.2), ground_of(person)
    assert ground.is_belt is exact.is_belt is not over_ground
    assert (ground.contact == exact.contact).mean() > 0.9


def test_who_stands_stands_on_both_feet() -> None:
    world = np.stack([standing() + AT] * 60)
    ground = find_ground(np.arange(60) / 30, world)
    assert ground.contact.all()
    assert not ground.is_belt


def test_who_jumps_does_not_stand_in_the_air() -> None:
    times = np.arange(90) / 30
    flight = np.clip(2.2 * (times % 1.5 - 0.5) - 4.9 * (times % 1.5 - 0.5) ** 2, 0, None)
    world = standing() + AT - flight[:, None, None] * [0.0, 1.0, 0.0]
    contact = find_ground(times, world).contact
    assert not contact[flight > 0.08].any()
    assert contact[flight == 0].mean() > 0.8


def test_a_foot_that_is_not_there_does_not_stand() -> None:
    person = walker(90)
    points = person.points.copy()
    points[20:40, SOLES[0]] = np.nan
    assert not find_ground(person.times, points).contact[20:40, 0].any()
    for frames in (slice(None), slice(2)):
        empty = find_ground(person.times[frames], points[frames] * np.nan)
        assert not empty.contact.any()


def test_what_comes_after_a_gap_is_looked_at_by_itself() -> None:
    belt, floor = walker(90, over_ground=False), walker(90)
    points = np.concatenate([belt.points, np.full((5, 33, 3), np.nan), floor.points])
    times = np.arange(len(points)) * (belt.times[1] - belt.times[0])
    ground = find_ground(times, points)
    frames = len(belt.times)
    assert ground.velocity[:frames].any(axis=1).all()
    assert not ground.velocity[frames:].any()
    np.testing.assert_array_equal(ground.contact[:frames], ground_of(belt).contact)


def test_some_frames_of_it() -> None:
    ground = ground_of(walker(90, over_ground=False))
    np.testing.assert_array_equal(ground.at(slice(5, 9)).contact, ground.contact[5:9])
    np.testing.assert_array_equal(ground.at(slice(5, 9)).velocity, ground.velocity[5:9])


def test_a_slow_treadmill_is_known_also_where_one_foot_seems_to_be_higher() -> None:
    """Then the other one counts as the lower one while it swings, and the two movements cancel in the mean."""
    person = walker(90, over_ground=False)
    points = person.points * [0.3, 1, 1]
    points[:, SOLES[1::2]] += 0.06 * person.up
    ground = find_ground(person.times, points)
    assert ground.is_belt
    assert np.linalg.norm(ground.velocity[0]) == pytest.approx(0.3 * SPEED, abs=0.03)
