"""Retry transient errors, with growing pauses that differ from process to process."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from humanpose3d.model_assets.errors import DownloadError

ATTEMPTS = 4
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0

_T = TypeVar("_T")


def pauses(attempts: int, chance: random.Random) -> Iterator[float]:
    """Yield the pauses between attempts in seconds: doubled each time, bounded, each cut by up to a half."""
    for number in range(attempts - 1):
        yield min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number) * (1 - chance.random() / 2)


def with_retries(
    work: Callable[[], _T],
    *,
    cancelled: threading.Event,
    announce: Callable[[str], None],
    attempts: int = ATTEMPTS,
) -> _T:
    """Do `work`, and do it again after a transient `DownloadError`; any other error is final at once."""
    for pause in pauses(attempts, random.Random()):
        try:
            return work()
        except DownloadError as error:
            if not error.transient or cancelled.is_set():
                raise
            announce(f"{error.message.split(' (')[0]}; trying again in {pause:.1f} s")
        cancelled.wait(pause)
    return work()
