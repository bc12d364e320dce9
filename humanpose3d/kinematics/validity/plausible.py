"""Empty angles that no body reaches, speeds that no joint has, and ankles of feet whose depth is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES, SIDE_WORDS
from humanpose3d.kinematics.rotations import FloatArray

__all__ = [
    "LIMITS",
    "Limit",
    "collapsed_feet",
    "describe_collapsed_feet",
    "describe_implausible",
    "without_ankles",
    "without_implausible",
]


@dataclass(frozen=True)
class Limit:
    """Of one flexion: least and greatest angle in degrees, greatest speed in degrees/s."""

    least: float
    greatest: float
    speed: float


_MARGIN = 25.0
"""Degrees added to the limits of position on either side: people differ, and the angles themselves are uncertain."""

LIMITS = {
    "hip": Limit(-30.0, 120.0, 1200.0),
    "knee": Limit(-10.0, 135.0, 1700.0),
    "ankle": Limit(-50.0, 20.0, 1500.0),
    "shoulder": Limit(-60.0, 180.0, 2000.0),
    "elbow": Limit(-10.0, 150.0, 2800.0),
}
"""Positions: the normal ranges of motion of the American Academy of Orthopaedic Surgeons (Joint Motion: Method of
Measuring and Recording, 1965); knee and elbow may stretch 10 degrees beyond straight. Speeds are bounds of our own,
above the quickest movement of each joint in sport: an elbow reaches about 2300 degrees/s in baseball pitching (Fleisig
1999, Journal of Biomechanics 32:1371)."""

_USUAL_FOOT = 0.152 / 0.246
"""Length of the foot in lengths of the shank: Drillis and Contini 1966, as in Winter, Biomechanics and Motor Control
of Human Movement, figure 4.1."""
_LEAST_FOOT = 0.5 * _USUAL_FOOT
"""A foot that is half as long as it should be may point 60 degrees away from where it seems to point."""


def without_implausible(angles: JointAngles) -> tuple[JointAngles, dict[str, int]]:
    """Empty the samples of a joint in which its flexion is beyond the limits, and count them by joint.

    All three angles of a joint are emptied together, since they come from the same segments.
    """
    degrees, counts = angles.degrees.copy(), {}
    flexion = ANGLE_NAMES.index("flex")
    for column, joint in enumerate(angles.names):
        if (limit := LIMITS.get(joint.partition("_")[0])) is None:
            continue
        wild = _beyond(angles.times, degrees[:, column, flexion], limit)
        if count := int(wild.sum()):
            counts[joint] = count
            degrees[wild, column] = np.nan
    return replace(angles, degrees=degrees), counts


def describe_implausible(counts: dict[str, int], frames: int) -> list[str]:
    """Return a sentence for the user about what was emptied."""
    if not counts:
        return []
    each = ", ".join(f"{joint.replace('_', ' ')} in {count}" for joint, count in counts.items())
    return [f"Angles or speeds that no body reaches were left out: {each} of {frames} frames."]


def _beyond(times: FloatArray, flexion: FloatArray, limit: Limit) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        wild = (flexion < limit.least - _MARGIN) | (flexion > limit.greatest + _MARGIN)
        too_quick = np.abs(np.diff(flexion)) > limit.speed * np.diff(times)
    wild[1:] |= too_quick
    wild[:-1] |= too_quick
    return np.asarray(wild)


def collapsed_feet(names: Sequence[str], positions: FloatArray) -> dict[str, float]:
    """Find the feet that are less than half as long, in the median of a trial, as the shank says they should be.

    `positions` (T, M, 3) of markers are as detected, before any fit gave the bones other lengths, NaN where missing.
    Returned is for ``R`` and ``L``, where collapsed: length of the foot, from heel to big toe, through the shank's.
    """
    point = dict(zip(names, np.moveaxis(np.asarray(positions, np.float64), 1, 0), strict=True))
    found = {}
    for side in "RL":
        if not {f"{side}{marker}" for marker in ("Heel", "BigToe", "Knee", "Ankle")} <= set(point):
            continue
        foot = np.linalg.norm(point[f"{side}BigToe"] - point[f"{side}Heel"], axis=-1)
        shank = np.linalg.norm(point[f"{side}Knee"] - point[f"{side}Ankle"], axis=-1)
        seen = np.isfinite(foot) & (shank > 0)
        if seen.any() and (share := float(np.median(foot[seen] / shank[seen]))) < _LEAST_FOOT:
            found[side] = share
    return found


def without_ankles(angles: JointAngles, sides: Mapping[str, float]) -> JointAngles:
    """Leave the ankle's angles empty on the given sides."""
    degrees = angles.degrees.copy()
    degrees[:, [angles.names.index(f"ankle_{side}") for side in sides]] = np.nan
    return replace(angles, degrees=degrees)


def describe_collapsed_feet(sides: Mapping[str, float]) -> list[str]:
    """Return a sentence for the user about each foot."""
    return [
        f"The {SIDE_WORDS[side]} foot was seen only {100 * share / _USUAL_FOOT:.0f} % as long as it should be beside "
        "the shank: it points along the line of sight or is half hidden, so the angle of that ankle is left empty. A "
        f"camera to the {SIDE_WORDS[side]} of the person shows it."
        for side, share in sides.items()
    ]
