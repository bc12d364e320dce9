"""Thin a long curve without losing a peak or bridging a gap."""

import numpy as np
import numpy.typing as npt

from humanpose3d.report.data.content import FloatArray

__all__ = ["MOST_POINTS", "thinned"]

MOST_POINTS = 2000
"""Of one curve in a page; a longer one is thinned."""

# Of each bucket at most four values stay, and between each of them and the next at most one gap.
_MOST_KEPT_PER_BUCKET = 8


def thinned(values: FloatArray, most: int = MOST_POINTS) -> npt.NDArray[np.intp]:
    """Choose at most `most` (8 or more) samples that show a curve at a glance; return their increasing indices.

    Of each of many short stretches, its first, last, least and greatest value stay, and one missing value (NaN)
    wherever there is a gap between two values that stay.
    """
    if most < _MOST_KEPT_PER_BUCKET:
        raise ValueError(f"at least {_MOST_KEPT_PER_BUCKET} samples must stay, not {most}")
    if len(values) <= most:
        return np.arange(len(values))
    finite = np.flatnonzero(np.isfinite(values))
    if len(finite) == 0:
        return np.array([0], np.intp)
    kept = {
        int(index)
        for bucket in np.array_split(finite, most // _MOST_KEPT_PER_BUCKET)
        if len(bucket)
        for index in (bucket[0], bucket[np.argmin(values[bucket])], bucket[np.argmax(values[bucket])], bucket[-1])
    }
    chosen = np.array(sorted(kept))
    # Neighbours with a gap between them are farther apart among all samples than among the finite ones.
    rank = np.searchsorted(finite, chosen)
    broken = np.flatnonzero(np.diff(chosen) > np.diff(rank))
    missing = np.flatnonzero(~np.isfinite(values))
    return np.union1d(chosen, missing[np.searchsorted(missing, chosen[broken])])
