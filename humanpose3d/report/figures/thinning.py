"""Thin a long curve without losing a peak or bridging a gap."""

import numpy as np
import numpy.typing as npt

from humanpose3d.report.data.content import FloatArray

__all__ = ["thinned"]

# Of each bucket at most four values stay, and between each of them and the next at most one gap.
_MOST_KEPT_PER_BUCKET = 8


def thinned(values: FloatArray, most: int = 2000) -> npt.NDArray[np.intp]:
    """Choose the samples that show a curve at a glance, every peak and every gap among them.

    Of each of many short stretches, its first, last, least and greatest value stay, and one missing value wherever
    there is a gap between two values that stay.

    Parameters
    ----------
    values : ndarray, shape (T,)
        NaN where missing.
    most : int
        How many samples may stay, 8 or more; a curve with no more of them stays as it is.

    Returns
    -------
    ndarray of int
        Increasing indices into `values`.

    Examples
    --------
    >>> thinned(np.array([0.0, 1.0, 5.0, 1.0, 0.0]))
    array([0, 1, 2, 3, 4])
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
    holes = [_first_missing(values, chosen[i], chosen[i + 1]) for i in broken.tolist()]
    return np.union1d(chosen, np.array(holes, np.intp))


def _first_missing(values: FloatArray, start: int, end: int) -> int:
    return int(start + np.flatnonzero(~np.isfinite(values[start:end]))[0])
