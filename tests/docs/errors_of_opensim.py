"""How each error of OpenSim, and of files for other programs, comes about."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from docs.workbench import Workbench
from humanpose3d.cli.main import make_parser
from humanpose3d.opensim import installed, inverse_kinematics
from humanpose3d.opensim.process import run_worker
from humanpose3d.opensim.worker import FAILURE
from humanpose3d.report.data.content import ReportContent
from humanpose3d.runs.exports.c3d import write_trial_as_c3d

OPENSIM_ERRORS: dict[str, Callable[[Workbench], str]] = {}


def provokes(name: str) -> Callable[[Callable[[Workbench], str]], None]:
    """Register a function that returns the text of the error of that name."""
    return lambda provocation: OPENSIM_ERRORS.update({name: provocation})


@provokes("opensim-missing")
def _(bench: Workbench) -> str:
    bench.patch.setattr(installed, "find_spec", lambda _name: None)
    return bench.message(installed.require_opensim)


@provokes("pose2sim-model-missing")
def _(bench: Workbench) -> str:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    bench.patch.setattr(installed, "distribution", absent)
    return bench.message(lambda: installed.find_model_files(True))


@provokes("pose2sim-model-incomplete")
def _(bench: Workbench) -> str:
    _without_files(bench)
    return bench.message(lambda: installed.find_model_files(True))


def _without_files(bench: Workbench) -> None:
    package = SimpleNamespace(locate_file=lambda path: bench.stick / path)
    bench.patch.setattr(installed, "distribution", lambda _name: package)


@provokes("opensim-no-file")
def _(bench: Workbench) -> str:
    _without_files(bench)
    return bench.message(lambda: installed.find_model_files(True, Path("my_model.osim")))


def _worker(bench: Workbench, code: str) -> str:
    return bench.message(lambda: run_worker(Path(), "job.json", 10, [sys.executable, "-c", code]))


@provokes("opensim-failed")
def _(bench: Workbench) -> str:
    worst = "InverseKinematicsTool Failed: AssemblySolver::track() attempt failed."
    return _worker(bench, f"open({FAILURE!r}, 'w').write({worst!r}); raise SystemExit(1)")


@provokes("opensim-ended")
def _(bench: Workbench) -> str:
    message = _worker(bench, "import os; print('[info] Frame 7', flush=True); os._exit(11)")
    return message.replace("exit code 11", "exit code -11")  # which Windows does not have


@provokes("opensim-stopped")
def _(bench: Workbench) -> str:
    bench.patch.setattr("humanpose3d.opensim.process._LONGEST_SILENCE_S", 1.0)
    return _worker(bench, "import time; print('[info] Frame 7', flush=True); time.sleep(600)")


def _solve(bench: Workbench, positions: np.ndarray) -> str:
    nothing = Path("nothing.xml")
    nothing.write_text("<Tool/>", encoding="utf-8")
    files = installed.ModelFiles(nothing, nothing, nothing, nothing, (), False)
    solve = inverse_kinematics.scale_and_solve
    return bench.message(lambda: solve(Path(), "walk", ("Hip",), np.arange(2.0), positions, files))


@provokes("opensim-no-markers")
def _(bench: Workbench) -> str:
    return _solve(bench, np.full((2, 1, 3), np.nan))


@provokes("opensim-unreadable")
def _(bench: Workbench) -> str:
    bench.patch.setattr(inverse_kinematics, "run_worker", lambda *_: None)
    return _solve(bench, np.zeros((2, 1, 3)))


@provokes("opensim-not-numbers")
def _(bench: Workbench) -> str:
    def solved(*_: object) -> None:
        for name in ("ik.mot", "ik_model_marker_locations.sto"):
            text = "nRows=1\nnColumns=2\nendheader\ntime\tknee_angle_r\n0\tnan\n"
            Path(f"walk_{name}").write_text(text, encoding="utf-8")

    bench.patch.setattr(inverse_kinematics, "run_worker", solved)
    return _solve(bench, np.zeros((2, 1, 3)))


@provokes("formats-none")
def _(bench: Workbench) -> str:
    options = make_parser().parse_args(["export", "results"])
    return bench.message(lambda: options.command(options))


@provokes("c3d-too-long")
def _(bench: Workbench) -> str:
    times = np.arange(70000) / 120
    content = ReportContent("walk", times, np.zeros((len(times), 12, 3)))
    return bench.message(lambda: write_trial_as_c3d(Path("walk.c3d"), content, []))
