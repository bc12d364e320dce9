"""Which way is up, from the person who stands.

Gravity is not in the picture, but people are built along it: the shoulders of someone who stands or walks are above
the middle of knees and ankles. It is so of nobody who lies or does a headstand.
"""

import numpy as np

from humanpose3d.pipeline.signals.body import HIPS, SHOULDERS, index, middle
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["horizontal", "stands", "tilt_of", "up_direction", "world_axes"]

_UP = np.array([0.0, -1.0, 0.0])
_AWAY = np.array([0.0, 0.0, 1.0])
# Ankles are behind a person who leans into the walk, and knees before them; their middle is below the shoulders.
_LEGS = index("left_knee", "right_knee", "left_ankle", "right_ankle")
# Only frames count in which the person is nearly as tall as ever: who squats or sits leans.
_TALL, _AS_TALL_AS = 0.95, 95.0  # of this percentile
_LEG_BONES = [index(f"{side}_hip", f"{side}_knee", f"{side}_ankle") for side in ("left", "right")]
# Part of trunk, thigh and shank that lies between shoulders and ankle of the straighter leg: of all who stand, walk,
# run, jump or squat in the development half of the bench 0.97 or more, of who only sits, kneels or stoops about 0.75.
_STRETCHED = 0.85


def up_direction(world: FloatArray) -> FloatArray:
    """Estimate which way is up, in the axes of the camera, shape (3,); NaN where the body is never seen whole.

    The mean direction from the middle of knees and ankles to the middle of the shoulders, in the frames in which that
    distance is largest; `world` (T, 33, 3).
    """
    body = (middle(world, SHOULDERS) - middle(world, _LEGS))[:, 0]
    body = body[np.isfinite(body).all(axis=1)]
    if not len(body):
        return np.full(3, np.nan)
    length = np.linalg.norm(body, axis=1)
    mean = body[length >= _TALL * np.percentile(length, _AS_TALL_AS)].sum(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def stands(world: FloatArray) -> bool:
    """Whether the person ever stands: one leg and the trunk nearly stretched; `world` (T, 33, 3)."""
    trunk = (middle(world, SHOULDERS) - middle(world, HIPS))[:, 0]
    shares = []
    for hip, knee, ankle in _LEG_BONES:
        thigh, shank = world[:, hip] - world[:, knee], world[:, knee] - world[:, ankle]
        bones = sum(np.linalg.norm(bone, axis=1) for bone in (trunk, thigh, shank))
        shares.append(np.linalg.norm(trunk + thigh + shank, axis=1) / bones)
    straighter = np.fmax(*shares)
    known = straighter[np.isfinite(straighter)]
    return bool(len(known) and np.percentile(known, _AS_TALL_AS) >= _STRETCHED)


def tilt_of(up: FloatArray) -> float:
    """Return the angle between the camera's own up and `up`, degrees."""
    return float(np.degrees(np.arccos(np.clip(up @ _UP, -1, 1))))


def world_axes(up: FloatArray) -> FloatArray:
    """Return the rotation (3, 3) from the camera's axes to level ones: x right, y straight down, z away."""
    away = _AWAY - (_AWAY @ up) * up
    away /= np.linalg.norm(away)
    return np.stack([np.cross(-up, away), -up, away])


def horizontal(vectors: FloatArray, up: FloatArray) -> FloatArray:
    """Return vectors (..., 3) without what is along `up`."""
    return np.asarray(vectors - (vectors @ up)[..., None] * up)
