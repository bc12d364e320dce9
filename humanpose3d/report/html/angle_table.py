"""The table of maxima, minima and angles at events, row by row."""

from dataclasses import dataclass

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.report.data.content import Excursion, ReportContent
from humanpose3d.report.style import SIDES, side_of

__all__ = ["AngleRow", "angle_columns", "angle_rows", "cycle_columns", "cycle_rows", "joint_order"]

_NOTHING = "–"
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
    """Return a row for each flexion, and for each other angle whose peaks were measured; the two sides follow."""
    rows = []
    angles = [(joint, angle) for joint in JOINT_NAMES for angle in ANGLE_NAMES]
    for joint, angle in sorted(angles, key=lambda each: (joint_order(each[0])[0], ANGLE_NAMES.index(each[1]), each[0])):
        if (found := content.excursions.get(f"{joint}_{angle}")) is None:
            continue
        name = f"{joint.partition('_')[0].capitalize()}, {convention_of(joint, angle).positive}"
        side = SIDES[side_of(joint)] if side_of(joint) else "–"
        if isinstance(found.maximum, Measured) or isinstance(found.minimum, Measured):
            absent = NotMeasured("it was not seen at that moment")
            at_events = (found.at.get(event, absent) for event in _events(content))
            rows.append(AngleRow(name, side, (found.maximum, found.minimum, *at_events)))
        elif angle == ANGLE_NAMES[0] and joint != "pelvis" and isinstance(found.maximum, NotMeasured):
            rows.append(AngleRow(name, side, (), found.maximum.reason))
    return rows


def cycle_columns(content: ReportContent) -> list[str]:
    """Return the joints whose flexion was measured in a cycle, legs first."""
    return [
        joint.replace("_", " ").replace(" R", " right").replace(" L", " left")
        for joint in _joints_in_cycles(content)
    ]  # fmt: skip


def cycle_rows(content: ReportContent) -> list[list[str]]:
    """Return a row for each cycle: its name, its time, and maximum and minimum of each flexion."""
    rows = []
    for each in content.cycle_excursions:
        name = f"{each.number}, {SIDES[each.cycle.side]}" if each.cycle.side else str(each.number)
        peaks = [_peaks_text(each.angles.get(f"{joint}_{ANGLE_NAMES[0]}")) for joint in _joints_in_cycles(content)]
        rows.append([name, f"{each.cycle.start:.2f} to {each.cycle.end:.2f} s", *peaks])
    return rows


def _joints_in_cycles(content: ReportContent) -> list[str]:
    found = {
        joint
        for each in content.cycle_excursions
        for joint in JOINT_NAMES
        if _peaks_text(each.angles.get(f"{joint}_{ANGLE_NAMES[0]}")) != _NOTHING
    }
    return sorted(found, key=joint_order)


def _peaks_text(found: Excursion | None) -> str:
    if found is None or not isinstance(found.maximum, Measured) or not isinstance(found.minimum, Measured):
        return _NOTHING
    return f"{found.maximum.value:.0f}° / {found.minimum.value:.0f}°".replace("-", "−")


def _events(content: ReportContent) -> list[str]:
    return [event for event in _EVENTS if any(event in each.at for each in content.excursions.values())]


def joint_order(joint: str) -> tuple[int, str]:
    """Put the legs first and the left before the right, as everywhere in the report."""
    names = ("hip", "knee", "ankle", "shoulder", "elbow", "trunk", "pelvis")
    return names.index(joint.partition("_")[0]), joint
