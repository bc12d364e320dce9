"""Move face and hands, which the fit leaves out, with shoulders and wrists."""

import numpy as np

from humanpose3d.pipeline.signals.body import SHOULDERS, index, middle
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray

__all__ = ["carry_along"]

_FACE = np.arange(LANDMARK_NAMES.index("left_shoulder"))
_HANDS = tuple(
    (index(f"{side}_wrist"), index(*(f"{side}_{finger}" for finger in ("pinky", "index", "thumb"))))
    for side in ("left", "right")
)


def carry_along(before: FloatArray, after: FloatArray) -> FloatArray:
    """Move the face by what the middle of the shoulders moved, and each hand by what its wrist moved.

    Parameters
    ----------
    before, after : ndarray, shape (T, 33, 3)
        The world landmarks, and the same with the body moved.
    """
    carried: FloatArray = after.copy()
    carried[:, _FACE] = before[:, _FACE] + middle(after, SHOULDERS) - middle(before, SHOULDERS)
    for wrist, hand in _HANDS:
        carried[:, hand] = before[:, hand] + after[:, wrist] - before[:, wrist]
    return carried
