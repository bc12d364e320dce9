"""One measured piece of work: seconds, bytes over the wire, and the most that ever lay on disk and in memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
_SAMPLE_SECONDS = 0.01


@dataclass(frozen=True)
class Run:
    """What one run cost.

    Attributes
    ----------
    seconds : float
        Wall time.
    received : int
        Bytes that came over the link.
    peak_disk : int
        Largest number of bytes that was allocated in the run's folder at any sampled moment.
    peak_memory : int
        Largest number of bytes that any one of its processes had in memory.
    """

    seconds: float
    received: int
    peak_disk: int
    peak_memory: int


def median_run(runs: Sequence[Run]) -> Run:
    """Return the medians of the four quantities."""
    return Run(
        statistics.median(run.seconds for run in runs),
        round(statistics.median(run.received for run in runs)),
        round(statistics.median(run.peak_disk for run in runs)),
        round(statistics.median(run.peak_memory for run in runs)),
    )


def measure(work: Callable[[], int], folder: Path, take_count: Callable[[], int]) -> Run:
    """Do `work`, which writes nowhere but in `folder` and returns its peak memory in bytes, and measure it."""
    if hasattr(os, "sync"):
        os.sync()  # what the run before left to be written is not ours to wait for
    take_count()
    with _DiskSampler(folder) as disk:
        start = time.perf_counter()
        memory = work()
        seconds = time.perf_counter() - start
    return Run(seconds, take_count(), disk.peak, memory)


def peak_memory_of(command: Sequence[str], **options: Any) -> int:
    """Run a program to its end; return the bytes of the largest among its processes."""
    process = subprocess.Popen(command, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return int(usage.ru_maxrss) * (1 if sys.platform == "darwin" else 1024)


class _DiskSampler:
    """Looks at a folder a hundred times a second, as ``du`` would."""

    def __init__(self, folder: Path) -> None:
        self.peak = 0
        self._folder = folder
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> _DiskSampler:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()
        self.peak = max(self.peak, allocated(self._folder))

    def _watch(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self.peak = max(self.peak, allocated(self._folder))


def allocated(folder: Path) -> int:
    """Bytes that the files below `folder` occupy on disk."""
    total = 0
    try:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                total += allocated(Path(entry.path))
            else:
                facts = entry.stat(follow_symlinks=False)
                total += getattr(facts, "st_blocks", -(-facts.st_size // 512)) * 512
    except FileNotFoundError:  # gone between the listing and now
        return total
    return total


@dataclass(frozen=True)
class Target:
    """A promise and what was measured.

    Attributes
    ----------
    promise : str
        In words.
    limit, measured : float
        The promise holds where `measured` does not exceed `limit`, or, with `at_least`, does not fall below it.
    at_least : bool
        Which of the two.
    """

    promise: str
    limit: float
    measured: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the promise holds."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def targets_table(targets: Iterable[Target]) -> str:
    """Return the promises as a markdown table."""
    rows = [
        (
            target.promise,
            f"{'≥' if target.at_least else '≤'} {target.limit:g}",
            f"{target.measured:.3g}" if target.measured >= 10 else f"{target.measured:.3f}",
            "yes" if target.met else "**no**",
        )
        for target in targets
    ]
    return markdown_table(("promise", "limit", "measured", "kept"), rows)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a markdown table whose first column is text and whose others are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
