"""Classify the movement of a trial as walking, repeated or other; find its events and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.quantities import NotMeasured, Quantity
from humanpose3d.kinematics.repetitions import ANGLE_ERROR, Repetition, find_repetitions
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.walking import POSITION_ERROR, HeelStrike, find_gait, gait_numbers

__all__ = ["Movement", "analyse_movement"]


@dataclass(frozen=True)
class Movement:
    """The movement of a trial.

    Attributes
    ----------
    kind : {"walking", "repeated", "other"}
        The class.
    reasons : mapping of str to str
        Why it was not taken for each of the other two kinds, one sentence each.
    numbers : mapping of str to Quantity
        For walking, see :func:`~humanpose3d.kinematics.walking.gait_numbers`.
    heel_strikes : tuple of HeelStrike
        For walking.
    repetitions : tuple of Repetition
        For repeated movement.
    leading : str
        For repeated movement, the angle by which the repetitions were told apart.
    """

    kind: Literal["walking", "repeated", "other"]
    reasons: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, Quantity] = field(default_factory=dict)
    heel_strikes: tuple[HeelStrike, ...] = ()
    repetitions: tuple[Repetition, ...] = ()
    leading: str = ""


def analyse_movement(
    names: Sequence[str],
    positions: FloatArray,
    angles: JointAngles,
    *,
    position_error: float = POSITION_ERROR,
    angle_error: float = ANGLE_ERROR,
) -> Movement:
    """Classify the movement of a trial, and measure it.

    Walking is tried first, because walking is repeated too; then repeated movement. What fits neither of the two
    rules (see :func:`~humanpose3d.kinematics.walking.find_gait` and
    :func:`~humanpose3d.kinematics.repetitions.find_repetitions`) is ``other``, and nothing is counted.

    Parameters
    ----------
    names : sequence of M str
        Markers; the body markers of hips, knees, ankles and heels are used.
    positions : ndarray, shape (T, M, 3)
        Metres, y up, at `angles.times`.
    angles : JointAngles
    position_error, angle_error : float
        Standard uncertainties of a marker's position along one axis (m), and of an angle (degrees).
    """
    markers = dict(zip(names, np.moveaxis(np.asarray(positions, np.float64), 1, 0), strict=True))
    gait = find_gait(angles.times, markers)
    if not isinstance(gait, NotMeasured):
        return Movement("walking", numbers=gait_numbers(gait, position_error), heel_strikes=gait.heel_strikes)
    reasons = {"walking": gait.reason}
    found = find_repetitions(angles, angle_error)
    if isinstance(found, NotMeasured):
        return Movement("other", {**reasons, "repeated": found.reason})
    return Movement("repeated", reasons, repetitions=found.each, leading=found.leading)
