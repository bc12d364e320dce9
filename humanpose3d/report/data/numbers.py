"""The numbers of a trial for the report: gait parameters, repetitions and ranges of motion."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.peaks import Peaks, peaks_within
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.kinematics.series import widest_range
from humanpose3d.kinematics.validity.bands import Bands, band_name
from humanpose3d.report.data.content import Cycle, FloatArray, Number
from humanpose3d.report.data.cycles import cycles_of

__all__ = ["cycles_of_movement", "error_sources", "numbers_of_movement", "range_of"]

_GAIT = (
    ("step_time", "Step time", "From the other foot's heel strike to this one's."),
    ("step_length", "Step length", "From the other foot's print to this one's, in the direction of walking."),
    ("foot_progression", "Foot progression", "Angle of the foot to the direction of walking; toes out is positive."),
    ("stride_time", "Stride time", "From one heel strike to the next of the same foot."),
    ("stance", "Stance phase", "Share of a stride from the heel strike of a foot to its toe-off."),
    ("swing", "Swing phase", "Share of a stride from the toe-off of a foot to its heel strike."),
)
_OF_BOTH_FEET = (
    ("cadence", "Cadence", "Steps in a minute."),
    ("walking_speed", "Walking speed", "Of the hips over the floor; on a treadmill that of the belt."),
    ("stride_length", "Stride length", "From one print of a foot to its next: a right and a left step."),
    ("step_width", "Step width", "Between the prints of the heels, at right angles to the direction of walking."),
    ("double_support", "Double support", "Share of a stride with both feet on the floor."),
)
_OF_THE_BODY = (
    (
        "jump_height_hips",
        "Jump height, by the hips",
        "How far the middle of the hips rises above its height in standing; of the highest jump.",
    ),
    (
        "jump_height_flight",
        "Jump height, by flight time",
        "How far the body rises after the feet have left the floor, by the time that they are in the air.",
    ),
    ("seat_height", "Hip height when seated", "Height of the middle of the hips above the floor."),
    ("seat_rise", "Rise from the seat", "How much higher the middle of the hips is in standing than when seated."),
    (
        "sway_ap",
        "Sway, forward and back",
        "Root mean square distance of the middle of the trunk from its mean, in the longest time stood still.",
    ),
    ("sway_ml", "Sway, sideways", "The same to the left and right of the person."),
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
    movement: Movement, times: FloatArray, degrees: FloatArray, bands: Bands, unseen: Mapping[str, str] | None = None
) -> tuple[Number, ...]:
    """Return the numbers of a trial: gait parameters or repetitions, and the range of motion of each joint.

    Times and degrees have the shapes (T,) and (T, 12, 3). The range of a joint that was not seen, or that is too
    uncertain in the view, is left out with the reason.
    """
    quantities = {
        joint: range_of(joint, ANGLE_NAMES[0], movement, times, degrees, bands, unseen or {}) for joint in JOINT_NAMES
    }
    ranges = tuple(
        Number(
            name,
            meaning,
            quantities[f"{joint}_L"],
            quantities[f"{joint}_R"],
            doubt=movement.sides.doubt_of(joint),
            kind="range",
        )
        for joint, name, meaning in _RANGES
    )
    ranges = (*(_gait_numbers(movement) if movement.kind == "walking" else _body_numbers(movement)), *ranges)
    ranges = tuple(_with_source(number, bands.source) for number in ranges)
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
    given, doubt = movement.numbers, movement.sides.doubt
    sided = (
        Number(name, meaning, given.get(f"{key}_L"), given.get(f"{key}_R"), None, given.get(f"{key}_asymmetry"), doubt)
        for key, name, meaning in _GAIT
    )
    both = (Number(name, meaning, value=given.get(key)) for key, name, meaning in _OF_BOTH_FEET)
    return (*both, *sided)


def _body_numbers(movement: Movement) -> tuple[Number, ...]:
    given = movement.numbers
    return tuple(Number(name, meaning, value=given[key]) for key, name, meaning in _OF_THE_BODY if key in given)


def range_of(
    joint: str,
    angle: str,
    movement: Movement,
    times: FloatArray,
    degrees: FloatArray,
    bands: Bands,
    unseen: Mapping[str, str],
) -> Quantity:
    """Return greatest less least value: the mean over repetitions or complete cycles, else that of the whole trial."""
    if joint in unseen:
        return NotMeasured(unseen[joint])
    row, side = band_name("range", joint, angle), joint.partition("_")[2]
    if refused := bands.too_uncertain(row, movement.view, side):
        return refused
    if movement.kind == "repeated":
        return _mean_range([each.range_of_motion[f"{joint}_{angle}"] for each in movement.repetitions])
    error = bands.uncertainty(row, movement.view, side)
    values = degrees[:, JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)]
    found = [
        peaks_within(times, values, cycle.start, cycle.end)
        for cycle in cycles_of(joint, cycles_of_movement(movement)[0])
    ]
    if whole := [each.range for each in found if isinstance(each, Peaks)]:
        return Measured(math.fsum(whole) / len(whole), error, "deg")
    seen, widest = int(np.isfinite(values).sum()), widest_range(times, values)
    if widest is None or seen < 0.5 * len(values):
        return NotMeasured(f"it was seen in only {seen} of {len(values)} frames")
    return Measured(widest, error, "deg")


def _mean_range(each: list[Quantity]) -> Quantity:
    measured = [quantity for quantity in each if isinstance(quantity, Measured)]
    if not measured:
        return each[0] if each else NotMeasured("there is no repetition")
    return replace(measured[0], value=math.fsum(quantity.value for quantity in measured) / len(measured))
