"""Correct angles of walking for what the benchmark measured: the knee is found to bend less than it does."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.validity.bands import Bands, Line, place_of

__all__ = ["calibrated", "lines_of"]


def lines_of(bands: Bands, angles: JointAngles, movement: Movement) -> dict[str, Line]:
    """Return the lines of the calibration that hold for a trial, by ``<joint>_<angle>``.

    There are none where the person does not walk or turns, for then they were not measured, and none for angles of the
    anatomical markers, which are other ones.
    """
    view = movement.view
    if movement.kind != "walking" or view is None or view.sector == "turning" or angles.anatomical:
        return {}
    found: dict[str, Line] = {}
    for joint in JOINT_NAMES:
        part, _, side = joint.partition("_")
        place = place_of(view, side)[0]
        for angle in ANGLE_NAMES:
            if line := bands.calibration.get(f"{part} {angle}", {}).get(place):
                found[f"{joint}_{angle}"] = line
    return found


def calibrated(angles: JointAngles, lines: Mapping[str, Line]) -> JointAngles:
    """Return the angles on the lines of a calibration; an angle of 0 or more does not become negative.

    A systematic error that is known is corrected, and what is left is the uncertainty (Guide to the Expression of
    Uncertainty in Measurement, JCGM 100:2008, 3.2.4).
    """
    degrees = angles.degrees.copy()
    for name, line in lines.items():
        joint, _, angle = name.rpartition("_")
        values = degrees[:, JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)]
        values[:] = np.maximum(line.slope * values + line.offset, np.minimum(values, 0.0))
    return replace(angles, degrees=degrees)
