"""The sheets of a trial for Excel: numbers with bands, angles, cycles, events, markers, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from humanpose3d.formats.events_csv import Event
from humanpose3d.formats.xlsx import Cell, Sheet
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, SIDE_WORDS
from humanpose3d.kinematics.quantities import BAND, Measured, Quantity
from humanpose3d.report.data.content import FloatArray, Number, ReportContent
from humanpose3d.report.data.cycles import PERCENT, cycle_curves, mean_cycle

__all__ = ["sheets_of"]

_SIDES = (
    ("left", "left"),
    ("right", "right"),
    ("value", ""),
    ("difference", "left - right"),
    ("asymmetry", "asymmetry"),
)
_NOT_SHOWN = {
    "command", "movement", "angles", "cycles", "opensim", "verdict", "outputs", "stages", "models", "warnings",
}  # fmt: skip
"""Parts of ``run.json`` that other sheets or rows show."""


def sheets_of(content: ReportContent, events: Sequence[Event]) -> list[Sheet]:
    """Return the sheets of a trial; those with angles are there twice where a model of OpenSim was solved."""
    isb, solved = content.by("isb"), content.by("opensim")
    return [
        *_of_angles(isb),
        *(_of_angles(solved, ", OpenSim") if solved is not isb else ()),
        Sheet(
            "Events",
            ("time_s", "side", "event"),
            [(each.time, SIDE_WORDS.get(each.side), each.event) for each in events],
        ),
        *_markers(content),
        Sheet("How it was made", ("what", "value"), list(_provenance(content)), frozen=1),
    ]


def _of_angles(content: ReportContent, method: str = "") -> Iterator[Sheet]:
    columns = ("number", "side", "value", "95 % band from", "to", "standard uncertainty", "unit", "why not measured")
    rows = [row for number in content.numbers for row in _number_rows(number)]
    yield Sheet(f"Numbers{method}", columns, rows, frozen=2)
    angles = [f"{angle}_deg" for angle in ANGLE_NAMES]
    yield _frames_sheet(f"Angles{method}", content.times, JOINT_NAMES, angles, content.degrees)
    yield _cycles(content, f"Cycles{method}")


def _number_rows(number: Number) -> Iterator[Sequence[Cell]]:
    for attribute, side in _SIDES:
        quantity: Quantity | None = getattr(number, attribute)
        if isinstance(quantity, Measured):
            half = BAND * quantity.uncertainty
            band = (quantity.value - half, quantity.value + half)
            yield number.name, side, quantity.value, *band, quantity.uncertainty, quantity.unit
        elif quantity is not None:
            yield number.name, side, None, None, None, None, None, quantity.reason


def _frames_sheet(
    name: str, times: FloatArray, items: Sequence[str], suffixes: Sequence[str], values: FloatArray, decimals: int = 2
) -> Sheet:
    """Return a sheet with a row a frame, and the columns of the CSV files."""
    columns = [f"{item}_{suffix}" for item in items for suffix in suffixes]
    cells = np.column_stack([times, values.reshape(len(times), -1)]).tolist()
    rows = [[frame, *row] for frame, row in enumerate(cells)]
    return Sheet(name, ["frame", "time_s", *columns], rows, decimals, frozen=2)


def _cycles(content: ReportContent, title: str) -> Sheet:
    """Return the mean and the standard deviation of each angle over the complete cycles."""
    header, columns = [f"% of {content.cycle_name}"], [PERCENT]
    for joint in JOINT_NAMES if content.cycles else ():
        for column, angle in enumerate(ANGLE_NAMES):
            mean, deviation, cycles = mean_cycle(cycle_curves(content, joint, column))
            if cycles:
                name = f"{joint}_{angle}_deg"
                header += [f"{name} mean of {cycles}", f"{name} standard deviation"]
                columns += [mean, deviation]
    return Sheet(title, header, np.column_stack(columns).tolist() if len(columns) > 1 else [], 2, frozen=1)


def _markers(content: ReportContent) -> list[Sheet]:
    if content.markers is None:
        return []
    markers = content.markers
    return [_frames_sheet("Markers", markers.times, markers.names, ("x_m", "y_m", "z_m"), markers.positions, 4)]


def _provenance(content: ReportContent) -> Iterator[tuple[str, Cell]]:
    record, provenance = content.record, content.provenance
    yield "command", content.command
    for key, value in record.items():
        if key not in _NOT_SHOWN:
            yield from _flat(key, value)
    for stage in provenance.stages:
        yield f"stage {stage.get('name')}", ": ".join(filter(None, (stage.get("status"), stage.get("reason"))))
    for model in provenance.models:
        yield f"model {model.get('name')}", f"{model['file']}, sha256 {model.get('sha256')}"
    yield from (("warning", warning) for warning in provenance.warnings)
    yield "uncertainties", content.error_source


def _flat(key: str, value: Any) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _flat(f"{key}.{name}", each)
    elif isinstance(value, (list, tuple)):
        yield key, json.dumps(value, ensure_ascii=False)
    else:
        yield key, value
