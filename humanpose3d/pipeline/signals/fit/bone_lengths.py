"""Set each bone to one length and keep its direction."""

from dataclasses import replace

import numpy as np

from humanpose3d.pipeline.signals.body import BONES, HIPS, SHOULDERS, index, length_variation, middle, typical_lengths
from humanpose3d.pipeline.signals.fit.hanging import carry_along
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["constant_bones"]

# From the trunk outwards, so that each bone begins where the one before it ended.
_LIMBS = tuple(
    index(f"{side}_{start}", f"{side}_{end}")
    for start, end in (
        ("hip", "knee"),
        ("knee", "ankle"),
        ("ankle", "heel"),
        ("ankle", "foot_index"),
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
    )
    for side in ("left", "right")
)


def constant_bones(landmarks: Landmarks) -> tuple[Landmarks, dict[str, float]]:
    """Give each bone its median length over the trial, the same on both sides, and keep its direction.

    The middle of the hips stays; shoulders, hips and the line between their middles keep their directions too.

    Returns
    -------
    Landmarks
    dict
        ``variation_before_percent``: mean over the bones of standard deviation through mean.
    """
    world = landmarks.world
    length = {tuple(bone): value for bone, value in zip(BONES.tolist(), typical_lengths(world), strict=True)}
    hips, shoulders = middle(world, HIPS), middle(world, SHOULDERS)
    trunk = np.linalg.norm(shoulders - hips, axis=-1, keepdims=True)
    known = np.isfinite(trunk)
    spine = (shoulders - hips) * (np.median(trunk[known]) / trunk if known.any() else 1.0)

    fixed = world.copy()
    fixed[:, HIPS] = hips + _with_length(world[:, HIPS] - hips, length[tuple(HIPS.tolist())] / 2)
    fixed[:, SHOULDERS] = (
        hips + spine + _with_length(world[:, SHOULDERS] - shoulders, length[tuple(SHOULDERS.tolist())] / 2)
    )
    for bone in _LIMBS:
        start, end = bone
        fixed[:, end] = fixed[:, start] + _with_length(world[:, end] - world[:, start], length[tuple(bone.tolist())])
    report = {"variation_before_percent": length_variation(world)}
    return replace(landmarks, world=carry_along(world, fixed)), report


def _with_length(vectors: FloatArray, length: float) -> FloatArray:
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors * np.divide(length, norm, out=np.full_like(norm, np.nan), where=norm > 0))
