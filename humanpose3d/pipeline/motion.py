"""Fill missing joints and damp jumps with the motion model, where it predicts better than constant velocity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray, Landmarks, y_up

if TYPE_CHECKING:
    from humanpose3d.loaders.motion_model import MotionModel

__all__ = ["JOINTS", "MotionResult", "PredictionErrors", "apply_motion_model", "compare_predictions"]

JOINTS = (
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip
"""The 12 landmarks of the motion model, in its order."""

_WINDOW = 64
_WELL_SEEN = 0.5
_MIN_FRAMES = 10
_MAX_FRAMES = 256


@dataclass(frozen=True)
class PredictionErrors:
    """Errors of predicting the next frame: root mean squares of the distances from the joints seen, metres."""

    model: float
    constant_velocity: float
    """If each joint kept its velocity."""
    frames: int
    """How many were compared."""


@dataclass(frozen=True)
class MotionResult:
    """Result of the stage."""

    landmarks: Landmarks
    """Filtered, or as they were."""
    reason: str | None
    """Why the stage was skipped, with both figures; None if it ran."""
    errors: PredictionErrors | None
    """None where too few frames are well seen to compare."""


def apply_motion_model(landmarks: Landmarks, model: MotionModel) -> MotionResult:
    """Filter the 12 joints of a trial, if the model predicts it better than constant velocity does.

    It is tried where all 12 joints are well seen: present, with a visibility of at least 0.5.
    A joint that was missing and is filled gets the visibility 0: it was not seen. The other 21 landmarks, and where
    the joints are in the image, stay as they were.
    """
    index = [LANDMARK_NAMES.index(name) for name in JOINTS]
    positions = y_up(landmarks.world[:, index])
    well_seen = np.all(landmarks.visibility[:, index] >= _WELL_SEEN, axis=1) & np.isfinite(positions).all(axis=(1, 2))
    errors = compare_predictions(model, positions, landmarks.times, well_seen)
    if errors is None:
        reason = f"fewer than {_MIN_FRAMES} frames follow {_WINDOW} well-seen ones, so the motion model cannot be tried"
        return MotionResult(landmarks, reason, None)
    if not errors.model < errors.constant_velocity:
        reason = (
            f"on this trial the motion model predicts the next frame with an error of {errors.model * 1e3:.1f} mm, "
            f"constant velocity with {errors.constant_velocity * 1e3:.1f} mm"
        )
        return MotionResult(landmarks, reason, errors)
    filtered = y_up(model.filter(positions, landmarks.times))
    world, visibility = landmarks.world.copy(), landmarks.visibility.copy()
    filled = np.isnan(positions).any(axis=-1) & np.isfinite(filtered).all(axis=-1)
    world[:, index] = filtered
    visibility[:, index] = np.where(filled, 0.0, visibility[:, index])
    return MotionResult(replace(landmarks, world=world, visibility=visibility), None, errors)


def compare_predictions(
    model: MotionModel, positions: FloatArray, times: FloatArray, well_seen: npt.NDArray[np.bool_]
) -> PredictionErrors | None:
    """Compare predictions on at most 256 frames of a trial, evenly spread, well seen as are the 64 before each of them.

    `positions`, shape (T, 12, 3), are metres, y up, and `times` seconds; in the frames `well_seen` all joints are. The
    result is None where there are fewer than 10 such frames.
    """
    frames = _after_full_windows(well_seen)
    if len(frames) < _MIN_FRAMES:
        return None
    if len(frames) > _MAX_FRAMES:
        frames = frames[np.linspace(0, len(frames) - 1, _MAX_FRAMES).round().astype(int)]
    windows = np.stack([positions[frame - _WINDOW : frame] for frame in frames])
    steps = np.diff(times)
    ahead = (steps[frames - 1] / steps[frames - 2])[:, None, None]
    straight_on = windows[:, -1] + ahead * (windows[:, -1] - windows[:, -2])
    seen = positions[frames]
    return PredictionErrors(_rms(model.predict_next(windows) - seen), _rms(straight_on - seen), len(frames))


def _after_full_windows(well_seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return the well-seen frames whose 64 predecessors are well seen too."""
    if len(well_seen) <= _WINDOW:
        return np.empty(0, np.intp)
    runs = np.lib.stride_tricks.sliding_window_view(well_seen, _WINDOW + 1)
    return np.flatnonzero(runs.all(axis=1)) + _WINDOW


def _rms(differences: FloatArray) -> float:
    return float(np.sqrt((differences**2).sum(axis=-1).mean()))
