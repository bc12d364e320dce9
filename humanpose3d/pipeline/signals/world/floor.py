"""The floor below feet that stand: how the camera is tilted against it, and how high it is above."""

from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.series import mean_rate
from humanpose3d.pipeline.signals.body import HIPS, middle
from humanpose3d.pipeline.signals.world.contacts import SOLES, Ground
from humanpose3d.pipeline.signals.world.vertical import horizontal, world_axes
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["Floor", "find_floor"]

# Heel and toe landmarks lie in the foot: 1.5 and 1.2 % of the height above the floor on the rendered people.
_ABOVE_FLOOR = 0.02
# How far the person's own vertical is off, sideways and towards the camera, in radians.
_LEAN = np.radians([1.0, 2.5])
# How far a foot that stands is off the plane, and in depth: more where it is far before or behind the hips.
_UNEVEN, _DEPTH, _DEPTH_PER_REACH = 0.015, 0.05, 0.3
_OF_ONE_CONTACT_S = 0.3
"""Frames nearer than that share their error."""
_LEAST_FRAMES = 5


class Floor(NamedTuple):
    """A level plane, in the axes of the camera."""

    up: FloatArray
    """Shape (3,): its normal."""
    below: float
    """How far it lies below the camera, metres."""


def find_floor(times: FloatArray, points: FloatArray, up: FloatArray, ground: Ground) -> Floor | None:
    """Find the floor below the feet that stand, in points (T, 33, 3) from the camera; None if none stands.

    The person's own vertical `up` is corrected by what the feet show of the plane on which they stand: little where
    they stand in one place, much on a way towards the camera. Linear least squares.
    """
    standing = points[:, SOLES][ground.contact]
    if len(standing) < _LEAST_FRAMES:
        return None
    right, _, away = world_axes(up)
    hips = np.broadcast_to(middle(points, HIPS), (len(points), len(SOLES), 3))[ground.contact]
    reach = np.abs(horizontal(standing - hips, up) @ away)
    slope = standing @ up / standing[:, 2]  # of the line of sight, along which depth moves a point
    error = np.hypot(_UNEVEN, slope * (_DEPTH + _DEPTH_PER_REACH * np.nan_to_num(reach)))
    error *= np.sqrt(max(1.0, _OF_ONE_CONTACT_S * mean_rate(times)))
    rows = np.stack([standing @ right, -standing @ away, -np.ones(len(standing))], axis=1) / error[:, None]
    prior = np.diag([1 / _LEAN[0], 1 / _LEAN[1], 0.0])[:2]
    values = np.concatenate([-(standing @ up) / error, np.zeros(2)])
    sideways, towards, level = np.linalg.lstsq(np.concatenate([rows, prior]), values, rcond=None)[0]
    normal = up + sideways * right - towards * away
    size = float(np.linalg.norm(normal))
    return Floor(normal / size, float(-level / size) + _ABOVE_FLOOR)
