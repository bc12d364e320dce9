"""Bare repositories for single transfers: made, measured, and their objects read through ``git cat-file --batch``."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO

from humanpose3d.model_assets.disk.digests import Digests
from humanpose3d.model_assets.transports import ByteObserver, FetchedBlob
from humanpose3d.model_assets.transports.git.child import GitChild, GitFailedError, LimitExceededError
from humanpose3d.model_assets.transports.git.tree import TreeEntry, parse_tree

_CONFIGURATION = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_LARGEST_LISTING = 1 << 22  # bytes of one commit or folder: some 100,000 names


def new_repository(folder: Path, *, alternates: Path | None) -> None:
    """Make an empty bare repository, as ``git init`` would without the user's template and settings.

    Objects may be read from the object folder `alternates` too.
    """
    for part in ("objects/info", "objects/pack", "refs"):
        (folder / part).mkdir(parents=True)
    _write(folder / "HEAD", "ref: refs/heads/none\n")
    _write(folder / "config", _CONFIGURATION)
    if alternates is not None:
        # A path need not be text; git takes its bytes as they are.
        (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(f"{alternates}\n"))


def forget_promisor(repository: Path) -> None:
    """Drop the note that more can be fetched from a remote: git older than 2.45 would do so unasked."""
    _write(repository / "config", _CONFIGURATION)


def size_of_objects(repository: Path, *, in_packs: bool) -> int:
    """Bytes of what has arrived and is arriving, in packs or also one by one."""
    size = 0
    for folder, _, names in os.walk(repository / "objects" / ("pack" if in_packs else "")):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # renamed between the listing and now
                size += os.stat(os.path.join(folder, name)).st_size  # noqa: PTH116, PTH118  (often called)
    return size


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


class TreeWalk:
    """Finds the commit of a revision and lists its root and some of its folders; no others are read."""

    def __init__(self, revision: str, folders: Collection[str]) -> None:
        self.commit = ""
        self.entries: list[TreeEntry] = []
        self.received = 0
        self._folders = set(folders)
        self._questions = deque([(f"{revision}^{{commit}}", ""), (f"{revision}^{{tree}}", "")])
        self._buffer = bytearray()

    def begin(self, child: GitChild) -> None:
        """Ask for the commit."""
        self._child = child
        self._ask()

    def take(self, chunk: bytes) -> None:
        """Take a piece of an answer, and ask the next question when it is complete."""
        self.received += len(chunk)
        self._buffer += chunk
        while self._questions and (end := self._buffer.find(b"\n")) >= 0:
            object_id, kind, size = _parse_header(bytes(self._buffer[:end]))
            if size > _LARGEST_LISTING:
                raise LimitExceededError(f"one of its folders lists {size / 1e6:.0f} MB of names")
            if len(self._buffer) < end + size + 2:
                return
            content = bytes(self._buffer[end + 1 : end + 1 + size])
            del self._buffer[: end + size + 2]
            self._understand(object_id, kind, content, self._questions.popleft()[1])
            self._ask()

    def _ask(self) -> None:
        if self._questions:
            self._child.write(f"{self._questions[0][0]}\n".encode())
        else:
            self._child.close_input()

    def _understand(self, object_id: str, kind: str, content: bytes, folder: str) -> None:
        if not self.commit:
            self.commit = object_id
            return
        if kind != "tree":
            raise GitFailedError(f"fatal: bad object {object_id}")
        found = parse_tree(content, folder)
        self.entries += found
        for entry in found:
            if entry.is_folder and entry.path in self._folders:
                self._folders.remove(entry.path)  # each once, however often it is listed
                self._questions.append((entry.object_id, entry.path))


class BlobCopy:
    """Copies a blob into a file, byte for byte, without filters and attributes.

    `observe` gets the number of bytes so far. `refuse` gets the size before a byte is written, and raises where it is
    too large.
    """

    def __init__(self, blob: str, file: IO[bytes], observe: ByteObserver, refuse: Callable[[int], None]) -> None:
        self.received = 0
        self._blob = blob
        self._file = file
        self._observe = observe
        self._refuse = refuse
        self._header = b""
        self._size = -1
        self._digests: Digests | None = None

    def begin(self, child: GitChild) -> None:
        """Ask for the blob."""
        child.write(f"{self._blob}\n".encode())
        child.close_input()

    def take(self, chunk: bytes) -> None:
        """Write a piece."""
        if self._digests is None:
            self._header += chunk
            line, newline, chunk = self._header.partition(b"\n")
            if not newline:
                return
            _, _, self._size = _parse_header(line)
            self._refuse(self._size)
            self._digests = Digests(self._size).__enter__()
        if piece := chunk[: self._size - self.received]:
            self._digests.update(piece)
            self._file.write(piece)
            self.received += len(piece)
            self._observe(self.received)

    def result(self) -> FetchedBlob:
        """Return the facts of the blob, which is complete."""
        if self._digests is None or self.received != self._size:
            raise GitFailedError(f"fatal: missing blob object '{self._blob}'")
        object_id, sha256 = self._digests.result()
        return FetchedBlob(object_id, self.received, sha256)

    def close(self) -> None:
        """End what was begun."""
        if self._digests is not None:
            self._digests.__exit__()


def _parse_header(line: bytes) -> tuple[str, str, int]:
    """Parse ``<id> <kind> <size>``, with which each answer begins."""
    parts = line.decode("utf-8", "replace").split()
    if len(parts) != 3 or not parts[2].isdigit():
        raise GitFailedError(f"fatal: missing blob or bad object {' '.join(parts)}")
    return parts[0], parts[1], int(parts[2])
