"""Keep shoulder angles continuous when the arm is raised sideways past the horizontal.

Each pose of the upper arm has two sets of angles: flexion f, abduction a and rotation r, and f + 180, 180 - a and
r + 180. An arm lifted sideways to the ear goes through both: with abduction kept within 90 degrees, it would turn
back at the horizontal while flexion and rotation jump by 180 degrees. Here the set is chosen over the whole trial.
"""

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.rotations import FloatArray, within

__all__ = ["continuous_elevation"]

_PULL = 1e-3
"""Weight of the distance from the anatomical position against that from the frame before: it decides the choice
where movement does not, and ends a wrong one after a gap or a false frame."""


def continuous_elevation(angles: FloatArray) -> FloatArray:
    """Choose between the two sets of angles in each frame so that they change least and stay nearest to zero.

    Parameters
    ----------
    angles : ndarray, shape (T, 3)
        Degrees about Z, X and Y as :func:`~humanpose3d.kinematics.rotations.zxy_angles` gives them. Frames without
        the first angle, gaps and the singular position itself, do not count in the choice.

    Returns
    -------
    ndarray, shape (T, 3)
        Equal poses, the angle about X between -180 and 180.

    Notes
    -----
    Minimises the sum, over the trial, of squared steps and weighted squared angles; exact, by dynamic programming
    (Viterbi 1967) over the two sets.
    """
    chosen = np.array(angles)
    known = np.flatnonzero(np.isfinite(angles[:, :2]).all(axis=-1))
    if len(known) == 0:
        return chosen
    one, other = angles[known], _other_set(angles[known])
    swap = _cheapest(_size(one), _size(other), _size(one[1:] - one[:-1]), _size(other[1:] - one[:-1]))
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


def _cheapest(one: FloatArray, other: FloatArray, stay: FloatArray, change: FloatArray) -> npt.NDArray[np.bool_]:
    """Return where the other set is taken on the cheapest way through the trial."""
    pulls = (_PULL * np.stack([one, other], axis=1)).tolist()
    cost = pulls[0]
    came_from: list[tuple[int, int]] = []
    for pull, staying, changing in zip(pulls[1:], stay.tolist(), change.tolist(), strict=True):
        origins = tuple(int(cost[s] + staying > cost[1 - s] + changing) for s in (0, 1))
        came_from.append((origins[0], 1 - origins[1]))
        cost = [pull[s] + min(cost[s] + staying, cost[1 - s] + changing) for s in (0, 1)]
    state = int(cost[1] < cost[0])
    path = [state]
    for origins in reversed(came_from):
        state = origins[state]
        path.append(state)
    return np.array(path[::-1], dtype=bool)
