"""Objects in the packs of a repository: found, and read piece by piece."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from humanpose3d.model_assets.transports.git.remote import is_full_commit_id

if TYPE_CHECKING:
    from dulwich.object_store import DiskObjectStore
    from dulwich.objects import ObjectID

KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
CHUNK = 1 << 18
_HEAD_BYTES = 64  # more than the head of any object in a pack
_OFS_DELTA, _REF_DELTA = 6, 7
_FAN_OUT, _ENTRY, _OFFSET = 1024, 24, 4  # bytes at the start of an index of version 1, of each entry, of its offset


class FatalError(Exception):
    """What ends the command, in git's words."""


class Objects:
    """The objects of a repository and of those that it borrows from.

    One in a pack that was indexed here needs no library, which would take longer to load than the object to read.
    """

    def __init__(self, repository: Path) -> None:
        self._folder = repository / "objects"

    @functools.cached_property
    def _store(self) -> DiskObjectStore:
        from dulwich.object_store import DiskObjectStore

        return DiskObjectStore(str(self._folder))

    def __contains__(self, object_id: str) -> bool:
        return is_full_commit_id(object_id) and (
            self._find(object_id) is not None or cast("ObjectID", object_id.encode()) in self._store
        )

    def read(self, object_id: str) -> tuple[str, int, Iterable[bytes]]:
        """Return the kind, the size and, in pieces, the content of an object that is there."""
        if place := self._find(object_id):
            pack, offset = place
            with pack.open("rb") as file:
                file.seek(offset)
                head = parse_head(file.read(_HEAD_BYTES))
            if head is not None and head[0] in KINDS:
                return KINDS[head[0]], head[1], _inflated(pack, offset + head[2])
        kind, content = self._store.get_raw(cast("ObjectID", object_id.encode()))
        return KINDS[kind], len(content), [content]

    def _find(self, object_id: str) -> tuple[Path, int] | None:
        """Return the pack of an object and where it begins there, if the index is one of ours."""
        name = bytes.fromhex(object_id)
        for index in self._folder.glob("pack/*.idx"):
            content, position = index.read_bytes(), _FAN_OUT
            while (position := content.find(name, position)) > 0:
                if (position - _FAN_OUT) % _ENTRY == _OFFSET:
                    return index.with_suffix(".pack"), int.from_bytes(content[position - _OFFSET : position], "big")
                position += 1
        return None


def _inflated(pack: Path, start: int) -> Iterator[bytes]:
    stream, data = zlib.decompressobj(), b""
    with pack.open("rb") as file:
        file.seek(start)
        while not stream.eof and (data := data or file.read(CHUNK)):
            yield stream.decompress(data, CHUNK)
            data = stream.unconsumed_tail


def parse_head(data: bytes) -> tuple[int, int, int] | None:
    """Parse the head of an object in a pack: its kind, its size, the bytes of the head; None where some are missing."""
    try:
        kind, size, length = data[0] >> 4 & 7, data[0] & 15, 1
        while data[length - 1] & 128:
            size |= (data[length] & 127) << (7 * length - 3)
            length += 1
        if kind == _OFS_DELTA:
            while data[length] & 128:
                length += 1
            length += 1
        elif kind == _REF_DELTA:
            length += 20
    except IndexError:
        if len(data) > _HEAD_BYTES:
            raise FatalError("bad object at offset") from None
        return None
    if kind in (0, 5):
        raise FatalError("bad object at offset: its kind is unknown")
    return (kind, size, length) if length <= len(data) else None
