"""Zip archives: directory, sizes and checksums."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

_CHUNK = 1 << 20
# Both formats store their members uncompressed; anything that unpacks to far more than it occupies is a bomb.
_LARGEST_RATIO = 8


def open_archive(path: Path) -> zipfile.ZipFile | str:
    """Open the zip archive at `path`, or say why that can't be done."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        with path.open("rb") as file:
            begins_as_zip = b"PK\x03\x04" in file.read(8)
        if begins_as_zip:
            return f"it is cut short: its zip directory is missing or damaged ({error})"
        return "it is no zip archive"
    return archive


def find_archive_fault(archive: zipfile.ZipFile, size: int) -> str | None:
    """Say what is wrong with the members of `archive`, which occupies `size` bytes."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        return "its zip directory names a member twice"
    unpacked = sum(member.file_size for member in members)
    if unpacked > _LARGEST_RATIO * size:
        return f"its members claim to unpack to {unpacked:,} bytes from a file of {size:,}"
    for member in members:
        if fault := _find_member_fault(archive, member):
            return fault
    return None


def _find_member_fault(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str | None:
    try:
        with archive.open(member) as stream:
            while stream.read(_CHUNK):  # reading to the end compares the checksum
                continue
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        return f"its member {member.filename!r} is damaged ({error})"
    return None
