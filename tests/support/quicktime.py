"""Metadata items for QuickTime files, as telephones write them."""

import struct
from collections.abc import Mapping
from pathlib import Path

Item = str | int | float


def add_items(path: Path, items: Mapping[str, Item], *inside: str) -> Path:
    """Add an atom ``meta`` at the end of ``moov``, or of the atom in it that `inside` names, such as ``trak``.

    ``moov`` must be the last atom of the file, as FFmpeg writes it unless told otherwise.
    """
    content = bytearray(path.read_bytes())
    new, at, sizes = _meta(items), 0, []
    for name in ("moov", *inside):
        while content[at + 4 : at + 8] != name.encode():
            at += int.from_bytes(content[at : at + 4], "big")
        sizes.append(at)
        end = at + int.from_bytes(content[at : at + 4], "big")
        at += 8
    content[end:end] = new
    for place in sizes:
        content[place : place + 4] = (int.from_bytes(content[place : place + 4], "big") + len(new)).to_bytes(4, "big")
    path.write_bytes(content)
    return path


def _atom(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _meta(items: Mapping[str, Item]) -> bytes:
    handler = _atom(b"hdlr", struct.pack(">8x4s13x", b"mdta"))
    keys = _atom(b"keys", struct.pack(">II", 0, len(items)), *(_atom(b"mdta", name.encode()) for name in items))
    values = (_atom(number.to_bytes(4, "big"), _atom(b"data", _value(item))) for number, item in _numbered(items))
    return _atom(b"meta", handler, keys, _atom(b"ilst", *values))


def _numbered(items: Mapping[str, Item]) -> list[tuple[int, Item]]:
    return list(enumerate(items.values(), 1))


def _value(item: Item) -> bytes:
    if isinstance(item, str):
        return struct.pack(">II", 1, 0) + item.encode()
    if isinstance(item, int):
        return struct.pack(">IIi", 21, 0, item)
    return struct.pack(">IIf", 23, 0, item)
