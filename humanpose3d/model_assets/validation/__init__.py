"""Check the structure of a model file against its format, with the standard library only.

This folder reads files. It never loads a model.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from humanpose3d.model_assets.errors import IntegrityError
from humanpose3d.model_assets.validation.checkpoint import find_checkpoint_fault
from humanpose3d.model_assets.validation.disguise import find_disguise
from humanpose3d.model_assets.validation.hdf5 import find_hdf5_fault
from humanpose3d.model_assets.validation.task_bundle import find_task_fault

__all__ = ["check_structure", "find_disguise", "find_fault"]

_FORMATS: dict[str, Callable[[Path], str | None]] = {
    ".pth": find_checkpoint_fault,
    ".task": find_task_fault,
    ".h5": find_hdf5_fault,
}


def find_fault(path: Path, suffix: str) -> str | None:
    """Say what is wrong with the structure of a model file.

    Parameters
    ----------
    path : Path
        The file; its own name does not matter.
    suffix : {".pth", ".task", ".h5"}
        The format that it ought to have.

    Returns
    -------
    str or None
        A phrase such as ``"it is a Git LFS pointer, not the file itself"``; None where nothing is wrong.
    """
    return find_disguise(path) or _FORMATS[suffix](path)


def check_structure(path: Path, suffix: str, *, label: str) -> None:
    """Raise `IntegrityError` unless the file at `path` has the structure of its format.

    Parameters
    ----------
    path, suffix
        As in :func:`find_fault`.
    label : str
        What to call the file in the message.
    """
    fault = find_fault(path, suffix)
    if fault:
        raise IntegrityError(f"{label} is not the model: {fault}.", reason=fault, path=str(path))
