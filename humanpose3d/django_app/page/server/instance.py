"""One server at a time in a base folder; a second one is told the address of the first."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from humanpose3d.django_app.page.server.errors import silent_server
from humanpose3d.model_assets.disk.files import write_text_atomically

__all__ = ["Instance", "only_instance"]

_UNTIL_TOLD_SECONDS = 10.0


class Instance:
    """The right to serve a folder; `running` is the address of the server that has it, None where it is this one."""

    def __init__(self, note: Path, running: str | None) -> None:
        self._note = note
        self.running = running

    def tell(self, address: str) -> None:
        """Leave the address for a second server; the file is readable by its owner alone."""
        self._note.touch(mode=0o600)
        write_text_atomically(self._note, json.dumps({"address": address}), durable=False)
        self._note.chmod(0o600)


@contextmanager
def only_instance(folder: Path) -> Iterator[Instance]:
    """Take the right to serve `folder` for the length of the context, or find out who has it.

    Raises
    ------
    AppError
        Another server has it and does not tell its address.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    note, lock = folder / "server.json", FileLock(folder / "server.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield Instance(note, _address_in(note))
        return
    try:
        note.unlink(missing_ok=True)
        yield Instance(note, None)
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _address_in(note: Path) -> str:
    """Return the address of the server that runs, which may be about to tell it."""
    deadline = time.monotonic() + _UNTIL_TOLD_SECONDS
    while True:
        try:
            return str(json.loads(note.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError, KeyError, TypeError):
            if time.monotonic() > deadline:
                raise silent_server(note.parent.parent) from None
            time.sleep(0.1)
