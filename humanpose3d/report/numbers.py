"""The numbers of a trial as a report shows them: by name, in plain words, side by side."""

import itertools
import math
from collections.abc import Sequence

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.report.content import Cycle, FloatArray, Number
from humanpose3d.report.cycles import cycles_of, per_cycle

__all__ = ["cycles_of_movement", "numbers_of_movement"]

_GAIT_SOURCE = (
    "heel strikes found by Zeni's method and the frame rate; for lengths the usual error of a joint's place from one "
    "camera"
)
_RANGE_SOURCE = "the usual error of a joint angle from one camera"

_GAIT = (
    ("step_time", "Step time", "From the other foot's heel strike to this one's."),
    ("step_length", "Step length", "From the other heel to this one at heel strike, in the direction of walking."),
    ("stride_time", "Stride time", "From one heel strike to the next of the same foot."),
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
    """Put together the numbers of a trial: of walking, of repetitions, and how far each joint moves.

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
        quantities, error_source = _ranges_of_repetitions(movement), _RANGE_SOURCE
    else:
        quantities = _ranges_of_curves(movement, times, degrees[..., 0], errors[:, 0])
    ranges = tuple(
        Number(name, meaning, left=quantities[f"{joint}_L"], right=quantities[f"{joint}_R"], source=error_source)
        for joint, name, meaning in _RANGES
    )
    if movement.kind == "walking":
        return (*_gait_numbers(movement), *ranges)
    if movement.kind == "repeated":
        count = Measured(len(movement.repetitions), 0.0, "times")
        return (Number("Repetitions", "How often the movement was done there and back.", value=count), *ranges)
    return ranges


def _gait_numbers(movement: Movement) -> tuple[Number, ...]:
    given, source = movement.numbers, _GAIT_SOURCE
    return (
        Number("Cadence", "Steps in a minute.", value=given.get("cadence"), source=source),
        *(
            Number(
                name,
                meaning,
                left=given.get(f"{key}_L"),
                right=given.get(f"{key}_R"),
                asymmetry=given.get(f"{key}_asymmetry"),
                source=source,
            )
            for key, name, meaning in _GAIT
        ),
    )


def _ranges_of_repetitions(movement: Movement) -> dict[str, Quantity]:
    return {
        joint: _mean_range([each.range_of_motion[f"{joint}_{ANGLE_NAMES[0]}"] for each in movement.repetitions])
        for joint in JOINT_NAMES
    }


def _ranges_of_curves(
    movement: Movement, times: FloatArray, flexion: FloatArray, errors: FloatArray
) -> dict[str, Quantity]:
    cycles = cycles_of_movement(movement)[0]
    return {
        joint: _range(times, flexion[:, row], cycles_of(joint, cycles), float(errors[row]))
        for row, joint in enumerate(JOINT_NAMES)
    }


def _mean_range(each: list[Quantity]) -> Quantity:
    measured = [quantity for quantity in each if isinstance(quantity, Measured)]
    if not measured:
        return each[0] if each else NotMeasured("there is no repetition")
    mean = math.fsum(quantity.value for quantity in measured) / len(measured)
    return Measured(mean, max(quantity.uncertainty for quantity in measured), "deg")


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
