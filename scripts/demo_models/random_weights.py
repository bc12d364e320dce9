"""Random tensors for a network of any sizes, under the names and in the shapes that it asks for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from humanpose3d.loaders.networks.plan import Weights

Array = np.ndarray[Any, Any]


class _RandomWeights(Weights):
    """Gives a network whatever tensors it asks for, and keeps them."""

    def __init__(self, seed: int) -> None:
        super().__init__({})
        self.tensors: OrderedDict[str, Array] = OrderedDict()
        self._random = np.random.default_rng(seed)
        self._path = ""

    def under(self, prefix: str) -> _RandomWeights:
        """Return what is below `prefix`."""
        part = _RandomWeights.__new__(_RandomWeights)
        part.tensors, part._random, part._path = self.tensors, self._random, f"{self._path}{prefix}."
        return part

    def take(self, name: str, *shape: int) -> Array:
        """Make a float32 tensor."""
        scale = shape[-1] ** -0.5 if len(shape) == 2 else 0.3
        values = np.asarray(scale * self._random.standard_normal(shape), np.float32)
        return self.tensors.setdefault(self._path + name, values)

    def require_constant(self, name: str, values: Sequence[int]) -> None:
        """Make a tensor of these values."""
        self.tensors[self._path + name] = np.array(values, np.int64)


def random_tensors(read: Callable[[Weights, Any], object], plan: object, seed: int) -> OrderedDict[str, Array]:
    """Return random tensors of all names and shapes that a network of these sizes has."""
    weights = _RandomWeights(seed)
    read(weights, plan)
    return weights.tensors
