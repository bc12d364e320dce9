"""Detect heel strikes (Zeni 2008) and compute cadence, stride and step times, step lengths and symmetry."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity, mean_of
from humanpose3d.kinematics.rotations import FloatArray, unit
from humanpose3d.kinematics.sampling import longest_seen_stretch, moving_mean

__all__ = ["EVENT_ERROR", "POSITION_ERROR", "SIDE_ERROR", "Gait", "HeelStrike", "find_gait", "gait_numbers"]

EVENT_ERROR = 0.0167
"""Seconds. 94 % of heel strikes found this way lay within this of the force plate's (Zeni 2008)."""
SIDE_ERROR = 0.03
"""Seconds. One camera sees one foot better than the other, and finds all strikes of one foot earlier or later by
this (0.04 s on a rendered walk). Times between strikes of the same foot are free of it."""
POSITION_ERROR = 0.12
"""Metres: the usual error of a joint's position from one camera along the camera's axis, where it is largest."""

_LONGEST_GAP = 0.15
_SHORTEST_RECORDING = 2.0
_SHORTEST_STRIDE = 0.5
_LEAST_STEP = 0.4
"""Of the leg's length: range of one heel before the other. Adults reach 1.2 or more."""
_LARGEST_ASYMMETRY_ERROR = 25.0
"""Per cent. With more, the index tells nothing."""
_LEAST_OPPOSITION = -0.3
_SLOWEST, _QUICKEST = 30.0, 150.0
"""Steps/min. Above, people run."""
_MARKERS = ("RHip", "LHip", "RHeel", "LHeel", "RAnkle", "LAnkle", "RKnee", "LKnee")


class HeelStrike(NamedTuple):
    """One foot meets the floor."""

    time: float
    """Seconds."""
    side: Literal["R", "L"]
    step_length: float
    """Metres from the other heel to this one, in the direction of walking."""


@dataclass(frozen=True)
class Gait:
    """The heel strikes of a person who walks.

    Attributes
    ----------
    heel_strikes : tuple of HeelStrike
        In order; right and left in turn, none left out.
    event_error : float
        Standard uncertainty of the time of one heel strike, seconds.
    """

    heel_strikes: tuple[HeelStrike, ...]
    event_error: float


def find_gait(times: FloatArray, markers: Mapping[str, FloatArray]) -> Gait | NotMeasured:
    """Find the heel strikes of a person who walks, or say why this is no walking.

    Parameters
    ----------
    times : ndarray, shape (T,)
        Seconds.
    markers : mapping of str to ndarray, shape (T, 3)
        Body markers, y up. The origin may move with the person.

    Notes
    -----
    A heel strikes when it is farthest in front of the pelvis (Zeni 2008), which needs neither the floor nor the way
    travelled and so serves on a treadmill as well. "In front" is the direction that the hips face, averaged over
    two seconds, so that the pelvis's own rotation at each step cancels out.

    It is called walking only if the recording shows both feet for 2 s without a break; they swing against each other
    (correlation below -0.3), by at least 0.4 of the leg's length; right and left strike in turn at least four
    times, with no more than a quarter of all strikes out of turn; there are 30 to 150 steps a minute; and the
    heels are then in the lower half of their way up and down.
    """
    if missing := [name for name in _MARKERS if name not in markers]:
        return NotMeasured(f"the markers {', '.join(missing)} are not there")
    stretch = longest_seen_stretch(times, np.concatenate([markers[name] for name in _MARKERS], axis=1), _LONGEST_GAP)
    if stretch is None or stretch[0][-1] - stretch[0][0] < _SHORTEST_RECORDING:
        return NotMeasured("hips, legs and feet are not seen for two seconds without a break")
    even, columns = stretch
    rate = (len(even) - 1) / (even[-1] - even[0])
    point = dict(zip(_MARKERS, np.split(columns, len(_MARKERS), axis=1), strict=True))
    ahead = {side: _ahead_of_pelvis(point, f"{side}Heel", rate) for side in "RL"}

    if reason := _no_swing(ahead, _leg_length(point)):
        return NotMeasured(reason)

    apart = ahead["R"] - ahead["L"]
    strikes = sorted(
        HeelStrike(time, side, float(np.interp(time, even, apart)) * (1 if side == "R" else -1))
        for side in ("R", "L")
        for time in _peaks(even, ahead[side], rate)
    )
    in_turn = _longest_in_turn(strikes)
    if len(in_turn) < 4 or len(in_turn) < 0.75 * len(strikes):
        return NotMeasured(f"right and left strike in turn only {len(in_turn)} times of {len(strikes)}")
    if reason := _no_steps(in_turn, even, {side: point[f"{side}Heel"][:, 1] for side in "RL"}):
        return NotMeasured(reason)
    return Gait(tuple(in_turn), max(math.hypot(EVENT_ERROR, 1 / (rate * math.sqrt(12))), _irregularity(in_turn)))


