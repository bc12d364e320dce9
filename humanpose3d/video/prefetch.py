"""Run a producer ahead of its consumer, in its own thread and in bounded memory."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

__all__ = ["running_ahead"]

T = TypeVar("T")


@contextmanager
def running_ahead(items: Iterable[T], *, depth: int = 4) -> Iterator[Iterator[T]]:
    """Iterate over `items` in a thread that stays at most `depth` items ahead.

    The thread has ended when the block ends, however it ends: at the end of the items, after a ``break``, an
    exception or Ctrl-C. What the producer raises is raised in the consumer, after the items made before it.

    Parameters
    ----------
    items : iterable
        Iterated only in the thread.
    depth : int
        Items that may wait; with the one being made and the one in use, ``depth + 2`` exist at once.

    Examples
    --------
    >>> with running_ahead(range(3)) as numbers:
    ...     list(numbers)
    [0, 1, 2]
    """
    belt: _Belt[T] = _Belt(depth)
    thread = threading.Thread(target=belt.fill, args=(items,), name="humanpose3d-ahead", daemon=True)
    thread.start()
    try:
        yield belt
    finally:
        belt.stop()
        thread.join()


class _Belt(Generic[T]):
    """A bounded queue that the consumer can stop, without time-outs."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._waiting: deque[T] = deque()
        self._error: BaseException | None = None
        self._filled = False
        self._stopped = False
        self._changed = threading.Condition()

    def fill(self, items: Iterable[T]) -> None:
        try:
            for item in items:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped or len(self._waiting) < self._depth)
                    if self._stopped:
                        return
                    self._waiting.append(item)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the consumer
            self._error = error
        finally:
            with self._changed:
                self._filled = True
                self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._filled)
            if self._waiting:
                item = self._waiting.popleft()
                self._changed.notify_all()
                return item
        if self._error is not None:
            raise self._error
        raise StopIteration

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
