"""How fast a person walks over the ground, be it the floor or a treadmill's belt, and how the feet are set on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from humanpose3d.kinematics.rotations import FloatArray, unit
from humanpose3d.kinematics.series import mean_rate, moving_mean

__all__ = ["Footprints", "footprints"]

# Of a stride, after the heel strike: then the foot is flat, and near the hips, where its depth is seen best.
_FLAT = (0.08, 0.35)
_HIPS_ON_BELT = 0.4
"""Of the speed against the ground: the hips are slower than that against the camera on a treadmill."""
_LEVEL = np.array([1.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Footprints:
    """The footprints of N heel strikes in a row, on ground that may move."""

    speed: float
    """Of the hips over the ground, m/s: the median over the recording of its mean over a stride."""
    on_belt: bool
    """Whether the hips stay while the ground moves."""
    widths: FloatArray
    """Shape (N,), metres: from the other foot's print before to this one's heel, at right angles to the direction of
    walking; negative where the feet cross, NaN for the first, and where a foot is not seen standing."""
    outwards: FloatArray
    """Shape (N,), degrees: from the direction of walking to the line from heel to toe; toes out is positive."""


def footprints(
    times: FloatArray, point: Mapping[str, FloatArray], strikes: Sequence[tuple[float, str]], stride: float
) -> Footprints:
    """Find the footprints of heel strikes, each a time (s) and a side; a stride takes `stride` seconds.

    `point` maps hips, heels and big toes to positions (T, 3), metres, y up, at evenly spaced `times` (T,).
    """
    flat = [(times >= time + _FLAT[0] * stride) & (times <= time + _FLAT[1] * stride) for time, _ in strikes]
    hips = (point["RHip"] + point["LHip"]) / 2 * _LEVEL
    of_hips = moving_mean(np.gradient(hips, times, axis=0), max(2, round(stride * mean_rate(times))))
    slides = [
        np.gradient(point[f"{side}Heel"] * _LEVEL, times, axis=0)[there]
        for (_, side), there in zip(strikes, flat, strict=True)
    ]
    slide = np.median(np.concatenate(slides), axis=0) if np.any(flat) else np.zeros(3)
    against_ground = float(np.median(np.linalg.norm(of_hips - slide, axis=1)))
    on_belt = bool(np.median(np.linalg.norm(of_hips, axis=1)) < _HIPS_ON_BELT * against_ground)
    moves = of_hips - slide if on_belt else of_hips
    feet = np.array([
        _foot(times[there], point[f"{side}Heel"][there], point[f"{side}BigToe"][there], slide * on_belt)
        for (_, side), there in zip(strikes, flat, strict=True)
    ])  # fmt: skip
    ahead = unit(np.array([[np.interp(time, times, axis) for axis in moves.T] for time, _ in strikes]))
    outside = np.cross(ahead, [0.0, 1.0, 0.0]) * [[1.0] if side == "R" else [-1.0] for _, side in strikes]
    steps = np.diff(feet[:, 0], axis=0, prepend=np.nan)
    along = feet[:, 1]
    return Footprints(
        float(np.median(np.linalg.norm(moves, axis=1))),
        on_belt,
        np.sum(steps * outside, axis=1),
        np.degrees(np.arctan2(np.sum(along * outside, axis=1), np.sum(along * ahead, axis=1))),
    )


def _foot(times: FloatArray, heel: FloatArray, toe: FloatArray, ground: FloatArray) -> FloatArray:
    """Return where the heel stood on the ground that moves, and the vector to the toe, shape (2, 3)."""
    if not len(times):
        return np.full((2, 3), np.nan)
    return np.median([heel - ground * times[:, None], toe - heel], axis=1)
