"""The rendered people, whose joints and angles are known exactly."""

from pathlib import Path

import numpy as np
import pytest
from support.recordings import DATA
from walkers import HIP, KNEE, series

from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.events import Movement, analyse_movement
from humanpose3d.kinematics.quantities import Measured
from humanpose3d.kinematics.validity.bands import Bands
from humanpose3d.kinematics.walking.gait import Gait, find_gait
from humanpose3d.kinematics.walking.numbers import gait_numbers
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks, y_up

CYCLE, SQUAT = 1.1, 2.0


def analysed(file: Path) -> tuple[np.ndarray, np.ndarray, JointAngles, Movement]:
    """Times, true landmarks (T, 33, 3) with y up, angles, and what the movement was taken for."""
    world = np.load(file)["world"].astype(np.float64)
    times = np.arange(len(world)) / 30
    unused = np.zeros((len(world), 33, 2)), np.ones((len(world), 33))
    markers = markers_from_landmarks(Landmarks(times, y_up(world), *unused))
    angles = joint_angles(times, markers.names, markers.positions)
    return times, world, angles, analyse_movement(markers.names, markers.positions, angles)


def bend(world: np.ndarray, side: str, *joints: str) -> np.ndarray:
    """180 degrees minus the angle at the middle one of three landmarks, as the accuracy tables measure it."""
    first, middle, last = (world[:, LANDMARK_NAMES.index(f"{side}_{joint}")] for joint in joints)
    one, other = first - middle, last - middle
    cosine = (one * other).sum(-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1)
    return 180 - np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))


@pytest.mark.parametrize("clip", ["walk", "squat"])
def test_knee_and_elbow_bend_as_the_three_joints_do(clip: str) -> None:
    _, world, angles, _ = analysed(DATA / f"{clip}_truth.npz")
    for side, initial in (("right", "R"), ("left", "L")):
        knee, elbow = bend(world, side, "hip", "knee", "ankle"), bend(world, side, "shoulder", "elbow", "wrist")
        # A cosine near 1 loses more digits than the angle itself has.
        np.testing.assert_allclose(angles[f"knee_{initial}"][:, 0], knee, atol=2e-3)
        np.testing.assert_allclose(angles[f"elbow_{initial}"][:, 0], elbow, atol=2e-3)


def test_a_walkers_knees_and_hips_are_those_that_posed_him() -> None:
    times, _, angles, _ = analysed(DATA / "walk_truth.npz")
    for side, phase in (("L", times / CYCLE), ("R", times / CYCLE + 0.5)):
        np.testing.assert_allclose(angles[f"knee_{side}"][:, 0], series(KNEE, phase), atol=0.1)
        # Ours is the angle against the trunk, which leans by less than the pelvis is tilted.
        off = angles[f"hip_{side}"][:, 0] - series(HIP, phase)
        assert np.abs(off).max() < 3
        assert np.std(off) < 0.5


def test_a_squatters_knees_are_those_that_posed_him() -> None:
    times, _, angles, _ = analysed(DATA / "squat_truth.npz")
    for side in "RL":
        np.testing.assert_allclose(angles[f"knee_{side}"][:, 0], 45 * (1 - np.cos(np.pi * times)), atol=0.1)


def test_the_walk_has_its_true_rhythm() -> None:
    movement = analysed(DATA / "walk_truth.npz")[3]
    assert movement.kind == "walking"
    expected = {"cadence": 120 / CYCLE, "stride_time_R": CYCLE, "stride_time_L": CYCLE, "step_time_R": CYCLE / 2}
    for name, value in expected.items():
        quantity = movement.numbers[name]
        assert isinstance(quantity, Measured)
        assert quantity.value == pytest.approx(value, rel=0.01)
    strikes = [strike.time for strike in movement.heel_strikes if strike.side == "L"]
    # The heel is foremost a frame before it strikes.
    np.testing.assert_allclose(strikes, CYCLE * np.arange(1, len(strikes) + 1), atol=0.05)


@pytest.mark.parametrize("name", ["side", "front"])
def test_steps_and_stances_are_those_of_the_true_footprints(short_trials: Path, name: str) -> None:
    with np.load(short_trials / f"short-{name}.npz") as file:
        truth = dict(file)
    unused = np.zeros((*truth["world"].shape[:2], 2)), np.ones(truth["world"].shape[:2])
    markers = markers_from_landmarks(Landmarks(truth["time"], y_up(truth["world"].astype(float)), *unused))
    gait = find_gait(markers.times, dict(zip(markers.names, np.moveaxis(markers.positions, 1, 0), strict=True)))
    assert isinstance(gait, Gait)
    assert len(gait.toe_offs) >= 2
    for off in gait.toe_offs:
        assert np.abs(truth[f"toe_off_{off.side.lower()}"] - off.time).min() < 0.03
    for strike in gait.heel_strikes:
        assert np.abs(truth[f"heel_strike_{strike.side.lower()}"] - strike.time).min() < 0.03
        assert strike.step_length == pytest.approx(np.nanmean(truth[f"step_length_{strike.side.lower()}"]), abs=0.015)
    numbers = gait_numbers(gait, None, Bands("", {}, {}))
    assert isinstance(speed := numbers["walking_speed"], Measured)
    assert speed.value == pytest.approx(float(truth["speed"]), rel=0.02)
    assert isinstance(stance := numbers["stance_L"], Measured)
    true = truth["toe_off_l"][-1] - truth["heel_strike_l"][truth["heel_strike_l"] < truth["toe_off_l"][-1]][-1]
    assert stance.value == pytest.approx(100 * true / gait.stride_times[""], abs=2)


def test_the_squats_are_counted() -> None:
    movement = analysed(DATA / "squat_truth.npz")[3]
    assert movement.kind == "repeated"
    assert [repetition.turn for repetition in movement.repetitions] == pytest.approx([1.0, 3.0], abs=0.04)
    for repetition in movement.repetitions:
        measured = repetition.range_of_motion["knee_R_flex"]
        assert isinstance(measured, Measured)
        assert measured.value == pytest.approx(90, abs=0.5)


def test_the_demo_clip_walks_too(demo_truth: Path) -> None:
    _, world, angles, movement = analysed(demo_truth)
    assert movement.kind == "walking"
    cadence = movement.numbers["cadence"]
    assert isinstance(cadence, Measured)
    assert cadence.value == pytest.approx(120 / CYCLE, rel=0.01)
    np.testing.assert_allclose(angles["knee_R"][:, 0], bend(world, "right", "hip", "knee", "ankle"), atol=2e-3)


def test_a_balance_exercise_is_neither_walking_nor_repeated(shared_data: Path) -> None:
    reference = np.load(shared_data / "singleperson" / "reference.npz")
    world = np.full((len(reference["xyz"]), 33, 3), np.nan)
    world[:, reference["mp_index"]] = reference["xyz"] @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # z up to y up
    times = np.arange(len(world)) / 60
    unused = np.zeros((len(world), 33, 2)), np.ones((len(world), 33))
    markers = markers_from_landmarks(Landmarks(times, y_up(world), *unused))
    movement = analyse_movement(markers.names, markers.positions, joint_angles(times, markers.names, markers.positions))
    assert movement.kind == "other"
    assert not movement.numbers
