from dataclasses import replace

import numpy as np
import pytest
from support.bodies import FOCAL_LENGTH, SIZE, marching, seen

from humanpose3d.pipeline.signals.fit.focal_length import estimate_lens
from humanpose3d.pipeline.signals.lens import ASSUMED, Lens, told_lens
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.trajectories import Landmarks

SIDE = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])  # a quarter turn about the vertical


def filmed(focal_length: float, *, from_the_side: bool = True, frames: int = 90) -> Landmarks:
    """A true pose, as large in the picture with any lens."""
    times, world = marching(frames)
    if from_the_side:
        world = world @ _about_y(-0.3).T @ SIDE.T
    landmarks = seen(times, world, at=(0.0, -0.33, 3.0 * focal_length))
    return replace(landmarks, image=(landmarks.image - 0.5) * focal_length / FOCAL_LENGTH + 0.5)


def _about_y(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])


def estimate(landmarks: Landmarks) -> Lens | None:
    return estimate_lens(landmarks, SIZE, 6.0)[0]


@pytest.mark.parametrize(("focal_length", "least_cost"), [(0.5, 0.5), (0.9, 0.93), (1.6, 1.72), (3.2, 3.2)])
def test_the_cost_is_least_at_the_true_focal_length(focal_length: float, least_cost: float) -> None:
    assert estimate_lens(filmed(focal_length), SIZE, 6.0)[1]["least_cost"] == least_cost


@pytest.mark.parametrize("focal_length", [0.6, 0.9, 1.4])
def test_the_band_holds_the_true_focal_length(focal_length: float) -> None:
    found = estimate(filmed(focal_length))
    assert found is not None and found.source == "estimated"
    assert abs(np.log(found.focal_length / focal_length)) < 1.96 * found.spread < 1.96 * ASSUMED.spread
    assert abs(np.log(found.focal_length / focal_length)) <= abs(np.log(ASSUMED.focal_length / focal_length)) + 0.05


def test_from_the_front_nothing_is_estimated() -> None:
    found, report = estimate_lens(filmed(0.9, from_the_side=False), SIZE, 6.0)
    assert found is None
    assert report == {"frames_used": 0}


def test_a_moment_is_too_short() -> None:
    assert estimate(filmed(0.9, frames=10)) is None


def test_a_long_trial_is_thinned() -> None:
    found, report = estimate_lens(filmed(0.9, frames=400), SIZE, 6.0)
    assert found is not None
    assert report["frames_used"] <= 60


def test_a_file_whose_lens_cannot_be_is_not_believed() -> None:
    stated = told_lens(None, 100.0, SIZE)
    _, report = process(filmed(0.9), SignalSettings(upright=False, depth_prior=False), size=SIZE, lens=stated)
    assert report.lens.source == "estimated"
    assert any("The file states a focal length of 100 mm" in warning for warning in report.warnings)
    given = told_lens(100.0, None, SIZE)
    _, report = process(filmed(0.9), SignalSettings(upright=False, depth_prior=False), size=SIZE, lens=given)
    assert report.lens is given
    assert report.skipped["estimate_lens"] == "the focal length is given"
