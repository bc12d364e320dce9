"""Zip archives: directory, sizes, checksums; and MediaPipe's ``.task`` bundle, an archive of two networks."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from pathlib import Path

from humanpose3d.model_assets.validation.disguise import FileFault

_TASK_MEMBERS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
_CHUNK = 1 << 20
# Both formats store their members uncompressed; anything that unpacks to far more than it occupies is a bomb.
_LARGEST_RATIO = 8
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1  # a bit of the flags
_LARGEST_DIRECTORY = 1 << 20  # some 20,000 members; Python takes 10 µs for each
_LOCAL_HEADER = 30  # bytes, before the name and the extra field
_END_64, _LOCATOR, _END = 56, 20, 22  # bytes of the records at the end of an archive, the first two optional


def check_task_bundle(path: Path) -> None:
    """Raise `FileFault` if something is wrong with the pose landmarker bundle at `path`."""
    with open_archive(path) as archive:
        if missing := [name for name in _TASK_MEMBERS if name not in archive.namelist()]:
            raise FileFault(f"it is a zip archive without {' and '.join(missing)}")
        check_members(archive, path.stat().st_size)


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open the zip archive at `path`, or raise `FileFault`."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        with path.open("rb") as file:
            begins_as_zip = b"PK\x03\x04" in file.read(8)  # MediaPipe puts four bytes in front
        cut = f"it is cut short: its zip directory is missing or damaged ({error})"
        raise FileFault(cut if begins_as_zip else "it is no zip archive") from error


def check_members(archive: zipfile.ZipFile, size: int) -> None:
    """Raise `FileFault` if something is wrong with the members of `archive`, which occupies `size` bytes."""
    check_listing(archive, size)
    for member in archive.infolist():
        try:
            with archive.open(member) as stream:
                while stream.read(_CHUNK):  # reading to the end compares the checksum
                    continue
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise FileFault(f"its member {member.filename!r} is damaged ({error})") from error


def check_listing(archive: zipfile.ZipFile, size: int) -> None:
    """Raise `FileFault` for what can be seen without reading the members."""
    members = archive.infolist()
    names = {member.filename.lower() for member in members}  # PyTorch's reader takes no notice of case
    if len(names) != len(members):
        raise FileFault("its zip directory names a member twice")
    unpacked = sum(member.file_size for member in members)
    if unpacked > _LARGEST_RATIO * size:
        raise FileFault(f"its members claim to unpack to {unpacked:,} bytes from a file of {size:,}")
    for member in members:
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
            raise FileFault(f"its member {member.filename!r} is encrypted, or packed as no model is")


def locate_contents(archive: zipfile.ZipFile) -> dict[str, tuple[int, int]]:
    """Return where in the file the bytes of each stored member begin, and how many they are.

    No two members may overlap, so what is unpacked is no more than what the file holds.
    """
    assert archive.fp is not None  # it is open
    spans: dict[str, tuple[int, int]] = {}
    end = 0
    for member in sorted(archive.infolist(), key=lambda member: member.header_offset):
        archive.fp.seek(member.header_offset)
        header = archive.fp.read(_LOCAL_HEADER)
        if len(header) < _LOCAL_HEADER or member.header_offset < end:
            raise FileFault(f"its member {member.filename!r} overlaps with another one")
        start = member.header_offset + _LOCAL_HEADER + sum(struct.unpack_from("<2H", header, 26))
        end = start + member.compress_size
        spans[member.filename] = (start, member.file_size)
    return spans


def check_directory(path: Path) -> None:
    """Raise `FileFault` if the zip directory of the file at `path` is not where it belongs, or too long to be read.

    Python takes what lies right before the end record for the directory, PyTorch what that record points to. In an
    honest file that is the same, and nothing follows. Only the end of the file is read. Layout: PKWARE's APPNOTE
    6.3.10, sections 4.3.14 to 4.3.16.
    """
    with path.open("rb") as file:
        begins_as_zip = file.read(2) == b"PK"
        size = file.seek(0, os.SEEK_END)
        file.seek(-min(size, _END_64 + _LOCATOR + _END), os.SEEK_CUR)
        tail = file.read().rjust(_END_64 + _LOCATOR + _END, b"\0")
    end_64, locator, end = tail[:_END_64], tail[_END_64:-_END], tail[-_END:]
    if not (end.startswith(b"PK\5\6") and end.endswith(b"\0\0")):  # a comment would follow the directory
        cut = "it is cut short, or something follows its zip directory"
        raise FileFault(cut if begins_as_zip else "it is no zip archive")
    start, one_place = size - _END, True
    length, offset = struct.unpack_from("<2I", end, 12)
    if locator.startswith(b"PK\6\7"):
        start -= _LOCATOR + _END_64
        length, offset = struct.unpack_from("<2Q", end_64, 40)
        one_place = end_64.startswith(b"PK\6\6") and struct.unpack_from("<Q", locator, 8)[0] == start
    if not one_place or offset + length != start:
        raise FileFault("its zip directory is in more than one place")
    if length > _LARGEST_DIRECTORY:
        raise FileFault(f"its zip directory has {length:,} bytes, where at most {_LARGEST_DIRECTORY:,} are possible")