def gait_numbers(gait: Gait, position_error: float = POSITION_ERROR) -> dict[str, Quantity]:
    """Return cadence, stride times, step times, step lengths and their symmetry.

    Parameters
    ----------
    gait : Gait
        At least four heel strikes in turn.
    position_error : float
        Standard uncertainty of a marker's position in the direction of walking, metres. That of a length between two is
        1.4 times as much, and does not shrink with the number of steps, because it is much the same in each.

    Returns
    -------
    dict of str to Quantity
        ``cadence``; ``stride_time``, ``step_time``, ``step_length`` with ``_R`` and ``_L`` (a right step ends with
        the right heel strike); ``step_time_asymmetry`` and ``step_length_asymmetry``, the symmetry index of
        Robinson (1987): the difference right minus left in per cent of their mean, 0 when they are equal. A length
        that is no more than twice its uncertainty is left out, and so is an index that may be wrong by a quarter.
    """
    strikes, between = gait.heel_strikes, math.sqrt(2) * gait.event_error
    numbers: dict[str, Quantity] = {"cadence": _cadence(strikes, between)}
    for side, name in (("R", "right"), ("L", "left")):
        own = [strike for strike in strikes if strike.side == side]
        numbers[f"stride_time_{side}"] = _stride_time([strike.time for strike in own], between, name)
        durations = [later.time - one.time for one, later in itertools.pairwise(strikes) if later.side == side]
        numbers[f"step_time_{side}"] = mean_of(durations, SIDE_ERROR, "s", f"{name} steps")
        lengths = [strike.step_length for strike in own]
        length = mean_of(lengths, math.sqrt(2) * position_error, "m", f"{name} steps")
        numbers[f"step_length_{side}"] = _if_it_tells(length)
    for what in ("step_time", "step_length"):
        numbers[f"{what}_asymmetry"] = _asymmetry(numbers[f"{what}_R"], numbers[f"{what}_L"])
    return numbers


def _ahead_of_pelvis(point: Mapping[str, FloatArray], marker: str, rate: float) -> FloatArray:
    right = point["RHip"] - point["LHip"]
    forward = unit(moving_mean(np.cross([0.0, 1.0, 0.0], right), round(2 * rate)))
    return np.asarray(np.sum((point[marker] - (point["RHip"] + point["LHip"]) / 2) * forward, axis=-1))


def _leg_length(point: Mapping[str, FloatArray]) -> float:
    lengths = [
        np.linalg.norm(point[f"{side}{upper}"] - point[f"{side}{lower}"], axis=-1)
        for side in "RL"
        for upper, lower in (("Hip", "Knee"), ("Knee", "Ankle"))
    ]
    return float(np.median(np.sum(lengths, axis=0))) / 2


def _peaks(times: FloatArray, ahead: FloatArray, rate: float) -> list[float]:
    """Return when the heel is foremost, at the vertex of a parabola through three samples."""
    from scipy.signal import find_peaks

    prominence = 0.4 * float(np.ptp(np.percentile(ahead, [5, 95])))
    tops, _ = find_peaks(ahead, prominence=prominence, distance=max(1, round(_SHORTEST_STRIDE * rate)))
    before, top, after = ahead[tops - 1], ahead[tops], ahead[tops + 1]
    curvature = before - 2 * top + after
    shift = np.divide(before - after, 2 * curvature, out=np.zeros_like(top), where=curvature < 0)
    return [float(time) for time in times[tops] + shift / rate]


def _longest_in_turn(strikes: list[HeelStrike]) -> list[HeelStrike]:
    runs: list[list[HeelStrike]] = [[]]
    for strike in strikes:
        if runs[-1] and runs[-1][-1].side == strike.side:
            runs.append([])
        runs[-1].append(strike)
    return max(runs, key=len)


def _no_swing(ahead: Mapping[str, FloatArray], leg_length: float) -> str | None:
    if np.ptp(np.percentile(ahead["R"] - ahead["L"], [5, 95])) < _LEAST_STEP * leg_length:
        return "the feet hardly pass each other"
    if np.corrcoef(ahead["R"], ahead["L"])[0, 1] > _LEAST_OPPOSITION:
        return "the feet do not swing against each other"
    return None


def _no_steps(strikes: list[HeelStrike], times: FloatArray, heights: Mapping[str, FloatArray]) -> str | None:
    cadence = 60 * (len(strikes) - 1) / (strikes[-1].time - strikes[0].time)
    if not _SLOWEST <= cadence <= _QUICKEST:
        return f"{cadence:.0f} steps a minute are no walking"
    lifted = []
    for strike in strikes:
        low, high = np.percentile(heights[strike.side], [5, 95])
        lifted.append((np.interp(strike.time, times, heights[strike.side]) - low) / max(high - low, 1e-9))
    if np.median(lifted) > 0.5:
        return "the heels are high when they are foremost, as in marching on the spot"
    return None


def _irregularity(strikes: list[HeelStrike]) -> float:
    """Return the standard deviation, in seconds, of heel strikes from evenly spaced ones: noise, or true variation."""
    squares, freedom = 0.0, 0
    for side in "RL":
        own = np.array([strike.time for strike in strikes if strike.side == side])
        if len(own) > 2:
            count = np.arange(len(own))
            squares += float(np.sum((own - np.polyval(np.polyfit(count, own, 1), count)) ** 2))
            freedom += len(own) - 2
    return math.sqrt(squares / freedom) if freedom else 0.0


def _cadence(strikes: tuple[HeelStrike, ...], between: float) -> Measured:
    """Compute cadence from the strides of each foot, because those are free of the error between the sides."""
    feet = [[strike.time for strike in strikes if strike.side == side] for side in "RL"]
    strides, lasting = sum(len(own) - 1 for own in feet), sum(own[-1] - own[0] for own in feet)
    cadence = 60 * 2 * strides / lasting
    return Measured(cadence, cadence * math.sqrt(2) * between / lasting, "steps/min")


def _stride_time(strikes: list[float], between: float, name: str) -> Quantity:
    strides = len(strikes) - 1
    if strides < 1:
        return NotMeasured(f"no whole {name} stride in the recording")
    return Measured((strikes[-1] - strikes[0]) / strides, between / strides, "s")


def _if_it_tells(length: Quantity) -> Quantity:
    if isinstance(length, NotMeasured) or length.value > 2 * length.uncertainty:
        return length
    return NotMeasured(f"{length} is no more than twice its uncertainty: one camera does not see depth well enough")


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
