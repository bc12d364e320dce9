"""Prepare the output folder: check it before the run, and leave it as it was if the run fails."""

import errno
import json
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from humanpose3d.errors import OutputError, PipelineError
from humanpose3d.model_assets.errors import ModelAssetError

__all__ = [
    "RECORD_NAME",
    "explained_write_errors",
    "output_folder",
    "read_record",
    "refuse_foreign_results",
    "remove_results",
]

RECORD_NAME = "run.json"

# Disk full, quota used up, file larger than allowed. Windows has no quota error.
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextmanager
def output_folder(folder: Path) -> Iterator[Path]:
    """Create `folder` if it is missing, and check that it can be written to, before the block runs.

    When the block raises anything, Ctrl-C included, the folders that were created here are removed again.

    Raises
    ------
    OutputError
        The folder cannot be made or written to.
    """
    made: list[Path] = []
    try:
        with explained_write_errors(folder):
            for path in (*reversed(folder.parents), folder):
                if not path.exists():
                    path.mkdir(exist_ok=True)
                    made.append(path)
            probe = folder / f".{uuid.uuid4().hex}.tmp"
            probe.touch(exist_ok=False)
            probe.unlink()
        yield folder
    except BaseException:
        with suppress(OSError):  # something else is in it by now, and stays
            for path in reversed(made):
                path.rmdir()
        raise


@contextmanager
def explained_write_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError of the block into an OutputError that names the folder and what to do."""
    try:
        yield
    except (PipelineError, ModelAssetError):  # some are OSErrors too
        raise
    except OSError as error:
        remedy = "make room or choose" if error.errno in _FULL else "choose"
        raise OutputError(
            f"The results cannot be written to {folder} ({error.strerror or error}); "
            f"{remedy} another folder with --output."
        ) from error


def read_record(folder: Path) -> dict[str, Any] | None:
    """Return ``run.json`` of a folder; None where there is none that can be read."""
    try:
        record = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def remove_results(folder: Path, record: Mapping[str, Any], keep: Collection[Path] = ()) -> None:
    """Remove the results that a record names, the record first, and the PDF of its report; `keep` stays."""
    outputs = record.get("outputs")
    names = outputs.values() if isinstance(outputs, Mapping) else ()
    for path in [folder / str(name) for name in (RECORD_NAME, *names, "report.pdf")]:
        if path not in keep and path.resolve().is_relative_to(folder.resolve()):
            path.unlink(missing_ok=True)
            _remove_empty(path.parent, folder)


def _remove_empty(inner: Path, folder: Path) -> None:
    """Remove a folder inside of `folder`, and those around it, while they are empty."""
    while inner != folder and inner.is_relative_to(folder):
        try:
            inner.rmdir()
        except OSError:  # something is in it
            return
        inner = inner.parent


def refuse_foreign_results(folder: Path, video_sha256: str) -> None:
    """Raise OutputError for a folder with results of another video: inputs of one name never overwrite each other."""
    path = folder / RECORD_NAME
    if not path.exists():
        return
    try:
        source = (read_record(folder) or {})["input"]
        name, digest = source["name"], source["sha256"]
    except (KeyError, TypeError) as error:
        raise OutputError(
            f"{path} is there already and is no result of HumanPose3D; choose another folder with --output."
        ) from error
    if digest != video_sha256:
        raise OutputError(
            f"{folder} holds the results of another video ({name}, other content); "
            "choose another folder with --output, or remove this one."
        )
