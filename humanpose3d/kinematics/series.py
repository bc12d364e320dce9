"""Values over time: stretches without a gap, even sampling, moving means, and the cheapest way through states."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.rotations import FloatArray

__all__ = [
    "bridged",
    "cheapest_path",
    "lasting",
    "longest_part",
    "longest_seen_stretch",
    "mean_rate",
    "moving_mean",
    "stretches_of",
    "widest_range",
]

_HALF_MS = 5e-4
"""Moments are recorded to the millisecond."""


def stretches_of(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the beginning and the end (exclusive) of each stretch of true values.

    Examples
    --------
    >>> stretches_of(np.array([False, True, True, False, True]))
    [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def lasting(flags: npt.NDArray[np.bool_], times: FloatArray, shortest: float) -> list[slice]:
    """Return the stretches of true values that last `shortest` seconds or longer."""
    return [slice(a, b) for a, b in stretches_of(flags) if times[b - 1] - times[a] >= shortest]


def longest_part(times: FloatArray, cuts: Sequence[float]) -> slice:
    """Return the frames of the longest part between cuts, of which `cuts` are the first moments after each (s).

    Examples
    --------
    >>> longest_part(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), [1.0, 4.0])
    slice(1, 4, None)
    """
    bounds = [0, *np.searchsorted(times, np.sort(cuts) - _HALF_MS).tolist(), len(times)]
    return max((slice(start, end) for start, end in pairwise(bounds)), key=lambda part: part.stop - part.start)


def longest_seen_stretch(
    times: FloatArray, values: FloatArray, longest_gap: float
) -> tuple[FloatArray, FloatArray] | None:
    """Return the longest stretch without a gap over `longest_gap` seconds, sampled evenly at its own mean rate.

    Of `values` (T, C) a frame with any NaN is missing; shorter gaps, and those under one and a half frame intervals,
    are filled linearly. Returned are times (N,) and values (N, C); None where there are not even three frames in a row.
    """
    seen = np.flatnonzero(np.isfinite(values).all(axis=-1))
    if len(seen) < 3:
        return None
    longest_gap = max(longest_gap, 1.5 * float(np.median(np.diff(times))))
    stretches = np.split(seen, np.flatnonzero(np.diff(times[seen]) > longest_gap) + 1)
    best = max(stretches, key=lambda stretch: float(times[stretch[-1]] - times[stretch[0]]))
    if len(best) < 3:
        return None
    even = np.linspace(times[best[0]], times[best[-1]], best[-1] - best[0] + 1)
    columns = [np.interp(even, times[best], values[best, column]) for column in range(values.shape[1])]
    return even, np.stack(columns, axis=-1)


def bridged(values: FloatArray, times: FloatArray) -> FloatArray:
    """Fill what is missing (NaN) linearly in time, at the ends with the nearest value; `values` (T, ...).

    What is never there stays missing.
    """
    columns: FloatArray = values.reshape(len(values), -1).copy()
    for column in columns.T:
        known = np.isfinite(column)
        if known.any():
            column[~known] = np.interp(times[~known], times[known], column[known])
    return columns.reshape(values.shape)


def mean_rate(times: FloatArray) -> float:
    """Return the mean rate of two samples or more at `times`, in 1/s."""
    return float((len(times) - 1) / (times[-1] - times[0]))


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
    stretches = stretches_of(np.isfinite(values))
    ranges = [np.ptp(values[start:end]) for start, end in stretches if times[end - 1] - times[start] >= shortest]
    return float(max(ranges)) if ranges else None


def cheapest_path(stays: FloatArray, moves: FloatArray) -> npt.NDArray[np.intp]:
    """Return the path with the lowest sum of `stays` (T, S) and `moves` (T - 1, from S, to S); Viterbi 1967."""
    best_from = np.zeros(stays.shape, np.intp)
    cost = stays[0]
    for frame in range(1, len(stays)):  # each frame needs the one before
        reached = cost[:, None] + moves[frame - 1]
        best_from[frame] = reached.argmin(axis=0)
        cost = reached.min(axis=0) + stays[frame]
    path = np.empty(len(stays), np.intp)
    path[-1] = cost.argmin()
    for frame in range(len(stays) - 1, 0, -1):
        path[frame - 1] = best_from[frame, path[frame]]
    return path
