"""Judge the change between two trials by how far recordings of the same movement differ."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from humanpose3d.kinematics.quantities import BAND, Measured, Quantity
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.report.data.content import Provenance, ReportContent

__all__ = ["Change", "change_of", "remaining_share", "unlike"]

_LARGEST_HEIGHT_DIFFERENCE_M = 0.03
_OF_THE_METHOD = ("refine", "motion", "augmenter", "quality", "signals")


@dataclass(frozen=True)
class Change:
    """The change of a number from the first trial to the second."""

    value: float
    uncertainty: float  # standard; NaN where it was not measured
    unit: str

    @property
    def band(self) -> float:
        """Half-width of the 95 % band."""
        return BAND * self.uncertainty

    @property
    def is_told(self) -> bool:
        """Whether it is larger than its band."""
        return abs(self.value) > self.band


def change_of(kind: str, before: Quantity, after: Quantity, *, alike: bool) -> Change | None:
    """Return the change of a number of a `kind` of :data:`Number.kind`; None where one was not measured.

    Of one person who does the same again, seen from the same side, a part of the two errors is the same and cancels,
    as was measured for each kind. Where the trials are not `alike`, the two errors count as independent.
    """
    if not isinstance(before, Measured) or not isinstance(after, Measured):
        return None
    independent = math.hypot(before.uncertainty, after.uncertainty)
    return Change(after.value - before.value, remaining_share(kind, alike) * independent, after.unit)


def remaining_share(kind: str, alike: bool) -> float:
    """Return which share of two independent errors is left in a change of a kind of number."""
    return measured_bands().repeatability.get(kind, 1.0) if alike else 1.0


def unlike(before: ReportContent, after: ReportContent) -> tuple[str, ...]:
    """Say in what two trials differ so that their errors need not be alike: person, movement, view, method."""
    return (*_person(before, after), *_movement(before, after), *_view(before, after), *_method(before, after))


def _person(before: ReportContent, after: ReportContent) -> Iterator[str]:
    names = [trial.provenance.about.get("subject") for trial in (before, after)]
    if all(names) and names[0] != names[1]:
        yield f"The subjects are two: {names[0]} and {names[1]}."
    first, second = (trial.provenance.settings.get("height_m") for trial in (before, after))
    if first and second and abs(first - second) > _LARGEST_HEIGHT_DIFFERENCE_M:
        yield f"The persons differ in height: {first:g} m and {second:g} m."
    if bool(first) != bool(second):
        which = "second" if first else "first"
        yield f"Only the {which} has no height (--height), so lengths and speeds have another scale."


def _movement(before: ReportContent, after: ReportContent) -> Iterator[str]:
    tasks = [trial.provenance.about.get("task") for trial in (before, after)]
    if all(tasks) and tasks[0] != tasks[1]:
        yield f"The tasks differ: {tasks[0]} and {tasks[1]}."
    shown = [_movement_in_words(trial) for trial in (before, after)]
    if shown[0] != shown[1]:
        yield f"The first shows {shown[0]}, the second {shown[1]}."


def _movement_in_words(trial: ReportContent) -> str:
    if trial.movement is not None and trial.movement.kind == "repeated":
        joint, _, angle = trial.movement.leading.partition("_")
        return f"a repeated movement of the {joint} ({angle.removeprefix('R_').removeprefix('L_')})"
    if trial.cycles:
        return "walking" if trial.cycle_name == "gait cycle" else "a repeated movement"
    return "neither walking nor a repeated movement"


def _view(before: ReportContent, after: ReportContent) -> Iterator[str]:
    words = [trial.view.word if trial.view else None for trial in (before, after)]
    if None in words:
        which = "both were" if words[0] is words[1] else f"the {'first' if words[0] is None else 'second'} was"
        yield f"It is not known from where {which} filmed."
    elif words[0] != words[1]:
        yield f"The first was filmed {words[0]}, the second {words[1]}."


def _method(before: ReportContent, after: ReportContent) -> Iterator[str]:
    first, second = (_method_of(trial.provenance) for trial in (before, after))
    if differing := [name for name in first if name in second and first[name] != second[name]]:
        yield f"They were not made in the same way: {', '.join(differing)}."


def _method_of(record: Provenance) -> dict[str, Any]:
    method = {name: record.settings[name] for name in _OF_THE_METHOD if name in record.settings}
    if record.versions.get("humanpose3d"):
        method["version of HumanPose3D"] = record.versions["humanpose3d"]
    return method | {f"model {model.get('name')}": model.get("sha256") for model in record.models}
