"""Progress of a batch on standard error: bars on a terminal, else a line for each trial, or nothing."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from humanpose3d.batch.summary import Outcome

__all__ = ["Display", "display"]

_BETWEEN_LINES_SECONDS = 30.0
_BETWEEN_LOOKS_SECONDS = 0.2
_NAME_LETTERS = 28
_IDLE = "  waits"


class Display(Protocol):
    """Receiver of the events of a batch."""

    def started(self, worker: int, name: str) -> None:
        """Show that a worker has started a trial."""

    def progressed(self, worker: int, done: int, total: int | None) -> None:
        """Show that a worker has processed frames of its trial."""

    def ended(self, worker: int | None, outcome: Outcome) -> None:
        """Show that a trial has ended; `worker` is None if it was never started."""


@contextmanager
def display(trials: int, workers: int) -> Iterator[Display]:
    """Yield the display for ``HUMANPOSE3D_PROGRESS`` and the kind of standard error."""
    from humanpose3d.model_assets.settings import Settings

    mode = Settings.from_environment().progress
    if mode == "0" or sys.stderr is None:
        yield _Silence()
    elif mode == "1" or sys.stderr.isatty():
        bars = _Bars(trials, workers)
        try:
            yield bars
        finally:
            bars.close()
    else:
        yield _Lines(trials)


class _Silence:
    def started(self, worker: int, name: str) -> None: ...

    def progressed(self, worker: int, done: int, total: int | None) -> None: ...

    def ended(self, worker: int | None, outcome: Outcome) -> None: ...


class _Count:
    """Trials and frames so far."""

    def __init__(self, trials: int) -> None:
        self.trials = trials
        self.ended = self.failed = self.frames = 0
        self._of_worker: dict[int, int] = {}
        self._since = time.perf_counter()

    def begin(self, worker: int) -> None:
        self._of_worker[worker] = 0

    def add(self, worker: int, done: int) -> None:
        self.frames += done - self._of_worker.get(worker, 0)
        self._of_worker[worker] = done

    def end(self, outcome: Outcome) -> None:
        self.ended += 1
        self.failed += outcome.status == "failed"

    @property
    def rate(self) -> float:
        return self.frames / max(time.perf_counter() - self._since, 1e-9)

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.frames:,} frames, {self.rate:.1f} frames/s{failed}"


class _Bars:
    """A bar for all trials, and below it a line for each worker."""

    def __init__(self, trials: int, workers: int) -> None:
        from tqdm import tqdm

        common: dict[str, Any] = {"file": sys.stderr, "dynamic_ncols": True}
        self._count = _Count(trials)
        # `disable=False`: with HUMANPOSE3D_PROGRESS=1 the bars are wanted without a terminal too.
        self._all = tqdm(desc="trials", total=trials, unit="trial", position=0, disable=False, **common)
        self._each = [
            tqdm(
                desc=_IDLE,
                bar_format="{desc}",
                unit="frame",
                position=1 + number,
                leave=False,
                disable=False,
                **common,
            )
            for number in range(workers)
        ]
        self._looked = -math.inf

    def started(self, worker: int, name: str) -> None:
        self._count.begin(worker)
        bar = self._each[worker]
        bar.bar_format = bar.total = None
        bar.reset()
        bar.set_description_str(f"  {_shortened(name)}")

    def progressed(self, worker: int, done: int, total: int | None) -> None:
        self._count.add(worker, done)
        bar = self._each[worker]
        bar.total = max(done, total) if total else None
        bar.update(done - bar.n)
        if done == total:  # the last frame comes long before the end of the trial
            bar.refresh()
        if done == total or time.monotonic() - self._looked > _BETWEEN_LOOKS_SECONDS:
            self._looked = time.monotonic()
            self._all.set_postfix_str(str(self._count))

    def ended(self, worker: int | None, outcome: Outcome) -> None:
        self._count.end(outcome)
        if worker is not None:
            self._each[worker].bar_format = "{desc}"
            self._each[worker].set_description_str(_IDLE)
        if outcome.status == "failed":
            self._all.write(f"failed: {outcome.trial.name}: {outcome.reason}", file=sys.stderr)
        self._all.update()
        self._all.set_postfix_str(str(self._count))

    def close(self) -> None:
        for bar in [*self._each, self._all]:
            bar.close()


def _shortened(name: str) -> str:
    """Keep both ends of a name that is too long for the bar."""
    half = _NAME_LETTERS // 2
    return name if len(name) <= _NAME_LETTERS else f"{name[:half]}…{name[1 - half :]}"


class _Lines:
    """A line for each trial that has ended, and one every 30 s while none ends."""

    def __init__(self, trials: int) -> None:
        self._count = _Count(trials)
        self._names: dict[int, str] = {}
        self._frames: dict[int, str] = {}
        self._last = time.monotonic()

    def started(self, worker: int, name: str) -> None:
        self._count.begin(worker)
        self._names[worker], self._frames[worker] = name, "beginning"

    def progressed(self, worker: int, done: int, total: int | None) -> None:
        self._count.add(worker, done)
        self._frames[worker] = f"{done} of {total} frames" if total else f"{done} frames"
        if time.monotonic() - self._last > _BETWEEN_LINES_SECONDS:
            self._say("running: " + ", ".join(f"{name} ({self._frames[at]})" for at, name in self._names.items()))

    def ended(self, worker: int | None, outcome: Outcome) -> None:
        if worker is not None:
            self._names.pop(worker, None)
        self._count.end(outcome)
        took = "" if outcome.seconds is None else f" ({outcome.seconds:.1f} s)"
        self._say(f"{outcome.word}: {outcome.trial.name}{took}", outcome.reason)

    def _say(self, what: str, why: str | None = None) -> None:
        self._last = time.monotonic()
        line = f"[{self._count.ended}/{self._count.trials}] {what} [{self._count}]"
        print(f"{line}: {why}" if why else line, file=sys.stderr, flush=True)
