"""Run the worker and watch it: a crash, a hang or a flood of lines ends as one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from humanpose3d.opensim.errors import OpenSimError
from humanpose3d.opensim.worker import FAILURE

__all__ = ["run_worker"]

_PACKAGE = Path(__file__).resolve().parents[2]
_LONGEST_SILENCE_S = 120.0
"""Of one that works: OpenSim says a line for each frame, after a second or two in which it loads a model."""
_LONGEST_S = 300.0
_LONGEST_S_A_FRAME = 1.0
"""On a free processor a frame takes about a hundredth of this."""
_KEPT_LINES = 200
_POLL_S = 0.05
_WORST = ("[critical]", "[error]")


def run_worker(folder: Path, job: str, frames: int, command: Sequence[str] | None = None) -> None:
    """Run the worker on a job file in `folder`, until it ends, and not longer than it may take for so many frames.

    Parameters
    ----------
    folder : Path
        Working directory of the process; its failure is written there.
    job : str
        Name of the job file in it.
    frames : int
    command : sequence of str, optional
        Another program in place of the worker.

    Raises
    ------
    OpenSimError
        It failed, crashed, or took too long.
    """
    command = command or [sys.executable, "-m", "humanpose3d.opensim.worker"]
    output = _Output()
    with subprocess.Popen(
        [*command, job],
        cwd=folder,
        env=_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            output.follow(process)
            late = _wait(process, output, _LONGEST_S + _LONGEST_S_A_FRAME * frames)
        finally:
            process.kill()  # also at Ctrl-C; nothing happens where it has ended
            process.wait()  # after Ctrl-C the context itself waits for a quarter of a second only
            output.join()
    if late:
        raise OpenSimError(f"OpenSim was stopped because it {late}; its last words were: {output.last_words()}")
    if process.returncode:
        failure = folder / FAILURE
        if failure.is_file():
            raise OpenSimError(f"OpenSim failed: {_short(failure.read_text(encoding='utf-8'), output)}")
        raise OpenSimError(
            f"OpenSim's process ended with exit code {process.returncode}; its last words were: {output.last_words()}"
        )


class _Output:
    """Reads what a process says, line by line, and keeps the last of it: however much that is, it fills no disk."""

    def __init__(self) -> None:
        self.heard = time.monotonic()
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._thread: threading.Thread | None = None

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        self._thread = threading.Thread(
            target=self._read, args=[process.stdout], name="humanpose3d-opensim", daemon=True
        )
        self._thread.start()

    def join(self) -> None:
        if self._thread is not None and self._thread.ident is not None:
            self._thread.join(timeout=5)  # a grandchild could hold the pipe open

    def last_words(self) -> str:
        """Return the last line that tells of an error, else the last line."""
        lines = [" ".join(line.split()) for line in self._lines if line.strip()]
        worst = [line for line in lines if line.lower().startswith(_WORST)]
        return (worst or lines or ["none"])[-1][:300]

    def _read(self, stream: IO[bytes]) -> None:
        while line := stream.readline(4096):
            self.heard = time.monotonic()
            self._lines.append(line.decode(errors="replace"))


def _wait(process: subprocess.Popen[bytes], output: _Output, longest: float) -> str | None:
    """Wait until the process has ended; return why it may not go on."""
    end = time.monotonic() + longest
    while process.poll() is None:
        now = time.monotonic()
        if now > end:
            return f"took longer than {longest:.0f} s"
        if now - output.heard > _LONGEST_SILENCE_S:
            return f"said nothing for {_LONGEST_SILENCE_S:.0f} s"
        time.sleep(_POLL_S)
    return None


def _short(failure: str, output: _Output) -> str:
    """Return what a failure is about: OpenSim's exceptions only point to its messages."""
    text = output.last_words() if "see messages window" in failure or not failure else failure
    return re.sub(r"std::exception in '[^']*': ", "", text).partition("Thrown at")[0].strip()[:300]


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Let the worker find this very package, and numbers have decimal points."""
    path = os.pathsep.join(filter(None, (str(_PACKAGE), variables.get("PYTHONPATH"))))
    return {**variables, "PYTHONPATH": path, "LC_NUMERIC": "C", "PYTHONUNBUFFERED": "1"}
