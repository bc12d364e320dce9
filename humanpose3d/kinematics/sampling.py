"""Resample trajectories evenly, and average them over a moving window."""

import numpy as np

from humanpose3d.kinematics.rotations import FloatArray

__all__ = ["longest_seen_stretch", "moving_mean", "widest_range"]


def longest_seen_stretch(
    times: FloatArray, values: FloatArray, longest_gap: float
) -> tuple[FloatArray, FloatArray] | None:
    """Return the longest stretch without a gap over `longest_gap` seconds, sampled evenly at its own mean rate.

    Parameters
    ----------
    times : ndarray, shape (T,)
    values : ndarray, shape (T, C)
        A frame with any NaN is missing; shorter gaps are filled linearly.
    longest_gap : float
        Seconds. Never less than one and a half frame intervals.

    Returns
    -------
    tuple of ndarray, shapes (N,) and (N, C), or None
        None where there are not even three frames in a row.
    """
    seen = np.flatnonzero(np.isfinite(values).all(axis=-1))
    if len(seen) < 3:
        return None
    longest_gap = max(longest_gap, 1.5 * float(np.median(np.diff(times))))
    stretches = np.split(seen, np.flatnonzero(np.diff(times[seen]) > longest_gap) + 1)
    best = max(stretches, key=lambda stretch: float(times[stretch[-1]] - times[stretch[0]]))
    if len(best) < 3:
        return None
    even = np.linspace(times[best[0]], times[best[-1]], len(range(best[0], best[-1] + 1)))
    columns = [np.interp(even, times[best], values[best, column]) for column in range(values.shape[1])]
    return even, np.stack(columns, axis=-1)


def moving_mean(values: FloatArray, width: int) -> FloatArray:
    """Centred mean over `width` samples, shape as `values` (N, C); at the ends over those that are there."""
    width = min(width, len(values))
    weight = np.convolve(np.ones(len(values)), np.ones(width), "same")
    columns = [np.convolve(values[:, column], np.ones(width), "same") / weight for column in range(values.shape[1])]
    return np.stack(columns, axis=-1)


def widest_range(times: FloatArray, values: FloatArray, shortest: float = 0.5) -> float | None:
    """Return greatest minus least of values (T,) in that unbroken stretch in which it is largest; None without one.

    Stretches under `shortest` seconds do not count: between two gaps there is rather noise than movement.
    """
    seen = np.flatnonzero(np.isfinite(values))
    stretches = np.split(seen, np.flatnonzero(np.diff(seen) > 1) + 1)
    ranges = [np.ptp(values[each]) for each in stretches if len(each) and times[each[-1]] - times[each[0]] >= shortest]
    return float(max(ranges)) if ranges else None
