"""Compute gait parameters from heel strikes and toe-offs, each with its uncertainty or the reason why it is missing."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.conventions import SIDE_WORDS
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity, mean_of
from humanpose3d.kinematics.validity.bands import Bands, measured_bands
from humanpose3d.kinematics.validity.sides import SURE, Sides
from humanpose3d.kinematics.validity.spreads import Spreads
from humanpose3d.kinematics.view import View
from humanpose3d.kinematics.walking.gait import Gait

__all__ = ["gait_numbers", "row_of"]

_LARGEST_ASYMMETRY_ERROR = 25.0
"""Per cent. With more, the index tells nothing."""
_LARGEST_UNLIKENESS = 0.15
_OF_ANY_GAIT = ("cadence", "stride_time")
_LARGEST_DIFFERENCE = 0.05
"""Of a stride's time: between the two legs, which both take the time of a stride. On the development half it is 0.025
at most; a video that stands still for a second makes it 0.1."""
_LARGEST_DISAGREEMENT = 0.2
"""Of a stride's length: between the way of a stride and two steps. On the development half it is under 0.11 but in two
trials whose lengths are wrong."""
_OVER_GROUND = ("walking_speed", "stride_length", "step_length")
"""What the way travelled shows, where there is one; how long that is depends on the lens."""


def gait_numbers(
    gait: Gait,
    view: View | None = None,
    bands: Bands | None = None,
    *,
    lens: str = "",
    sides: Sides = SURE,
    spreads: Spreads | None = None,
    camera_moves: bool = False,
) -> dict[str, Quantity]:
    """Return gait parameters, of a person filmed from `view`; the bands are by default those measured.

    `lens` names the source of the focal length, ``given``, ``metadata`` or ``assumed``; nothing where it was estimated.
    With `camera_moves` there is no speed and no length, because neither can be told from what the camera does.

    Returns
    -------
    dict of str to Quantity
        ``cadence``, ``walking_speed``, ``stride_length``, ``step_width``, ``double_support``; ``stride_time``,
        ``step_time``, ``step_length``, ``foot_progression``, ``stance``, ``swing`` with ``_R`` and ``_L`` (a right step
        ends with the right heel strike);
        ``step_time_asymmetry`` and ``step_length_asymmetry``, the symmetry index of Robinson (1987): the difference
        right minus left in per cent of their mean, 0 when they are equal. Stance, swing and double support are per
        cent of a stride. A number that the view does not carry is left out, and so is an index that may be wrong by
        a quarter, or whose sides may be exchanged.

    Notes
    -----
    Speed is that of the hips over the floor; on a treadmill, and where the person's place is not known, over the feet
    that stand. Each of the two has bands of its own, and over the floor each source of the focal length has, because a
    way towards the camera is as long as that says. Stride length is speed times the time of a stride.

    The uncertainty is the band's of the view and of the `spreads` of the legs, which does not shrink with the number of
    steps because it is much the same in each, and the scatter of the steps, which does.
    """
    bands = (bands or measured_bands()).during("walking", spreads)
    strikes = gait.heel_strikes

    def row(name: str) -> str:
        return row_of(name, gait.prints.on_belt, lens)

    def error(name: str) -> float:
        return bands.uncertainty(row(name), view)

    cycle = gait.stride_times[""]
    numbers: dict[str, Quantity] = {"cadence": Measured(120 / cycle, error("cadence"), "steps/min")}
    for side, name in SIDE_WORDS.items():
        numbers[f"stride_time_{side}"] = (
            Measured(gait.stride_times[side], error("stride_time"), "s")
            if side in gait.stride_times
            else NotMeasured(f"no whole {name} stride in the recording")
        )
        durations = [later.time - one.time for one, later in itertools.pairwise(strikes) if later.side == side]
        numbers[f"step_time_{side}"] = mean_of(durations, error("step_time"), "s", f"{name} steps")
        lengths = [strike.step_length for strike in strikes if strike.side == side]
        numbers[f"step_length_{side}"] = mean_of(lengths, error("step_length"), "m", f"{name} steps")
        outwards = [float(a) for s, a in zip(strikes, gait.prints.outwards, strict=True) if s.side == side and a == a]
        numbers[f"foot_progression_{side}"] = mean_of(outwards, error("foot_progression"), "deg", f"{name} steps")
        stance = mean_of(_stances(gait, side), error("stance"), "%", f"{name} stances")
        numbers[f"stance_{side}"] = stance
        numbers[f"swing_{side}"] = replace(stance, value=100 - stance.value) if isinstance(stance, Measured) else stance
    numbers["walking_speed"] = Measured(gait.prints.speed, error("walking_speed"), "m/s")
    numbers["stride_length"] = Measured(gait.prints.speed * cycle, error("stride_length"), "m")
    widths = gait.prints.widths[np.isfinite(gait.prints.widths)].tolist()
    numbers["step_width"] = mean_of(widths, error("step_width"), "m", "steps")
    numbers["double_support"] = _of(
        [numbers[f"stance_{side}"] for side in SIDE_WORDS], error("double_support"), lambda own: sum(own) - 100
    )
    for name in list(numbers):
        given_row, plain = row_of(name, gait.prints.on_belt, "given"), row_of(name, on_belt=True)
        refused = _refused(row(name), given_row, view, bands) or _inconsistent(plain, gait)
        if camera_moves and plain in _OVER_GROUND:
            refused = NotMeasured("the camera moves")
        numbers[name] = refused or numbers[name]
    for what in ("step_time", "step_length"):
        index = _asymmetry(numbers[f"{what}_R"], numbers[f"{what}_L"])
        numbers[f"{what}_asymmetry"] = NotMeasured(sides.doubt) if sides.doubt else index
    return numbers


def row_of(name: str, on_belt: bool | None, lens: str = "") -> str:
    """Return the row of the table of bands for a gait parameter.

    Examples
    --------
    >>> row_of("step_length_R", on_belt=False), row_of("swing_L", on_belt=True)
    ('step_length over ground', 'stance')
    >>> row_of("walking_speed", on_belt=False, lens="given")
    'walking_speed over ground, lens given'
    """
    row = name.removesuffix("_R").removesuffix("_L").replace("swing", "stance")
    if on_belt or row not in _OVER_GROUND:
        return row
    return f"{row} over ground, lens {lens}" if lens else f"{row} over ground"


def _refused(row: str, given_row: str, view: View | None, bands: Bands) -> NotMeasured | None:
    """Return why a number is not shown in a view; None where it is. What a known lens would mend is said."""
    refused = bands.too_uncertain(row, view)
    if refused is None or row == given_row or bands.too_uncertain(given_row, view) is not None:
        return refused
    return NotMeasured(f"{refused.reason}, or give the lens (--focal-length)")


def _inconsistent(row: str, gait: Gait) -> NotMeasured | None:
    """Return why a number is not shown: what is measured in two ways differs, or one stride from the next.

    `row` is the one on a belt, which names no ground and no lens.
    """
    cycle = gait.stride_times[""]
    if row in _OF_ANY_GAIT:
        if max(abs(own / cycle - 1) for own in gait.stride_times.values()) > _LARGEST_DIFFERENCE:
            return NotMeasured("the strides of the two legs do not take the same time")
        return None
    if gait.unlikeness > _LARGEST_UNLIKENESS:
        return NotMeasured("the strides differ too much: the walk is uneven, or one leg was taken for the other")
    if row not in _OVER_GROUND:
        return None
    steps = [[strike.step_length for strike in gait.heel_strikes if strike.side == side] for side in SIDE_WORDS]
    way = gait.prints.speed * cycle
    if all(steps) and abs(sum(map(np.mean, steps)) - way) > _LARGEST_DISAGREEMENT * way:
        return NotMeasured("the way of a stride and the lengths of two steps do not agree")
    return None


def _stances(gait: Gait, side: str) -> list[float]:
    """Return per cent of a stride from a heel strike of a foot to its toe-off, from the nearest heel strike."""
    own = [strike.time for strike in gait.heel_strikes if strike.side == side]
    offs = [off.time for off in gait.toe_offs if off.side == side]
    nearest = [min(own, key=lambda time: abs(time - off)) for off in offs]
    return [100 * ((off - strike) / gait.stride_times[""] % 1) for off, strike in zip(offs, nearest, strict=True)]


def _of(
    parts: list[Quantity], error: float, combine: Callable[[list[float]], float], unit: str | None = None
) -> Quantity:
    """Combine quantities to one with an error of its own; what is missing in one is missing in all."""
    if missing := [part for part in parts if isinstance(part, NotMeasured)]:
        return missing[0]
    measured = [part for part in parts if isinstance(part, Measured)]
    return Measured(combine([part.value for part in measured]), error, unit or measured[0].unit)


def _asymmetry(right: Quantity, left: Quantity) -> Quantity:
    if isinstance(right, NotMeasured) or isinstance(left, NotMeasured):
        return next(side for side in (right, left) if isinstance(side, NotMeasured))
    # What makes one side too large makes the other too small, so the errors add up.
    # d/dR of 100 (R - L) / mean is 100 L / mean^2, and the other way round.
    mean = (right.value + left.value) / 2
    error = 100 * (left.value * right.uncertainty + right.value * left.uncertainty) / mean**2
    if error > _LARGEST_ASYMMETRY_ERROR:
        return NotMeasured("the two sides are too uncertain to be compared")
    return Measured(100 * (right.value - left.value) / mean, error, "%")
