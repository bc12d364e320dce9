"""Named tensors in module order, as ``state_dict()`` of a PyTorch module would list them."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray


class WeightTable:
    """Weights of a network that was never trained, collected layer by layer.

    Parameters
    ----------
    seed : int
        Seed of the random values.

    Attributes
    ----------
    tensors : OrderedDict of str to ndarray
        Everything added so far, in order.
    parameter_count : int
        How many of them are parameters; the rest are buffers, which no optimizer sees.
    """

    def __init__(self, seed: int) -> None:
        self.tensors: OrderedDict[str, NDArray[Any]] = OrderedDict()
        self.parameter_count = 0
        self._random = np.random.default_rng(seed)

    def buffer(self, name: str, values: ArrayLike, dtype: DTypeLike = np.float32) -> None:
        """Add a tensor that is not trained."""
        self.tensors[name] = np.asarray(values, dtype)

    def parameter(self, name: str, values: ArrayLike) -> None:
        """Add a trained tensor."""
        self.buffer(name, values)
        self.parameter_count += 1

    def linear(self, name: str, rows: int, columns: int) -> None:
        """Add an affine map with random values, shaped ``(rows, columns)`` and ``(rows,)``."""
        bound = 1 / math.sqrt(columns)
        self.parameter(f"{name}.weight", self._uniform(bound, rows, columns))
        self.parameter(f"{name}.bias", self._uniform(bound, rows))

    def output(self, name: str, rows: int, columns: int) -> None:
        """Add an affine map that is zero, so that nothing of what comes before it gets out."""
        self.parameter(f"{name}.weight", np.zeros((rows, columns)))
        self.parameter(f"{name}.bias", np.zeros(rows))

    def norm(self, name: str, width: int) -> None:
        """Add gain and offset of a layer normalisation."""
        self.parameter(f"{name}.weight", 1 + self._uniform(0.1, width))
        self.parameter(f"{name}.bias", self._uniform(0.1, width))

    def embedding(self, name: str, width: int) -> None:
        """Add one learned vector."""
        self.parameter(name, self._uniform(0.1, width))

    def attention(self, name: str, width: int) -> None:
        """Add a multi-head attention with its packed input projection."""
        bound = 1 / math.sqrt(width)
        self.parameter(f"{name}.in_proj_weight", self._uniform(bound, 3 * width, width))
        self.parameter(f"{name}.in_proj_bias", self._uniform(bound, 3 * width))
        self.linear(f"{name}.out_proj", width, width)

    def encoder_layer(self, name: str, width: int, inner_width: int) -> None:
        """Add one layer of ``torch.nn.TransformerEncoder``."""
        self.attention(f"{name}.self_attn", width)
        self.linear(f"{name}.linear1", inner_width, width)
        self.linear(f"{name}.linear2", width, inner_width)
        self.norm(f"{name}.norm1", width)
        self.norm(f"{name}.norm2", width)

    def positional_table(self, name: str, positions: int, width: int) -> None:
        """Add the sine and cosine position code of Vaswani et al. (2017), section 3.5."""
        angles = np.arange(positions)[:, None] * 10000.0 ** (-np.arange(0, width, 2) / width)
        self.buffer(name, np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(positions, width))

    def _uniform(self, bound: float, *shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        # Not Generator.uniform: a compiler may fuse its product and sum, which changes the bits.
        return bound * (2 * self._random.random(shape) - 1)
