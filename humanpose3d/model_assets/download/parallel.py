"""A few things at a time, in threads that live no longer than the one that started them."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@contextlib.contextmanager
def in_parallel(
    work: Callable[[_Item], _Result], items: Iterable[_Item], *, at_a_time: int, cancelled: threading.Event
) -> Iterator[dict[Future[_Result], _Item]]:
    """Do `work` on each of `items`; yield the item of each future.

    Leaving the context by an exception sets `cancelled`, for `work` to see, and drops what has not begun; what has
    is waited for. In contrast to ``ThreadPoolExecutor``, the threads of a daemon thread are daemons too: the
    interpreter does not wait for them.
    """
    futures: dict[Future[_Result], _Item] = {Future(): item for item in items}
    waiting: queue.SimpleQueue[Future[_Result]] = queue.SimpleQueue()
    for future in futures:
        waiting.put(future)

    def serve() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                _fulfil(future := waiting.get_nowait(), work, futures[future])

    threads = [threading.Thread(target=serve, name=f"humanpose3d-{number}") for number in range(at_a_time)]
    try:
        for thread in threads:
            thread.start()
        yield futures
    except BaseException:
        cancelled.set()
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.get_nowait().cancel()
        raise
    finally:
        # Not by the threads alone: an interrupt in start() leaves one running that can't be joined yet.
        wait(future for future in futures if not future.cancelled())
        for thread in threads:
            if thread.is_alive():
                thread.join()


def _fulfil(future: Future[_Result], work: Callable[[_Item], _Result], item: _Item) -> None:
    try:
        future.set_result(work(item))
    except BaseException as error:  # noqa: BLE001  (it is raised again where the result is asked for)
        future.set_exception(error)
