"""Quantities: a value with its standard uncertainty and unit, or the reason why it was not measured.

Uncertainties follow the Guide to the Expression of Uncertainty in Measurement (JCGM 100:2008).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

__all__ = ["BAND", "Measured", "NotMeasured", "Quantity", "mean_of", "of_unknown_scale"]

BAND = 1.96
"""Standard uncertainties in the half-width of a 95 % band, which is what stands after ± on the pages."""


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


_STATURES = 0.06
"""Standard deviation of the heights of adults, men and women together, through their mean (Fryar 2021, Anthropometric
reference data for children and adults: United States)."""


def of_unknown_scale(numbers: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Return numbers of somebody whose height is not known: lengths and speeds are as unsure as that of an adult."""
    return {
        name: replace(each, uncertainty=math.hypot(each.uncertainty, _STATURES * each.value))
        if isinstance(each, Measured) and each.unit in ("m", "m/s", "mm")
        else each
        for name, each in numbers.items()
    }


def mean_of(values: list[float], shared_error: float, unit: str, what: str) -> Quantity:
    """Return the mean of repeated measurements, of which a shared error does not shrink by repeating.

    It takes two, or there is no telling how much they vary; the reason says so of `what` was measured, a plural.
    """
    if len(values) < 2:
        one = what.removesuffix("s")
        if not values:
            return NotMeasured(f"no {one} in the recording, and it takes at least 2")
        return NotMeasured(f"only 1 {one} in the recording, and it takes at least 2")
    mean = math.fsum(values) / len(values)
    scatter = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return Measured(mean, math.hypot(shared_error, scatter / math.sqrt(len(values))), unit)
