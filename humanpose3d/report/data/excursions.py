"""How far each joint angle goes: its range, maximum and minimum, over the trial and over each cycle."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.peaks import Peaks, peaks_within, value_at
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.kinematics.series import lasting
from humanpose3d.kinematics.validity.bands import Bands, band_name
from humanpose3d.report.data.content import Cycle, CycleExcursions, Excursion, FloatArray
from humanpose3d.report.data.cycles import cycles_of
from humanpose3d.report.data.numbers import cycles_of_movement, range_of

__all__ = ["Excursions"]

_SHORTEST_S = 0.5
"""Between two gaps that are nearer there is rather noise than movement."""
_LEAST_SEEN = 0.5
_UNDEFINED = NotMeasured("the markers do not define this angle, or it was never seen")


@dataclass(frozen=True, eq=False)
class Excursions:
    """How far the angles of a trial go, by ``<joint>_<angle>``.

    Times and degrees have the shapes (T,) and (T, 12, 3); `unseen` has the joints that were not seen, and why.
    """

    movement: Movement
    times: FloatArray
    degrees: FloatArray
    bands: Bands
    unseen: Mapping[str, str]

    def of_the_trial(self) -> dict[str, Excursion]:
        """Return the means over the cycles of each angle, else what the whole trial shows; and its means at events."""
        return {f"{joint}_{angle}": self._over_all(joint, angle) for joint in JOINT_NAMES for angle in ANGLE_NAMES}

    def of_the_cycles(self) -> list[CycleExcursions]:
        """Return the cycles in the order of time.

        A gait cycle has the joints of its side; right ones have pelvis and trunk too.
        """
        counted: dict[str, int] = {}
        found = []
        for cycle in sorted(cycles_of_movement(self.movement)[0], key=lambda each: each.start):
            counted[cycle.side] = counted.get(cycle.side, 0) + 1
            angles = {
                f"{joint}_{angle}": self._within(joint, angle, cycle)
                for joint in JOINT_NAMES
                if cycles_of(joint, [cycle])
                for angle in ANGLE_NAMES
            }
            found.append(CycleExcursions(cycle, counted[cycle.side], angles))
        return found

    def _over_all(self, joint: str, angle: str) -> Excursion:
        wide = range_of(joint, angle, self.movement, self.times, self.degrees, self.bands, self.unseen)
        cycles = cycles_of(joint, cycles_of_movement(self.movement)[0])
        each = [peaks_within(self.times, self._values(joint, angle), cycle.start, cycle.end) for cycle in cycles]
        if self.movement.kind != "repeated" and not any(isinstance(one, Peaks) for one in each):
            each = [self._whole(joint, angle)]
        maximum, minimum = self._peaks(joint, angle, each)
        return Excursion(wide, maximum, minimum, self._at_events(joint, angle))

    def _at_events(self, joint: str, angle: str) -> dict[str, Quantity]:
        """Return an angle at the heel strikes and toe-offs of its own foot, or at the turns of repetitions."""
        side = joint.partition("_")[2] or "R"
        times = {
            "heel_strike": [each.time for each in self.movement.heel_strikes if each.side == side],
            "toe_off": [each.time for each in self.movement.toe_offs if each.side == side],
            "turn": [each.turn for each in self.movement.repetitions],
        }
        found = {}
        for event, moments in times.items():
            values = [value_at(self.times, self._values(joint, angle), moment) for moment in moments]
            seen = [value for value in values if math.isfinite(value)]
            if seen:
                found[event] = self._number("curve", joint, angle, math.fsum(seen) / len(seen))
            elif moments:
                found[event] = self._unseen(joint, angle) or NotMeasured("it was not seen at that moment")
        return found

    def _within(self, joint: str, angle: str, cycle: Cycle) -> Excursion:
        found = peaks_within(self.times, self._values(joint, angle), cycle.start, cycle.end)
        wide = found if isinstance(found, NotMeasured) else self._number("range", joint, angle, found.range)
        return Excursion(wide, *self._peaks(joint, angle, [found]))

    def _peaks(self, joint: str, angle: str, each: Sequence[Peaks | NotMeasured]) -> tuple[Quantity, Quantity]:
        """Return the mean maximum and minimum of those that were measured, or why there is none."""
        found = [one for one in each if isinstance(one, Peaks)]
        if not found:
            missing = next((one for one in each if isinstance(one, NotMeasured)), _UNDEFINED)
            nothing = self._unseen(joint, angle) or missing
            return nothing, nothing
        maximum, minimum = (math.fsum(values) / len(found) for values in zip(*(one[:2] for one in found), strict=True))
        return self._number("maximum", joint, angle, maximum), self._number("minimum", joint, angle, minimum)

    def _number(self, what: str, joint: str, angle: str, value: float) -> Quantity:
        row, side, view = band_name(what, joint, angle), joint.partition("_")[2], self.movement.view
        refused = self._unseen(joint, angle) or self.bands.too_uncertain(row, view, side)
        return refused or Measured(value, self.bands.uncertainty(row, view, side), "deg")

    def _unseen(self, joint: str, angle: str) -> NotMeasured | None:
        if joint in self.unseen:
            return NotMeasured(self.unseen[joint])
        return None if np.isfinite(self._values(joint, angle)).any() else _UNDEFINED

    def _values(self, joint: str, angle: str) -> FloatArray:
        return np.asarray(self.degrees[:, JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)])

    def _whole(self, joint: str, angle: str) -> Peaks | NotMeasured:
        """Return the peaks of the unbroken stretch with the widest range; at least half of the trial must be seen."""
        values = self._values(joint, angle)
        stretches = lasting(np.isfinite(values), self.times, _SHORTEST_S)
        seen = sum(each.stop - each.start for each in stretches)
        if seen < _LEAST_SEEN * len(values):
            return NotMeasured(f"it was seen in only {seen} of {len(values)} frames")
        widest = max(stretches, key=lambda each: float(np.ptp(values[each])))
        return peaks_within(self.times[widest], values[widest], self.times[0], self.times[-1])
