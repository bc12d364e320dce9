"""The device that torch computes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from humanpose3d.errors import LoaderError, explained_imports

if TYPE_CHECKING:
    import torch

__all__ = ["choose_device", "require_device"]

_DEVICES = ("auto", "cpu", "cuda", "mps")


def require_device(name: str) -> None:
    """Raise `ValueError` unless `name` is a device; whether this machine has it, only torch knows."""
    if name not in _DEVICES:
        raise ValueError(f"device must be one of {', '.join(_DEVICES)}, not {name!r}")


def choose_device(name: str) -> torch.device:
    """Return the device to compute on.

    Parameters
    ----------
    name : {"auto", "cpu", "cuda", "mps"}
        "auto" takes CUDA where there is one, else the processor.

    Raises
    ------
    LoaderError
        This machine has no such device, or torch cannot use it.
    """
    require_device(name)
    with explained_imports("torch"):
        import torch
    present = {
        "auto": True,
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not present[name]:
        raise LoaderError(f"torch finds no {name} device on this machine; choose device='auto' or device='cpu'.")
    if name == "auto":
        return torch.device("cuda" if present["cuda"] else "cpu")
    return torch.device(name)
