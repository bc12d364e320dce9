"""Packs, indexed while they arrive."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Generator
from pathlib import Path

from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.pack import PackData, write_pack_index

from humanpose3d.model_assets.transports.dulwich.objects import CHUNK, KINDS, FatalError, parse_head
from humanpose3d.model_assets.transports.git.supervisor import LARGEST_MEMORY


class IncomingPack:
    """A pack on its way into a repository.

    The objects are inflated and hashed as they pass. Where one is stored as a difference to another, which is for
    dulwich to resolve at the end, the whole pack is read once more.
    """

    def __init__(self, repository: Path) -> None:
        self._folder = repository / "objects" / "pack"
        self._path = self._folder / f"tmp_pack_{os.getpid()}"
        self._file = self._path.open("xb", buffering=0)  # its size tells how much has arrived
        self._digest, self._held = hashlib.sha1(usedforsecurity=False), b""
        self._received = 0
        self._entries: list[tuple[bytes, int, None]] = []
        self._differences = False
        self._reading: Generator[None, bytes, None] | None = self._read()
        next(self._reading)

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        self._file.write(data)
        self._received += len(data)
        held = self._held + data
        self._digest.update(held[:-20])
        self._held = held[-20:]  # perhaps the digest at the end
        if self._reading is not None:
            try:
                self._reading.send(data)
            except StopIteration:
                self._reading = None
        return len(data)

    def finish(self) -> None:
        """Make the objects readable; FatalError says that they are not what was sent, or not all of it."""
        self._file.close()
        if self._reading is not None:
            raise FatalError("early EOF")
        if self._digest.digest() != self._held:
            raise FatalError("pack is corrupted (SHA1 mismatch)")
        place = self._folder / f"pack-{self._held.hex()}.pack"
        self._path.replace(place)
        entries = self._entries
        if self._differences:
            with contextlib.closing(PackData.from_path(str(place), DEFAULT_OBJECT_FORMAT)) as pack:
                entries = [(name, offset, None) for name, offset, _ in pack.sorted_entries()]
        with place.with_suffix(".idx").open("xb") as index:
            write_pack_index(index, sorted(entries), self._held, version=1)

    def _read(self) -> Generator[None, bytes, None]:
        """Follow the bytes of a pack as `write` sends them."""
        data = yield from _at_least(12, b"")
        if data[:4] != b"PACK" or int.from_bytes(data[4:8], "big") not in (2, 3):
            raise FatalError("bad pack header")
        count, data = int.from_bytes(data[8:12], "big"), data[12:]
        for _ in range(count):
            data = yield from self._read_object(data)
        yield from _at_least(20, data)

    def _read_object(self, data: bytes) -> Generator[None, bytes, bytes]:
        """Follow one object that begins with `data`; return what follows it."""
        start = self._received - len(data)
        while (head := parse_head(data)) is None:
            data += yield
        kind, size, length = head
        self._differences |= kind not in KINDS
        digest = hashlib.sha1(b"%s %d\0" % (KINDS.get(kind, "").encode(), size), usedforsecurity=False)
        stream, data, inflated = zlib.decompressobj(), data[length:], 0
        while not stream.eof:
            piece = stream.decompress(data, CHUNK)
            digest.update(piece)
            inflated += len(piece)
            if inflated > size:
                raise FatalError("inflate: an object is larger than it claims")
            if inflated > LARGEST_MEMORY:
                raise FatalError("out of memory: the server sent an object of more than 1 GiB")
            data = stream.unconsumed_tail or (b"" if piece or stream.eof else (yield))
        if inflated != size:
            raise FatalError("inflate: an object is smaller than it claims")
        self._entries.append((digest.digest(), start, None))
        return stream.unused_data


def _at_least(size: int, data: bytes) -> Generator[None, bytes, bytes]:
    while len(data) < size:
        data += yield
    return data
