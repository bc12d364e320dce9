"""Requests to end: signals and cancellation, turned into exceptions so that all clean-up runs."""

from __future__ import annotations

import atexit
import contextlib
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

from humanpose3d.model_assets.transports import CancelledError

_PUTTING_AWAY_SECONDS = 2.0
_LOOK_SECONDS = 0.1
_AGAIN_SECONDS = 0.05


class LinkedEvent(threading.Event):
    """An event that counts as set also when another one is."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        """Whether one of the two is set."""
        return super().is_set() or self._other.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for either."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while not self.is_set() and time.monotonic() < end:
            super().wait(min(_LOOK_SECONDS, max(0.0, end - time.monotonic())))
        return self.is_set()


@contextlib.contextmanager
def termination_raises() -> Iterator[None]:
    """Turn SIGTERM into ``SystemExit(143)`` for the length of the context.

    Only in the main thread, and only where the program has not decided for itself what SIGTERM does.
    """
    mine = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not mine:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextlib.contextmanager
def swallowed_requests_return() -> Iterator[None]:
    """Let a request to end come again if Python has swallowed it, for the length of the context.

    A signal's exception that happens to be raised in a weak reference's callback, a finaliser or a callback from C goes
    no further: Python prints it and carries on, and the person who pressed Ctrl-C would wait for nothing.
    """
    before = sys.unraisablehook

    def again(swallowed: sys.UnraisableHookArgs) -> None:
        number = _requested_by(swallowed.exc_value)
        if number is None:
            before(swallowed)
            return
        timer = threading.Timer(_AGAIN_SECONDS, signal_main_thread, [number])
        timer.daemon = True
        timer.start()

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = before


def signal_main_thread(number: signal.Signals) -> None:
    """Send a signal to this process from any thread, so that the main thread also wakes from what it waits in."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)


@contextlib.contextmanager
def cancelled_at_exit(cancelled: threading.Event) -> Iterator[None]:
    """Set `cancelled` when the program ends while a daemon thread is in the context, and let it put things away."""
    thread = threading.current_thread()
    if not thread.daemon:
        yield
        return

    def cancel() -> None:
        cancelled.set()
        thread.join(_PUTTING_AWAY_SECONDS)

    atexit.register(cancel)
    try:
        yield
    except CancelledError:
        raise SystemExit from None  # ends the thread silently: no caller waits for an answer
    finally:
        atexit.unregister(cancel)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _requested_by(error: BaseException | None) -> signal.Signals | None:
    """Return the signal whose handler has raised this, if one has."""
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    if isinstance(error, SystemExit) and error.code == 128 + signal.SIGTERM:
        return signal.SIGTERM
    return None
