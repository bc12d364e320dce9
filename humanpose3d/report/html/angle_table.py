"""The table of maxima, minima and angles at events, row by row."""

from dataclasses import dataclass

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.style import SIDES, side_of

__all__ = ["AngleRow", "angle_columns", "angle_rows"]

_EVENTS = {"heel_strike": "At heel strike", "toe_off": "At toe-off", "turn": "At the turning point"}


@dataclass(frozen=True)
class AngleRow:
    """One angle of one side; without cells there is the reason."""

    name: str  # such as "Knee, flexion"
    side: str
    cells: tuple[Quantity, ...]
    reason: str = ""


def angle_columns(content: ReportContent) -> list[str]:
    """Return the heads of the columns: maximum, minimum, and the events of the movement."""
    return ["Maximum", "Minimum", *(_EVENTS[event] for event in _events(content))]


def angle_rows(content: ReportContent) -> list[AngleRow]:
    """Return a row for each flexion, and for each other angle of which anything was measured."""
    rows = []
    for joint in sorted(JOINT_NAMES, key=_order):
        for angle in ANGLE_NAMES:
            if (found := content.excursions.get(f"{joint}_{angle}")) is None:
                continue
            absent = NotMeasured("it was not seen at that moment")
            cells = (found.maximum, found.minimum, *(found.at.get(event, absent) for event in _events(content)))
            name = f"{joint.partition('_')[0].capitalize()}, {convention_of(joint, angle).positive}"
            side = SIDES[side_of(joint)] if side_of(joint) else "–"
            if any(isinstance(cell, Measured) for cell in cells):
                rows.append(AngleRow(name, side, cells))
            elif angle == ANGLE_NAMES[0] and joint != "pelvis" and isinstance(found.maximum, NotMeasured):
                rows.append(AngleRow(name, side, (), found.maximum.reason))
    return rows


def _events(content: ReportContent) -> list[str]:
    return [event for event in _EVENTS if any(event in each.at for each in content.excursions.values())]


def _order(joint: str) -> tuple[int, str]:
    """Put the legs first and the left before the right, as everywhere in the report."""
    names = ("hip", "knee", "ankle", "shoulder", "elbow", "trunk", "pelvis")
    return names.index(joint.partition("_")[0]), joint
