"""Find stretches of frames: their beginnings and ends."""

import numpy as np
import numpy.typing as npt

__all__ = ["stretches_of"]


def stretches_of(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the beginning and the end (exclusive) of each stretch of true values.

    Examples
    --------
    >>> stretches_of(np.array([False, True, True, False, True]))
    [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
