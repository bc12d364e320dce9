"""Five models of the published sizes: valid containers around random bytes, which no compression shortens."""

from __future__ import annotations

import io
import pickle
import random
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from humanpose3d.model_assets import MODELS
from humanpose3d.model_assets.validation import find_fault

_UNDEFINED_ADDRESS = 2**64 - 1


def write_models(folder: Path, seed: int = 0) -> dict[str, Path]:
    """Write the five models into `folder`, at their paths under ``models/``.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    seed : int
        Seed of the random bytes.

    Returns
    -------
    dict of str to Path
        The files by model name. Each has exactly ``ModelSpec.published_size`` bytes.

    Raises
    ------
    ValueError
        If the resolver would not accept one of them; then this module is wrong.
    """
    randomness = random.Random(seed)
    files = {}
    for name, spec in MODELS.items():
        files[name] = path = folder / spec.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_CONTAINERS[spec.suffix](spec.published_size, randomness))
        fault = find_fault(path, spec.suffix)
        if fault or path.stat().st_size != spec.published_size:
            raise ValueError(f"The made-up model {path} is not valid: {fault or 'wrong size'}.")
    return files


def _checkpoint(size: int, randomness: random.Random) -> bytes:
    pickled = pickle.dumps({"epoch": 1, "model_state_dict": {}}, protocol=2)
    return _archive({"model/data.pkl": pickled, "model/data/0": b"", "model/version": b"3\n"}, size, randomness)


def _task(size: int, randomness: random.Random) -> bytes:
    return _archive({"pose_detector.tflite": b"", "pose_landmarks_detector.tflite": b""}, size, randomness)


def _archive(members: Mapping[str, bytes], size: int, randomness: random.Random) -> bytes:
    """Return a zip archive of `size` bytes; its empty members are filled with random bytes."""
    empty = [name for name, content in members.items() if not content]
    room = size - len(_zip(members))
    shares = {name: room // len(empty) for name in empty}
    shares[empty[-1]] += room % len(empty)
    return _zip({**members, **{name: randomness.randbytes(share) for name, share in shares.items()}})


def _zip(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def _hdf5(size: int, randomness: random.Random) -> bytes:
    """Return a version 0 superblock (HDF5 File Format Specification 3.0, section II.A) and random bytes."""
    superblock = b"\x89HDF\r\n\x1a\n" + struct.pack(
        "<8B2HI4Q40x",
        *(0, 0, 0, 0, 0, 8, 8, 0),  # versions, then the widths of offsets and lengths
        *(4, 16, 0),  # the B-trees' ranks, consistency flags
        *(0, _UNDEFINED_ADDRESS, size, _UNDEFINED_ADDRESS),  # base, free space, end of file, driver
    )
    return superblock + randomness.randbytes(size - len(superblock))


_CONTAINERS: Mapping[str, Callable[[int, random.Random], bytes]] = {
    ".pth": _checkpoint,
    ".task": _task,
    ".h5": _hdf5,
}
