"""Run trials in worker processes; a worker that dies costs only its trial."""

from __future__ import annotations

import math
import multiprocessing
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait

from humanpose3d.batch.trials import BatchTrial, remove_leftovers
from humanpose3d.batch.worker import Frames, Reason, StageBegun, cap_threads, serve
from humanpose3d.environment import environment
from humanpose3d.runs.output import read_record
from humanpose3d.threads import usable_cores

__all__ = ["Ended", "Event", "Progressed", "Staged", "Started", "Waited", "interrupts_held", "over_time", "run_trials"]

_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Started:
    """A worker has started a trial."""

    worker: int
    trial: BatchTrial


@dataclass(frozen=True)
class Progressed:
    """A worker has processed frames of its trial."""

    worker: int
    done: int
    total: int | None


@dataclass(frozen=True)
class Staged:
    """A worker has begun a stage of its trial."""

    worker: int
    name: str


@dataclass(frozen=True)
class Waited:
    """Nothing has happened for a while."""


@dataclass(frozen=True)
class Ended:
    """A trial has ended: `reason` says why it failed, `seconds` how long it took, where that is known."""

    worker: int | None
    trial: BatchTrial
    reason: Reason
    seconds: float | None


Event = Started | Progressed | Staged | Waited | Ended


def over_time(minutes: float) -> str:
    """Return the reason of a trial that was ended at its time limit."""
    return f"It was not done within the {minutes:g} min of --time-limit, and was ended."


def run_trials(
    trials: Sequence[BatchTrial], jobs: int, minutes: float | None = None, pulse: float = math.inf
) -> Generator[Event]:
    """Run all trials in `jobs` worker processes, each with its share of the cores, and yield events.

    However the iteration ends (close it: ``contextlib.closing``), no process is left. Running trials are then
    abandoned, finished ones stay. A trial that takes longer than `minutes` is ended with its worker, as failed. After
    `pulse` seconds without another event there is a `Waited`, so that whoever iterates can close it in time.
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
            left = max(0.0, min(pulse, *(worker.seconds_left for worker in busy.values())))
            speaking = wait(list(busy), None if left == math.inf else left)
            if not speaking and left == pulse:
                yield Waited()
            for connection, worker in busy.items():
                event = worker.receive() if connection in speaking else None
                if worker.trial and worker.seconds_left <= 0:
                    event = worker.end_at_limit()
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
    """A process, the pipe to it, and its current trial."""

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
        except OSError:  # it has died; `receive` tells why
            self.dead = True
        return Started(self.number, trial)

    @property
    def seconds_left(self) -> float:
        """The time left for its trial."""
        return math.inf if self._minutes is None else self._since + 60 * self._minutes - time.perf_counter()

    def receive(self) -> Progressed | Staged | Ended:
        assert self.trial is not None
        trial = self.trial
        try:
            message: Frames | StageBegun | Reason = self.connection.recv()
        except (EOFError, OSError):
            self.dead = True
            self.process.join(_GRACE_SECONDS)
            self.remove_partial_results()
            message = _cause_of_death(self.process.exitcode)
        if isinstance(message, StageBegun):
            return Staged(self.number, message.name)
        if isinstance(message, tuple):
            return Progressed(self.number, *message)
        return self._ended(trial, message)

    def end_at_limit(self) -> Ended:
        """End the process, because its trial exceeds the time limit."""
        assert self.trial is not None and self._minutes is not None
        with interrupts_held():
            _end([self])
        self.dead = True
        return self._ended(self.trial, over_time(self._minutes))

    def _ended(self, trial: BatchTrial, reason: Reason) -> Ended:
        self.trial = None
        return Ended(self.number, trial, reason, time.perf_counter() - self._since)

    def remove_partial_results(self) -> None:
        """Remove what the ended process left of its trial; complete results stay."""
        if self.trial is None:
            return
        if self._new_folder and read_record(self.trial.folder) is None:
            shutil.rmtree(self.trial.folder, ignore_errors=True)
        remove_leftovers(self.trial.folder)

    def dismiss(self) -> None:
        """Ask an idle worker to end."""
        try:
            self.connection.send(None)
        except OSError:  # it has gone
            self.dead = True


def _end(workers: Sequence[_Worker]) -> None:
    """End all processes; busy ones get a few seconds to remove their temporary files."""
    for worker in workers:
        if worker.trial is not None:
            worker.process.terminate()
        worker.connection.close()  # which ends an idle one
    deadline = time.monotonic() + _GRACE_SECONDS
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.remove_partial_results()


def _cause_of_death(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        hint = "; if memory ran out, run fewer at once" if name == "SIGKILL" else ""
        return f"The worker's process was ended by {name}{hint}."
    return f"The worker's process ended by itself with exit code {code}."


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Block SIGINT for the length of the context; a pending Ctrl-C is delivered right after it.

    A process that is started in it never receives Ctrl-C. On Windows nothing is blocked.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
