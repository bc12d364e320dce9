"""Detect the heel strikes of a person who walks (after Zeni 2008), from what any view shows of the feet."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from humanpose3d.kinematics.quantities import NotMeasured
from humanpose3d.kinematics.rotations import FloatArray, unit
from humanpose3d.kinematics.sampling import longest_seen_stretch, moving_mean
from humanpose3d.kinematics.validity.bands import measured_bands

__all__ = ["Gait", "HeelStrike", "find_gait"]

_LONGEST_GAP = 0.15
_SHORTEST_RECORDING = 2.0
_SHORTEST_STRIDE = 0.5
_LEAST_STEP = 0.4
"""Of the leg's length: range of one heel before the other. Adults reach 1.2 or more."""
_NEAR = 0.15
"""Seconds by which the heel may be found foremost before or after the foot lands, from the front."""
_LEAST_LIFT = 0.15
"""Of the leg's length: range of a heel's height below which it says nothing. Marching lifts the foot higher."""
_LEAST_OPPOSITION = -0.3
_SLOWEST, _QUICKEST = 30.0, 150.0
"""Steps/min. Above, people run."""
_MARKERS = (
    "RHip", "LHip", "RHeel", "LHeel", "RBigToe", "LBigToe", "RAnkle", "LAnkle", "RKnee", "LKnee",
)  # fmt: skip


class HeelStrike(NamedTuple):
    """One foot meets the floor."""

    time: float
    """Seconds."""
    side: Literal["R", "L"]
    step_length: float
    """Metres from the other footprint's heel to this one's, in the direction of walking."""


@dataclass(frozen=True)
class Gait:
    """The heel strikes of a person who walks.

    Attributes
    ----------
    heel_strikes : tuple of HeelStrike
        In order; right and left in turn, none left out.
    scatter : float
        Standard deviation, in seconds, of the strikes of a foot from evenly spaced ones: noise, or true variation. At
        least that of a moment that falls between two frames.
    """

    heel_strikes: tuple[HeelStrike, ...]
    scatter: float


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
    A heel strikes when it is farthest in front of the pelvis (Zeni 2008) and its toe is highest above it; the sum of
    the two, each in parts of its own range, is greatest. Neither needs the floor nor the way travelled, so both serve
    on a treadmill. The first is seen best from the side, the second from any side: from the front, the first alone is
    off by 0.1 s. "In front" is the direction that the hips face, averaged over two seconds, so that the pelvis's own
    rotation at each step cancels out. The sum is greatest a constant time before the foot lands, which is added; it
    was measured on rendered trials and is kept with the bands.

    It is called walking only if the recording shows both feet for 2 s without a break; they swing against each other
    (correlation below -0.3), by at least 0.4 of the leg's length; right and left strike in turn at least three
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
    forward = _forward(point, rate)
    middle = (point["RHip"] + point["LHip"]) / 2
    ahead = {side: np.sum((point[f"{side}Heel"] - middle) * forward, axis=-1) for side in "RL"}

    leg = _leg_length(point)
    if reason := _no_swing(ahead, leg):
        return NotMeasured(reason)

    strikes = sorted(strike for side in ("R", "L") for strike in _strikes_of(side, even, point, ahead[side], forward))
    in_turn = _longest_in_turn(strikes)
    if len(in_turn) < 3 or len(in_turn) < 0.75 * len(strikes):
        return NotMeasured(f"right and left strike in turn only {len(in_turn)} times of {len(strikes)}")
    if reason := _no_steps(in_turn, even, {side: point[f"{side}Heel"][:, 1] for side in "RL"}, leg):
        return NotMeasured(reason)
    return Gait(tuple(in_turn), max(1 / (rate * math.sqrt(12)), _irregularity(in_turn)))


def _forward(point: Mapping[str, FloatArray], rate: float) -> FloatArray:
    right = point["RHip"] - point["LHip"]
    return unit(moving_mean(np.cross([0.0, 1.0, 0.0], right), round(2 * rate)))


def _strikes_of(
    side: Literal["R", "L"],
    times: FloatArray,
    point: Mapping[str, FloatArray],
    ahead: FloatArray,
    forward: FloatArray,
) -> list[HeelStrike]:
    lifted = point[f"{side}BigToe"][:, 1] - point[f"{side}Heel"][:, 1]
    steps = _steps(point, side, "L" if side == "R" else "R", forward)
    lead = measured_bands().heel_strike_lead
    landed = [time + lead for time in _peaks(times, ahead, _in_range(ahead) + _in_range(lifted))]
    return [HeelStrike(time, side, float(np.interp(time, times, steps))) for time in landed if time <= times[-1]]


def _steps(point: Mapping[str, FloatArray], side: str, other: str, forward: FloatArray) -> FloatArray:
    """Distance of this heel from where the other one stood: by then it has risen, while its toe has stayed."""
    foot = float(np.median(np.linalg.norm(point[f"{other}BigToe"] - point[f"{other}Heel"], axis=-1)))
    return np.asarray(np.sum((point[f"{side}Heel"] - point[f"{other}BigToe"]) * forward, axis=-1) + foot)


def _in_range(values: FloatArray) -> FloatArray:
    return np.asarray(values / max(float(np.ptp(np.percentile(values, [5, 95]))), 1e-9))


def _leg_length(point: Mapping[str, FloatArray]) -> float:
    lengths = [
        np.linalg.norm(point[f"{side}{upper}"] - point[f"{side}{lower}"], axis=-1)
        for side in "RL"
        for upper, lower in (("Hip", "Knee"), ("Knee", "Ankle"))
    ]
    return float(np.median(np.sum(lengths, axis=0))) / 2


def _peaks(times: FloatArray, coarse: FloatArray, fine: FloatArray) -> list[float]:
    """Return when `fine` is greatest near each peak of `coarse`, at the vertex of a parabola through three samples."""
    from scipy.signal import find_peaks

    rate = (len(times) - 1) / (times[-1] - times[0])
    prominence = 0.4 * float(np.ptp(np.percentile(coarse, [5, 95])))
    near = max(1, round(_NEAR * rate))
    tops = []
    for peak in find_peaks(coarse, prominence=prominence, distance=max(1, round(_SHORTEST_STRIDE * rate)))[0]:
        first = max(1, peak - near)
        top = first + int(np.argmax(fine[first : min(peak + near + 1, len(fine) - 1)]))
        before, highest, after = fine[top - 1 : top + 2]
        curvature = before - 2 * highest + after
        shift = (before - after) / (2 * curvature) if curvature < 0 else 0.0
        tops.append(float(times[top] + np.clip(shift, -1, 1) / rate))
    return tops


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


def _no_steps(
    strikes: list[HeelStrike], times: FloatArray, heights: Mapping[str, FloatArray], leg_length: float
) -> str | None:
    cadence = 60 * (len(strikes) - 1) / (strikes[-1].time - strikes[0].time)
    if not _SLOWEST <= cadence <= _QUICKEST:
        return f"{cadence:.0f} steps a minute are no walking"
    lifted = []
    for strike in strikes:
        low, high = np.percentile(heights[strike.side], [5, 95])
        flat = high - low < _LEAST_LIFT * leg_length
        lifted.append(0.0 if flat else (np.interp(strike.time, times, heights[strike.side]) - low) / (high - low))
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
