"""Empty angles that no body reaches, and speeds that no joint has."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES
from humanpose3d.kinematics.rotations import FloatArray

__all__ = ["LIMITS", "Limit", "describe_implausible", "without_implausible"]


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
