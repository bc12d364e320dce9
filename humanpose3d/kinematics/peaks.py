"""Find the greatest and the least value of an angle in a cycle or repetition, and its value at a moment."""

from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.quantities import NotMeasured
from humanpose3d.kinematics.rotations import FloatArray

__all__ = ["Peaks", "peaks_within", "value_at"]

_LEAST_SEEN = 0.9
_TOLERANCE_S = 1e-9


class Peaks(NamedTuple):
    """Greatest and least value of one angle between two moments; degrees, and seconds."""

    maximum: float
    minimum: float
    maximum_at: float
    minimum_at: float

    @property
    def range(self) -> float:
        """Greatest less least value."""
        return self.maximum - self.minimum


def peaks_within(times: FloatArray, values: FloatArray, start: float, end: float) -> Peaks | NotMeasured:
    """Return greatest and least of `values` (T,) from `start` to `end`, s; it takes 90 % of the samples.

    Examples
    --------
    >>> peaks_within(np.arange(5.0), np.array([0.0, 30.0, 60.0, 20.0, 0.0]), 1, 3)
    Peaks(maximum=60.0, minimum=20.0, maximum_at=2.0, minimum_at=3.0)
    """
    within = np.flatnonzero((times >= start - _TOLERANCE_S) & (times <= end + _TOLERANCE_S))
    seen = within[np.isfinite(values[within])]
    if len(seen) == 0 or len(seen) < _LEAST_SEEN * len(within):
        share = 100 * len(seen) / max(len(within), 1)
        return NotMeasured(f"seen in only {share:.0f} % of the time from {start:.2f} to {end:.2f} s")
    top, bottom = seen[np.argmax(values[seen])], seen[np.argmin(values[seen])]
    return Peaks(float(values[top]), float(values[bottom]), float(times[top]), float(times[bottom]))


def value_at(times: FloatArray, values: FloatArray, moment: float) -> float:
    """Return the value at a moment, linear between two samples; NaN beyond the samples or beside a missing one.

    Examples
    --------
    >>> value_at(np.arange(3.0), np.array([0.0, 10.0, 40.0]), 1.5)
    25.0
    """
    return float(np.interp(moment, times, values, left=np.nan, right=np.nan))
