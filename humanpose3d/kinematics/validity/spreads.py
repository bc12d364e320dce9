"""How uncertain the depth prior was of the limbs of a trial, which tells how wrong its angles and numbers are."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["LIMBS", "Spreads", "known_spreads", "limb_of", "uncertainty_factor"]

Spreads = Mapping[str, float]
"""Of limbs by their side, such as ``leg_L``, in lengths of trunk and leg; what is not known is not there."""

LIMBS = ("arm", "leg")
_BY_ARMS = frozenset(("shoulder", "elbow", "trunk"))
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


def uncertainty_factor(spreads: Spreads, usual: Spreads, limb: str, side: str = "") -> float:
    """Return how many times the usual uncertainty a limb has, by its spread and the usual one; 1 if that is not known.

    Errors are in proportion to the spread: so divided, they are as large in the trials of small spreads as in those of
    large ones, in walking and in other movements (development half of the bench, within a tenth). Where no `side`
    (``R`` or ``L``) is named, the side with the larger spread counts.
    """
    own = [spreads[each] for each in (f"{limb}_{s}" for s in side or "RL") if each in spreads]
    return float(np.clip(max(own) / usual[limb], _LEAST, _MOST)) if own and limb in usual else 1.0
