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
    """Say what is wrong with a file of the format that `suffix` names; None where nothing is. Its own name is ignored.

    The answer is a phrase such as ``"it is a Git LFS pointer, not the file itself"``.
    """
    return find_disguise(path) or _FORMATS[suffix](path)


def check_structure(path: Path, suffix: str, *, label: str) -> None:
    """Raise `IntegrityError` if :func:`find_fault` finds one; `label` names the file in the message."""
    if fault := find_fault(path, suffix):
        raise IntegrityError(f"{label} is not the model: {fault}.", reason=fault, path=str(path))
