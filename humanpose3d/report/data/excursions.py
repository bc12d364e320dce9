"""How far each joint angle goes: its range, maximum and minimum, over the trial and over each cycle."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import Extremes, Measured, NotMeasured, Quantity, extremes_of
from humanpose3d.kinematics.series import stretches_of
from humanpose3d.kinematics.validity.bands import Bands, band_name
from humanpose3d.report.data.content import Cycle, FloatArray
from humanpose3d.report.data.cycles import cycles_of, within
from humanpose3d.report.data.numbers import cycles_of_movement, range_of
from humanpose3d.report.data.parts import LARGEST_BAND

__all__ = ["CycleExcursions", "Excursion", "excursions_of_cycles", "excursions_of_trial"]

_SHORTEST_S = 0.5
"""Between two gaps that are nearer there is rather noise than movement."""


@dataclass(frozen=True)
class Excursion:
    """How far an angle goes, in degrees."""

    range: Quantity
    maximum: Quantity
    minimum: Quantity


@dataclass(frozen=True)
class CycleExcursions:
    """One cycle, its number among those of its side, and how far each angle goes in it."""

    cycle: Cycle
    number: int
    angles: Mapping[str, Excursion]


@dataclass(frozen=True)
class _Trial:
    movement: Movement
    times: FloatArray
    degrees: FloatArray
    bands: Bands
    unseen: Mapping[str, str]

    def values(self, joint: str, angle: str) -> FloatArray:
        return np.asarray(self.degrees[:, JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)])

    def error(self, what: str, joint: str, angle: str) -> float:
        return self.bands.uncertainty(band_name(what, joint, angle), self.movement.view, joint.partition("_")[2])

    def refused(self, joint: str, angle: str) -> NotMeasured | None:
        """Return why no peak of an angle is given; None where it is."""
        if joint in self.unseen:
            return NotMeasured(self.unseen[joint])
        if not np.isfinite(self.values(joint, angle)).any():
            return NotMeasured("the markers do not define this angle, or it was never seen")
        if (band := 1.96 * self.error("curve", joint, angle)) > LARGEST_BAND:
            view = self.movement.view
            return NotMeasured(f"too uncertain {view.word if view else 'in an unknown view'} (± {band:.2g})")
        return None

    def in_cycle(self, joint: str, angle: str, cycle: Cycle, name: str) -> Extremes | NotMeasured:
        at = within(self.times, cycle)
        error = self.error("curve", joint, angle)
        return extremes_of(self.times[at], self.values(joint, angle)[at], error, "deg", name)

    def in_all(self, joint: str, angle: str) -> Extremes | NotMeasured:
        """Return the extremes of the whole trial, of which at least half must be seen."""
        values = self.values(joint, angle).copy()
        for start, end in stretches_of(np.isfinite(values)):
            if self.times[end - 1] - self.times[start] < _SHORTEST_S:
                values[start:end] = np.nan
        seen = np.isfinite(values)
        if seen.mean() < 0.5:
            return NotMeasured(f"it was seen in only {int(seen.sum())} of {len(values)} frames")
        return extremes_of(self.times[seen], values[seen], self.error("curve", joint, angle), "deg", "trial")


def excursions_of_trial(
    movement: Movement, times: FloatArray, degrees: FloatArray, bands: Bands, unseen: Mapping[str, str]
) -> dict[str, Excursion]:
    """Return how far each angle goes, by ``<joint>_<angle>``: the mean over its cycles, else over the whole trial.

    Times and degrees have the shapes (T,) and (T, 12, 3). The uncertainty of a maximum or minimum is that of the curve
    at each moment; a range has its own.
    """
    trial = _Trial(movement, times, degrees, bands, unseen)
    return {f"{joint}_{angle}": _over_the_trial(trial, joint, angle) for joint in JOINT_NAMES for angle in ANGLE_NAMES}


def excursions_of_cycles(
    movement: Movement, times: FloatArray, degrees: FloatArray, bands: Bands, unseen: Mapping[str, str]
) -> list[CycleExcursions]:
    """Return how far each angle goes in each cycle, in the order of time.

    A gait cycle has the joints of its side; right ones have pelvis and trunk too.
    """
    trial = _Trial(movement, times, degrees, bands, unseen)
    cycles, name = cycles_of_movement(movement)
    counted: dict[str, int] = {}
    found = []
    for cycle in sorted(cycles, key=lambda each: each.start):
        counted[cycle.side] = counted.get(cycle.side, 0) + 1
        joints = [joint for joint in JOINT_NAMES if cycles_of(joint, [cycle])]
        angles = {
            f"{joint}_{angle}": _in_a_cycle(trial, joint, angle, cycle, name)
            for joint in joints
            for angle in ANGLE_NAMES
        }
        found.append(CycleExcursions(cycle, counted[cycle.side], angles))
    return found


def _over_the_trial(trial: _Trial, joint: str, angle: str) -> Excursion:
    wide = range_of(joint, angle, trial.movement, trial.times, trial.degrees, trial.bands, trial.unseen)
    if refused := trial.refused(joint, angle):
        return Excursion(wide, refused, refused)
    cycles, name = cycles_of_movement(trial.movement)
    found = [trial.in_cycle(joint, angle, cycle, name) for cycle in cycles_of(joint, cycles)]
    measured = [one for one in found if isinstance(one, Extremes)]
    if not measured and trial.movement.kind != "repeated":
        found = [trial.in_all(joint, angle)]
        measured = [one for one in found if isinstance(one, Extremes)]
    missing = [one for one in found if isinstance(one, NotMeasured)]
    if not measured:
        return Excursion(wide, missing[0], missing[0])
    return Excursion(wide, _mean([one.maximum for one in measured]), _mean([one.minimum for one in measured]))


def _in_a_cycle(trial: _Trial, joint: str, angle: str, cycle: Cycle, name: str) -> Excursion:
    found = NotMeasured(trial.unseen[joint]) if joint in trial.unseen else trial.in_cycle(joint, angle, cycle, name)
    if isinstance(found, NotMeasured):
        return Excursion(found, found, found)
    too_uncertain = trial.bands.too_uncertain(
        band_name("range", joint, angle), trial.movement.view, joint.partition("_")[2]
    )
    wide = Measured(found.maximum.value - found.minimum.value, trial.error("range", joint, angle), "deg")
    refused = trial.refused(joint, angle)
    return Excursion(too_uncertain or wide, refused or found.maximum, refused or found.minimum)


def _mean(each: Sequence[Measured]) -> Measured:
    return Measured(math.fsum(one.value for one in each) / len(each), each[0].uncertainty, each[0].unit)
