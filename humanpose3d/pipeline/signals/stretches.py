"""Runs of frames: where something begins and where it ends."""

import numpy as np
import numpy.typing as npt

__all__ = ["runs"]


def runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the beginning and the end (exclusive) of each run of true values.

    Examples
    --------
    >>> runs(np.array([False, True, True, False, True]))
    [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
