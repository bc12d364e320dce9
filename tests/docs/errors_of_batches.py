"""How each error of a batch or a report comes about."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from socket import gethostname
from types import SimpleNamespace

import numpy as np
from support.children import running

from docs.workbench import Workbench
from humanpose3d.batch import slurm
from humanpose3d.batch.lock import only_batch
from humanpose3d.batch.slurm import SlurmEngine, SlurmOptions
from humanpose3d.batch.sources import Source, find_sources, read_table
from humanpose3d.cli.batch import _check_rows
from humanpose3d.cli.main import main, make_parser
from humanpose3d.formats.events_csv import Event
from humanpose3d.formats.trc import write_trc
from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.report.data.corrections import corrected_movement
from humanpose3d.report.data.folder import content_from_folder
from humanpose3d.report.html import pdf
from humanpose3d.runs.load import load_trial

BATCH_ERRORS: dict[str, Callable[[Workbench], str]] = {}


def provokes(name: str) -> Callable[[Callable[[Workbench], str]], None]:
    """Register a function that returns the text of the error of that name."""
    return lambda provocation: BATCH_ERRORS.update({name: provocation})


def _table(bench: Workbench, content: str) -> str:
    Path("trials.csv").write_text(content, encoding="utf-8")
    return bench.message(lambda: read_table(Path("trials.csv")))


@provokes("trials-folder")
def _(bench: Workbench) -> str:
    Path("videos").mkdir()
    return bench.message(lambda: find_sources([Path("videos")], Path("results")))


@provokes("trials-unreadable")
def _(bench: Workbench) -> str:
    return bench.message(lambda: read_table(Path("trials.csv")))


@provokes("trials-head")
def _(bench: Workbench) -> str:
    return _table(bench, "file,height\nwalk.mp4,1.78\n")


@provokes("trials-quote")
def _(bench: Workbench) -> str:
    return _table(bench, 'video,name\nwalk.mp4,"before"after\n')


@provokes("trials-none")
def _(bench: Workbench) -> str:
    return _table(bench, "video,height\n")


@provokes("trials-cells")
def _(bench: Workbench) -> str:
    return _table(bench, "video,height\nwalk.mp4,1,78\n")


@provokes("trials-no-video")
def _(bench: Workbench) -> str:
    return _table(bench, "video,height\n,1.78\n")


@provokes("trials-column")
def _(bench: Workbench) -> str:
    Path("trials.csv").write_text("video,heigth\nwalk.mp4,1.78\n", encoding="utf-8")
    with contextlib.redirect_stderr(io.StringIO()) as said:
        assert main(["batch", "trials.csv", "--output", "results"]) == 1
    return said.getvalue().rstrip().removeprefix("humanpose3d: error: ")


@provokes("trials-name")
def _(bench: Workbench) -> str:
    return bench.message(lambda: _check_rows([Source(Path("walk.mp4"), "a/b", {}, "line 2 of trials.csv")], []))


@provokes("trials-twice")
def _(bench: Workbench) -> str:
    sources = [Source(Path("walk.mp4"), "before", {}, f"line {line} of trials.csv") for line in (2, 3)]
    return bench.message(lambda: _check_rows(sources, []))


@provokes("batch-running")
def _(bench: Workbench) -> str:
    """Of another process: one and the same may hold its lock twice."""
    program = (
        "import time; from pathlib import Path; from humanpose3d.batch.lock import only_batch\n"
        "with only_batch(Path('results')): print('held', flush=True); time.sleep(60)"
    )
    Path("results").mkdir()
    with running(program) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        return bench.message(only_batch(Path("results")).__enter__).replace(gethostname(), "node3")


def _engine() -> SlurmEngine:
    return SlurmEngine(Path("results"), 2, SlurmOptions())


@provokes("cluster-package")
def _(bench: Workbench) -> str:
    bench.patch.setitem(sys.modules, "submitit", None)
    return bench.message(_engine().require)


@provokes("cluster-absent")
def _(bench: Workbench) -> str:
    bench.patch.setattr(shutil, "which", lambda _program: None)
    return bench.message(_engine().require)


@provokes("cluster-arrays")
def _(bench: Workbench) -> str:
    bench.patch.setattr(slurm, "largest_array", lambda: 1)
    return bench.message(lambda: slurm.array_sizes(3))


@provokes("cluster-refused")
def _(bench: Workbench) -> str:
    import submitit

    def refuse(*_arguments: object) -> None:
        raise submitit.core.utils.FailedJobError("sbatch: error: invalid partition specified: shrot")

    executor = SimpleNamespace(update_parameters=lambda **_settings: None, map_array=refuse)
    bench.patch.setattr(submitit, "SlurmExecutor", lambda folder: executor)
    return bench.message(lambda: _engine()._submit([]))


def _folder(record: object) -> None:
    Path("results").mkdir()
    Path("results", "run.json").write_text(json.dumps(record), encoding="utf-8")


@provokes("report-nothing")
def _(bench: Workbench) -> str:
    return bench.message(lambda: content_from_folder(Path("results")))


@provokes("report-other")
def _(bench: Workbench) -> str:
    _folder(["something else"])
    return bench.message(lambda: content_from_folder(Path("results")))


@provokes("report-no-markers")
def _(bench: Workbench) -> str:
    _folder({"outputs": {}})
    return bench.message(lambda: content_from_folder(Path("results")))


@provokes("report-damaged")
def _(bench: Workbench) -> str:
    _folder({"outputs": {"initial_markers": "walk_initial.trc"}})
    Path("results", "walk_initial.trc").write_text("no table", encoding="utf-8")
    return bench.message(lambda: content_from_folder(Path("results")))


@provokes("report-events")
def _(bench: Workbench) -> str:
    _folder({"outputs": {"initial_markers": "walk_initial.trc", "events": "events.csv"}})
    with Path("results", "walk_initial.trc").open("w", encoding="utf-8") as file:
        write_trc(file, ["Hip", "Neck"], np.arange(3) / 30, np.ones((3, 2, 3)), rate=30.0, title="walk_initial.trc")
    Path("results", "events.csv").write_text("event,side,time_s\nheel_strike,R,soon\n", encoding="utf-8")
    return bench.message(lambda: content_from_folder(Path("results")))


def _correcting(bench: Workbench, *events: tuple[float, str, str]) -> str:
    angles = JointAngles(np.arange(5.0), np.zeros((5, 12, 3)), np.ones((12, 3), bool), 0.0)
    given = [Event(*each) for each in events]
    return bench.message(
        lambda: corrected_movement(Movement("other"), given, [], np.zeros((5, 0, 3)), angles, measured_bands())
    )


@provokes("events-late")
def _(bench: Workbench) -> str:
    return _correcting(bench, (99.0, "turn", ""))


@provokes("events-mixed")
def _(bench: Workbench) -> str:
    return _correcting(bench, (0.5, "heel_strike", "R"), (1.0, "turn", ""))


@provokes("events-in-turn")
def _(bench: Workbench) -> str:
    return _correcting(bench, (0.5, "heel_strike", "R"), (1.5, "heel_strike", "R"))


@provokes("events-no-stride")
def _(bench: Workbench) -> str:
    return _correcting(bench, (0.5, "heel_strike", "R"))


@provokes("events-order")
def _(bench: Workbench) -> str:
    return _correcting(bench, (0.5, "start", ""), (1.0, "end", ""))


@provokes("events-unfinished")
def _(bench: Workbench) -> str:
    return _correcting(bench, (0.5, "start", ""), (1.0, "turn", ""))


@provokes("report-twice")
def _(bench: Workbench) -> str:
    options = make_parser().parse_args(["report", "results", "results"])
    return bench.message(lambda: options.command(options))


@provokes("trial-not-complete")
def _(bench: Workbench) -> str:
    _folder({"outputs": {"initial_markers": "walk_initial.trc"}})
    with Path("results", "walk_initial.trc").open("w", encoding="utf-8") as file:
        write_trc(file, ["Hip", "Neck"], np.arange(3) / 30, np.ones((3, 2, 3)), rate=30.0, title="walk_initial.trc")
    return bench.message(lambda: load_trial(Path("results")))


@provokes("report-no-browser")
def _(bench: Workbench) -> str:
    bench.patch.setattr(pdf, "find_chromium", lambda: None)
    return bench.message(lambda: pdf.write_pdf(Path("results/report.html"), Path("results/report.pdf")))


@provokes("report-browser-fails")
def _(bench: Workbench) -> str:
    no_browser = Path(sys.executable)
    return bench.message(lambda: pdf.write_pdf(Path("results/report.html"), Path("results/report.pdf"), no_browser))
