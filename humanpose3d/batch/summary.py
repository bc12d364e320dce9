"""Summary of a batch, ``batch.json`` and ``batch.csv``: one row for each trial, with its status and key numbers."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from humanpose3d import __version__
from humanpose3d.batch.trials import BatchTrial
from humanpose3d.formats.atomic import replacing
from humanpose3d.runs.output import read_record

__all__ = ["Outcome", "Summary", "former_videos", "summarise", "write_summary"]

SCHEMA_VERSION = 1
"""Raised when a key of ``batch.json`` changes its meaning or disappears."""

_UNITS = {"%": "percent", "steps/min": "steps_per_min", "m/s": "m_per_s"}
_NOT_IN_THE_TABLE = {"skipped", "seconds", "numbers", "left_out", "warnings"}


@dataclass(frozen=True)
class Outcome:
    """How a trial ended."""

    trial: BatchTrial
    status: Literal["done", "failed", "unfinished"]  # unfinished: the batch was interrupted before its end
    reason: str | None = None  # why it failed
    skipped: bool = False  # whether valid results were there already
    seconds: float | None = None  # duration of this run

    @property
    def word(self) -> str:
        """The outcome in one word, for the table."""
        return "skipped" if self.skipped else self.status


Summary = Mapping[str, Any]
"""The content of ``batch.json``: plain JSON."""


def summarise(outcomes: Sequence[Outcome], *, engine: str, jobs: int | None, seconds: float) -> Summary:
    """Return the content of ``batch.json``, from the outcomes and the ``run.json`` of the trials."""
    counts = Counter(outcome.word for outcome in outcomes)
    return {
        "schema_version": SCHEMA_VERSION,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "version": __version__,
        "engine": engine,
        "jobs": jobs,
        "seconds": round(seconds, 3),
        "counts": {word: counts[word] for word in ("done", "failed", "skipped", "unfinished")},
        "trials": [_trial(outcome) for outcome in outcomes],
    }


def write_summary(folder: Path, summary: Summary) -> None:
    """Write ``batch.json`` and ``batch.csv``, each whole or not at all."""
    with replacing(folder / "batch.json") as file:
        json.dump(summary, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")
    with replacing(folder / "batch.csv") as file:
        csv.writer(file, lineterminator="\n").writerows(_csv_rows(summary["trials"]))


def former_videos(folder: Path) -> dict[str, str]:
    """Return the videos of finished trials, by trial, from the ``batch.json`` of a folder."""
    try:
        trials = json.loads((folder / "batch.json").read_text(encoding="utf-8"))["trials"]
        return {trial["trial"]: trial["video"] for trial in trials if trial["status"] == "done"}
    except (OSError, ValueError, KeyError, TypeError):  # none, or of another version
        return {}


def _csv_rows(trials: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return ``batch.csv``: the names of the columns, and a row for each trial.

    It has no times of the runs: an interrupted and resumed batch gives the same table as one that was not.
    """
    first = [column for column in trials[0] if column not in _NOT_IN_THE_TABLE]
    numbers = [_number_cells(trial["numbers"]) for trial in trials]
    further = sorted({column for cells in numbers for column in cells})
    rows = [
        [_cell(trial[column]) for column in first] + [_cell(cells.get(column)) for column in further]
        for trial, cells in zip(trials, numbers, strict=True)
    ]
    return [[*first, *further], *rows]


def _trial(outcome: Outcome) -> dict[str, Any]:
    trial = outcome.trial
    record = (read_record(trial.folder) if outcome.status == "done" else None) or {}
    frames, movement, verdict = (record.get(key) or {} for key in ("frames", "movement", "verdict"))
    return {
        "trial": trial.name,
        "video": trial.video.as_posix(),
        "status": outcome.status,
        "reason": outcome.reason,
        "skipped": outcome.skipped,
        "seconds": None if outcome.seconds is None else round(outcome.seconds, 3),
        "height_m": trial.options.get("height"),
        "weight_kg": trial.options.get("weight"),
        "frames": frames.get("total"),
        "frames_with_pose": frames.get("with_pose"),
        "duration_s": frames.get("duration_s"),
        "data_rate_hz": frames.get("data_rate_hz"),
        "movement": movement.get("kind"),
        "repetitions": len(movement["repetitions"]) if movement.get("kind") == "repeated" else None,
        "view": (record.get("view") or {}).get("word"),
        "verdict": verdict.get("level"),
        "verdict_by_part": "; ".join(_part(part) for part in verdict.get("parts", [])) or None,
        "numbers": movement.get("numbers", {}),
        "left_out": {each["name"]: each["reason"] for each in record.get("stages", []) if each["status"] == "skipped"},
        "warnings": record.get("warnings", []),
    }


def _part(part: Mapping[str, str]) -> str:
    """Format as in the report: ``knees: with care, ± 20° from the front``."""
    return ", ".join(filter(None, (f"{part['name']}: {part['level']}", part.get("reason"))))


def _number_cells(numbers: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return what was measured, by column: the name with its unit, and the same with ``_uncertainty``."""
    cells = {}
    for name, number in numbers.items():
        if "value" in number:  # else the reason why it was not measured, which batch.json has
            column = f"{name}_{_UNITS.get(number['unit'], number['unit'])}"
            cells[column], cells[f"{column}_uncertainty"] = number["value"], number["uncertainty"]
    return cells


def _cell(value: object) -> str:
    """Return a value as the table has it: numbers to six digits, more than their precision."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
