"""Correct angles for errors that the benchmark measured in all people alike, as in the bend of the knee in walking."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.validity.bands import Bands, Line, place_of

__all__ = ["calibrated", "lines_of", "zeros_of"]


def zeros_of(bands: Bands) -> dict[str, Line]:
    """Return the lines that hold in every movement and view, by ``<joint>_<angle>``: where the zero is another one."""
    return {
        f"{joint}_{angle}": Line(1.0, -zero)
        for joint in JOINT_NAMES
        for angle in ANGLE_NAMES
        if (zero := bands.zeros.get(f"{joint.partition('_')[0]} {angle}"))
    }


def lines_of(bands: Bands, movement: Movement) -> dict[str, Line]:
    """Return the lines of the calibration that hold for a trial: in walking, there are some by view as well.

    `bands` are those of the body markers or of the anatomical ones, as the angles are. Of a person who turns, only the
    zeros are known.
    """
    found, view = zeros_of(bands), movement.view
    if movement.kind != "walking" or view is None or view.sector == "turning":
        return found
    for joint in JOINT_NAMES:
        part, _, side = joint.partition("_")
        place = place_of(view, side)[0]
        for angle in ANGLE_NAMES:
            if line := bands.calibration.get(f"{part} {angle}", {}).get(place):
                found[f"{joint}_{angle}"] = line
    return found


def calibrated(angles: JointAngles, lines: Mapping[str, Line]) -> JointAngles:
    """Return the angles on the lines of a calibration.

    The body markers show a knee or elbow as the bend between two lines, which does not become negative. A systematic
    error that is known is corrected, and what is left is the uncertainty (Guide to the Expression of Uncertainty in
    Measurement, JCGM 100:2008, 3.2.4).
    """
    degrees = angles.degrees.copy()
    for name, line in lines.items():
        joint, _, angle = name.rpartition("_")
        values = degrees[:, JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)]
        values[:] = line.slope * values + line.offset
        if not angles.anatomical:
            np.maximum(values, 0.0, out=values)
    return replace(angles, degrees=degrees)
