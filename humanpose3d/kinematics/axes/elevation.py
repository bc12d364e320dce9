"""Keep shoulder angles continuous when the arm is raised sideways past the horizontal.

Each pose of the upper arm has two sets of angles: flexion f, abduction a and rotation r, and f + 180, 180 - a and
r + 180. An arm lifted sideways to the ear goes through both: with abduction kept within 90 degrees, it would turn
back at the horizontal while flexion and rotation jump by 180 degrees. Here the set is chosen over the whole trial.
"""

import numpy as np

from humanpose3d.kinematics.rotations import FloatArray, within
from humanpose3d.kinematics.series import cheapest_path

__all__ = ["continuous_elevation"]

_PULL = 1e-3
"""Weight of the distance from the anatomical position against that from the frame before: it decides the choice
where movement does not, and ends a wrong one after a gap or a false frame."""


def continuous_elevation(angles: FloatArray) -> FloatArray:
    """Choose between the two sets of angles in each frame so that they change least and stay nearest to zero.

    `angles` (T, 3) are degrees about Z, X and Y as :func:`~humanpose3d.kinematics.rotations.zxy_angles` gives them.
    Frames without the first angle, gaps and the singular position itself, do not count in the choice. Returned are
    equal poses, the angle about X between -180 and 180, that minimise the sum, over the trial, of squared steps and
    weighted squared angles.
    """
    chosen = np.array(angles)
    known = np.flatnonzero(np.isfinite(angles[:, :2]).all(axis=-1))
    if len(known) == 0:
        return chosen
    one, other = angles[known], _other_set(angles[known])
    stay, change = _size(one[1:] - one[:-1]), _size(other[1:] - one[:-1])
    moves = np.stack([stay, change, change, stay], axis=-1).reshape(-1, 2, 2)
    swap = cheapest_path(_PULL * np.stack([_size(one), _size(other)], axis=1), moves).astype(bool)
    chosen[known[swap]] = other[swap]

    between = np.flatnonzero(np.isfinite(angles[:, 1]) & ~np.isfinite(angles[:, 0]))
    expected = np.interp(between, known, within(chosen[known, 1], 0))
    turned = _other_set(angles[between])
    nearer = np.abs(within(turned[:, 1] - expected, 0)) < np.abs(within(angles[between, 1] - expected, 0))
    chosen[between[nearer]] = turned[nearer]
    return within(chosen, 0)


def _other_set(angles: FloatArray) -> FloatArray:
    return np.asarray(np.array([180.0, 180.0, 180.0]) + angles * np.array([1.0, -1.0, 1.0]))


def _size(angles: FloatArray) -> FloatArray:
    """Squared length of angles, the short way round; an unknown one counts nothing."""
    return np.asarray(np.sum(np.nan_to_num(within(angles, 0)) ** 2, axis=-1))
