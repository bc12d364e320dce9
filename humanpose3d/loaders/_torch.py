"""What every loader that computes with torch needs: the device, and batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import LoaderError, explained_imports

if TYPE_CHECKING:
    import torch

__all__ = ["as_frames", "choose_device", "require_device", "run_in_batches"]

_DEVICES = ("auto", "cpu", "cuda", "mps")
_FRAMES_PER_BATCH = {"cpu": 96}  # few enough for the caches
_FRAMES_PER_BATCH_ELSEWHERE = 4096


def as_frames(
    name: str, values: npt.ArrayLike, shape: tuple[int, ...], frames: int | None = None
) -> npt.NDArray[np.float32]:
    """Return a float32 copy of `values` without gaps, if they are `frames` arrays of one shape.

    Raises
    ------
    ValueError
        If they are not; the message calls them `name`.
    """
    array = np.array(values, np.float32, order="C")
    if array.ndim != 1 + len(shape) or array.shape[1:] != shape or (frames is not None and len(array) != frames):
        wanted = ", ".join(map(str, ("T" if frames is None else frames, *shape)))
        raise ValueError(f"{name} must have the shape ({wanted}{',' if not shape else ''}), not {array.shape}")
    return array


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


def run_in_batches(
    network: torch.nn.Module, inputs: Sequence[npt.NDArray[np.float32] | None], device: torch.device
) -> Any:
    """Run a network over frames, some at a time, so that memory stays bounded and caches are used.

    Parameters
    ----------
    network : torch.nn.Module
        Takes tensors whose first axis is frames, and returns a named tuple of such.
    inputs : sequence of ndarray or None
        Its arguments; None is passed on as it is.
    device : torch.device
        Where the network is.

    Returns
    -------
    named tuple of ndarray
        What the network returns, of all frames.
    """
    import torch

    frames = next(len(array) for array in inputs if array is not None)
    size = _FRAMES_PER_BATCH.get(device.type, _FRAMES_PER_BATCH_ELSEWHERE)
    results: list[npt.NDArray[np.float32] | None] = []
    with torch.inference_mode():
        for start in range(0, max(frames, 1), size):
            part = slice(start, start + size)
            batch = (None if array is None else torch.from_numpy(array[part]).to(device) for array in inputs)
            outputs = network(*batch)
            if not results:
                results = [None if out is None else np.empty((frames, *out.shape[1:]), np.float32) for out in outputs]
            for result, out in zip(results, outputs, strict=True):
                if result is not None:
                    result[part] = out.cpu().numpy()
    return type(outputs)(*results)
