"""How tall the person is in the unit of the landmarks, and the scale that makes it the person's height in metres.

Trunk and leg tell most of it, however the person stands or bends. Where the picture shows eyes and feet, they tell the
rest of this person; elsewhere it is the usual share.
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
_CLEAR, _LEAST_SHARE = 0.5, 0.15


def height_by_bones(world: FloatArray) -> float:
    """Estimate the person's height from the median lengths of thigh, shank and trunk; NaN if they are never seen.

    The head is left out: the pose model's face landmarks end at the eyes.
    """
    lengths = _trunk_and_leg(world)
    return float(np.nanmedian(lengths) / LEG_AND_TRUNK_SHARE) if np.isfinite(lengths).any() else float("nan")


def height_by_eyes(landmarks: Landmarks, rays: FloatArray) -> float:
    """Estimate the person's height from trunk and leg, eyes over shoulders, and ankle over sole; else NaN.

    The median over the frames in which the picture shows eyes and feet. Bones count by their length, so that bent knees
    and a bent back make nobody shorter. The eyes are taken to be as far away as the shoulders. `rays` (T, 33, 2) are
    those that were fitted: where the camera turned, they are not those of the picture.
    """
    if landmarks.place is None:
        return float("nan")
    points = landmarks.world - middle(landmarks.world, HIPS) + bridged(landmarks.place, landmarks.times)[:, None]
    up = up_direction(landmarks.world)
    shoulders = middle(points, SHOULDERS)[:, 0]
    eyes = np.column_stack([middle(rays, _EYES)[:, 0], np.ones(len(rays))]) * shoulders[:, 2:]
    feet = points[:, FEET] @ up
    soles = feet[:, :2].min(axis=1) - feet.min(axis=1)  # under the ankles
    heights = (eyes - shoulders) @ up + _trunk_and_leg(points) + soles
    inside = (landmarks.image > 0).all(axis=-1) & (landmarks.image < 1).all(axis=-1)
    clear = (inside & (landmarks.visibility > _CLEAR))[:, [*_EYES, *FEET]].all(axis=1)
    heights = heights[clear & np.isfinite(heights)]
    if len(heights) < max(1.0, _LEAST_SHARE * len(landmarks.times)):
        return float("nan")
    return float(np.median(heights) / _EYE_SHARE)


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


def _trunk_and_leg(world: FloatArray) -> FloatArray:
    """Return the lengths of trunk, thigh and shank together, the mean of both legs, shape (T,)."""
    trunk = np.linalg.norm(middle(world, SHOULDERS) - middle(world, HIPS), axis=-1)[:, 0]
    return np.asarray(trunk + bone_lengths(world, _THIGHS_AND_SHANKS).sum(axis=1) / 2)
