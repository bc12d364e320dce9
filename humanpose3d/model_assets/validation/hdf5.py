"""HDF5 files: signature and length.

The superblock's layout is from the HDF5 File Format Specification 3.0, section II.A.
"""

from __future__ import annotations

import os
from pathlib import Path

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def find_hdf5_fault(path: Path) -> str | None:
    """Say what is wrong with the HDF5 file at `path`; None where nothing is."""
    with path.open("rb") as file:
        head = file.read(96)
        size = os.fstat(file.fileno()).st_size
    if not head.startswith(_SIGNATURE):
        return "it does not begin with the HDF5 signature"
    end = end_of_file_address(head)
    if end is None:
        return "its HDF5 superblock is damaged"
    if size < end:
        return f"it is cut short: {size:,} of {end:,} bytes"
    if size > end:
        return f"it has {size - end:,} bytes after its end"
    return None


def end_of_file_address(head: bytes) -> int | None:
    """Read the end-of-file address from the first 96 bytes of a file, or None where it makes no sense."""
    if len(head) < 96:
        return None
    version = head[8]
    if version in (0, 1):
        width, first_address, index = head[13], 24 + 4 * version, 2
    elif version in (2, 3):
        width, first_address, index = head[9], 12, 2
    else:
        return None
    if width not in (4, 8):
        return None
    start = first_address + index * width
    return int.from_bytes(head[start : start + width], "little")
