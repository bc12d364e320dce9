"""Lock an output folder, so that only one batch runs in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from humanpose3d.batch.errors import BatchRunningError
from humanpose3d.model_assets.locking import Holder, HomeLock

__all__ = ["only_batch"]

_PREFIX = ".batch."
_UNTIL_NOTED_SECONDS = 1.0


@contextmanager
def only_batch(output: Path) -> Iterator[None]:
    """Hold the lock of an output folder, which must exist, for the length of the context.

    The lock ends with its process, however that ends. Where file locks do not work, a warning is logged.

    Raises
    ------
    BatchRunningError
        Another batch holds the lock; the message names its process.
    """
    lock = HomeLock(output, prefix=_PREFIX, unlocked="start no second batch into it while one runs.")
    seen: list[Holder | None] = [None]
    deadline = time.monotonic() + _UNTIL_NOTED_SECONDS

    def known(holder: Holder | None) -> bool:
        seen.append(holder)
        return holder is not None or time.monotonic() > deadline

    with lock.hold(2 * _UNTIL_NOTED_SECONDS, known) as mine:
        if not mine:
            raise BatchRunningError(
                f"Another batch works in {output} ({_described(seen[-1])}); "
                "wait for its end, or choose another folder with --output."
            )
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no open file
                (output / f"{_PREFIX}lock").unlink()


def _described(holder: Holder | None) -> str:
    if holder is None:
        return "it has just begun"
    since = datetime.fromtimestamp(holder.since).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return f"process {holder.pid} on {holder.host}, since {since}"
