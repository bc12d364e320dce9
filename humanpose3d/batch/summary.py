"""Summary of a batch: one row for each trial, with its status and numbers, as JSON, tables and a page."""

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
from humanpose3d.batch.index import index_page
from humanpose3d.batch.tables import by_opensim, cycle_rows, trial_rows
from humanpose3d.batch.trials import BatchTrial
from humanpose3d.formats.atomic import replacing
from humanpose3d.report.language import DEFAULT
from humanpose3d.runs.output import read_record

__all__ = ["Outcome", "Summary", "former_videos", "summarise", "write_summary"]

SCHEMA_VERSION = 1
"""Raised when a key of ``batch.json`` changes its meaning or disappears."""


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


def write_summary(folder: Path, summary: Summary, *, pictures: bool = True, language: str = DEFAULT) -> None:
    """Write ``batch.json``, ``batch.csv``, ``batch_cycles.csv`` and ``index.html``, each whole or not at all.

    The page, the only one of them with a `language`, is without its `pictures` where they are not worth the time, as
    after Ctrl-C.
    """
    trials = summary["trials"]
    with replacing(folder / "batch.json") as file:
        json.dump(summary, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")
    for name, rows in (("batch.csv", trial_rows(trials)), ("batch_cycles.csv", cycle_rows(folder, trials))):
        with replacing(folder / name) as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    with replacing(folder / "index.html") as file:
        file.write(index_page(folder, summary, pictures=pictures, language=language))


def former_videos(folder: Path) -> dict[str, str]:
    """Return the videos of finished trials, by trial, from the ``batch.json`` of a folder."""
    try:
        trials = json.loads((folder / "batch.json").read_text(encoding="utf-8"))["trials"]
        return {trial["trial"]: trial["video"] for trial in trials if trial["status"] == "done"}
    except (OSError, ValueError, KeyError, TypeError):  # none, or of another version
        return {}


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
        "angles": record.get("angles", {}) | by_opensim((record.get("opensim") or {}).get("angles", {})),
        "left_out": {each["name"]: each["reason"] for each in record.get("stages", []) if each["status"] == "skipped"},
        "warnings": record.get("warnings", []),
    }


def _part(part: Mapping[str, str]) -> str:
    """Format as in the report: ``knees: with care, ± 20° from the front``."""
    return ", ".join(filter(None, (f"{part['name']}: {part['level']}", part.get("reason"))))
