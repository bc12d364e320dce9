"""Find the repetitions of a movement such as a squat: start, end, and range of motion of each."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.series import longest_seen_stretch, mean_rate

__all__ = ["Repetition", "Repetitions", "find_repetitions", "ranges_of_motion"]

_LONGEST_GAP = 0.3
_LEAST_RANGE = 30.0
"""Degrees: twice the error of a knee from one camera in a bad view, so that noise makes no repetitions."""
_SHORTEST = 0.5
_LEADING = (("hip", "knee"), ("shoulder", "elbow"))
"""The joints that can say what is repeated: the arms only if the legs do not."""


@dataclass(frozen=True)
class Repetition:
    """One time there and back, in seconds: the leading angle is least at start and end, and greatest at the turn."""

    start: float
    turn: float
    end: float
    range_of_motion: Mapping[str, Quantity]  # see `ranges_of_motion`


@dataclass(frozen=True)
class Repetitions:
    """A movement that was repeated."""

    leading: str  # the angle that moves most and by which the repetitions were told apart, such as knee_R_flex
    each: tuple[Repetition, ...]


def find_repetitions(angles: JointAngles, range_errors: FloatArray | None = None) -> Repetitions | NotMeasured:
    """Find the repetitions of a movement, or say why nothing is repeated.

    `range_errors` (12, 3) are standard uncertainties of ranges of motion, degrees; NaN or None where not measured.

    The leading angle is the flexion of a hip or knee, or the abduction of a hip, whose 5th and 95th percentile lie
    farthest apart; if none of them moves by 30 degrees, the same is tried with shoulders and elbows. A repetition is
    a peak of it that stands out by half of that range on both sides; two of them make the movement a repeated one.
    A repetition that is cut off at an end of the recording before it is half undone does not count.
    """
    leading = _leading_angle(angles)
    if leading is None:
        return NotMeasured("no hip, knee, shoulder or elbow moves by 30 degrees")
    joint, column = leading
    stretch = longest_seen_stretch(angles.times, angles.degrees[:, joint, column, np.newaxis], _LONGEST_GAP)
    name = f"{angles.names[joint]}_{ANGLE_NAMES[column]}"
    if stretch is None:
        return NotMeasured(f"{name} is not seen without a break")
    bounds = _bounds(stretch[0], stretch[1][:, 0])
    if len(bounds) < 2:
        return NotMeasured(f"{name} moves most, but goes there and back only {len(bounds)} times")
    errors = np.full(angles.defined.shape, math.nan) if range_errors is None else range_errors
    each = tuple(
        Repetition(start, turn, end, ranges_of_motion(angles, start, end, errors)) for start, turn, end in bounds
    )
    return Repetitions(name, each)


def _leading_angle(angles: JointAngles) -> tuple[int, int] | None:
    for limbs in _LEADING:
        widths = {
            (joint, column): _width(angles.degrees[:, joint, column])
            for joint, name in enumerate(angles.names)
            for column in ((0, 1) if name.startswith(("hip", "shoulder")) else (0,))
            if name.startswith(limbs)
        }
        widest = max(widths, key=lambda leading: widths[leading])
        if widths[widest] >= _LEAST_RANGE:
            return widest
    return None


def _width(degrees: FloatArray) -> float:
    seen = degrees[np.isfinite(degrees)]
    return float(np.ptp(np.percentile(seen, [5, 95]))) if len(seen) else 0.0


def _bounds(times: FloatArray, values: FloatArray) -> list[tuple[float, float, float]]:
    """Return start, turn and end of each repetition."""
    from scipy.signal import find_peaks

    rate = mean_rate(times)
    turns, _ = find_peaks(values, prominence=0.5 * _width(values), distance=max(1, round(_SHORTEST * rate)))
    edges = [0, *turns.tolist(), len(values) - 1]
    lows = [one + int(np.argmin(values[one : other + 1])) for one, other in itertools.pairwise(edges)]
    return [
        (float(times[start]), float(times[turn]), float(times[end]))
        for start, turn, end in zip(lows[:-1], turns, lows[1:], strict=True)
    ]


def ranges_of_motion(angles: JointAngles, start: float, end: float, errors: FloatArray) -> dict[str, Quantity]:
    """Return greatest minus least angle between two moments (s), by ``<joint>_<angle>``, for the 36 angles.

    `errors` are the standard uncertainties of ranges, shape (12, 3), degrees.
    """
    within = (angles.times >= start - 1e-9) & (angles.times <= end + 1e-9)
    return {
        f"{name}_{angle}": _range(
            angles.degrees[within, joint, column], bool(angles.defined[joint, column]), float(errors[joint, column])
        )
        for joint, name in enumerate(angles.names)
        for column, angle in enumerate(ANGLE_NAMES)
    }


def _range(values: FloatArray, defined: bool, error: float) -> Quantity:
    if not defined:
        return NotMeasured("the markers do not define this angle")
    seen = np.isfinite(values)
    if seen.mean() < 0.9:
        return NotMeasured(f"seen in only {100 * seen.mean():.0f} % of the repetition")
    return Measured(float(np.ptp(values[seen])), error, "deg")
