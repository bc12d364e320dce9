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
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any

from humanpose3d.model_assets.transports import CancelledError

_PUTTING_AWAY_SECONDS = 2.0
_LOOK_SECONDS = 0.1
_AGAIN_SECONDS = 0.05
_INSIST_SECONDS = 1.0


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
    """Let a request to end come again if it was swallowed, for the length of the context.

    A signal's exception that happens to be raised in a weak reference's callback, a finaliser or a callback from C goes
    no further: Python prints it and carries on. An extension module that is being imported may clear it, or turn it
    into an error of its own. The person who pressed Ctrl-C would wait for nothing.
    """
    last: list[signal.Signals] = []
    requests: SimpleQueue[tuple[signal.Signals, float] | None] = SimpleQueue()  # the one queue a handler may put into
    hook = sys.unraisablehook
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def swallowed(arguments: sys.UnraisableHookArgs) -> None:
        number = _requested_by(arguments.exc_value)
        if number is None:
            hook(arguments)
        else:
            requests.put((number, _AGAIN_SECONDS))

    def handle(number: int, frame: FrameType | None) -> None:
        last[:] = [signal.Signals(number)]
        requests.put((last[0], _INSIST_SECONDS))
        handlers[last[0]](number, frame)  # type: ignore[operator, misc]

    watcher = threading.Thread(target=_insist, args=(requests,), name="humanpose3d-insist", daemon=True)
    watcher.start()
    sys.unraisablehook = swallowed
    ours = threading.current_thread() is threading.main_thread()
    raising = [n for n, handler in handlers.items() if ours and handler in (signal.default_int_handler, _exit)]
    for number in raising:
        signal.signal(number, handle)
    try:
        yield
    except Exception as error:
        if last:
            raise (KeyboardInterrupt() if last[0] == signal.SIGINT else SystemExit(128 + last[0])) from error
        raise
    finally:
        for number in raising:
            signal.signal(number, handlers[number])
        sys.unraisablehook = hook
        requests.put(None)


def _insist(requests: SimpleQueue[tuple[signal.Signals, float] | None]) -> None:
    """Send each request again that the main thread does not answer; end at None."""
    request = requests.get()
    while request is not None:
        number, pause = request
        try:
            request = requests.get(timeout=pause)
        except Empty:
            if not _main_thread_answers():
                signal_main_thread(number)
                request = requests.get()


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


def _main_thread_answers() -> bool:
    """Whether the main thread is in an ``except`` or ``finally`` block, on its way out because of a request to end."""
    current: Any = sys._current_exceptions().get(threading.main_thread().ident or 0)
    error: BaseException | None = current[1] if isinstance(current, tuple) else current  # before and since Python 3.12
    while error is not None and _requested_by(error) is None:
        error = error.__cause__ or error.__context__
    return error is not None
