"""Run a batch: prepare the models, skip finished trials, run the others, write the table."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Literal

from humanpose3d.batch.lock import only_batch
from humanpose3d.batch.pool import Ended, Event, Progressed, Started
from humanpose3d.batch.progress import display
from humanpose3d.batch.summary import Outcome, Summary, former_videos, summarise, write_summary
from humanpose3d.batch.trials import BatchTrial, is_done
from humanpose3d.errors import InvalidSettingError, explained_imports
from humanpose3d.model_assets.download.interrupts import termination_raises
from humanpose3d.report.language import DEFAULT
from humanpose3d.runs.output import output_folder, read_record, remove_results
from humanpose3d.threads import usable_cores
from humanpose3d.video.inputs import input_digest

__all__ = ["Engine", "run_batch"]

Engine = Callable[[Sequence[BatchTrial]], Generator[Event]]
"""Runs trials and yields their events until all have ended; closing the generator ends running trials."""


def run_batch(
    trials: Sequence[BatchTrial],
    output: Path,
    engine: Engine,
    *,
    engine_name: str,
    jobs: int,
    resume: bool = False,
    language: str = DEFAULT,
) -> Summary:
    """Run all trials, up to `jobs` at once, and write the tables and the index page to the output folder.

    The language is that of the index page; each trial has its own for its report.

    A trial that fails is a row of the table and stops no other. When the batch is interrupted, running trials are
    ended, finished ones stay, and the table is written. With `resume`, trials are skipped whose results are valid:
    made from the same content, settings and models.

    Raises
    ------
    BatchRunningError
        Another batch runs in the output folder; nothing was done.
    humanpose3d.model_assets.ModelAssetError
        A model is missing and cannot be fetched.
    PackageImportError
        The extra ``pipeline`` is not installed.
    OutputError
        The output folder cannot be written to.
    KeyboardInterrupt, SystemExit
        Re-raised after all trials were ended and the table was written.
    """
    begun = time.perf_counter()
    with explained_imports("jinja2"):  # of the pipeline's extra: that it is missing is told once, before the work
        import jinja2  # noqa: F401
    outcomes: dict[str, Outcome] = {}
    with output_folder(output), termination_raises(), only_batch(output):
        models = _make_models_ready(trials)
        standing = _standing(trials, models, former_videos(output)) if resume else set()
        whole = False
        try:
            with display(len(trials), min(jobs, len(trials))) as shown:
                for trial in trials:
                    if trial.name in standing:
                        outcomes[trial.name] = Outcome(trial, "done", skipped=True)
                    elif trial.fault:
                        outcomes[trial.name] = Outcome(trial, "failed", trial.fault)
                    else:
                        continue
                    shown.ended(None, outcomes[trial.name])
                rest = [trial for trial in trials if trial.name not in outcomes]
                with closing(engine(rest)) as events:
                    for event in events:
                        if isinstance(event, Started):
                            shown.started(event.worker, event.trial.name)
                        elif isinstance(event, Progressed):
                            shown.progressed(event.worker, event.done, event.total)
                        elif isinstance(event, Ended):
                            status: Literal["done", "failed"] = "failed" if event.reason else "done"
                            outcomes[event.trial.name] = Outcome(
                                event.trial, status, event.reason, seconds=event.seconds
                            )
                            shown.ended(event.worker, outcomes[event.trial.name])
            whole = True
        finally:
            rows = [outcomes.get(trial.name) or Outcome(trial, "unfinished") for trial in trials]
            summary = summarise(rows, engine=engine_name, jobs=jobs, seconds=time.perf_counter() - begun)
            write_summary(output, summary, pictures=whole, language=language)
    return summary


def _make_models_ready(trials: Sequence[BatchTrial]) -> dict[str, str]:
    """Download missing models once for all trials; return the SHA-256 of each model."""
    from humanpose3d.model_assets import check_models, download_models, get_model_path
    from humanpose3d.runs.models import require_models
    from humanpose3d.runs.stage_log import ModelRecord

    needed = list(dict.fromkeys(name for trial in trials for name in _needed(trial)))
    require_models(needed)
    absent = [status.name for status in check_models(needed) if not status.ready] if needed else []
    if absent:
        download_models(absent)
    return {name: ModelRecord.of(name, get_model_path(name)).sha256 for name in needed}


def _needed(trial: BatchTrial) -> tuple[str, ...]:
    try:
        return () if trial.fault else trial.settings.needed_models
    except InvalidSettingError:  # its run reports it
        return ()


def _standing(trials: Sequence[BatchTrial], models: dict[str, str], former: dict[str, str]) -> set[str]:
    """Return the names of trials with valid results; results of a former content of a video are removed."""
    with ThreadPoolExecutor(usable_cores()) as threads:
        stand = list(threads.map(lambda trial: _stands(trial, models, former.get(trial.name)), trials))
    return {trial.name for trial, stands in zip(trials, stand, strict=True) if stands}


def _stands(trial: BatchTrial, models: dict[str, str], former_video: str | None) -> bool:
    record = read_record(trial.folder)
    if record is None or trial.fault:
        return False
    try:
        digest = input_digest(trial.video)
        if is_done(trial, record, digest, models):
            return True
        # Only of the same file: the results may be those of another file of this name, which its run reports.
        if digest != record["input"]["sha256"] and former_video == trial.video.as_posix():
            remove_results(trial.folder, record)
    except (OSError, InvalidSettingError, KeyError, TypeError):  # its run reports it
        return False
    return False
