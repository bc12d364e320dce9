"""Scale landmarks to the given height of the person."""

from dataclasses import replace

import numpy as np

from humanpose3d.pipeline.signals.body import HIPS, SHOULDERS, bone_lengths, index, middle
from humanpose3d.pipeline.signals.fit.proportions import LEG_AND_TRUNK_SHARE
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["scale_to_height", "standing_height"]

_THIGHS = np.array([index(f"{side}_hip", f"{side}_knee") for side in ("left", "right")])
_SHANKS = np.array([index(f"{side}_knee", f"{side}_ankle") for side in ("left", "right")])


def standing_height(world: FloatArray) -> float:
    """Estimate the person's height from the median lengths of thigh, shank and trunk; NaN if they are never seen.

    The head is left out: the pose model's face landmarks end at the eyes.
    """
    trunk = np.linalg.norm(middle(world, SHOULDERS) - middle(world, HIPS), axis=-1)
    lengths = np.concatenate([bone_lengths(world, _THIGHS), bone_lengths(world, _SHANKS), trunk], axis=1)
    lengths = lengths[np.isfinite(lengths).all(axis=1)]
    if not len(lengths):
        return float("nan")
    thighs, shanks, trunk = np.split(np.median(lengths, axis=0), [2, 4])
    return float((thighs.mean() + shanks.mean() + trunk.mean()) / LEG_AND_TRUNK_SHARE)


def scale_to_height(landmarks: Landmarks, height_m: float) -> tuple[Landmarks, dict[str, float]]:
    """Make the person as tall as `height_m`.

    Returns
    -------
    Landmarks
    dict
        ``estimated_height_m``, as the pose model had it, and ``factor``.
    """
    estimated = standing_height(landmarks.world)
    factor = height_m / estimated if estimated > 0 else 1.0
    report = {"factor": round(factor, 4)}
    if estimated > 0:
        report["estimated_height_m"] = round(estimated, 3)
    return replace(landmarks, world=landmarks.world * factor), report
