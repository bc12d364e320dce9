"""Run a producer ahead of its consumer, in its own thread and in bounded memory."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["running_ahead"]

T = TypeVar("T")

_END: Any = object()


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
    upcoming = iter(items)
    with ThreadPoolExecutor(1, "humanpose3d-ahead") as thread:
        waiting = deque(thread.submit(next, upcoming, _END) for _ in range(depth + 1))

        def taken() -> Iterator[T]:
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(thread.submit(next, upcoming, _END))
                yield item

        try:
            yield taken()
        finally:
            thread.shutdown(wait=False, cancel_futures=True)  # the end of the block waits for the item being made
