"""The main function of a worker process: run trials one by one until the pipe is closed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from humanpose3d.batch.trials import BatchTrial, remove_leftovers
from humanpose3d.errors import PipelineError, explained_imports
from humanpose3d.model_assets import ModelAssetError
from humanpose3d.model_assets.download.interrupts import (
    signal_main_thread,
    swallowed_requests_return,
    termination_raises,
)

if TYPE_CHECKING:
    from humanpose3d.pipeline.detection import ProgressCallback
    from humanpose3d.runs.stage_log import StageCallback

__all__ = ["Frames", "Reason", "StageBegun", "cap_threads", "run_trial", "serve"]

Frames = tuple[int, int | None]
"""Frames done, and frames in all where that is known."""
Reason = str | None
"""Why a trial failed; None where it did not."""


@dataclass(frozen=True)
class StageBegun:
    """A stage of the trial has begun."""

    name: str


_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_GRACE_SECONDS = 2.0


def cap_threads(threads: int) -> dict[str, str]:
    """Return environment variables that limit the threads of numerical libraries; a value that is set is kept."""
    return {name: os.environ.get(name, str(threads)) for name in _THREAD_VARIABLES}


def run_trial(
    trial: BatchTrial, progress: ProgressCallback | None = None, stage: StageCallback | None = None
) -> Reason:
    """Run one trial; an error is returned as one sentence."""
    try:
        remove_leftovers(trial.folder)
        with explained_imports("numpy"):
            from humanpose3d.runs.people.everybody import run_chosen
        run_chosen(trial.video, output=trial.folder, progress=progress, stage=stage, **trial.options)
    except (PipelineError, ModelAssetError) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  (a bug must not end the other trials)
        return f"Unexpected {type(error).__name__}: {error}"
    return None


def serve(connection: Connection) -> None:
    """Receive trials, and send `Frames` and `StageBegun` while each runs, then its `Reason`.

    None in place of a trial ends the process, and so does the end of the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent receives it too, and ends its workers
    threading.Thread(target=_end_with_parent, name="humanpose3d-parent", daemon=True).start()
    try:
        with termination_raises(), swallowed_requests_return():
            while (trial := connection.recv()) is not None:
                reason = run_trial(
                    trial,
                    lambda done, total: connection.send((done, total)),
                    lambda name: connection.send(StageBegun(name)),
                )
                connection.send(reason)
    except (EOFError, BrokenPipeError, ConnectionResetError):  # the parent has closed the pipe
        sys.exit(1)


def _end_with_parent() -> None:
    """Raise SIGTERM when the parent ends, so that a run removes its temporary files; then exit in any case."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        signal_main_thread(signal.SIGTERM)
        time.sleep(_GRACE_SECONDS)
        os._exit(1)
