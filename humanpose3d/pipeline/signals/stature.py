"""How tall the person is in the unit of the landmarks, and the scale that makes it the person's height in metres.

The height of the eyes over the feet tells it best: the picture shows both. Where nobody stands in it, the bones do.
"""

from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.series import bridged
from humanpose3d.pipeline.signals.body import FEET, HIPS, SHOULDERS, bone_lengths, index, middle
from humanpose3d.pipeline.signals.bone_lengths import LEG_AND_TRUNK_SHARE
from humanpose3d.pipeline.signals.world.vertical import up_direction
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["height_by_bones", "height_by_eyes", "scale_to_height"]

_EYES = index("left_eye", "right_eye")
_EYE_SHARE = 0.936
"""Height of the eyes in shares of the height: Drillis and Contini 1966, as in Winter, Biomechanics and Motor Control
of Human Movement, figure 4.1."""
_THIGHS_AND_SHANKS = np.array([
    index(f"{side}_{start}", f"{side}_{end}")
    for start, end in (("hip", "knee"), ("knee", "ankle"))
    for side in ("left", "right")
])  # fmt: skip
_TALLEST = 90.0
"""Percentile: a person who walks is as tall as that at mid-stance."""
_STRETCHED = 0.92
"""Part of trunk and legs, each measured along its bones, that separates shoulders and ankles of a person who stands."""
_CLEAR, _LEAST_SHARE = 0.5, 0.15


def height_by_bones(world: FloatArray) -> float:
    """Estimate the person's height from the median lengths of thigh, shank and trunk; NaN if they are never seen.

    The head is left out: the pose model's face landmarks end at the eyes.
    """
    lengths = _trunk_and_legs(world)
    lengths = lengths[np.isfinite(lengths).all(axis=1)]
    return float(np.median(lengths, axis=0).sum() / LEG_AND_TRUNK_SHARE) if len(lengths) else float("nan")


def height_by_eyes(landmarks: Landmarks, rays: FloatArray) -> float:
    """Estimate the person's height from where the picture shows eyes and feet of a person who stands, else NaN.

    Each is taken to be as far away as the fit says, the eyes as far as the shoulders. `rays` (T, 33, 2) are those that
    were fitted: where the camera turned, they are not those of the picture.
    """
    if landmarks.place is None:
        return float("nan")
    points = landmarks.world - middle(landmarks.world, HIPS) + bridged(landmarks.place, landmarks.times)[:, None]
    up = up_direction(landmarks.world)
    eyes = middle(rays, _EYES)[:, 0]
    depth = middle(points, SHOULDERS)[:, 0, 2]
    head = np.column_stack([eyes * depth[:, None], depth]) @ up
    inside = (landmarks.image > 0).all(axis=-1) & (landmarks.image < 1).all(axis=-1)
    clear = (inside & (landmarks.visibility > _CLEAR))[:, [*_EYES, *FEET]].all(axis=1)
    stands = np.linalg.norm(middle(points, SHOULDERS) - middle(points, FEET[:2]), axis=-1)[:, 0]
    stands_upright = stands > _STRETCHED * _trunk_and_legs(landmarks.world).sum(axis=1)
    heights = (head - (points[:, FEET] @ up).min(axis=1))[clear & stands_upright]
    heights = heights[np.isfinite(heights)]
    if len(heights) < max(1.0, _LEAST_SHARE * len(landmarks.times)):
        return float("nan")
    return float(np.percentile(heights, _TALLEST) / _EYE_SHARE)


def scale_to_height(landmarks: Landmarks, height_m: float, rays: FloatArray) -> tuple[Landmarks, dict[str, float]]:
    """Make the person as tall as `height_m`, and as far away; `rays` as :func:`height_by_eyes` takes them.

    The report gives ``factor``, ``estimated_height_m`` before it, and ``by_eyes``, 1 where the eyes told it, 0 where
    the bones did.
    """
    by_eyes, by_bones = height_by_eyes(landmarks, rays), height_by_bones(landmarks.world)
    estimated = by_eyes if by_eyes > 0 else by_bones
    factor = height_m / estimated if estimated > 0 else 1.0
    report = {"factor": round(factor, 4)}
    if estimated > 0:
        report |= {"estimated_height_m": round(estimated, 3), "by_eyes": int(by_eyes > 0)}
    place = None if landmarks.place is None else landmarks.place * factor
    return replace(landmarks, world=landmarks.world * factor, place=place), report


def _trunk_and_legs(world: FloatArray) -> FloatArray:
    """Return the lengths of thigh, shank and trunk, shape (T, 3)."""
    trunk = np.linalg.norm(middle(world, SHOULDERS) - middle(world, HIPS), axis=-1)
    bones = bone_lengths(world, _THIGHS_AND_SHANKS)
    return np.concatenate(
        [bones[:, :2].mean(axis=1, keepdims=True), bones[:, 2:].mean(axis=1, keepdims=True), trunk], 1
    )
