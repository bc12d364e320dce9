"""Decide whether a person walks, and find heel strikes and toe-offs from what any view shows of the feet."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.quantities import NotMeasured
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.series import longest_seen_stretch, mean_rate
from humanpose3d.kinematics.validity.bands import EVENTS, measured_bands
from humanpose3d.kinematics.view import view_of
from humanpose3d.kinematics.walking.footprints import Footprints, footprints
from humanpose3d.kinematics.walking.legs import (
    LEG_MARKERS,
    SIDES,
    Leg,
    Side,
    heel_strike_times,
    legs_of,
    stride_time,
    toe_off_times,
)

__all__ = ["Gait", "HeelStrike", "Side", "ToeOff", "find_gait", "gait_of_events"]

_LONGEST_GAP = 0.15
_SHORTEST_RECORDING = 2.0
_LEAST_RATE = 10.0
"""Frames/s. With 8, cadence was found 7 % too high."""
_LEAST_UPRIGHT = 0.5
"""Of the leg's length: height of the hips above the ankles. Who crouches walks with 0.8."""
_LEAST_STEP = 0.4
"""Of the leg's length: range of one heel before the other. Adults reach 1.2 or more."""
_LEAST_LIFT = 0.15
"""Of the leg's length: range of a heel's height below which it says nothing. Marching lifts the foot higher."""
_UNSURE = 0.1
"""Of a stride: how far two events that follow each other closely may be found in the wrong order."""
_FOREMOST = 85.0
"""Percentile."""
_LEAST_OPPOSITION = -0.3
_SLOWEST, _QUICKEST = 30.0, 150.0
"""Steps/min. Above, people run."""


class HeelStrike(NamedTuple):
    """One foot meets the floor."""

    time: float
    """Seconds."""
    side: Side
    step_length: float
    """Metres from the other footprint's heel to this one's, in the direction of walking."""


@dataclass(frozen=True)
class ToeOff:
    """One foot leaves the floor."""

    time: float
    side: Side


@dataclass(frozen=True)
class Gait:
    """The events of a person who walks, in order."""

    heel_strikes: tuple[HeelStrike, ...]
    """Right and left in turn, none left out."""
    toe_offs: tuple[ToeOff, ...]
    """Each after a heel strike of the other foot and before one of its own."""
    prints: Footprints
    """Of the heel strikes."""
    stride_times: Mapping[str, float]
    """Seconds of a stride, in the mean: of both feet, ``""``, and of those that strike twice, ``R`` and ``L``."""
    unlikeness: float = 0.0
    """Root mean square difference between strides, in parts of the range of what is compared: under 0.1 where a
    steady gait is seen from the side, more where legs were exchanged."""


