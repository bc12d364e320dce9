"""Write a trial in the formats of other programs: while it is made, or later from its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from humanpose3d.errors import explained_imports
from humanpose3d.formats.atomic import replacing
from humanpose3d.formats.events_csv import Event
from humanpose3d.formats.xlsx import write_xlsx
from humanpose3d.opensim.errors import OpenSimError
from humanpose3d.opensim.installed import find_model_files, require_opensim
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.corrections import events_of
from humanpose3d.report.data.folder import FolderResults, content_of_results, movement_of, read_results
from humanpose3d.report.data.verdict import judge
from humanpose3d.runs.exports.c3d import why_no_c3d, write_trial_as_c3d
from humanpose3d.runs.exports.opensim import OwnModel, write_opensim
from humanpose3d.runs.exports.workbook import sheets_of
from humanpose3d.runs.numbers import angle_numbers
from humanpose3d.runs.output import RECORD_NAME, explained_write_errors, output_folder
from humanpose3d.runs.results import ResultFiles
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import Stage, StageLog, with_stage
from humanpose3d.runs.trial import Trial, content_of

__all__ = ["export_folder", "require_packages", "write_exports"]


def _write_xlsx(path: Path, content: ReportContent, events: Sequence[Event]) -> None:
    write_xlsx(path, sheets_of(content, events), title=content.name)


_TABLES: dict[str, tuple[str, Callable[[Path, ReportContent, Sequence[Event]], None]]] = {
    "c3d": ("ezc3d", write_trial_as_c3d),
    "xlsx": ("xlsxwriter", _write_xlsx),
}
"""For each format of one file the package that it needs, and its writer."""
OPENSIM = "opensim"


def require_packages(formats: Sequence[str], own: OwnModel) -> None:
    """Raise PackageImportError if what a format needs is not installed, and OpenSimError if the user's model is absent.

    Nothing is imported.
    """
    for name in formats:
        if name == OPENSIM:
            require_opensim()
            find_model_files(True, own.model, own.markers)
            continue
        package, _ = _TABLES[name]
        with explained_imports(package, extra=name):
            if find_spec(package) is None:
                raise ModuleNotFoundError(name=package)


def write_exports(trial: Trial, settings: Settings, files: ResultFiles, log: StageLog) -> tuple[Trial, tuple[str, ...]]:
    """Write a trial in each format of a run, stages ``opensim`` and ``export``.

    A trial that OpenSim cannot solve still has its other results: the stage is then skipped, with the reason.

    Returns
    -------
    trial : Trial
        With the angles of OpenSim's model, where it was solved.
    notes : tuple of str
        For the reader.
    """
    notes: tuple[str, ...] = ()
    if OPENSIM in settings.formats:
        own = OwnModel(settings.osim, settings.osim_markers)
        with log.running(OPENSIM) as stage:
            try:
                solved = write_opensim(content_of(trial), trial.angles, files, own)
            except OpenSimError as error:
                stage.reason = str(error).rstrip(".")
            else:
                stage.details, notes = solved.details, solved.notes
                trial = replace(trial, opensim_angles=solved.angles, record=with_stage(trial.record, stage))
    if tables := [name for name in settings.formats if name in _TABLES]:
        content = content_of(trial)
        with log.running("export") as stage:
            stage.reason = why_no_c3d(content) if "c3d" in tables else None
            fitting = [name for name in tables if name != "c3d" or not stage.reason]
            _write_tables(content, events_of(trial.movement), fitting, files)
    return trial, notes


def _write_tables(content: ReportContent, events: Sequence[Event], formats: Sequence[str], files: ResultFiles) -> None:
    for name in formats:
        _TABLES[name][1](files.place(name, f"{content.name}.{name}"), content, events)


def export_folder(
    folder: Path, formats: Sequence[str], output: Path | None = None, own: OwnModel | None = None
) -> list[Path]:
    """Write the results in `folder` in each of `formats`, there or to `output`; return the files.

    `own` is the user's model for OpenSim, in place of Pose2Sim's.

    Files in `folder` are added to its ``run.json``, so that they are replaced and removed with the others.

    Raises
    ------
    ReportError
        The folder holds no results.
    PackageImportError
        What a format needs is not installed.
    OpenSimError
        OpenSim could not solve the trial.
    OutputError
        The files cannot be written.
    """
    own = own or OwnModel()
    require_packages(formats, own)
    found = read_results(folder)
    content, record = content_of_results(found), found.record
    target = output or folder
    with output_folder(target), explained_write_errors(target), ExitStack() as stack:
        elsewhere = not target.samefile(folder)
        file = StringIO() if elsewhere else stack.enter_context(replacing(folder / RECORD_NAME))
        files = ResultFiles(stack, target, content.name, file)
        if OPENSIM in formats:
            solved = write_opensim(content, found.angles, files, own)
            record = with_stage(record, Stage(OPENSIM, details=solved.details))
            found = found._replace(opensim_angles=solved.angles, record=record)
            content, record = content_of_results(found), _with_angles_of_opensim(found)
        events = events_of(movement_of(found)[0])
        _write_tables(content, events, [name for name in formats if name in _TABLES], files)
        written = list(files.paths.values())
        files.record(lambda names: {**record, "outputs": {**content.provenance.outputs, **names}})
    return written


def _with_angles_of_opensim(found: FolderResults) -> dict[str, Any]:
    """Return the record with the numbers of OpenSim's angles, and the verdict, as a run would: of the events found."""
    content = content_of_results(found._replace(files={}))
    numbers = angle_numbers(content)
    return {
        **found.record,
        "opensim": numbers["opensim"],
        "sources": {**numbers["sources"], **found.record.get("sources", {})},
        "verdict": judge(content).as_record(),
    }
