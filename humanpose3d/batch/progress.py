"""Progress of a batch on standard error: bars on a terminal, else a line for each trial, or nothing."""

from __future__ import annotations

import math
import sys
import time
from contextlib import closing
from typing import Any

from humanpose3d.batch.summary import Outcome

__all__ = ["Display", "display"]

_BETWEEN_LINES_SECONDS = 30.0
_BETWEEN_LOOKS_SECONDS = 0.2
_NAME_LETTERS = 28
_IDLE = "  waits"


def display(trials: int, workers: int) -> closing[Display]:
    """Return the display for ``HUMANPOSE3D_PROGRESS`` and the kind of standard error, as a context."""
    from humanpose3d.model_assets.settings import Settings

    mode = Settings.from_environment().progress
    if mode == "0" or sys.stderr is None:
        return closing(Display(trials))
    bars = mode == "1" or sys.stderr.isatty()
    return closing(_Bars(trials, workers) if bars else _Lines(trials))


class Display:
    """Receives the events of a batch, and counts trials and frames; shows nothing."""

    def __init__(self, trials: int) -> None:
        self._trials = trials
        self._ended = self._failed = self._frames = 0
        self._of_worker: dict[int, int] = {}
        self._since = time.perf_counter()

    def started(self, worker: int, name: str) -> None:  # noqa: ARG002
        """Show that a worker has started a trial."""
        self._of_worker[worker] = 0

    def progressed(self, worker: int, done: int, total: int | None) -> None:  # noqa: ARG002
        """Show that a worker has processed frames of its trial."""
        self._frames += done - self._of_worker.get(worker, 0)
        self._of_worker[worker] = done

    def ended(self, worker: int | None, outcome: Outcome) -> None:  # noqa: ARG002
        """Show that a trial has ended; `worker` is None if it was never started."""
        self._ended += 1
        self._failed += outcome.status == "failed"

    def close(self) -> None:
        """Show the end of the batch."""

    @property
    def _count(self) -> str:
        rate = self._frames / max(time.perf_counter() - self._since, 1e-9)
        failed = f", {self._failed} failed" if self._failed else ""
        return f"{self._frames:,} frames, {rate:.1f} frames/s{failed}"


class _Bars(Display):
    """A bar for all trials, and below it a line for each worker."""

    def __init__(self, trials: int, workers: int) -> None:
        from tqdm import tqdm

        super().__init__(trials)
        # `disable=False`: with HUMANPOSE3D_PROGRESS=1 the bars are wanted without a terminal too.
        common: dict[str, Any] = {"file": sys.stderr, "dynamic_ncols": True, "disable": False}
        self._all = tqdm(desc="trials", total=trials, unit="trial", position=0, **common)
        self._each = [
            tqdm(desc=_IDLE, bar_format="{desc}", unit="frame", position=1 + number, leave=False, **common)
            for number in range(workers)
        ]
        self._looked = -math.inf

    def started(self, worker: int, name: str) -> None:
        super().started(worker, name)
        bar = self._each[worker]
        bar.bar_format = bar.total = None
        bar.reset()
        bar.set_description_str(f"  {_shortened(name)}")

    def progressed(self, worker: int, done: int, total: int | None) -> None:
        super().progressed(worker, done, total)
        bar = self._each[worker]
        bar.total = max(done, total) if total else None
        bar.update(done - bar.n)
        if done == total:  # the last frame comes long before the end of the trial
            bar.refresh()
        if done == total or time.monotonic() - self._looked > _BETWEEN_LOOKS_SECONDS:
            self._looked = time.monotonic()
            self._all.set_postfix_str(self._count)

    def ended(self, worker: int | None, outcome: Outcome) -> None:
        super().ended(worker, outcome)
        if worker is not None:
            self._each[worker].bar_format = "{desc}"
            self._each[worker].set_description_str(_IDLE)
        if outcome.status == "failed":
            self._all.write(f"failed: {outcome.trial.name}: {outcome.reason}", file=sys.stderr)
        self._all.update()
        self._all.set_postfix_str(self._count)

    def close(self) -> None:
        for bar in [*self._each, self._all]:
            bar.close()


def _shortened(name: str) -> str:
    """Keep both ends of a name that is too long for the bar."""
    half = _NAME_LETTERS // 2
    return name if len(name) <= _NAME_LETTERS else f"{name[:half]}…{name[1 - half :]}"


class _Lines(Display):
    """A line for each trial that has ended, and one every 30 s while none ends."""

    def __init__(self, trials: int) -> None:
        super().__init__(trials)
        self._names: dict[int, str] = {}
        self._states: dict[int, str] = {}
        self._last = time.monotonic()

    def started(self, worker: int, name: str) -> None:
        super().started(worker, name)
        self._names[worker], self._states[worker] = name, "beginning"

    def progressed(self, worker: int, done: int, total: int | None) -> None:
        super().progressed(worker, done, total)
        self._states[worker] = f"{done} of {total} frames" if total else f"{done} frames"
        if time.monotonic() - self._last > _BETWEEN_LINES_SECONDS:
            self._say("running: " + ", ".join(f"{name} ({self._states[at]})" for at, name in self._names.items()))

    def ended(self, worker: int | None, outcome: Outcome) -> None:
        super().ended(worker, outcome)
        if worker is not None:
            self._names.pop(worker, None)
        took = "" if outcome.seconds is None else f" ({outcome.seconds:.1f} s)"
        self._say(f"{outcome.word}: {outcome.trial.name}{took}", outcome.reason)

    def _say(self, what: str, why: str | None = None) -> None:
        self._last = time.monotonic()
        line = f"[{self._ended}/{self._trials}] {what} [{self._count}]"
        print(f"{line}: {why}" if why else line, file=sys.stderr, flush=True)
