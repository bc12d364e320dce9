"""Run the pipeline for everybody in a video, and list who is in it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from humanpose3d.model_assets import get_model_path
from humanpose3d.pipeline.detection import ProgressCallback
from humanpose3d.pipeline.detection.people import Person
from humanpose3d.report.html.index import IndexRow, write_index
from humanpose3d.report.people import write_people
from humanpose3d.runs.people.detect import find_people
from humanpose3d.runs.record import build_index_record
from humanpose3d.runs.results import ResultFiles, result_files
from humanpose3d.runs.run import Run, prepared, run_pipeline, write_trial
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import StageCallback
from humanpose3d.runs.trial import Trial

__all__ = ["list_people", "run_chosen", "run_people"]


def list_people(video: str | Path, *, progress: ProgressCallback | None = None, **settings: Any) -> list[Person]:
    """Find who is in a video: what ``humanpose3d people`` lists.

    Parameters
    ----------
    video : path
    progress : callable, optional
        Called with (frames done, frames in all or None) after each frame.
    **settings
        `start`, `end` and `rate` of :func:`~humanpose3d.run_pipeline`.

    Returns
    -------
    list of Person
        The one who is seen longest and largest first; ``person.number`` counts from 1.

    Raises
    ------
    PipelineError, humanpose3d.model_assets.ModelAssetError
        As :func:`~humanpose3d.run_pipeline`.
    """
    return find_people(Path(video), Settings(**settings), get_model_path("mediapipe"), progress)


def run_people(
    video: str | Path,
    *,
    output: str | Path | None = None,
    command: str | None = None,
    progress: ProgressCallback | None = None,
    stage: StageCallback | None = None,
    **settings: Any,
) -> list[Trial]:
    """Do for everybody in a video what :func:`~humanpose3d.run_pipeline` does for one person.

    It takes the same keyword arguments; there is no `person` to choose. The results of each are in a folder
    ``person_<number>`` of the output folder, beside ``index.html``, ``people.png`` and a ``run.json`` that names them;
    all appear together.
    """
    chosen = Settings(output=None if output is None else Path(output), **{**settings, "people": "all"})
    with (
        prepared(Path(video), chosen, command, progress, stage) as run,
        result_files(run.folder, run.stem, within="") as index,
    ):
        with ExitStack() as everybody:
            trials = []
            for person, seen in zip(run.detected.people, run.detected.chosen, strict=True):
                own = everybody.enter_context(result_files(run.folder / f"person_{person.number}", run.stem))
                trials.append(write_trial(run._replace(log=run.log.continued()), seen, own))
        _write_index(run, trials, index)
    return trials


def run_chosen(video: Path, **settings: Any) -> list[Trial]:
    """Run for one person or for everybody, as the setting `people` says."""
    if settings.pop("people", "one") == "all":
        return run_people(video, **settings)
    return [run_pipeline(video, **settings)]


def _row(person: Person, trial: Trial) -> IndexRow:
    report = trial.outputs["report"].relative_to(trial.folder.parent).as_posix()
    seen, height = f"{person.first:.1f} to {person.last:.1f} s", f"{person.height:.0f} pixels"
    return IndexRow(person.number, report, seen, height, trial.movement.kind, trial.verdict["level"])


def _write_index(run: Run, trials: list[Trial], index: ResultFiles) -> None:
    people = run.detected.people
    picture = index.place("people", "people.png")
    write_people(picture, people, run.settings.language)
    rows = [_row(person, trial) for person, trial in zip(people, trials, strict=True)]
    write_index(index.place("index", "index.html"), run.video.name, rows, picture, run.settings.language)
    for trial in trials:
        index.paths |= {f"{trial.folder.name}/{what}": path for what, path in trial.outputs.items()}
    folders = {str(person.number): trial.folder.name for person, trial in zip(people, trials, strict=True)}
    index.record(lambda outputs: build_index_record(trials[0].record, folders, outputs))
