"""The tensors of a checkpoint by name, checked for the expected shape, type and finite values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders.networks.coco import FloatArray
from humanpose3d.loaders.networks.plan import PlanError, show_shape


class Weights:
    """The tensors of a network whose names share a prefix; views of a file will do, since what is taken is copied."""

    def __init__(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self._tensors = tensors
        self._prefix = ""
        self._left = set(tensors)

    def under(self, prefix: str) -> Weights:
        """Return the tensors whose names go on with `prefix` and a dot."""
        part = Weights.__new__(Weights)
        part._tensors, part._prefix, part._left = self._tensors, f"{self._prefix}{prefix}.", self._left
        return part

    def take(self, name: str, *shape: int) -> FloatArray:
        """Return a copy of a float32 tensor of finite values; raise `PlanError` if it is none, or of another shape."""
        stored = self._find(name, shape, np.float32)
        if not np.isfinite(stored).all():
            raise PlanError(f"its tensor {self._prefix}{name} has values that are not finite")
        return np.array(stored, np.float32, order="C")

    def require_constant(self, name: str, values: Sequence[int]) -> None:
        """Raise `PlanError` unless an int64 tensor, which is not used, is what it is in every such network."""
        if self._find(name, (len(values),), np.int64).tolist() != list(values):
            raise PlanError(f"its tensor {self._prefix}{name} is not what it is in every such network")

    def require_all_taken(self) -> None:
        """Raise `PlanError` if tensors are left that were not taken."""
        if self._left:
            raise PlanError(f"it has tensors that no such network has: {_some(sorted(self._left))}")

    def _find(self, name: str, shape: tuple[int, ...], dtype: type) -> npt.NDArray[Any]:
        full = self._prefix + name
        if full not in self._tensors:
            raise PlanError(f"it has no tensor {full}")
        stored = self._tensors[full]
        if stored.shape != shape:
            raise PlanError(f"its tensor {full} has the shape {show_shape(stored.shape)}, not {show_shape(shape)}")
        if stored.dtype != dtype:
            raise PlanError(f"its tensor {full} is {stored.dtype}, not {np.dtype(dtype)}")
        self._left.discard(full)
        return stored


def _some(names: Sequence[str]) -> str:
    """List the first few of many names."""
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
