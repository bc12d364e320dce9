"""Derive the sizes of a network from its tensors, and check the stored configuration against them.

Nothing is built here, so a file that claims absurd sizes costs nothing. All functions raise :class:`PlanError` where no
such network has what is stored.
"""

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass

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
