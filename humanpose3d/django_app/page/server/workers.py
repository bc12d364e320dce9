"""The worker processes of the page: started, started again when one dies, and ended with the server."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from types import TracebackType

__all__ = ["Workers"]

_LOG = logging.getLogger("humanpose3d.app")
_GRACE_SECONDS = 5.0
_LOOK_SECONDS = 0.5
_BETWEEN_STARTS_SECONDS = 5.0  # one that can't work is not started all the time
_COMMAND = ["-m", "django", "db_worker", "--until-stdin-closes", "--no-startup-delay", "--interval", "0.5", "-v", "0"]


class Workers:
    """So many processes of ``db_worker``, as a context.

    Each ends when its standard input closes. So none is left, however the server ends.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._keep, name="humanpose3d-workers", daemon=True)

    def __enter__(self) -> Workers:
        self._processes = [_start() for _ in range(self._number)]
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._watch.join()
        for process in self._processes:
            if process.stdin:
                process.stdin.close()
        deadline = time.monotonic() + _GRACE_SECONDS
        for process in self._processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _keep(self) -> None:
        """Start a worker again that has died."""
        started = [time.monotonic()] * self._number
        while not self._ending.wait(_LOOK_SECONDS):
            for number, process in enumerate(self._processes):
                if process.poll() is not None and time.monotonic() - started[number] > _BETWEEN_STARTS_SECONDS:
                    started[number] = time.monotonic()
                    _LOG.warning("worker %d ended (exit code %s); it is started again", number + 1, process.returncode)
                    self._processes[number] = _start()


def _start() -> subprocess.Popen[bytes]:
    # In a session of its own, a worker hears of Ctrl-C from the server alone, which waits for it.
    return subprocess.Popen(
        [sys.executable, *_COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
