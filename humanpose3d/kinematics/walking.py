"""Compute cadence, stride and step times, step lengths and symmetry from heel strikes."""

import itertools
import math

from humanpose3d.kinematics.heel_strikes import Gait, HeelStrike
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity, mean_of
from humanpose3d.kinematics.validity.bands import Bands, measured_bands
from humanpose3d.kinematics.view import View

__all__ = ["gait_numbers"]

_LARGEST_ASYMMETRY_ERROR = 25.0
"""Per cent. With more, the index tells nothing."""


def gait_numbers(gait: Gait, view: View | None = None, bands: Bands | None = None) -> dict[str, Quantity]:
    """Return cadence, stride times, step times, step lengths and their symmetry.

    Parameters
    ----------
    gait : Gait
        At least four heel strikes in turn.
    view : View or None
        From where the person was filmed.
    bands : Bands, optional
        Uncertainties; by default those measured.

    Returns
    -------
    dict of str to Quantity
        ``cadence``; ``stride_time``, ``step_time``, ``step_length`` with ``_R`` and ``_L`` (a right step ends with
        the right heel strike); ``step_time_asymmetry`` and ``step_length_asymmetry``, the symmetry index of
        Robinson (1987): the difference right minus left in per cent of their mean, 0 when they are equal. A number
        that the view does not carry is left out, and so is an index that may be wrong by a quarter.

    Notes
    -----
    The uncertainty is the band's of the view, which does not shrink with the number of steps because it is much the
    same in each, and the scatter of the steps, which does.
    """
    bands = bands or measured_bands()
    strikes, between = gait.heel_strikes, math.sqrt(2) * gait.scatter

    def error(name: str) -> float:
        return bands.uncertainty(name, view)

    numbers: dict[str, Quantity] = {"cadence": _cadence(strikes, between, error("cadence"))}
    for side, name in (("R", "right"), ("L", "left")):
        own = [strike for strike in strikes if strike.side == side]
        times = [strike.time for strike in own]
        numbers[f"stride_time_{side}"] = _stride_time(times, between, error("stride_time"), name)
        durations = [later.time - one.time for one, later in itertools.pairwise(strikes) if later.side == side]
        numbers[f"step_time_{side}"] = mean_of(durations, error("step_time"), "s", f"{name} steps")
        lengths = [strike.step_length for strike in own]
        numbers[f"step_length_{side}"] = mean_of(lengths, error("step_length"), "m", f"{name} steps")
    for name in list(numbers):
        numbers[name] = bands.too_uncertain(name.removesuffix("_R").removesuffix("_L"), view) or numbers[name]
    for what in ("step_time", "step_length"):
        numbers[f"{what}_asymmetry"] = _asymmetry(numbers[f"{what}_R"], numbers[f"{what}_L"])
    return numbers


def _cadence(strikes: tuple[HeelStrike, ...], between: float, error: float) -> Measured:
    """Compute cadence from the strides of each foot, because those are free of the error between the sides."""
    feet = [[strike.time for strike in strikes if strike.side == side] for side in "RL"]
    strides, lasting = sum(len(own) - 1 for own in feet), sum(own[-1] - own[0] for own in feet)
    cadence = 60 * 2 * strides / lasting
    return Measured(cadence, math.hypot(error, cadence * math.sqrt(2) * between / lasting), "steps/min")


def _stride_time(strikes: list[float], between: float, error: float, name: str) -> Quantity:
    strides = len(strikes) - 1
    if strides < 1:
        return NotMeasured(f"no whole {name} stride in the recording")
    return Measured((strikes[-1] - strikes[0]) / strides, math.hypot(error, between / strides), "s")


def _asymmetry(right: Quantity, left: Quantity) -> Quantity:
    if isinstance(right, NotMeasured) or isinstance(left, NotMeasured):
        return next(side for side in (right, left) if isinstance(side, NotMeasured))
    # What makes one side too large makes the other too small, so the errors add up.
    # d/dR of 100 (R - L) / mean is 100 L / mean^2, and the other way round.
    mean = (right.value + left.value) / 2
    error = 100 * (left.value * right.uncertainty + right.value * left.uncertainty) / mean**2
    if error > _LARGEST_ASYMMETRY_ERROR:
        return NotMeasured(f"the two sides are too uncertain to be compared ({right} right, {left} left)")
    return Measured(100 * (right.value - left.value) / mean, error, "%")
