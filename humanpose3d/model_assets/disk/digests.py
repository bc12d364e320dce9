"""Git's blob id and the SHA-256 of a file: of one that is there, and of one that is being written."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from pathlib import Path

_CHUNK = 1 << 20


class Digests:
    """Both digests of bytes that come in pieces, computed in a thread of their own while the next piece comes.

    Leaving the context ends the thread.
    """

    def __init__(self, size: int) -> None:
        # Git's id begins with the number of bytes to come.
        self._blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._pieces: queue.Queue[bytes] = queue.Queue(maxsize=2)
        self._thread = threading.Thread(target=self._work, daemon=True)

    def update(self, piece: bytes) -> None:
        """Take the next bytes; an empty piece would be the end."""
        if piece:
            self._pieces.put(piece)

    def result(self) -> tuple[str, str]:
        """Return the blob id and the SHA-256 of all bytes; none may follow."""
        self._end()
        return self._blob.hexdigest(), self._sha256.hexdigest()

    def __enter__(self) -> Digests:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._thread.is_alive():
            self._pieces.put(b"")
            self._thread.join()

    def _work(self) -> None:
        while piece := self._pieces.get():
            self._blob.update(piece)
            self._sha256.update(piece)


def digest_file(path: Path) -> tuple[str, str]:
    """Return git's blob id and the SHA-256 of a file's content."""
    with path.open("rb") as file, Digests(os.fstat(file.fileno()).st_size) as digests:
        while piece := file.read(_CHUNK):
            digests.update(piece)
        return digests.result()
