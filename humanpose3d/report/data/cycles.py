"""Time-normalise curves: cut them into gait cycles or repetitions, each resampled to 0-100 %."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.report.data.content import Cycle, FloatArray, ReportContent

__all__ = ["FEWEST_FOR_DEVIATION", "PERCENT", "CycleMean", "cycle_curves", "cycles_of", "mean_cycle", "per_cycle"]

PERCENT: FloatArray = np.linspace(0, 100, 101)
"""The points of a cycle, in per cent."""

FEWEST_FOR_DEVIATION = 3
"""Complete cycles from which on a standard deviation is shown: of two it is their difference and no more."""

_TOLERANCE_S = 1e-6


class CycleMean(NamedTuple):
    """Mean and standard deviation over the complete cycles, at :data:`PERCENT`."""

    mean: FloatArray  # (101,)
    deviation: FloatArray  # (101,); NaN where there are fewer than three
    cycles: int  # how many complete ones there were


def cycles_of(joint: str, cycles: Sequence[Cycle]) -> list[Cycle]:
    """Choose the cycles over which a joint is averaged: those of its side, or of both sides alike.

    Pelvis and trunk have no side; of gait cycles they take the right ones, as gait laboratories do.
    """
    if joint not in JOINT_NAMES:
        raise ValueError(f"{joint} is none of {', '.join(JOINT_NAMES)}")
    side = "L" if joint.endswith("_L") else "R"
    return [cycle for cycle in cycles if cycle.side in (side, "")]


def per_cycle(times: FloatArray, values: FloatArray, cycles: Sequence[Cycle]) -> FloatArray:
    """Resample a curve, shape (T,), over each of N cycles, linearly between its samples: shape (N, 101).

    A point between two samples of which one is missing (NaN) is missing, and so is one beyond `times`.
    """
    curves = np.full((len(cycles), len(PERCENT)), np.nan)
    for row, cycle in enumerate(cycles):
        at = cycle.start + PERCENT / 100 * (cycle.end - cycle.start)
        inside = (at >= times[0] - _TOLERANCE_S) & (at <= times[-1] + _TOLERANCE_S)
        curves[row, inside] = np.interp(at[inside], times, values)
    return curves


def cycle_curves(content: ReportContent, joint: str, column: int) -> FloatArray:
    """Resample one angle of a trial over each of its cycles, see :func:`per_cycle`."""
    values = content.degrees[:, JOINT_NAMES.index(joint), column]
    return per_cycle(content.times, values, cycles_of(joint, content.cycles))


def mean_cycle(curves: FloatArray) -> CycleMean:
    """Average the cycles without a gap among `curves`, shape (N, 101)."""
    whole = curves[np.isfinite(curves).all(axis=1)]
    missing = np.full(len(PERCENT), np.nan)
    if len(whole) == 0:
        return CycleMean(missing, missing, 0)
    deviation = whole.std(axis=0, ddof=1) if len(whole) >= FEWEST_FOR_DEVIATION else missing
    return CycleMean(whole.mean(axis=0), deviation, len(whole))
