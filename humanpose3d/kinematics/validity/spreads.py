"""How uncertain the depth prior was of the limbs of a trial, which tells how wrong its angles and numbers are."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["LIMBS", "Spreads", "known_spreads", "limb_of", "spread_of", "uncertainty_factor"]

Spreads = Mapping[str, float]
"""Of limbs by their side, such as ``leg_L``, in lengths of trunk and leg; what is not known is not there."""

LIMBS = ("arm", "leg")
_BY_ARMS = frozenset(("shoulder", "elbow", "trunk"))
_POWER = 1.5
"""Errors grow with this power of the spread. Likeliest on the development half are 1.3 for arms and 1.9 for legs."""
_LEAST, _MOST = 0.4, 4.0
"""Beyond these factors the development half has too few trials to say anything."""


def limb_of(name: str) -> str:
    """Return the limb that a row of the table of bands goes by.

    Examples
    --------
    >>> limb_of("range elbow flex"), limb_of("curve hip abd"), limb_of("step_length over ground")
    ('arm', 'leg', 'leg')
    """
    return LIMBS[0] if _BY_ARMS.intersection(name.split()[1:2]) else LIMBS[1]


def known_spreads(recorded: Any) -> dict[str, float]:
    """Return the spreads that a record holds, which may be damaged or of an older version."""
    named = recorded.items() if isinstance(recorded, Mapping) else ()
    return {str(limb): float(each) for limb, each in named if isinstance(each, (int, float)) and 0 < each < math.inf}


def spread_of(spreads: Spreads, name: str, side: str = "") -> float:
    """Return the spread of the limb that a row of the table of bands goes by; NaN where it is not known.

    Where no `side` (``R`` or ``L``) is named, the larger one.
    """
    limb = limb_of(name)
    return max((spreads[each] for each in (f"{limb}_{s}" for s in side or "RL") if each in spreads), default=math.nan)


def uncertainty_factor(spread: float, usual: float) -> float:
    """Return how many times the usual uncertainty a limb has, by its spread and the usual one; 1 if one is not known.

    Divided by it, errors are as large in the trials of small spreads as in those of large ones, in walking and in other
    movements, on both halves of the bench (``benchmarks/README.md``).
    """
    times = (spread / usual) ** _POWER
    return 1.0 if math.isnan(times) else float(np.clip(times, _LEAST, _MOST))