def find_gait(times: FloatArray, markers: Mapping[str, FloatArray]) -> Gait | NotMeasured:
    """Find the heel strikes and toe-offs of a person who walks, or say why this is no walking.

    Parameters
    ----------
    times : ndarray, shape (T,)
        Seconds.
    markers : mapping of str to ndarray, shape (T, 3)
        Body markers in the world: x to the camera's right, y up. Where the place of the person is not known, hips
        that stay count as those of a person on a treadmill.

    Notes
    -----
    A heel strikes when it is farthest in front of the pelvis (Zeni 2008), its toe is highest above it and its knee is
    straightest; a toe leaves the floor when it is farthest behind the pelvis (Zeni 2008) and its heel highest above
    it. Of the signals, each in parts of its own range, the sum counts. None needs the way travelled, so they serve on
    a treadmill. What lies ahead is seen best from the side, the rest from any side: from the front, the
    first alone is off by 0.1 s. "In front" is the direction that the hips face, averaged over two seconds, so that
    the pelvis's own rotation at each step cancels out. The sums are greatest a constant share of a stride before or
    after the event; it was measured on rendered trials, is kept with the bands, and is taken off.

    It is called walking only if the recording shows both feet for 2 s without a break, at 10 frames a second or more;
    the hips are above the feet; these swing against each other (correlation below -0.3), by at least 0.4 of the leg's
    length; right and left strike in turn at least three times, with no more than a quarter of all strikes out of turn;
    there are 30 to 150 steps a minute; and the heels are then in the lower half of their way up and down.
    """
    seen = _seen_legs(times, markers)
    if isinstance(seen, NotMeasured):
        return seen
    even, point = seen
    legs, forward = legs_of(point, mean_rate(even))
    if reason := _no_walker(even, point, legs) or _no_swing(legs):
        return NotMeasured(reason)

    found = {side: (heel_strike_times(even, leg), toe_off_times(even, leg)) for side, leg in legs.items()}
    lasting = [later - one for strikes, _ in found.values() for one, later in itertools.pairwise(strikes)]
    cycle = float(np.median(lasting or 1))
    view = view_of(markers)
    heel_late, toe_late = (cycle * measured_bands().delay(event, view) for event in EVENTS)
    beside, strikes = max(_UNSURE * cycle, even[1] - even[0]), []
    for side in SIDES:
        lengths = _steps(point, side, "L" if side == "R" else "R", forward)
        landed = [time - heel_late for time in found[side][0] if time - heel_late <= even[-1]]
        strikes += [HeelStrike(time, side, float(lengths[np.abs(even - time) <= beside].max())) for time in landed]
    in_turn = _longest_in_turn(sorted(strikes))
    if len(in_turn) < 3 or len(in_turn) < 0.75 * len(strikes):
        return NotMeasured(f"right and left strike in turn only {len(in_turn)} times of {len(strikes)}")
    if reason := _no_steps(in_turn, legs):
        return NotMeasured(reason)
    offs = [ToeOff(time - toe_late, side) for side in SIDES for time in found[side][1]]
    between = {side: np.diff([strike.time for strike in in_turn if strike.side == side]) for side in SIDES}
    both, unlike = stride_time(even, list(legs.values()), float(np.concatenate(list(between.values())).mean()))
    own = {side: stride_time(even, [legs[side]], both)[0] for side in SIDES if len(between[side])}
    prints = footprints(even, point, [(strike.time, strike.side) for strike in in_turn], both)
    return Gait(tuple(in_turn), _between(offs, in_turn, both), prints, {"": both} | own, unlike)


def gait_of_events(
    times: FloatArray, markers: Mapping[str, FloatArray], strikes: Sequence[tuple[float, Side]], offs: Sequence[ToeOff]
) -> Gait | NotMeasured:
    """Return the gait of events that are given, heel strikes in turn; only lengths and speed come from the markers."""
    between = {side: np.diff([time for time, own in strikes if own == side]) for side in SIDES}
    strides = np.concatenate(list(between.values()))
    if not len(strides):
        return NotMeasured("no foot strikes twice, and it takes two heel strikes of one foot for a stride")
    seen = _seen_legs(times, markers)
    if isinstance(seen, NotMeasured):
        return seen
    even, point = seen
    cycle, forward = float(strides.mean()), legs_of(point, mean_rate(even))[1]
    beside = max(_UNSURE * cycle, even[1] - even[0])
    lengths = {side: _steps(point, side, "L" if side == "R" else "R", forward) for side in SIDES}
    away = [np.abs(even - time) for time, _ in strikes]
    given = [
        HeelStrike(time, side, float(lengths[side][apart <= max(beside, apart.min())].max()))
        for (time, side), apart in zip(strikes, away, strict=True)
    ]
    own = {side: float(each.mean()) for side, each in between.items() if len(each)}
    prints = footprints(even, point, [(strike.time, strike.side) for strike in given], cycle)
    return Gait(tuple(given), tuple(offs), prints, {"": cycle} | own)


