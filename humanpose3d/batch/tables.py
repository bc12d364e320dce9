"""The tables of a batch: ``batch.csv``, a row for each trial, and ``batch_cycles.csv``, one for each of its cycles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from humanpose3d.runs.output import read_record

__all__ = ["by_opensim", "cycle_rows", "trial_rows"]

_UNITS = {"%": "percent", "steps/min": "steps_per_min", "m/s": "m_per_s"}
_NOT_IN_THE_TABLE = {"skipped", "seconds", "numbers", "angles", "left_out", "warnings"}
_SHORT = {"range": "range", "maximum": "max", "minimum": "min"}
_OF_A_CYCLE = ("kind", "side", "number", "start_s", "end_s")

Numbers = Mapping[str, Mapping[str, Any]]


def trial_rows(trials: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return ``batch.csv``: the names of the columns, and a row for each trial.

    It has no times of the runs: an interrupted and resumed batch gives the same table as one that was not.
    """
    first = [column for column in trials[0] if column not in _NOT_IN_THE_TABLE]
    numbers = [_cells(trial["numbers"]) for trial in trials]
    angles = [_cells(_by_column(trial["angles"])) for trial in trials]
    further = [*_columns(numbers), *_columns(angles)]
    rows = [
        [_cell(trial[column]) for column in first] + [_cell({**own, **also}.get(column)) for column in further]
        for trial, own, also in zip(trials, numbers, angles, strict=True)
    ]
    return [[*first, *further], *rows]


def cycle_rows(folder: Path, trials: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Return ``batch_cycles.csv``: the names of the columns, and a row for each gait cycle or repetition of a trial."""
    cycles = [(name, cycle) for name, cycle in _cycles(folder, trials)]
    angles = [_cells(_by_column(cycle["angles"])) for _, cycle in cycles]
    further = _columns(angles)
    rows = [
        [name, *(_cell(cycle[column]) for column in _OF_A_CYCLE), *(_cell(own.get(column)) for column in further)]
        for (name, cycle), own in zip(cycles, angles, strict=True)
    ]
    return [["trial", *_OF_A_CYCLE, *further], *rows]


def _cycles(folder: Path, trials: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for trial in trials:
        if trial["status"] == "done":
            record = read_record(folder / trial["trial"]) or {}
            solved = (record.get("opensim") or {}).get("cycles", ())
            for cycle, of_model in zip_longest(record.get("cycles", ()), (each["angles"] for each in solved)):
                yield trial["trial"], {**cycle, "angles": cycle["angles"] | by_opensim(of_model or {})}


def by_opensim(angles: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return the angles of OpenSim's model by the names that they have beside ours."""
    return {f"opensim_{name}": numbers for name, numbers in angles.items()}


def _by_column(angles: Mapping[str, Numbers]) -> Numbers:
    return {
        f"{name}_{_SHORT.get(what, what)}": number for name, found in angles.items() for what, number in found.items()
    }


def _cells(numbers: Numbers) -> dict[str, float | None]:
    """Return what was measured, by column: the name with its unit, and the same with ``_uncertainty``."""
    cells: dict[str, float | None] = {}
    for name, number in numbers.items():
        if number.get("value") is not None:  # else the reason why it was not measured, which batch.json has
            column = f"{name}_{_UNITS.get(number['unit'], number['unit'])}"
            cells[column], cells[f"{column}_uncertainty"] = number["value"], number["uncertainty"]
    return cells


def _columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({column for cells in rows for column in cells})


def _cell(value: object) -> str:
    """Return a value as the table has it: numbers to six digits, more than their precision."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
