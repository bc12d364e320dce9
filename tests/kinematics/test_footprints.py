from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humanpose3d.kinematics.quantities import Measured
from humanpose3d.kinematics.validity.bands import Bands
from humanpose3d.kinematics.walking.footprints import footprints
from humanpose3d.kinematics.walking.gait import Gait, find_gait
from humanpose3d.kinematics.walking.numbers import gait_numbers, row_of
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.trajectories import Landmarks, y_up

STRIDE = 1.1


def tracks(speed: float, heading: float, *, belt: bool, width: float = 0.1, toe_out: float = 8.0, seconds: float = 6.0):
    """Hips that go evenly, and feet that stand for 60 % of a stride and swing; x right, y up, z to the camera."""
    times = np.arange(round(60 * seconds)) / 60
    way = np.array([np.sin(np.radians(heading)), 0.0, np.cos(np.radians(heading))])
    right = np.cross(way, [0.0, 1.0, 0.0])
    hips = speed * times[:, None] * way + [0.0, 0.9, 0.0]
    points, strikes = {}, []
    for side, start, sign in (("R", 0.0, 1.0), ("L", 0.5, -1.0)):
        phase = times / STRIDE - start
        share, number = phase % 1, np.floor(phase)
        swung = np.clip((share - 0.6) / 0.4, 0, 1)
        along = speed * STRIDE * (number + start + 0.3 + swung)
        heel = along[:, None] * way + sign * width / 2 * right
        turn = np.radians(toe_out)
        points[f"{side}Heel"] = heel
        points[f"{side}BigToe"] = heel + 0.2 * (np.cos(turn) * way + sign * np.sin(turn) * right)
        points[f"{side}Hip"] = hips + sign * 0.09 * right
        strikes += [(time, side) for time in (np.arange(5) + start) * STRIDE if 0 < time < times[-1] - STRIDE / 2]
    if belt:
        points = {name: track - speed * times[:, None] * way for name, track in points.items()}
    return times, points, sorted(strikes)


@settings(max_examples=30, deadline=None)
@given(
    speed=st.floats(0.3, 2.0),
    heading=st.floats(0, 360),
    belt=st.booleans(),
    width=st.floats(-0.05, 0.3),
    toe_out=st.floats(-15, 25),
)
def test_speed_width_and_foot_progression_are_those_of_the_prints(
    speed: float, heading: float, belt: bool, width: float, toe_out: float
) -> None:
    times, points, strikes = tracks(speed, heading, belt=belt, width=width, toe_out=toe_out)
    prints = footprints(times, points, strikes, STRIDE)
    assert prints.on_belt is belt
    assert prints.speed == pytest.approx(speed, rel=0.01)
    assert np.isnan(prints.widths[0])
    np.testing.assert_allclose(prints.widths[1:], width, atol=0.002)
    np.testing.assert_allclose(prints.outwards, toe_out, atol=0.5)


def test_a_foot_that_was_not_seen_standing_leaves_no_print() -> None:
    times, points, strikes = tracks(1.0, 90, belt=False)
    prints = footprints(times, points, [*strikes, (times[-1], "R")], STRIDE)
    assert np.isnan([prints.widths[-1], prints.outwards[-1]]).all()
    assert prints.speed == pytest.approx(1.0, rel=0.01)


def test_who_turns_walks_as_fast_as_before() -> None:
    angle = np.arange(600) / 100 * np.radians(25)
    way = np.stack([np.cos(angle), 0 * angle, -np.sin(angle)], axis=1)
    times = np.arange(600) / 100
    hips = 1.2 / np.radians(25) * np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1)
    point = dict.fromkeys(("RHip", "LHip"), hips) | {
        f"{side}{part}": hips + ahead * way for side in "RL" for part, ahead in (("Heel", 0.0), ("BigToe", 0.2))
    }
    assert footprints(times, point, [(1.1, "R"), (1.65, "L")], STRIDE).speed == pytest.approx(1.2, rel=0.02)


@pytest.mark.parametrize("over_ground", [True, False], ids=["over ground", "treadmill"])
@pytest.mark.parametrize("name", ["side", "front"])
def test_the_numbers_of_rendered_people_are_those_of_their_truth(
    short_trials: Path, name: str, over_ground: bool
) -> None:
    with np.load(short_trials / f"short-{name}.npz") as file:
        truth = dict(file)
    unused = np.zeros((*truth["world"].shape[:2], 2)), np.ones(truth["world"].shape[:2])
    azimuth = np.radians(np.median(truth["azimuth"]))
    way = over_ground * float(truth["speed"]) * np.array([-np.sin(azimuth), 0.0, np.cos(azimuth)])
    world = truth["world"] + truth["time"][:, None, None] * way
    markers = markers_from_landmarks(Landmarks(truth["time"], y_up(world), *unused))
    gait = find_gait(markers.times, dict(zip(markers.names, np.moveaxis(markers.positions, 1, 0), strict=True)))
    assert isinstance(gait, Gait)
    assert gait.prints.on_belt is not over_ground
    numbers = gait_numbers(gait, None, Bands("", {}, {}))
    widths = np.concatenate([truth[f"step_width_{side}"] for side in "rl"])
    for number, expected, within in (
        ("walking_speed", float(truth["speed"]), 0.02),
        ("stride_length", float(truth["speed"]) * gait.stride_times[""], 0.02),
        ("step_width", np.nanmean(widths), 0.015),
    ):
        assert isinstance(found := numbers[number], Measured)
        assert found.value == pytest.approx(expected, abs=within)


def test_over_ground_has_bands_of_its_own() -> None:
    assert row_of("walking_speed", on_belt=False) == "walking_speed over ground"
    assert row_of("walking_speed", on_belt=True) == "walking_speed"
    assert row_of("step_length_L", on_belt=False) == "step_length over ground"
    assert row_of("step_time_R", on_belt=False) == "step_time"
