"""Shared by the commands: exit codes, error messages, JSON and tables."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from humanpose3d.pipeline.detection import ProgressCallback

DONE = 0
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130


def run_and_report(command: Callable[[], int], *, debug: bool, as_json: bool = False) -> int:
    """Run a command; print an expected error as one sentence, and `as_json` for programs; return the exit code."""
    from humanpose3d.errors import InvalidSettingError, PipelineError
    from humanpose3d.model_assets.download.interrupts import swallowed_requests_return, termination_raises
    from humanpose3d.model_assets.errors import ModelAssetError

    try:
        # A background job of a script ignores SIGINT, and Python leaves it so; SIGTERM is then the way to end it.
        with termination_raises(), swallowed_requests_return():
            code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has ended; Python would print another error when it closes the stream.
        sys.stdout = sys.stderr
        return FAILED
    except (ModelAssetError, PipelineError, OSError, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, KeyboardInterrupt):
            print("humanpose3d: interrupted", file=sys.stderr)
            return INTERRUPTED
        exit_code = WRONG_USAGE if isinstance(error, InvalidSettingError) else FAILED
        if as_json:
            with contextlib.suppress(OSError):  # perhaps it is standard output that can't be written
                print_json({"error": facts_of_error(error), "exit_code": exit_code})
                sys.stdout.flush()
        if isinstance(error, (ModelAssetError, PipelineError)):
            print(getattr(error, "report", f"humanpose3d: error: {error}"), file=sys.stderr)
            return exit_code
        where = f" ({error.filename})" if error.filename else ""
        print(f"humanpose3d: error: {error.strerror or error}{where}.", file=sys.stderr)
        sys.stdout = sys.stderr  # where it was standard output that could not be written
        return FAILED
    return code


def facts_of_error(error: BaseException) -> dict[str, str]:
    """Return an error as JSON takes it; its code is the name of its class, ``git-not-found`` of GitNotFoundError."""
    name = "SystemError" if type(error).__module__ == "builtins" else type(error).__name__
    code = re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Error")).lower()
    return {"code": code, "class": type(error).__name__, "message": str(error)}


def answer(options: argparse.Namespace, content: object, text: str) -> int:
    """Print a result, with ``--json`` its content, else a text; return the exit code."""
    if options.json:
        print_json(content)
    else:
        print(text)
    return DONE


def print_json(content: object) -> None:
    """Print a result as JSON."""
    print(json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False))


def make_printable(*streams: TextIO) -> None:
    """Escape characters that a stream's encoding lacks, instead of raising."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows in columns, as text."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


@contextmanager
def frame_progress() -> Iterator[ProgressCallback]:
    """Yield a callback that shows frames, frames per second and time left: one bar, or a line for each 10 %."""
    from tqdm import tqdm

    from humanpose3d.model_assets.settings import Settings as ResolverSettings

    mode = ResolverSettings.from_environment().progress
    bars = mode == "1" or (mode == "auto" and sys.stderr.isatty())
    shown = 0
    with tqdm(desc="frames", unit="frame", file=sys.stderr, disable=not bars, dynamic_ncols=True) as bar:

        def show(done: int, total: int | None) -> None:
            nonlocal shown
            total = max(done, total) if total else None  # what the file declares may be too few
            if bars:
                bar.total = total
                bar.update(done - bar.n)
            elif mode != "0" and total and 10 * done // total > shown:
                shown = 10 * done // total
                print(f"frames: {10 * shown} % ({done} of {total})", file=sys.stderr, flush=True)

        yield show
