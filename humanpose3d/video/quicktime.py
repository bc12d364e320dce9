"""Read the metadata items of a QuickTime or MP4 file, those of its tracks included.

FFmpeg gives those of the movie alone, and telephones write what concerns the lens beside the track. The layout is that
of Apple's QuickTime File Format Specification, chapter "Metadata": in an atom ``meta``, ``keys`` has the names, and
``ilst`` the values by the number of their name.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["metadata_items"]

_LARGEST_HEADER = 64 << 20  # bytes; that of an hour at 60 frames/s has about 5 MiB
_HOLDERS = (b"trak", b"udta")
# Types of values, chapter "Well-known types".
_TEXT, _SIGNED, _UNSIGNED, _FLOATS = 1, 21, 22, {23: ">f", 24: ">d"}


def metadata_items(path: Path) -> dict[str, str]:
    """Return the items by name, numbers as text; of a file that is damaged or of another kind, what can be read."""
    found: dict[str, str] = {}
    with suppress(OSError, OverflowError, struct.error):
        for meta in _metas(_header(path)):
            found |= _items(meta)
    return found


def _header(path: Path) -> bytes:
    """Return the content of the atom ``moov``; empty where there is none."""
    whole = path.stat().st_size
    with path.open("rb") as file:
        while len(start := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", start)
            head = 8
            if size == 1:
                (size,), head = struct.unpack(">Q", file.read(8)), 16
            if not head <= size <= whole:  # 0 is the last one, to the end of the file; others are no atoms
                break
            if kind == b"moov":
                return file.read(size - head) if size <= _LARGEST_HEADER else b""
            file.seek(size - head, 1)
    return b""


def _atoms(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of the atoms that lie one after the other."""
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if size < 8:
            return
        yield kind, content[at + 8 : at + size]
        at += size


def _metas(content: bytes, levels: int = 2) -> Iterator[bytes]:
    for kind, inner in _atoms(content):
        if kind == b"meta":
            yield inner[4:] if inner.startswith(bytes(4)) else inner  # in MP4 files a version goes before
        elif kind in _HOLDERS and levels:
            yield from _metas(inner, levels - 1)


def _items(meta: bytes) -> dict[str, str]:
    parts = dict(_atoms(meta))
    # Each key is like an atom: its size, its namespace, its name. Before them stand a version and their number.
    names = [name.decode("utf-8", "replace") for _, name in _atoms(parts.get(b"keys", b"")[8:])]
    found = {}
    for number, item in _atoms(parts.get(b"ilst", b"")):
        place = int.from_bytes(number, "big") - 1
        data = dict(_atoms(item)).get(b"data", b"")
        if place in range(len(names)) and (value := _value(data)) is not None:
            found[names[place]] = value
    return found


def _value(data: bytes) -> str | None:
    """Return a value, before which stand its type and its language; None where it is neither text nor a number."""
    kind, raw = int.from_bytes(data[:4], "big"), data[8:]
    if kind == _TEXT:
        return raw.decode("utf-8", "replace")
    if kind in (_SIGNED, _UNSIGNED):
        return str(int.from_bytes(raw, "big", signed=kind == _SIGNED))
    if kind in _FLOATS:
        return f"{struct.unpack(_FLOATS[kind], raw)[0]:g}"
    return None
