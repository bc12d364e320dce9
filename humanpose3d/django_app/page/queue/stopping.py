"""Requests to end that reach a worker while it computes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from humanpose3d.model_assets.download.interrupts import signal_main_thread

__all__ = ["stop_requests", "stop_when_stdin_closes"]


@contextmanager
def stop_requests() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM or Ctrl-C sets for the length of the context; the worker's own handlers hear it too.

    The worker alone would finish its trial first, which may take minutes.
    """
    wanted = threading.Event()
    before: dict[int, Any] = {}

    def request(number: int, frame: FrameType | None) -> None:
        wanted.set()
        if callable(before[number]):
            before[number](number, frame)

    if threading.current_thread() is not threading.main_thread():
        yield wanted
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, request)
    try:
        yield wanted
    finally:
        for changed, handler in before.items():
            signal.signal(changed, handler)


def stop_when_stdin_closes() -> None:
    """Ask this process to end when its standard input closes: when its parent says so, or ends in whatever way."""

    def watch() -> None:
        while sys.stdin.buffer.read(1):
            pass
        signal_main_thread(signal.SIGTERM)

    threading.Thread(target=watch, name="humanpose3d-stdin", daemon=True).start()
