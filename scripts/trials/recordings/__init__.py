"""Recorded movement from files: Acclaim (.asf and .amc) and Biovision (.bvh)."""

from __future__ import annotations

from pathlib import Path

from trials.recordings.acclaim import read_acclaim
from trials.recordings.bvh import read_bvh
from trials.recordings.recording import Recording, RecordingError

__all__ = ["Recording", "RecordingError", "read_recording", "recordings_in"]

_READERS = {".amc": read_acclaim, ".bvh": read_bvh}  # of two files of one name, the first kind is read


def recordings_in(folder: Path) -> dict[str, Path]:
    """Find the recordings of a folder, by name; Acclaim's and Biovision's files may lie side by side.

    Raises
    ------
    RecordingError
        There is no such folder.
    """
    try:
        files = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        raise RecordingError(f"the folder {folder} of recorded movement cannot be read: {error.strerror}") from None
    kinds = reversed(_READERS)
    found = {path.stem: path for kind in kinds for path in files if path.suffix.lower() == kind}
    return dict(sorted(found.items()))


def read_recording(path: Path) -> Recording:
    """Read one recording.

    Raises
    ------
    RecordingError
        It can't be read, is damaged, or lacks a part of the body.
    """
    try:
        return _READERS[path.suffix.lower()](path)
    except OSError as error:
        raise RecordingError(f"{error.filename or path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise RecordingError(f"{path} cannot be used as recorded movement: {error}") from None
