"""Empty angles that no body reaches, and speeds that no joint has."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES
from humanpose3d.kinematics.rotations import FloatArray, angle_between, compose_yxz

__all__ = ["GREATEST_TWIST", "LIMITS", "Limit", "describe_implausible", "without_implausible"]


@dataclass(frozen=True)
class Limit:
    """Of one angle: least and greatest value in degrees, greatest speed in degrees/s."""

    least: float
    greatest: float
    speed: float


_MARGIN = 25.0
"""Degrees added to the limits of position on either side: people differ, and the angles themselves are uncertain."""

_NONE = Limit(-math.inf, math.inf, math.inf)
_AGAINST_THE_ROOM = {
    "flex": Limit(-math.inf, math.inf, 1500.0),
    "abd": Limit(-math.inf, math.inf, 1500.0),
    "rot": Limit(-math.inf, math.inf, 2500.0),
}
LIMITS = {
    "pelvis": _AGAINST_THE_ROOM,
    "hip": {
        "flex": Limit(-30.0, 120.0, 1200.0),
        "abd": Limit(-30.0, 45.0, 1200.0),
        "rot": Limit(-45.0, 45.0, 1500.0),
    },
    "knee": {"flex": Limit(-10.0, 135.0, 1700.0)},
    "ankle": {"flex": Limit(-50.0, 20.0, 1500.0)},
    "trunk": _AGAINST_THE_ROOM,
    "shoulder": {"flex": Limit(-60.0, 180.0, 2000.0), "abd": Limit(-75.0, 180.0, 2000.0)},
    "elbow": {"flex": Limit(-10.0, 150.0, 2800.0)},
}
"""Positions: the normal ranges of motion of the American Academy of Orthopaedic Surgeons (Joint Motion: Method of
Measuring and Recording, 1965); knee and elbow may stretch 10 degrees beyond straight. People may lie or stand on their
hands, so pelvis and trunk have none against the room, but one against the other. The rotation of a shoulder has none:
by the anatomical markers, arms that hang are turned in by 50 to 110 degrees. Speeds are bounds of our own, above the
quickest movement of each joint in sport: an elbow reaches about 2300 degrees/s in baseball pitching (Fleisig 1999,
Journal of Biomechanics 32:1371), and a figure skater spins at 2000."""

GREATEST_TWIST = 55.0
"""Degrees between the line of the shoulders and that of the hips: after the same source the spine bends sideways by 35
degrees and turns by 45, and both together make 55."""

_TOLD = 0.5
"""Where the cosine of the middle angle is less, flexion and rotation are nearly turns about the same axis, and a small
error of the pose changes both by much: then they are not judged."""


def without_implausible(angles: JointAngles) -> tuple[JointAngles, dict[str, int]]:
    """Empty the samples of a joint that are beyond the limits, and count them by joint.

    All three angles of a joint are emptied together, since they come from the same segments; the rotation of a limb is
    emptied alone, since nothing else comes from the axis of the next joint. Of pelvis and trunk both are emptied where
    one is twisted too far against the other.
    """
    degrees, counts = angles.degrees.copy(), {}
    twisted = _twist(angles) > GREATEST_TWIST + _MARGIN
    for column, joint in enumerate(angles.names):
        name = joint.partition("_")[0]
        flexion, abduction, rotation = _beyond_limits(angles.times, angles.degrees[:, column], LIMITS[name])
        wild = flexion | abduction
        if name in ("pelvis", "trunk"):
            wild |= rotation | twisted
        degrees[wild, column] = np.nan
        degrees[rotation, column, ANGLE_NAMES.index("rot")] = np.nan
        if count := int((wild | rotation).sum()):
            counts[joint] = count
    return replace(angles, degrees=degrees), counts


def describe_implausible(counts: dict[str, int], frames: int) -> list[str]:
    """Return a sentence for the user about what was emptied."""
    if not counts:
        return []
    each = ", ".join(f"{joint.replace('_', ' ')} in {count}" for joint, count in counts.items())
    return [f"Angles or speeds that no body reaches were left out: {each} of {frames} frames."]


def _twist(angles: JointAngles) -> FloatArray:
    """Return the angle between the line of the shoulders and that of the hips, degrees, shape (T,)."""
    hips, shoulders = (compose_yxz(angles[joint])[..., 2] for joint in ("pelvis", "trunk"))  # whatever the tilt
    return angle_between(hips, shoulders)


def _beyond_limits(times: FloatArray, degrees: FloatArray, limits: Mapping[str, Limit]) -> list[npt.NDArray[np.bool_]]:
    """Mark the samples, each (T,), of flexion, abduction and rotation of one joint that are beyond their limits."""
    told = ~(np.abs(np.cos(np.deg2rad(degrees[:, ANGLE_NAMES.index("abd")]))) < _TOLD)
    return [
        _beyond(times, np.where(told | (angle == "abd"), degrees[:, column], np.nan), limits.get(angle, _NONE))
        for column, angle in enumerate(ANGLE_NAMES)
    ]


def _beyond(times: FloatArray, degrees: FloatArray, limit: Limit) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        wild = (degrees < limit.least - _MARGIN) | (degrees > limit.greatest + _MARGIN)
        too_quick = np.abs(np.diff(degrees)) > limit.speed * np.diff(times)
    wild[1:] |= too_quick
    wild[:-1] |= too_quick
    return np.asarray(wild)