def _seen_legs(
    times: FloatArray, markers: Mapping[str, FloatArray]
) -> tuple[FloatArray, dict[str, FloatArray]] | NotMeasured:
    """Return even times and the markers of the legs at them, of the longest stretch in which all are seen."""
    if missing := [name for name in LEG_MARKERS if name not in markers]:
        return NotMeasured(f"the markers {', '.join(missing)} are not there")
    stretch = longest_seen_stretch(times, np.concatenate([markers[name] for name in LEG_MARKERS], axis=1), _LONGEST_GAP)
    if stretch is None or stretch[0][-1] - stretch[0][0] < _SHORTEST_RECORDING:
        return NotMeasured("hips, legs and feet are not seen for two seconds without a break")
    even, columns = stretch
    return even, dict(zip(LEG_MARKERS, np.split(columns, len(LEG_MARKERS), axis=1), strict=True))


def _steps(point: Mapping[str, FloatArray], side: str, other: str, forward: FloatArray) -> FloatArray:
    """Distance of this heel from where the other one stood: by then it has risen, while its toe has stayed.

    While both feet are on the floor this does not change, and before and after it is less.
    """
    foot = float(np.median(np.linalg.norm(point[f"{other}BigToe"] - point[f"{other}Heel"], axis=-1)))
    return np.asarray(np.sum((point[f"{side}Heel"] - point[f"{other}BigToe"]) * forward, axis=-1) + foot)


def _longest_in_turn(strikes: list[HeelStrike]) -> list[HeelStrike]:
    runs: list[list[HeelStrike]] = [[]]
    for strike in strikes:
        if runs[-1] and runs[-1][-1].side == strike.side:
            runs.append([])
        runs[-1].append(strike)
    return max(runs, key=len)


def _no_walker(times: FloatArray, point: Mapping[str, FloatArray], legs: Mapping[Side, Leg]) -> str | None:
    if (rate := mean_rate(times)) < _LEAST_RATE:
        return f"{rate:.1f} frames a second are too few to find steps"
    hips, ankles = (sum(point[f"{side}{name}"][:, 1] for side in SIDES) for name in ("Hip", "Ankle"))
    if np.median(hips - ankles) < _LEAST_UPRIGHT * sum(leg.length for leg in legs.values()):
        return "the hips are not above the feet"
    return None


def _no_swing(legs: Mapping[Side, Leg]) -> str | None:
    right, left = legs["R"].heel_ahead, legs["L"].heel_ahead
    if np.ptp(np.percentile(right - left, [5, 95])) < _LEAST_STEP * (legs["R"].length + legs["L"].length) / 2:
        return "the feet hardly pass each other"
    if np.corrcoef(right, left)[0, 1] > _LEAST_OPPOSITION:
        return "the feet do not swing against each other"
    return None


def _no_steps(strikes: list[HeelStrike], legs: Mapping[Side, Leg]) -> str | None:
    cadence = 60 * (len(strikes) - 1) / (strikes[-1].time - strikes[0].time)
    if not _SLOWEST <= cadence <= _QUICKEST:
        return f"{cadence:.0f} steps a minute are no walking"
    if all(_high_when_foremost(leg) for leg in legs.values()):
        return "the heels are high when they are foremost, as in marching on the spot"
    return None


def _high_when_foremost(leg: Leg) -> bool:
    low, high = np.percentile(leg.heel_height, [5, 95])
    foremost = leg.heel_height[leg.heel_ahead >= np.percentile(leg.heel_ahead, _FOREMOST)]
    return bool(high - low > _LEAST_LIFT * leg.length and np.median(foremost) > (low + high) / 2)


def _between(offs: list[ToeOff], strikes: list[HeelStrike], cycle: float) -> tuple[ToeOff, ...]:
    """Keep of the toe-offs the one after each heel strike of the other foot, before the foot's own next one."""
    kept = []
    for strike in strikes:
        early, late = strike.time - _UNSURE * cycle, strike.time + (0.5 - _UNSURE) * cycle
        kept += [off for off in offs if off.side != strike.side and early < off.time < late][:1]
    return tuple(kept)
