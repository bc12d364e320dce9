"""Height and place of the body over the feet, evenly sampled, and when the person stands still."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.rotations import FloatArray, angle_between, unit
from humanpose3d.kinematics.series import longest_seen_stretch, mean_rate, moving_mean

__all__ = ["Posture", "posture_of"]

BoolArray = npt.NDArray[np.bool_]

_SIDED = ("Hip", "Knee", "Ankle", "Heel", "BigToe", "Shoulder")
_MARKERS = tuple(f"{side}{name}" for side in "RL" for name in _SIDED)
_LONGEST_GAP = 0.3
_SHORTEST = 1.0
_MOVES_M = 1e-6
_STRAIGHT_DEG = 35.0
_STILL, _IN_PLACE, _STILL_OVER_S = 0.1, 0.3, 0.2
"""m/s, up or down and over the floor, in the mean over so many seconds. The hips of a person who stands move by a tenth
of that; seen along the line of sight they seem to move more."""


@dataclass(frozen=True, eq=False)
class Posture:
    """A stretch of N evenly spaced samples without a gap; metres, y up, the floor at 0."""

    times: FloatArray
    """Shape (N,), seconds."""
    hips: FloatArray
    """Shape (N, 3): the middle of the hips."""
    trunk: FloatArray
    """Shape (N, 3): the middle of hips and shoulders, near the body's centre of mass."""
    right: FloatArray
    """Shape (3,): level unit vector from the left to the right hip, in the mean."""
    soles: FloatArray
    """Shape (N,): height of the lowest heel or toe."""
    ankles: FloatArray
    """Shape (N,): mean height of the ankles."""
    bend: FloatArray
    """Shape (N,): mean flexion of the knees, degrees."""
    behind_heels: FloatArray
    """Shape (N,): how far the middle of the trunk is behind the heels, in lengths of the leg."""

    def still(self, in_place: float = _IN_PLACE) -> BoolArray:
        """Return whether the person stands, hips slower over the floor than `in_place` m/s; shape (N,)."""
        over = max(1, round(_STILL_OVER_S * mean_rate(self.times)))
        x, y, z = moving_mean(np.gradient(self.hips, self.times, axis=0), over).T
        return np.asarray((np.abs(y) < _STILL) & (np.hypot(x, z) < in_place) & (self.bend < _STRAIGHT_DEG))


def posture_of(times: FloatArray, markers: Mapping[str, FloatArray]) -> Posture | None:
    """Return the longest stretch in which trunk and legs are seen, or None where there is none.

    `markers` are body markers (T, 3) in the world, at `times` (T,). None is also returned where the vertical, the
    floor or the person's place is not known, for then the hips stay at the origin.
    """
    if not set(_MARKERS) <= set(markers):
        return None
    stretch = longest_seen_stretch(times, np.concatenate([markers[name] for name in _MARKERS], axis=1), _LONGEST_GAP)
    if stretch is None or stretch[0][-1] - stretch[0][0] < _SHORTEST:
        return None
    even, columns = stretch
    point = dict(zip(_MARKERS, np.split(columns, len(_MARKERS), axis=1), strict=True))
    middle = {name: (point[f"R{name}"] + point[f"L{name}"]) / 2 for name in _SIDED}
    x, y, z = np.ptp(middle["Hip"], axis=0)
    if min(y, max(x, z)) < _MOVES_M:
        return None
    bends = [angle_between(point[f"{s}Knee"] - point[f"{s}Hip"], point[f"{s}Ankle"] - point[f"{s}Knee"]) for s in "RL"]
    bones = [np.linalg.norm(middle[one] - middle[other], axis=1) for one, other in (("Hip", "Knee"), ("Knee", "Ankle"))]
    trunk = (middle["Hip"] + middle["Shoulder"]) / 2
    ahead = unit((middle["BigToe"] - middle["Heel"]) * (1.0, 0.0, 1.0))
    return Posture(
        times=even,
        hips=middle["Hip"],
        trunk=trunk,
        right=unit((point["RHip"] - point["LHip"]).mean(axis=0) * (1.0, 0.0, 1.0)),
        soles=np.min([point[f"{s}{name}"][:, 1] for s in "RL" for name in ("Heel", "BigToe")], axis=0),
        ankles=middle["Ankle"][:, 1],
        bend=np.mean(bends, axis=0),
        behind_heels=((middle["Heel"] - trunk) * ahead).sum(axis=1) / float(np.median(np.sum(bones, axis=0))),
    )
