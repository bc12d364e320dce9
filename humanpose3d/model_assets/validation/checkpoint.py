"""PyTorch ``.pth`` checkpoints: a zip archive of a pickle and of one stored entry for each storage of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from humanpose3d.model_assets.validation.archive import (
    check_directory,
    check_members,
    locate_contents,
    open_archive,
)
from humanpose3d.model_assets.validation.disguise import FileFault, refuse_disguise
from humanpose3d.model_assets.validation.pickle_values import ITEM_SIZES, Tensor
from humanpose3d.model_assets.validation.pickles import read_pickle

_LARGEST_PICKLE = 1 << 18  # bytes, interpreted opcode by opcode; the largest published one has 66 kB
_LARGEST_FILE = 128 << 20  # bytes; the largest published checkpoint has 31 MiB


@dataclass(frozen=True)
class Checkpoint:
    """What is in a checkpoint, before any tensor is read."""

    content: Any  # what was saved, see `read_pickle`
    starts: Mapping[str, int]
    """Where in the file the elements of each storage begin, by its key. They lie there uncompressed, in little-endian
    order, and as many as the storage claims."""


def read_checkpoint(path: Path) -> Checkpoint:
    """Read the structure of a checkpoint and check all of it; no tensor is loaded, nothing unpickled.

    FileFault says that the file is no checkpoint, is damaged, or would run code in a reader that unpickles.
    """
    size = path.stat().st_size
    if size > _LARGEST_FILE:
        raise FileFault(f"it has {size:,} bytes, where at most {_LARGEST_FILE:,} are possible")
    refuse_disguise(path)
    check_directory(path)
    with open_archive(path) as archive:
        return _read(archive, size)


def _read(archive: ZipFile, size: int) -> Checkpoint:
    folder = _find_folder(archive)
    check_members(archive, size)
    for member in archive.infolist():
        if member.compress_type != ZIP_STORED or member.compress_size != member.file_size:
            raise FileFault(f"its member {member.filename!r} is compressed, as in no checkpoint")
    spans = locate_contents(archive)
    order = f"{folder}byteorder"
    if order in spans and archive.read(order) != b"little":
        raise FileFault("its numbers are not in little-endian order")
    content, tensors = read_pickle(archive.read(f"{folder}data.pkl"))
    return Checkpoint(content, _starts_of_storages(tensors, spans, folder))


def _find_folder(archive: ZipFile) -> str:
    """Return the folder of the archive that the checkpoint is in, with the slash at its end."""
    pickles = [name for name in archive.namelist() if name.rpartition("/")[2].lower() == "data.pkl"]
    if len(pickles) != 1 or not pickles[0].endswith("data.pkl"):
        raise FileFault(f"it is a zip archive with {len(pickles)} data.pkl in it, where a checkpoint has one")
    if (size := archive.getinfo(pickles[0]).file_size) > _LARGEST_PICKLE:
        raise FileFault(f"its pickle has {size:,} bytes, where at most {_LARGEST_PICKLE:,} are possible")
    return pickles[0].removesuffix("data.pkl")


def _starts_of_storages(tensors: list[Tensor], spans: Mapping[str, tuple[int, int]], folder: str) -> dict[str, int]:
    starts = {}
    for storage in {tensor.storage for tensor in tensors}:
        name = f"{folder}data/{storage.key}"
        if name not in spans:
            raise FileFault(f"it has no member {name!r}, which its pickle refers to")
        starts[storage.key], length = spans[name]
        claimed = storage.count * ITEM_SIZES[storage.dtype]
        if claimed > length:
            raise FileFault(f"its storage {storage.key!r} claims {claimed:,} bytes, where {length:,} are stored")
    return starts
