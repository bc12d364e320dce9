"""Find when a person sits, and how high the hips are then."""

from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.mid_hip.posture import Posture
from humanpose3d.kinematics.series import lasting, mean_rate, moving_mean

__all__ = ["Seat", "find_seat"]

_BENT_DEG = 60.0
_BEHIND = 0.16
"""Lengths of the leg: whose trunk is so far behind the heels would fall without a seat. On the bench those who squat
reach 0.11, those who sit 0.2 to 0.35."""
_SLOW, _OVER_S = 0.1, 0.1  # m/s
_SITS_S, _STANDS_S = 0.2, 0.2


class Seat(NamedTuple):
    """Heights of mid-hip, metres."""

    height: float
    """Above the floor, seated: the median."""
    rise: float | None
    """From there to standing; None where the person never stands still."""


def find_seat(posture: Posture) -> Seat | None:
    """Return how high the hips are when the person sits; None where nobody does.

    Who sits has bent knees, the trunk behind the heels, and hips that stay at one height.
    """
    rate = mean_rate(posture.times)
    height = posture.hips[:, 1]
    speed = moving_mean(np.gradient(height, posture.times)[:, np.newaxis], max(1, round(_OVER_S * rate)))[:, 0]
    sits = (posture.bend > _BENT_DEG) & (posture.behind_heels > _BEHIND) & (np.abs(speed) < _SLOW)
    seated, standing = (
        [height[each] for each in lasting(flags, posture.times, shortest)]
        for flags, shortest in ((sits, _SITS_S), (posture.still(), _STANDS_S))
    )
    if not seated:
        return None
    level = float(np.median(np.concatenate(seated)))
    return Seat(level, float(np.median(np.concatenate(standing))) - level if standing else None)
