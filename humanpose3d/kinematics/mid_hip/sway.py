"""How far a person who stands still sways."""

from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.mid_hip.posture import Posture
from humanpose3d.kinematics.series import lasting

__all__ = ["SHORTEST_S", "Sway", "find_sway"]

SHORTEST_S = 10.0
"""Of the time that is stood still. Laboratories take 20 to 60 s; over less the slow part of the sway is not there."""
_QUIET = 0.15
"""m/s. Who stands quietly sways by 0.02; depth along the line of sight adds as much as that again."""
_MM = 1e3


class Sway(NamedTuple):
    """Root mean square distance of the middle of the trunk from its mean, millimetres (RDIST of Prieto 1996).

    T. E. Prieto and others, Measures of postural steadiness, IEEE Transactions on Biomedical Engineering 43:956. They
    measure the centre of pressure; this is near the centre of mass, which moves less.
    """

    ap: float
    """Forward and back."""
    ml: float
    """Sideways."""


def find_sway(posture: Posture, shortest: float = SHORTEST_S) -> Sway | None:
    """Return the sway in the longest time that the person stands still; None where that is under `shortest` seconds."""
    stands = lasting(posture.still(_QUIET), posture.times, shortest)
    if not stands:
        return None
    longest = max(stands, key=lambda each: each.stop - each.start)
    away = posture.trunk[longest] - posture.trunk[longest].mean(axis=0)
    ahead = np.cross([0.0, 1.0, 0.0], posture.right)
    return Sway(*(_MM * float(np.sqrt(np.mean((away @ along) ** 2))) for along in (ahead, posture.right)))
