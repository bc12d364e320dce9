from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.keras_files import write_motion_model

from humanpose3d.loaders import MotionModel, load_gru
from humanpose3d.loaders.motion_model import JOINT_NAMES
from humanpose3d.pipeline.motion import JOINTS, apply_motion_model, compare_predictions
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, Landmarks

INDEX = [LANDMARK_NAMES.index(name) for name in JOINTS]
OTHERS = [i for i in range(33) if i not in INDEX]


def model(tmp_path: Path, *taps: float) -> MotionModel:
    loaded = load_gru(write_motion_model(tmp_path / "motion.h5", taps))
    assert isinstance(loaded, MotionModel)
    return loaded


@pytest.fixture
def good(tmp_path: Path) -> MotionModel:
    """A model that continues parabolas, which is better than constant velocity on smooth movement."""
    return model(tmp_path, 3.0, -3.0, 1.0)


def trial(frames: int = 120) -> Landmarks:
    random = np.random.default_rng(0)
    times = np.arange(frames) / 30
    phase, where = random.uniform(0, 6, (33, 3)), random.normal(0, 0.4, (33, 3))
    world = where + 0.1 * np.sin(6 * times[:, None, None] + phase)
    return Landmarks(times, world, np.full((frames, 33, 2), 0.5), np.full((frames, 33), 0.9))


def changed(landmarks: Landmarks, **arrays: np.ndarray) -> Landmarks:
    fields = {name: getattr(landmarks, name) for name in ("times", "world", "image", "visibility")}
    return Landmarks(**{**fields, **arrays})


def test_the_joints_are_those_of_the_model() -> None:
    names = {"R": "right", "L": "left"}
    assert tuple(f"{names[name[0]]}_{name[1:].lower()}" for name in JOINT_NAMES) == JOINTS


def test_a_dropped_person_comes_back(good: MotionModel) -> None:
    truth = trial()
    world, visibility = truth.world.copy(), truth.visibility.copy()
    world[110:113] = visibility[110:113] = np.nan
    result = apply_motion_model(changed(truth, world=world, visibility=visibility), good)
    assert result.reason is None
    assert result.errors is not None
    assert result.errors.model < result.errors.constant_velocity
    filled = result.landmarks
    assert np.abs(filled.world[110:113, INDEX] - truth.world[110:113, INDEX]).max() < 0.02
    assert (filled.visibility[110:113, INDEX] == 0).all()
    assert np.isnan(filled.world[110:113, OTHERS]).all()
    assert np.isnan(filled.visibility[110:113, OTHERS]).all()
    kept = np.r_[:110, 113:120]
    np.testing.assert_allclose(filled.world[kept], world[kept], atol=1e-12)
    np.testing.assert_array_equal(filled.visibility[kept], visibility[kept])
    np.testing.assert_array_equal(filled.image, truth.image)


def test_the_model_sees_y_up() -> None:
    seen = []

    def network(batch: np.ndarray) -> np.ndarray:
        seen.append(batch.reshape(len(batch), 64, 12, 3))
        return batch[:, -1]

    landmarks = trial()
    world = landmarks.world.copy()
    world[:, LANDMARK_NAMES.index("left_shoulder"), 1] = -3.0  # up, where y is down
    apply_motion_model(changed(landmarks, world=world), MotionModel(network))
    assert seen[0][0, :, JOINT_NAMES.index("LShoulder"), 1].min() > 1


def test_the_demo_model_does_not_earn_its_place(models_checkout: Path) -> None:
    demo = load_gru(models_checkout / "GRU.h5")
    assert isinstance(demo, MotionModel)
    landmarks = trial()
    result = apply_motion_model(landmarks, demo)
    assert result.landmarks is landmarks
    assert result.errors is not None
    assert result.errors.model > 0.1 > 0.01 > result.errors.constant_velocity
    figures = (
        f"{result.errors.model * 1e3:.1f} mm, constant velocity with {result.errors.constant_velocity * 1e3:.1f} mm"
    )
    assert result.reason is not None
    assert result.reason.endswith(figures)


@pytest.mark.slow
def test_the_demo_model_does_not_earn_its_place_on_a_real_trial(
    models_checkout: Path, demo_landmarks: Landmarks
) -> None:
    demo = load_gru(models_checkout / "GRU.h5")
    assert isinstance(demo, MotionModel)
    result = apply_motion_model(demo_landmarks, demo)
    assert result.landmarks is demo_landmarks
    assert result.reason is not None


def test_equal_is_not_better(tmp_path: Path) -> None:
    straight = model(tmp_path, 2.0, -1.0)
    result = apply_motion_model(trial(), straight)
    assert result.errors is not None
    assert result.errors.model == pytest.approx(result.errors.constant_velocity, rel=1e-2)
    assert (result.reason is None) == (result.errors.model < result.errors.constant_velocity)


@pytest.mark.parametrize("frames", [1, 2, 64, 65, 73])
def test_too_short_a_trial_is_skipped(good: MotionModel, frames: int) -> None:
    landmarks = trial(frames)
    result = apply_motion_model(landmarks, good)
    assert result.landmarks is landmarks
    assert result.errors is None
    assert result.reason == "fewer than 10 frames follow 64 well-seen ones, so the motion model cannot be tried"


def test_only_well_seen_frames_count(good: MotionModel) -> None:
    landmarks = trial(200)
    visibility = landmarks.visibility.copy()
    visibility[100, INDEX[3]] = 0.4
    visibility[50, OTHERS] = 0.1
    result = apply_motion_model(changed(landmarks, visibility=visibility), good)
    assert result.errors is not None
    assert result.errors.frames == (100 - 64) + (200 - 165)


def test_both_figures_are_root_mean_squares_of_distances(tmp_path: Path) -> None:
    landmarks = trial(100)
    positions = landmarks.world[:, INDEX]
    errors = compare_predictions(model(tmp_path, 1.0), positions, landmarks.times, np.ones(100, bool))
    assert errors is not None
    held = np.linalg.norm(positions[64:] - positions[63:-1], axis=-1)
    straight = np.linalg.norm(positions[64:] - 2 * positions[63:-1] + positions[62:-2], axis=-1)
    assert errors.frames == 36
    assert errors.model == pytest.approx(np.sqrt((held**2).mean()), abs=1e-5)
    assert errors.constant_velocity == pytest.approx(np.sqrt((straight**2).mean()))


def test_constant_velocity_goes_by_real_time(good: MotionModel) -> None:
    times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.05, 100))
    positions = np.random.default_rng(1).normal(size=(12, 3)) + times[:, None, None] * np.ones(3)
    errors = compare_predictions(good, positions, times, np.ones(100, bool))
    assert errors is not None
    assert errors.constant_velocity == pytest.approx(0, abs=1e-12)


@given(st.integers(65, 700), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_at_most_256_frames_are_compared(frames: int, seed: int) -> None:
    hold = MotionModel(lambda batch: batch[:, -1])
    seen = np.random.default_rng(seed).random(frames) > 0.002
    positions = np.random.default_rng(seed).normal(size=(frames, 12, 3))
    errors = compare_predictions(hold, positions, np.arange(frames) / 30, seen)
    possible = sum(bool(seen[frame - 64 : frame + 1].all()) for frame in range(64, frames))
    if possible < 10:
        assert errors is None
    else:
        assert errors is not None
        assert errors.frames == min(possible, 256)
