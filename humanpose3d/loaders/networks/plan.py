"""What is stored of a network: its sizes, derived from the tensors, and the tensors themselves, each checked.

No network is built before its sizes are known, so a file that claims absurd sizes costs nothing. All functions raise
:class:`PlanError` where no such network has what is stored.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders.networks.coco import FloatArray

Shapes = Mapping[str, tuple[int, ...]]
"""Names and shapes of all tensors of a network."""

Config = Mapping[str, object]
"""What was stored beside the tensors; any key may be missing and any value of any type."""

_WIDTHS = range(4, 4097)
_MOST_LAYERS = 64


class PlanError(ValueError):
    """The stored network is not the expected one; the message is a phrase that says why."""


@dataclass(frozen=True)
class Plan:
    """Sizes of a network: channels, attention heads, attention layers, and channels within one of these layers."""

    width: int
    heads: int
    layers: int
    feed_forward: int
    limbs: bool = False
    """Whether a depth network predicts the directions of limbs."""


def plan_encoder(shapes: Shapes, checkpoint: Config, layers: str) -> Plan:
    """Return the sizes of a network of keypoints whose encoder layers are named ``<layers>0`` and so on."""
    width, count = width_of(shapes, "pos_encoder.pe", 1), count_layers(shapes, layers)
    config = require_config(checkpoint)
    require_agreement(config, "d_model", width)
    require_agreement(config, "num_layers", count)
    heads = require_heads(config, "num_heads", width)
    return Plan(width, heads, count, width_of(shapes, f"{layers}0.linear1.weight", 0))


def width_of(shapes: Shapes, name: str, axis: int) -> int:
    """Return the size of a tensor along one axis."""
    if name not in shapes:
        raise PlanError(f"it has no tensor {name}")
    shape = shapes[name]
    if axis >= len(shape) or shape[axis] not in _WIDTHS:
        raise PlanError(f"its tensor {name} has the shape {show_shape(shape)}, which no such network has")
    return shape[axis]


def count_layers(shapes: Shapes, prefix: str) -> int:
    """Return how many layers there are tensors for, under names such as ``<prefix>0.norm1.bias``."""
    numbered = re.compile(re.escape(prefix) + r"(0|[1-9][0-9]{0,8})\.")
    indices = {int(match[1]) for match in map(numbered.match, shapes) if match}
    if not 1 <= len(indices) <= _MOST_LAYERS:
        raise PlanError(f"it has {len(indices)} layers {prefix}*, where 1 to {_MOST_LAYERS} are possible")
    if max(indices) != len(indices) - 1:
        raise PlanError(f"its layers {prefix}* are not numbered from 0 without a gap")
    return len(indices)


def require_config(checkpoint: Config) -> Config:
    """Return the ``config`` of a checkpoint."""
    if "config" not in checkpoint:
        raise PlanError("it has no config")
    config = checkpoint["config"]
    if not isinstance(config, dict):
        raise PlanError(f"its config is {describe(config)}, not a dictionary")
    return config


def require_agreement(config: Config, key: str, derived: int | bool, *, optional: bool = False) -> None:
    """Compare one setting with what the tensors say; only if it is `optional` may it be missing."""
    if optional and key not in config:
        return
    stored = _stored(config, key)
    if type(stored) is not type(derived) or stored != derived:
        raise PlanError(f"its config says {key} = {describe(stored)}, but its tensors say {derived}")


def require_heads(config: Config, key: str, width: int, *, default: int | None = None) -> int:
    """Return the number of attention heads, the one size that the tensors do not show; it divides `width`."""
    heads = default if default is not None and key not in config else _stored(config, key)
    if type(heads) is not int or heads < 1 or width % heads:
        raise PlanError(f"{key} is {describe(heads)}, which does not divide its {width} channels")
    return heads


def describe(value: object) -> str:
    """Show a value of any type and size in a few words."""
    return f"{reprlib.repr(value)} ({type(value).__name__})"


def show_shape(shape: tuple[int, ...]) -> str:
    """Return a shape as text, for example ``3 × 128``."""
    return " × ".join(map(str, shape)) or "scalar"


def _stored(config: Config, key: str) -> object:
    if key not in config:
        raise PlanError(f"its config has no {key}")
    return config[key]


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
        if left := sorted(self._left):
            more = f" and {len(left) - 3} more" if len(left) > 3 else ""
            raise PlanError(f"it has tensors that no such network has: {', '.join(left[:3])}{more}")

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
