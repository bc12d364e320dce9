"""Find the jumps of a person, and how high each is: by the hips, and by the time in the air."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.mid_hip.posture import Posture
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.series import lasting, mean_rate, stretches_of

__all__ = ["Jump", "find_jumps"]

_GRAVITY = 9.81
_STANDS_S = 0.1
_OFF_FLOOR = 0.04  # of the lowest sole above where it is in standing, metres
_LEAST_RISE = 0.05
_FALLING = -0.5 * _GRAVITY
"""Acceleration of the hips at the top: half of gravity, because the smoothed movement is less sharp. Somebody who has
climbed a step has none."""
_AROUND_TOP_S = 0.08
_LONGEST_HALF_S = 0.5
"""Of a flight; nobody jumps higher than 1.2 m."""
_FLIGHT_PER_INTERVAL = 1.25
"""Found on the development half of the bench: 6 Hz smoothing brings the two moments nearer to each other."""


class Jump(NamedTuple):
    """One jump from both feet."""

    top: float
    """Seconds."""
    rise: float
    """Metres: of mid-hip above its height in standing."""
    flight: float
    """Seconds in the air."""

    @property
    def height_of_flight(self) -> float:
        """How far the body rises after the feet have left the floor, metres: g t² / 8 (Bosco 1983)."""
        return _GRAVITY * self.flight**2 / 8


def find_jumps(posture: Posture) -> list[Jump]:
    """Return the jumps of a person who also stands still before or after; nobody does who runs.

    In a jump no sole is on the floor, and the hips fall freely at the top, above their height in standing. The time in
    the air is seen at the ankles: they rise fastest as the feet leave the floor, and fall fastest as they meet it.
    """
    standing = lasting(posture.still(), posture.times, _STANDS_S)
    if not standing:
        return []
    hips, soles = (
        float(np.median(np.concatenate([height[each] for each in standing])))
        for height in (posture.hips[:, 1], posture.soles)
    )
    return list(_jumps(posture, hips, soles + _OFF_FLOOR))


def _jumps(posture: Posture, standing: float, off_floor: float) -> Iterator[Jump]:
    times, height = posture.times, posture.hips[:, 1]
    rate = mean_rate(times)
    velocity = np.gradient(posture.ankles, times)
    around, reach = max(2, round(_AROUND_TOP_S * rate)), round(_LONGEST_HALF_S * rate)
    for start, end in stretches_of(posture.soles > off_floor):
        top = start + int(height[start:end].argmax())
        near = slice(max(top - around, 0), top + around + 1)
        if start == 0 or end == len(times) or height[top] - standing < _LEAST_RISE or near.stop > len(times):
            continue
        if 2 * np.polyfit(times[near] - times[top], height[near], 2)[0] > _FALLING:
            continue
        first = max(top - reach, 0)
        leaves = first + int(velocity[first : top + 1].argmax())
        lands = top + int(velocity[top : top + reach + 1].argmin())
        interval = _vertex(times, velocity, lands) - _vertex(times, -velocity, leaves)
        yield Jump(float(times[top]), float(height[top] - standing), _FLIGHT_PER_INTERVAL * interval)


def _vertex(times: FloatArray, values: FloatArray, lowest: int) -> float:
    """Return when a parabola through the lowest of `values` and its neighbours is lowest."""
    if not 0 < lowest < len(values) - 1:
        return float(times[lowest])
    before, least, after = values[lowest - 1 : lowest + 2]
    curvature = before - 2 * least + after
    shift = (before - after) / (2 * curvature) if curvature > 0 else 0.0
    return float(times[lowest] + np.clip(shift, -1, 1) / mean_rate(times))
