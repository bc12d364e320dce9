"""Quantities: a value with its standard uncertainty and unit, or the reason why it was not measured.

Uncertainties follow the Guide to the Expression of Uncertainty in Measurement (JCGM 100:2008).
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from humanpose3d.kinematics.rotations import FloatArray

__all__ = ["Extremes", "Measured", "NotMeasured", "Quantity", "extremes_of", "mean_of"]

_LEAST_SEEN = 0.9


@dataclass(frozen=True)
class Measured:
    """A number with its standard uncertainty.

    That is one standard deviation of what the true value may be: about two thirds of such numbers are right within it,
    95 % within twice as much.
    """

    value: float
    uncertainty: float
    unit: str  # s, m, m/s, deg, % or steps/min

    def __str__(self) -> str:
        """Format with two significant digits of the uncertainty.

        Examples
        --------
        >>> print(Measured(1.10321, 0.0182, "s"))
        1.103 ± 0.018 s
        """
        digits = max(0, 1 - math.floor(math.log10(self.uncertainty))) if self.uncertainty > 0 else 3
        return f"{self.value:.{digits}f} ± {self.uncertainty:.{digits}f} {self.unit}"


@dataclass(frozen=True)
class NotMeasured:
    """A number that could not be measured, and why: one sentence, as shown to users."""

    reason: str

    def __str__(self) -> str:
        return f"not measured: {self.reason}"


Quantity: TypeAlias = Measured | NotMeasured


@dataclass(frozen=True)
class Extremes:
    """The least and the greatest value of a curve, and when each is reached, in seconds."""

    minimum: Measured
    maximum: Measured
    minimum_at: float
    maximum_at: float


def extremes_of(
    times: FloatArray, values: FloatArray, uncertainty: float, unit: str, what: str
) -> Extremes | NotMeasured:
    """Return the extremes of a curve, or say of `what` (one cycle, one repetition) too little was seen.

    `values` and `times` (s) have the shape (T,); missing is NaN, at most a tenth of it. `uncertainty` is the standard
    uncertainty of the curve at each moment.
    """
    share = float(np.isfinite(values).sum() / max(len(values), 1))
    if share < _LEAST_SEEN:
        return NotMeasured(f"seen in only {100 * share:.0f} % of the {what}")
    least, greatest = int(np.nanargmin(values)), int(np.nanargmax(values))
    return Extremes(
        Measured(float(values[least]), uncertainty, unit),
        Measured(float(values[greatest]), uncertainty, unit),
        float(times[least]),
        float(times[greatest]),
    )


def mean_of(values: list[float], shared_error: float, unit: str, what: str) -> Quantity:
    """Return the mean of repeated measurements, of which a shared error does not shrink by repeating.

    It takes two, or there is no telling how much they vary; the reason says so of `what` was measured.
    """
    if len(values) < 2:
        return NotMeasured(f"only {len(values)} {what} in the recording, and it takes at least 2")
    mean = math.fsum(values) / len(values)
    scatter = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return Measured(mean, math.hypot(shared_error, scatter / math.sqrt(len(values))), unit)
