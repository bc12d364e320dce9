"""The numbers of a trial for the report: gait parameters, repetitions and ranges of motion."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.kinematics.walking import EVENT_ERROR, POSITION_ERROR, SIDE_ERROR
from humanpose3d.report.data.content import Cycle, FloatArray, Number
from humanpose3d.report.data.cycles import cycles_of, per_cycle

__all__ = ["cycles_of_movement", "error_sources", "numbers_of_movement"]

_EVENTS = (
    f"a heel strike lies within {EVENT_ERROR:.3f} s of a force plate's (Zeni 2008), or within what the strikes "
    "scatter, and falls between two frames"
)
_SIDES = f"{_EVENTS}; one camera finds one foot earlier than the other, by {SIDE_ERROR:.2f} s (a rendered walk)"
_PLACE = f"a joint's place along the camera's axis is off by {POSITION_ERROR:.2f} m (real trials against four cameras)"

_GAIT = (
    ("step_time", "Step time", "From the other foot's heel strike to this one's.", _SIDES),
    (
        "step_length",
        "Step length",
        "From the other heel to this one at heel strike, in the direction of walking.",
        _PLACE,
    ),
    ("stride_time", "Stride time", "From one heel strike to the next of the same foot.", _EVENTS),
)
_RANGES = (
    ("hip", "Hip, range of flexion", "How far the hip bends and stretches."),
    ("knee", "Knee, range of flexion", "How far the knee bends and stretches."),
    ("ankle", "Ankle, range of dorsiflexion", "How far the foot moves up and down."),
    ("shoulder", "Shoulder, range of flexion", "How far the arm swings or lifts forward and back."),
    ("elbow", "Elbow, range of flexion", "How far the elbow bends and stretches."),
)


def cycles_of_movement(movement: Movement) -> tuple[tuple[Cycle, ...], str]:
    """Return the cycles over which curves are averaged, and what a cycle is called."""
    if movement.kind == "repeated":
        return tuple(Cycle(each.start, each.end) for each in movement.repetitions), "repetition"
    strikes = {side: [s.time for s in movement.heel_strikes if s.side == side] for side in ("R", "L")}
    cycles = [
        Cycle(start, end, "R" if side == "R" else "L")
        for side, times in strikes.items()
        for start, end in itertools.pairwise(times)
    ]
    return tuple(cycles), "gait cycle"


def numbers_of_movement(
    movement: Movement,
    times: FloatArray,
    degrees: FloatArray,
    angle_errors: FloatArray | None = None,
    error_source: str = "",
) -> tuple[Number, ...]:
    """Return the numbers of a trial: gait parameters or repetitions, and the range of motion of each joint.

    Parameters
    ----------
    movement : Movement
    times : ndarray, shape (T,)
    degrees : ndarray, shape (T, 12, 3)
    angle_errors : ndarray, shape (12, 3), optional
        Standard uncertainty of an angle; that of a range, a difference of two, is 1.4 times as much.
    error_source : str
        Where `angle_errors` come from.
    """
    errors = np.full(degrees.shape[1:], math.nan) if angle_errors is None else math.sqrt(2) * angle_errors
    if movement.kind == "repeated":
        quantities = _ranges_of_repetitions(movement, errors[:, 0])
    else:
        quantities = _ranges_of_curves(movement, times, degrees[..., 0], errors[:, 0])
    ranges = tuple(
        _with_source(Number(name, meaning, quantities[f"{joint}_L"], quantities[f"{joint}_R"]), error_source)
        for joint, name, meaning in _RANGES
    )
    if movement.kind == "walking":
        return (*_gait_numbers(movement), *ranges)
    if movement.kind == "repeated":
        count = Measured(len(movement.repetitions), 0.0, "times")
        return (Number("Repetitions", "How often the movement was done there and back.", value=count), *ranges)
    return ranges


def error_sources(numbers: Sequence[Number]) -> dict[str, list[str]]:
    """List where the errors come from, each with the names of its numbers."""
    sources: dict[str, list[str]] = {}
    for number in numbers:
        if number.source:
            sources.setdefault(number.source, []).append(number.name)
    return sources


def _with_source(number: Number, source: str) -> Number:
    """Name the source of the errors of a number, if it has any."""
    measured = [part for part in (number.left, number.right, number.value) if isinstance(part, Measured)]
    return replace(number, source=source) if any(math.isfinite(part.uncertainty) for part in measured) else number


def _gait_numbers(movement: Movement) -> tuple[Number, ...]:
    given = movement.numbers
    cadence = Number("Cadence", "Steps in a minute.", value=given.get("cadence"))
    sided = (
        (
            Number(name, meaning, given.get(f"{key}_L"), given.get(f"{key}_R"), None, given.get(f"{key}_asymmetry")),
            source,
        )
        for key, name, meaning, source in _GAIT
    )
    return tuple(_with_source(number, source) for number, source in ((cadence, _EVENTS), *sided))


def _ranges_of_repetitions(movement: Movement, errors: FloatArray) -> dict[str, Quantity]:
    return {
        joint: _mean_range(
            [each.range_of_motion[f"{joint}_{ANGLE_NAMES[0]}"] for each in movement.repetitions], float(errors[row])
        )
        for row, joint in enumerate(JOINT_NAMES)
    }


def _ranges_of_curves(
    movement: Movement, times: FloatArray, flexion: FloatArray, errors: FloatArray
) -> dict[str, Quantity]:
    cycles = cycles_of_movement(movement)[0]
    return {
        joint: _range(times, flexion[:, row], cycles_of(joint, cycles), float(errors[row]))
        for row, joint in enumerate(JOINT_NAMES)
    }


def _mean_range(each: list[Quantity], error: float) -> Quantity:
    """Average over the repetitions; the error is this joint's own, not the one that decides what is a repetition."""
    measured = [quantity.value for quantity in each if isinstance(quantity, Measured)]
    if not measured:
        return each[0] if each else NotMeasured("there is no repetition")
    return Measured(math.fsum(measured) / len(measured), error, "deg")


def _range(times: FloatArray, values: FloatArray, cycles: Sequence[Cycle], error: float) -> Quantity:
    """Greatest less least angle: the mean over the complete cycles, else that of the whole trial."""
    curves = per_cycle(times, values, cycles)
    whole = curves[np.isfinite(curves).all(axis=1)]
    if len(whole):
        return Measured(float(np.ptp(whole, axis=1).mean()), error, "deg")
    seen = values[np.isfinite(values)]
    if len(seen) < 2 or len(seen) < 0.5 * len(values):
        return NotMeasured(f"it was seen in only {len(seen)} of {len(values)} frames")
    return Measured(float(np.ptp(seen)), error, "deg")
