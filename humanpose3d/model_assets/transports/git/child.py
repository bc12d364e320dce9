"""A git that is running: read, watched, and ended with everything it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import IO, Any


class GitFailedError(Exception):
    """Git ended with an error; `stderr` holds its words."""

    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr


_running: weakref.WeakSet[GitChild] = weakref.WeakSet()


class GitChild:
    """A running process in a group of its own, ended with all its children on leaving the context.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    environment : mapping of str to str
        Its environment.
    read_output : bool
        Whether to collect standard output for :meth:`result`; otherwise it is to be read from :attr:`output`.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, read_output: bool = True) -> None:
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **own_group(),
        )
        _running.add(self)
        self._stderr = bytearray()
        self._stdout = bytearray()
        assert self._process.stdout and self._process.stderr
        self.output: IO[bytes] = self._process.stdout
        streams = [(self._process.stderr, self._stderr)] + ([(self.output, self._stdout)] if read_output else [])
        self._readers = [threading.Thread(target=_drain, args=pair, daemon=True) for pair in streams]
        try:
            for reader in self._readers:
                reader.start()
        except BaseException:  # an interrupt: nobody has the child yet who could end it
            _end_group(self._process)
            raise

    @property
    def words_heard(self) -> int:
        """Bytes of standard error so far."""
        return len(self._stderr)

    def is_running(self, wait: float) -> bool:
        """Wait at most `wait` seconds for the end; whether it is still to come."""
        # The end of its standard error is seen at once; waiting for a process with a time limit is done by naps.
        self._readers[0].join(wait)
        if self._readers[0].is_alive():
            return self._process.poll() is None
        try:
            self._process.wait(wait)
        except subprocess.TimeoutExpired:
            return True
        return False

    def result(self) -> bytes:
        """Wait for the end and return what was printed.

        Raises
        ------
        GitFailedError
            If the process failed.
        """
        code = self._process.wait()
        for reader in self._readers:
            reader.join()
        if code != 0:
            raise GitFailedError(self._stderr.decode("utf-8", "replace"))
        return bytes(self._stdout)

    def let_go(self) -> None:
        """Close the end of the pipe by which the supervisor knows that we live."""
        if self._process.stdin:
            self._process.stdin.close()

    def __enter__(self) -> GitChild:
        return self

    def __exit__(self, *exception: object) -> None:
        _end_group(self._process)
        for reader in self._readers:
            reader.join()
        self.let_go()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()


def _let_go_of_all() -> None:
    """In the child of a fork: the copies of our pipes must not keep a git alive when our parent is killed."""
    for child in list(_running):
        child.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_of_all)


def own_group() -> dict[str, Any]:
    """Return the arguments of ``Popen`` that start a process in a group of its own."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _drain(stream: IO[bytes], into: bytearray) -> None:
    while chunk := stream.read1(65536):  # type: ignore[attr-defined]
        into += chunk


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything it started; git's helpers outlive a git that is killed alone."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            # Nobody is left in the group (macOS answers with the second when only a zombie is).
            process.poll()
    process.wait()
