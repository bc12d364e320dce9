"""Lengths of a body: what is usual for an adult, and one length for each bone.

The pose model makes the hips of one person 1.4 times as wide as they are, and those of another right; people differ
by a tenth. An image from the front or the side alone does not show which.
"""

from dataclasses import replace

import numpy as np

from humanpose3d.pipeline.signals.body import (
    BONES,
    HIPS,
    SHOULDERS,
    carry_along,
    index,
    length_variation,
    middle,
    typical_lengths,
)
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = [
    "LEG_AND_TRUNK_SHARE",
    "SHANK",
    "THIGH",
    "at_stature_of",
    "constant_bones",
    "learned_lengths",
    "stature",
    "towards_usual_widths",
    "trunk_and_leg",
]

LEG_AND_TRUNK_SHARE = 0.245 + 0.246 + 0.288
"""Thigh, shank, and from the hips to the shoulders, in shares of the height: Drillis and Contini 1966, as in Winter,
Biomechanics and Motor Control of Human Movement, figure 4.1."""

# Between the centres of the joints, in shares of the height: 0.20 and 0.09 in the model of Rajagopal (2016); 0.21 and
# 0.12 as the pose model's own landmarks, triangulated from four cameras, have them on a real person.
_SHOULDERS_SHARE, _HIPS_SHARE = 0.2, 0.1

_PLACE = {tuple(bone): place for place, bone in enumerate(BONES.tolist())}


def _bone(start: str, end: str) -> int:
    """Return where a bone stands in :data:`~humanpose3d.pipeline.signals.body.BONES`."""
    return _PLACE[tuple(index(start, end).tolist())]


_SHOULDER_LINE, _HIP_LINE = _PLACE[tuple(SHOULDERS.tolist())], _PLACE[tuple(HIPS.tolist())]
_FLANKS = [_bone("left_shoulder", "left_hip"), _bone("right_shoulder", "right_hip")]
_BRACES = [_bone("left_shoulder", "right_hip"), _bone("right_shoulder", "left_hip")]
THIGH, SHANK = _bone("left_hip", "left_knee"), _bone("left_knee", "left_ankle")
# From the trunk outwards, so that each bone begins where the one before it ended.
_LIMBS = tuple(
    index(f"{side}_{start}", f"{side}_{end}")
    for start, end in (
        *(("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("ankle", "foot_index")),
        *(("shoulder", "elbow"), ("elbow", "wrist")),
    )
    for side in ("left", "right")
)


def towards_usual_widths(lengths: FloatArray) -> FloatArray:
    """Move the widths of shoulders and hips half-way to the usual ones at that stature; lengths (20,) of the bones.

    Half-way (the geometric mean) because both are uncertain. All other lengths stay, that of the trunk included.
    """
    height, trunk = stature(lengths), _trunk(lengths)
    shoulders = np.sqrt(lengths[_SHOULDER_LINE] * _SHOULDERS_SHARE * height)
    hips = np.sqrt(lengths[_HIP_LINE] * _HIPS_SHARE * height)
    changed: FloatArray = lengths.copy()
    changed[_SHOULDER_LINE], changed[_HIP_LINE] = shoulders, hips
    changed[_FLANKS] = np.hypot(trunk, (shoulders - hips) / 2)
    changed[_BRACES] = np.hypot(trunk, (shoulders + hips) / 2)
    return changed


def at_stature_of(lengths: FloatArray, other: FloatArray) -> FloatArray:
    """Scale a body to the stature of another; both of shape (20,)."""
    return lengths * (stature(other) / stature(lengths))


def learned_lengths(points: FloatArray, before: FloatArray) -> FloatArray:
    """Return the lengths (20,) of the bones in points (T, 33, 3), with shoulders and hips towards usual widths.

    The stature, which no picture tells, and what is never seen, are those of the lengths `before`.
    """
    found = typical_lengths(points)
    return at_stature_of(towards_usual_widths(np.where(np.isnan(found), before, found)), before)


def trunk_and_leg(lengths: FloatArray) -> float:
    """Return the distance from the shoulders over a hip to the ankle, lengths (20,)."""
    return float(_trunk(lengths) + lengths[THIGH] + lengths[SHANK])


def stature(lengths: FloatArray) -> float:
    """Return the height of a person of usual proportions whose trunk and legs have these lengths (20,)."""
    return trunk_and_leg(lengths) / LEG_AND_TRUNK_SHARE


def _trunk(lengths: FloatArray) -> float:
    """Return the distance between the middles of shoulders and hips: the height of a trapezium."""
    half_difference = (lengths[_SHOULDER_LINE] - lengths[_HIP_LINE]) / 2
    return float(np.sqrt(max(lengths[_FLANKS[0]] ** 2 - half_difference**2, 0.0)))


def constant_bones(landmarks: Landmarks) -> tuple[Landmarks, dict[str, float]]:
    """Give each bone its median length over the trial, the same on both sides, and keep its direction.

    The middle of the hips stays; shoulders, hips and the line between their middles keep their directions too. The
    report gives ``variation_before_percent``: mean over the bones of standard deviation through mean.
    """
    world = landmarks.world
    lengths = typical_lengths(world)
    hips, shoulders = middle(world, HIPS), middle(world, SHOULDERS)
    trunk = np.linalg.norm(shoulders - hips, axis=-1, keepdims=True)
    known = np.isfinite(trunk)
    spine = (shoulders - hips) * (np.median(trunk[known]) / trunk if known.any() else 1.0)

    fixed = world.copy()
    fixed[:, HIPS] = hips + _with_length(world[:, HIPS] - hips, lengths[_HIP_LINE] / 2)
    fixed[:, SHOULDERS] = hips + spine + _with_length(world[:, SHOULDERS] - shoulders, lengths[_SHOULDER_LINE] / 2)
    for start, end in _LIMBS:
        bone = world[:, end] - world[:, start]
        fixed[:, end] = fixed[:, start] + _with_length(bone, lengths[_PLACE[int(start), int(end)]])
    return replace(landmarks, world=carry_along(world, fixed)), {"variation_before_percent": length_variation(world)}


def _with_length(vectors: FloatArray, length: float) -> FloatArray:
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors * np.divide(length, norm, out=np.full_like(norm, np.nan), where=norm > 0))
