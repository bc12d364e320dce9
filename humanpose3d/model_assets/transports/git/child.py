"""A running git: its output read, and ended with everything it started, even where we are killed first."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_PIPE_BYTES = 1 << 20
_CLOSING_SECONDS = 1.0  # how long a pipe may stay open after its process has ended


class GitFailedError(Exception):
    """Git ended with an error; `stderr` holds its words."""

    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr


class LimitExceededError(Exception):
    """A source sent more than any models repository needs; the message says more of what."""


_running: weakref.WeakSet[GitChild] = weakref.WeakSet()


class GitChild:
    """A running process in a group of its own, ended with all its children on leaving the context.

    Threads call `on_error` and `on_output` with each piece of standard error and output. What these raise is raised
    by :meth:`is_running` and :meth:`end`.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        on_error: Callable[[bytes], None],
        on_output: Callable[[bytes], None],
    ) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, env=dict(environment), stdin=pipe, stdout=pipe, stderr=pipe, **_own_group()
        )
        _running.add(self)
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._stdin = self._process.stdin
        _widen(self._process.stdout)
        self._deadline: float | None = None
        self._readers = (_Reader(self._process.stderr, on_error), _Reader(self._process.stdout, on_output))
        try:
            for reader in self._readers:
                reader.start()
        except BaseException:  # an interrupt: no caller has the child yet to end it
            _end_group(self._process)
            raise

    def is_running(self, wait: float) -> bool:
        """Wait at most `wait` seconds for the end; whether it is still to come."""
        # The end of its standard error is seen at once; waiting for a process with a time limit is done by naps.
        self._readers[0].join(wait)
        self._raise_errors()
        if self._readers[0].is_alive():
            return self._process.poll() is None
        try:
            self._process.wait(wait)
        except subprocess.TimeoutExpired:
            return True
        return False

    def end(self) -> int:
        """Return the exit code of a process that is no longer running, when all it printed was taken."""
        self._drain()
        self._raise_errors()
        return self._process.wait()

    def close_input(self, last: bytes = b"") -> None:
        """Write `last` to its standard input and close that, by which a supervisor also knows whether we live."""
        with contextlib.suppress(BrokenPipeError):  # it has ended before it read that, which its exit code explains
            if last:
                self._stdin.write(last)
            self._stdin.close()

    def __enter__(self) -> GitChild:
        return self

    def __exit__(self, *exception: object) -> None:
        _end_group(self._process)
        self.close_input()
        self._drain()
        for reader in self._readers:
            if not reader.is_alive():
                reader.stream.close()

    def _drain(self) -> None:
        """Wait for the ends of the pipes, which a process that git left behind may hold open for ever."""
        if self._deadline is None:
            self._deadline = time.monotonic() + _CLOSING_SECONDS
        for reader in self._readers:
            reader.join(max(0.0, self._deadline - time.monotonic()))

    def _raise_errors(self) -> None:
        for reader in self._readers:
            if reader.error is not None:
                raise reader.error


class _Reader(threading.Thread):
    """Reads a pipe to its end."""

    def __init__(self, stream: IO[bytes], take: Callable[[bytes], None]) -> None:
        super().__init__(daemon=True)
        self.stream = stream
        self.error: BaseException | None = None
        self._take = take

    def run(self) -> None:
        try:
            while chunk := self.stream.read1(_PIPE_BYTES):  # type: ignore[attr-defined]
                self._take(chunk)
            self._take(b"")
        except BaseException as error:  # noqa: BLE001  (raised again by who watches the child)
            self.error = error


def supervised(command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` under the supervisor.

    Where there is no Python to run it, as inside some programs that embed the language, the command runs without: if
    this process is then killed outright, the command ends by itself when its transfer does.
    """
    python = find_python()
    if python is None:
        return list(command)
    if _SUPERVISOR.is_file():
        return [python, "-I", "-S", str(_SUPERVISOR), *command]
    source = globals()["__loader__"].get_data(str(_SUPERVISOR)).decode("utf-8")
    return [python, "-I", "-S", "-c", source, *command]


def find_python() -> str | None:
    """Return the path of a Python; ``sys.executable`` may be None, or a program that embeds the language."""
    prefix = Path(sys.exec_prefix)
    candidates = [sys.executable, getattr(sys, "_base_executable", None), prefix / "bin/python3", prefix / "python.exe"]
    if os.name != "nt":  # there a program of this name may lead to a shop
        candidates.append(shutil.which("python3"))
    for candidate in filter(None, candidates):
        path = Path(candidate)
        if path.name.lower().startswith(("python", "pypy", "graalpy")) and path.is_file():
            return str(path)
    return None


def _close_inputs() -> None:
    """In the child of a fork: the copies of our pipes must not keep a git alive when our parent is killed."""
    for child in list(_running):
        child.close_input()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_inputs)


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold more than the usual 64 kB where the system can: a model passes in a sixteenth of the steps."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):  # all pipes of this user together hold as much as they may
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _own_group() -> dict[str, Any]:
    """Return the arguments of ``Popen`` that start a process in a group of its own."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything it started; git's helpers outlive a git that is killed alone."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            # No process is left in the group (macOS answers with the second when only a zombie is).
            process.poll()
    with contextlib.suppress(subprocess.TimeoutExpired):  # one that waits for a dead disk can't even be killed
        process.wait(_CLOSING_SECONDS)
