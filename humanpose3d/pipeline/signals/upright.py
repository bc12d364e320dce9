"""Remove the tilt of the camera, and put the feet on the floor at y = 0.

A camera that looks down sees a standing person lean. Gravity is not in the picture, but people are built along it:
the line from the feet to the shoulders, averaged over the trial, is close to the vertical for anyone who stands,
walks or squats. It is not for someone who lies or does a headstand; there the step leaves things as they are.
"""

from dataclasses import replace

import numpy as np

from humanpose3d.pipeline.signals.body import FEET, HIPS, SHOULDERS, index, middle
from humanpose3d.pipeline.signals.rays import smallest_turns
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["stand_upright", "up_direction"]

_UP = np.array([0.0, -1.0, 0.0])
_LARGEST_TILT_DEG = 50.0  # beyond, the person rather lies than the camera tilts
_ANKLES = index("left_ankle", "right_ankle")


def up_direction(world: FloatArray) -> FloatArray:
    """Estimate which way is up, in the axes of the camera, shape (3,); NaN where the body is never seen whole.

    The direction from the middle of the ankles to the middle of the shoulders: of its frames, each weighted by its
    length, so that crouching counts less than standing, the mean.
    """
    body = (middle(world, SHOULDERS) - middle(world, _ANKLES))[:, 0]
    body = body[np.isfinite(body).all(axis=1)]
    if not len(body):
        return np.full(3, np.nan)
    mean = (body * np.linalg.norm(body, axis=1, keepdims=True)).sum(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def stand_upright(landmarks: Landmarks) -> tuple[Landmarks, dict[str, float]]:
    """Turn the person upright about the middle of the hips, and lower or raise each frame until its feet touch y = 0.

    y still points down. Where no foot is seen, the frame keeps the middle of the hips as its origin in height until
    the next frame with feet, between which the height is interpolated. A jump's flight is lost.

    The report gives ``tilt_deg``, by how much the camera's up differs from the estimated one, and ``turned``, 0 where
    the tilt is not to be believed, else 1. It is empty where shoulders and ankles are never seen together.
    """
    up = up_direction(landmarks.world)
    tilt = float(np.degrees(np.arccos(np.clip(up @ _UP, -1, 1))))
    if not np.isfinite(tilt):
        return landmarks, {}
    report = {"turned": int(tilt <= _LARGEST_TILT_DEG), "tilt_deg": round(tilt, 1)}
    if not report["turned"]:
        return landmarks, report
    world = (landmarks.world - middle(landmarks.world, HIPS)) @ smallest_turns(up, _UP).T
    world[..., 1] -= _floor(world, landmarks.times)[:, None]
    return replace(landmarks, world=world), report


def _floor(world: FloatArray, times: FloatArray) -> FloatArray:
    """Return the height of the lowest foot landmark in each frame, interpolated where no foot is seen."""
    lowest = np.where(np.isnan(world[:, FEET, 1]), -np.inf, world[:, FEET, 1]).max(axis=1)
    known = np.isfinite(lowest)
    return np.asarray(np.interp(times, times[known], lowest[known])) if known.any() else np.zeros(len(times))
