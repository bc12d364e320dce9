"""Again, but not for ever, and only what may pass."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.model_assets import AuthenticationError, ConnectionFailedError, DownloadTimeoutError, StorageError
from humanpose3d.model_assets.download.remotes import ATTEMPTS, pauses, with_retries


@given(st.integers(1, 12), st.integers())
def test_pauses_grow_are_bounded_and_differ(attempts: int, seed: int) -> None:
    chosen = list(pauses(attempts, random.Random(seed)))
    assert len(chosen) == attempts - 1
    for number, pause in enumerate(chosen):
        whole = min(10.0, 0.5 * 2**number)
        assert whole / 2 <= pause <= whole
    assert attempts == 1 or chosen != list(pauses(attempts, random.Random(seed + 1)))


class Work:
    def __init__(self, *outcomes: Exception | str) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def passing() -> ConnectionFailedError:
    return ConnectionFailedError("The connection broke (here).", transient=True)


def test_what_may_pass_is_tried_again(quick_retries: None) -> None:
    said: list[str] = []
    work = Work(passing(), passing(), "done")
    assert with_retries(work, cancelled=threading.Event(), announce=said.append) == "done"
    assert work.calls == 3
    assert all(line.startswith("The connection broke; trying again in ") for line in said) and len(said) == 2


def test_there_is_an_end(quick_retries: None) -> None:
    work = Work(*[passing() for _ in range(9)])
    with pytest.raises(ConnectionFailedError):
        with_retries(work, cancelled=threading.Event(), announce=lambda _line: None)
    assert work.calls == ATTEMPTS


@pytest.mark.parametrize(
    "error", [AuthenticationError("x"), DownloadTimeoutError("x"), StorageError("x"), KeyError("x")]
)
def test_what_can_not_pass_is_final(error: Exception) -> None:
    work = Work(error)
    with pytest.raises(type(error)):
        with_retries(work, cancelled=threading.Event(), announce=lambda _line: None)
    assert work.calls == 1


def test_a_cancelled_transfer_is_not_tried_again() -> None:
    cancelled = threading.Event()
    cancelled.set()
    work = Work(passing())
    with pytest.raises(ConnectionFailedError):
        with_retries(work, cancelled=cancelled, announce=lambda _line: None)
    assert work.calls == 1
