"""Run a network over the frames of a trial: check the arrays, compute some frames at a time, in several threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders.networks.coco import FloatArray
from humanpose3d.threads import map_in_threads

__all__ = ["as_frames", "as_visibility", "compute_frames"]

_FRAMES_AT_A_TIME = 96  # few enough for the caches

Output = TypeVar("Output", bound="tuple[Any, ...]")


def as_frames(name: str, values: npt.ArrayLike, shape: tuple[int, ...], frames: int | None = None) -> FloatArray:
    """Return `values` as float32 without gaps, or raise ValueError if they are not `frames` arrays of one shape."""
    array = np.ascontiguousarray(values, np.float32)
    if array.ndim != 1 + len(shape) or array.shape[1:] != shape or (frames is not None and len(array) != frames):
        wanted = ", ".join(map(str, ("T" if frames is None else frames, *shape)))
        raise ValueError(f"{name} must have the shape ({wanted}{',' if not shape else ''}), not {np.shape(values)}")
    return array


def as_visibility(values: npt.ArrayLike | None, keypoints: int, frames: int) -> FloatArray:
    """Return visibilities, shape (T, keypoints); None means that all keypoints were seen."""
    if values is None:
        return np.ones((frames, keypoints), np.float32)
    return as_frames("visibility", values, (keypoints,), frames)


def compute_frames(network: Callable[..., Output], inputs: Sequence[FloatArray | None]) -> Output:
    """Return the output of a network for all frames, computed in batches, so that memory stays bounded.

    The network takes `inputs`, whose first axis is frames, or None; it returns a named tuple of such.
    """
    frames = next(len(array) for array in inputs if array is not None)
    parts = [slice(start, start + _FRAMES_AT_A_TIME) for start in range(0, max(frames, 1), _FRAMES_AT_A_TIME)]

    def compute(part: slice) -> Output:
        with np.errstate(all="ignore"):  # a frame with NaN or infinite input is NaN, without a warning
            return network(*(None if array is None else array[part] for array in inputs))

    results = map_in_threads(compute, parts)
    joined: Any = (None if outputs[0] is None else np.concatenate(outputs) for outputs in zip(*results, strict=True))
    return type(results[0])(*joined)
