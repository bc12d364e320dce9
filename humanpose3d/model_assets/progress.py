"""Progress for people: bars on a terminal or in a notebook, a line for each 10 % elsewhere, or nothing."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO, cast

from humanpose3d.model_assets.settings import ProgressMode

ProgressCallback = Callable[[str, int, int], None]
"""Called with a model's name, its bytes so far, and its size in bytes (a good guess until it has arrived)."""


class Progress:
    """Where the resolver reports to, from several threads. This one shows nothing."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}

    def begin(self, sizes: Mapping[str, int]) -> None:
        """Announce the models that will be fetched, with the sizes expected, in bytes."""
        self.sizes.update(sizes)

    def update(self, model: str, done: int) -> None:
        """Report that `done` bytes of a model have arrived."""

    def finish(self, model: str, size: int) -> None:
        """Report that a model is there, and its true size."""

    def say(self, line: str) -> None:
        """Show one line."""

    def close(self) -> None:
        """End the display."""


def make_progress(mode: ProgressMode, callback: ProgressCallback | None = None) -> Progress:
    """Return the display that fits the mode and the place that standard error goes to."""
    if callback is not None:
        return _CallbackProgress(callback)
    if mode == "0" or sys.stderr is None:  # pythonw has none
        return Progress()
    if _in_notebook():
        return Bars(sys.stderr)
    terminal = False
    with contextlib.suppress(AttributeError, ValueError):  # something in its place, or closed
        terminal = sys.stderr.isatty()
    stream = cast("TextIO", _PatientStream(sys.stderr))
    return Bars(stream) if mode == "1" or terminal else Lines(stream)


def format_bytes(count: float) -> str:
    """Format a number of bytes as people read it (MB are MiB, as everywhere in this project)."""
    return f"{count / 2**20:.2f} MB" if count >= 2**20 else f"{count / 2**10:.1f} kB"


class _PatientStream:
    """A stream whose errors are ignored: a reader who went away is no reason to end a download."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._try(lambda: self._stream.write(text))

    def flush(self) -> None:
        self._try(lambda: self._stream.flush())

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except BrokenPipeError:
            # Python would try to write what is left at its own end, and exit with 120.
            with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self._stream.fileno())
        except (AttributeError, OSError, ValueError):  # something in its place, a full disk, or closed
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class CallbackError(Exception):
    """The caller's own function has raised `error`, which is no fault of the download."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class _CallbackProgress(Progress):
    """Hands every update to a function."""

    def __init__(self, callback: ProgressCallback) -> None:
        super().__init__()
        self._callback = callback

    def update(self, model: str, done: int) -> None:
        self._call(model, done, max(done, self.sizes.get(model, done)))

    def finish(self, model: str, size: int) -> None:
        self._call(model, size, size)

    def _call(self, model: str, done: int, size: int) -> None:
        try:
            self._callback(model, done, size)
        except Exception as error:
            raise CallbackError(error) from error


class Lines(Progress):
    """One line for each 10 % of a model: for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._shown: dict[str, int] = {}
        self._lock = threading.Lock()

    def update(self, model: str, done: int) -> None:
        """Show a line when the next tenth is reached."""
        size = self.sizes.get(model, 0)
        # The size is a guess until the file is whole: 100 % is for finish() to say, and so is what goes beyond.
        if done < size:
            self._show(model, 10 * done // size, done, size)

    def finish(self, model: str, size: int) -> None:
        """Show the last line."""
        self._show(model, 10, size, size)

    def say(self, line: str) -> None:
        """Show the line."""
        self._stream.write(f"{line}\n")  # in one piece, so that two threads do not write into each other's lines
        self._stream.flush()

    def _show(self, model: str, tenth: int, done: int, size: int) -> None:
        with self._lock:
            if tenth <= self._shown.get(model, 0):
                return
            self._shown[model] = tenth
        self.say(f"{model}: {10 * tenth} % ({format_bytes(done)} of {format_bytes(size)})")


class Bars(Progress):
    """A ``tqdm`` bar for each model, and one for all when there are several."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._bars: dict[str, Any] = {}
        self._total: Any = None
        self._lock = threading.Lock()

    def begin(self, sizes: Mapping[str, int]) -> None:
        """Open the bars, in place of those of a remote that failed."""
        self.close()
        several = len(sizes) > 1
        self._total = self._open("all models", sum(sizes.values()), 0) if several else None
        self._bars = {model: self._open(model, size, n) for n, (model, size) in enumerate(sizes.items(), int(several))}

    def update(self, model: str, done: int) -> None:
        """Move a bar."""
        bar = self._bars[model]
        if done > bar.n:
            with self._lock:
                self._move(bar, min(done, bar.total))

    def finish(self, model: str, size: int) -> None:
        """Fill a bar; its total becomes the true size."""
        bar = self._bars[model]
        with self._lock:
            if self._total is not None:
                self._total.total += size - bar.total
            bar.total = size
            self._move(bar, size)
            bar.refresh()

    def say(self, line: str) -> None:
        """Show a line above the bars."""
        from tqdm import tqdm

        tqdm.write(line, file=self._stream)

    def close(self) -> None:
        """Leave the bars as they are."""
        for bar in [*self._bars.values(), self._total]:
            if bar is not None:
                bar.close()

    def _move(self, bar: Any, done: int) -> None:
        if self._total is not None:
            self._total.update(done - bar.n)
        bar.update(done - bar.n)

    def _open(self, label: str, total: int, position: int) -> Any:
        from tqdm.auto import tqdm

        return tqdm(
            total=total,
            desc=label,
            position=position,
            file=self._stream,
            unit="B",
            unit_scale=True,
            unit_divisor=1024,
            mininterval=0.2,
            dynamic_ncols=True,
        )


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    return running is not None and "IPKernelApp" in getattr(running, "config", {})
