"""Movement of each leg of a person who walks: its signals, its heel strikes and toe-offs, and the time of a stride."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from humanpose3d.kinematics.rotations import FloatArray, angle_between, unit
from humanpose3d.kinematics.series import mean_rate, moving_mean

__all__ = ["LEG_MARKERS", "SIDES", "Leg", "Side", "heel_strike_times", "legs_of", "stride_time", "toe_off_times"]

Side: TypeAlias = Literal["R", "L"]
SIDES: tuple[Side, Side] = ("R", "L")

LEG_MARKERS = (
    "RHip", "LHip", "RHeel", "LHeel", "RBigToe", "LBigToe", "RAnkle", "LAnkle", "RKnee", "LKnee",
)  # fmt: skip
_SHORTEST_STRIDE = 0.5
_NEAR = 0.15
"""Seconds by which an event may lie before or after the moment at which the foot is foremost or hindmost."""
_KNEE = 0.25
"""Weight of the bend of the knee: more makes step times better in oblique views, and worse from the side."""
_DIFFERENT = 0.2
"""Share by which the time of a stride may differ from that between heel strikes."""


@dataclass(frozen=True, eq=False)
class Leg:
    """Signals of one leg, each of shape (N,), in metres; "ahead" is in front of the middle of the hips."""

    heel_ahead: FloatArray
    toe_ahead: FloatArray
    heel_height: FloatArray
    toe_lift: FloatArray
    """Of the toe above the heel."""
    bend: FloatArray
    """Flexion of the knee, degrees."""
    length: float
    """Of thigh and shank together."""


def legs_of(point: Mapping[str, FloatArray], rate: float) -> tuple[dict[Side, Leg], FloatArray]:
    """Return the legs by side, and the direction of walking, shape (N, 3).

    `point` maps :data:`LEG_MARKERS` to positions (N, 3), y up, evenly sampled at `rate` samples a second.
    """
    across = point["RHip"] - point["LHip"]
    forward = unit(moving_mean(np.cross([0.0, 1.0, 0.0], across), round(2 * rate)))
    middle = (point["RHip"] + point["LHip"]) / 2
    return {side: _leg(point, side, middle, forward) for side in SIDES}, forward


def _leg(point: Mapping[str, FloatArray], side: str, middle: FloatArray, forward: FloatArray) -> Leg:
    hip, knee, ankle, heel, toe = (point[side + name] for name in ("Hip", "Knee", "Ankle", "Heel", "BigToe"))
    lengths = [np.linalg.norm(one - other, axis=-1) for one, other in ((hip, knee), (knee, ankle))]
    return Leg(
        heel_ahead=np.sum((heel - middle) * forward, axis=-1),
        toe_ahead=np.sum((toe - middle) * forward, axis=-1),
        heel_height=heel[:, 1],
        toe_lift=toe[:, 1] - heel[:, 1],
        bend=angle_between(knee - hip, ankle - knee),
        length=float(np.median(np.sum(lengths, axis=0))),
    )


def heel_strike_times(times: FloatArray, leg: Leg) -> list[float]:
    """Find when the heel is farthest in front, its toe highest above it and its knee straightest, in sum."""
    ahead = _in_range(leg.heel_ahead)
    return _peaks(times, ahead, ahead + _in_range(leg.toe_lift) - _KNEE * _in_range(leg.bend))


def toe_off_times(times: FloatArray, leg: Leg) -> list[float]:
    """Find when the toe is farthest behind, and its heel highest above it, in sum."""
    behind = -_in_range(leg.toe_ahead)
    return _peaks(times, behind, behind - _in_range(leg.toe_lift))


def stride_time(times: FloatArray, legs: Sequence[Leg], about: float) -> tuple[float, float]:
    """Return the time after which the movement of the legs is most like itself, seconds, and how unlike it is then.

    That is the root mean square difference, in parts of the range of each signal. `times` (N,) are evenly spaced; the
    stride takes `about` so many seconds. Every sample counts. Of the time between two heel strikes only these two
    decide, so that one that is out of place makes the cadence of a short recording wrong by a tenth.
    """
    signals = [_in_range(signal) for leg in legs for signal in (leg.heel_ahead, leg.toe_lift, leg.bend)]
    longest = min(about * (1 + _DIFFERENT), 0.8 * (times[-1] - times[0]))
    lags = np.linspace(about * (1 - _DIFFERENT), longest, 200)
    unlike = np.zeros(len(lags))
    for i, lag in enumerate(lags):
        both = times + lag <= times[-1]
        for signal in signals:
            unlike[i] += np.mean((np.interp(times[both] + lag, times, signal) - signal[both]) ** 2)
    best = int(np.argmin(unlike))
    return float(lags[best]), float(np.sqrt(unlike[best] / len(signals)))


def _in_range(values: FloatArray) -> FloatArray:
    return np.asarray(values / max(float(np.ptp(np.percentile(values, [5, 95]))), 1e-9))


def _peaks(times: FloatArray, coarse: FloatArray, fine: FloatArray) -> list[float]:
    """Return when `fine` is greatest near each peak of `coarse`, at the vertex of a parabola through three samples."""
    from scipy.signal import find_peaks

    rate = mean_rate(times)
    near = max(1, round(_NEAR * rate))
    tops = []
    for peak in find_peaks(coarse, prominence=0.4, distance=max(1, round(_SHORTEST_STRIDE * rate)))[0]:
        first = max(1, peak - near)
        top = first + int(np.argmax(fine[first : min(peak + near + 1, len(fine) - 1)]))
        before, highest, after = fine[top - 1 : top + 2]
        curvature = before - 2 * highest + after
        shift = (before - after) / (2 * curvature) if curvature < 0 else 0.0
        tops.append(float(times[top] + np.clip(shift, -1, 1) / rate))
    return tops
