"""Two at a time, and everything ends."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, wait

import pytest

from humanpose3d.model_assets.download.fetch import in_parallel


def test_every_item_is_done_and_never_more_than_two_at_once() -> None:
    busy, most, lock = 0, 0, threading.Lock()
    meeting = threading.Barrier(2, timeout=5)

    def work(item: int) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        if item < 2:
            meeting.wait()  # shows that two are at work
        with lock:
            busy -= 1
        return item * item

    with in_parallel(work, range(10), at_a_time=2, cancelled=threading.Event()) as futures:
        wait(futures)
    assert {item: future.result() for future, item in futures.items()} == {n: n * n for n in range(10)}
    assert most == 2


def test_an_error_stays_with_its_item() -> None:
    with in_parallel(lambda item: 1 // item, [0, 1], at_a_time=2, cancelled=threading.Event()) as futures:
        wait(futures)
    by_item = {item: future for future, item in futures.items()}
    assert isinstance(by_item[0].exception(), ZeroDivisionError)
    assert by_item[1].result() == 1


def test_leaving_by_an_exception_cancels_what_has_not_begun_and_waits_for_the_rest() -> None:
    begun, cancelled = threading.Event(), threading.Event()

    def work(item: int) -> int:
        begun.set()
        assert cancelled.wait(5)
        return item

    with pytest.raises(KeyError), in_parallel(work, [1, 2, 3], at_a_time=1, cancelled=cancelled) as futures:
        assert begun.wait(5)
        raise KeyError
    first, *others = futures
    assert first.result(0) == 1
    for future in others:
        with pytest.raises(CancelledError):
            future.result(0)


def test_nothing_to_do() -> None:
    with in_parallel(str, [], at_a_time=2, cancelled=threading.Event()) as futures:
        assert futures == {}
