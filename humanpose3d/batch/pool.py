"""Processes that run trials: one video each at a time, and the death of one costs only its trial."""

from __future__ import annotations

import math
import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait

from humanpose3d.batch.trials import BatchTrial, read_record, remove_leftovers
from humanpose3d.batch.worker import Frames, Reason, cap_threads, serve
from humanpose3d.environment import environment

__all__ = ["Ended", "Progressed", "Started", "default_jobs", "over_time", "run_trials", "usable_cores"]

_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Started:
    """A worker has taken a trial."""

    worker: int
    trial: BatchTrial


@dataclass(frozen=True)
class Progressed:
    """A worker has done frames of its trial."""

    worker: int
    done: int
    total: int | None


@dataclass(frozen=True)
class Ended:
    """A worker is done with a trial; `reason` says why it failed, `seconds` what it took, where that is known."""

    worker: int | None
    trial: BatchTrial
    reason: Reason
    seconds: float | None


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_jobs(trials: int) -> int:
    """Return how many workers there are if nobody says: one for each core, and no more than trials."""
    return max(1, min(trials, usable_cores()))


def over_time(minutes: float) -> str:
    """Say that a trial was ended because of its time limit."""
    return f"It was not done within the {minutes:g} min of --time-limit, and was ended."


def run_trials(
    trials: Sequence[BatchTrial], jobs: int, minutes: float | None = None
) -> Iterator[Started | Progressed | Ended]:
    """Run all trials in so many processes, and yield what happens.

    However the iteration ends (close it: ``contextlib.closing``), no process is left: a running trial is then given
    up, a finished one stays.

    Parameters
    ----------
    trials : sequence of BatchTrial
    jobs : int
        Workers; the cores are shared out among them.
    minutes : float, optional
        After which a trial is ended, with its worker, and has failed.
    """
    waiting = deque(trials)
    jobs = min(jobs, len(trials))
    threads = max(1, usable_cores() // max(1, jobs))
    workers: list[_Worker] = []
    try:
        for number in range(jobs):
            workers.append(_Worker(number, threads, minutes))
            yield workers[-1].start(waiting.popleft())
        while busy := {worker.connection: worker for worker in workers if worker.trial}:
            left = None if minutes is None else max(0.0, min(worker.seconds_left for worker in busy.values()))
            speaking = wait(list(busy), left)
            for connection, worker in busy.items():
                event = worker.receive() if connection in speaking else None
                if worker.trial and worker.seconds_left <= 0:
                    event = worker.give_up()
                if event:
                    yield event
                if worker.trial:
                    continue
                if not waiting:
                    worker.dismiss()
                    continue
                if worker.dead:
                    worker.connection.close()
                    worker = workers[worker.number] = _Worker(worker.number, threads, minutes)
                yield worker.start(waiting.popleft())
    finally:
        with interrupts_held():
            _end(workers)


class _Worker:
    """A process, the pipe to it, and the trial that it is at."""

    def __init__(self, number: int, threads: int, minutes: float | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.number, self._minutes = number, minutes
        self.trial: BatchTrial | None = None
        self.dead = False
        self._since, self._new_folder = 0.0, False
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,), name=f"humanpose3d-{number}", daemon=True)
        quiet = {"HUMANPOSE3D_PROGRESS": "0"}
        with interrupts_held(), environment({**cap_threads(threads), **quiet}):
            self.process.start()
        theirs.close()

    def start(self, trial: BatchTrial) -> Started:
        self.trial, self._since = trial, time.perf_counter()
        self._new_folder = not trial.folder.exists()
        try:
            self.connection.send(trial)
        except OSError:  # it has died; to receive tells how
            self.dead = True
        return Started(self.number, trial)

    @property
    def seconds_left(self) -> float:
        """The time that its trial still has."""
        return math.inf if self._minutes is None else self._since + 60 * self._minutes - time.perf_counter()

    def receive(self) -> Progressed | Ended:
        assert self.trial is not None
        trial = self.trial
        try:
            message: Frames | Reason = self.connection.recv()
        except (EOFError, OSError):
            self.dead = True
            self.process.join(_GRACE_SECONDS)
            self.put_away()
            message = _cause_of_death(self.process.exitcode)
        if isinstance(message, tuple):
            return Progressed(self.number, *message)
        return self._ended(trial, message)

    def give_up(self) -> Ended:
        """End the process, because its trial takes too long."""
        assert self.trial is not None and self._minutes is not None
        with interrupts_held():
            _end([self])
        self.dead = True
        return self._ended(self.trial, over_time(self._minutes))

    def _ended(self, trial: BatchTrial, reason: Reason) -> Ended:
        self.trial = None
        return Ended(self.number, trial, reason, time.perf_counter() - self._since)

    def put_away(self) -> None:
        """Remove what the process, which has ended, left of its trial; a complete one stays."""
        if self.trial is None:
            return
        if self._new_folder and read_record(self.trial.folder) is None:
            shutil.rmtree(self.trial.folder, ignore_errors=True)
        remove_leftovers(self.trial.folder)

    def dismiss(self) -> None:
        """Let an idle worker go."""
        try:
            self.connection.send(None)
        except OSError:  # it has gone
            self.dead = True


def _end(workers: Sequence[_Worker]) -> None:
    """End all processes: those at work get a moment to put their files away."""
    for worker in workers:
        if worker.trial is not None:
            worker.process.terminate()
        worker.connection.close()  # which ends one that waits for a trial
    deadline = time.monotonic() + _GRACE_SECONDS
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.put_away()


def _cause_of_death(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        hint = "; if memory ran out, use fewer --jobs" if name == "SIGKILL" else ""
        return f"The worker's process was ended by {name}{hint}."
    return f"The worker's process ended by itself with exit code {code}."


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back for the length of the context: it comes right after it.

    A process that is started in it never sees Ctrl-C. On Windows nothing is held.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
