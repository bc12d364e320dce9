"""Check that a file is a complete HDF5 file before h5py is imported to read it."""

from pathlib import Path

from humanpose3d.errors import ModelLoadError
from humanpose3d.model_assets import IntegrityError
from humanpose3d.model_assets.validation import find_fault

__all__ = ["advice", "check_container"]


def advice(model: str) -> str:
    """Return what to do about a file that is not the model of that name."""
    return f"remove it and fetch it again with: humanpose3d models download {model}"


def check_container(path: Path, model: str) -> None:
    """Raise an error if the file is not an HDF5 file, or is truncated.

    Raises
    ------
    humanpose3d.model_assets.IntegrityError
        The file is something else, or cut short.
    ModelLoadError
        It cannot be read.
    """
    try:
        fault = find_fault(path, ".h5")
    except OSError as error:
        reason = error.strerror or error
        raise ModelLoadError(f"The Keras model {path} cannot be read ({reason}); {advice(model)}") from error
    if fault:
        raise IntegrityError(f"{path} is not a Keras model: {fault}; {advice(model)}", reason=fault, path=str(path))
