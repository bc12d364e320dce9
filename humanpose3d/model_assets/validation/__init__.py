"""Check the structure of a model file against its format, with the standard library only.

This folder reads files. It never loads a model.
"""

from __future__ import annotations

import os
from pathlib import Path

from humanpose3d.model_assets.validation.archive import check_task_bundle
from humanpose3d.model_assets.validation.checkpoint import read_checkpoint
from humanpose3d.model_assets.validation.disguise import FileFault, refuse_disguise

_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def find_fault(path: Path, suffix: str) -> str | None:
    """Say what is wrong with a file of the format that `suffix` names; None where nothing is. Its own name is ignored.

    The answer is a phrase such as ``"it is a Git LFS pointer, not the file itself"``.
    """
    try:
        refuse_disguise(path)
        if suffix == ".h5":
            _check_hdf5(path)
        elif suffix == ".pth":
            read_checkpoint(path)
        else:
            check_task_bundle(path)
    except FileFault as fault:
        return str(fault)
    return None


def _check_hdf5(path: Path) -> None:
    """Check signature and length, as in the superblock of the HDF5 File Format Specification 3.0, section II.A."""
    with path.open("rb") as file:
        head, size = file.read(96), os.fstat(file.fileno()).st_size
    if not head.startswith(_HDF5_SIGNATURE):
        raise FileFault("it does not begin with the HDF5 signature")
    version, width, start = head[8] if len(head) == 96 else None, 0, 0
    if version in (0, 1):
        width, start = head[13], 24 + 4 * version + 2 * head[13]
    elif version in (2, 3):
        width, start = head[9], 12 + 2 * head[9]
    if width not in (4, 8):
        raise FileFault("its HDF5 superblock is damaged")
    end = int.from_bytes(head[start : start + width], "little")
    if size < end:
        raise FileFault(f"it is cut short: {size:,} of {end:,} bytes")
    if size > end:
        raise FileFault(f"it has {size - end:,} bytes after its end")
