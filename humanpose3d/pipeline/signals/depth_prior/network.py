"""The network: temporal convolutions over half a second and more, in NumPy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.signals.body import BODY
from humanpose3d.pipeline.signals.depth_prior.inputs import FEATURES

if TYPE_CHECKING:
    from importlib.abc import Traversable

__all__ = ["DILATIONS", "OUTPUTS", "DepthPriorError", "Network", "shipped"]

_Float32 = npt.NDArray[np.float32]

DILATIONS = (1, 2, 4, 8, 16)
"""Frames between the three inputs of each block's convolution."""
OUTPUTS = 5 * len(BODY) + 1
"""Three coordinates of each link, then two logarithms of spreads: across and along the line of sight; then the
logarithm of the odds that the legs are exchanged."""


class DepthPriorError(Exception):
    """The weights of the depth prior are missing or damaged."""


@dataclass(frozen=True, eq=False)
class Network:
    """Networks of residual blocks, each a dilated convolution and a linear layer; the mean of what they say counts."""

    weights: dict[str, _Float32]
    """``first``, ``blockN.time``, ``blockN.mix`` and ``last``, each with ``.weight`` (M, 3, in, out) or (M, in, out)
    and ``.bias`` (M, out), of M networks."""
    sha256: str
    """Digest of the file."""

    @classmethod
    def read(cls, file: Traversable) -> Network:
        """Read weights, or raise DepthPriorError: the file is missing or damaged."""
        try:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            with file.open("rb") as stream, np.lib.npyio.NpzFile(stream, allow_pickle=False) as arrays:
                weights = {name: arrays[name].astype(np.float32) for name in arrays}
        except Exception as error:  # zipfile and NumPy raise many kinds
            raise DepthPriorError(f"its weights can't be read: {getattr(error, 'strerror', None) or error}") from error
        shapes = {name: values.shape for name, values in weights.items()}
        if shapes != _shapes(weights) or not all(np.isfinite(values).all() for values in weights.values()):
            raise DepthPriorError(f"{file.name} does not hold its weights")
        return cls(weights, digest)

    def __call__(self, given: _Float32, there: npt.NDArray[np.bool_]) -> _Float32:
        """Return the outputs, shape (T, OUTPUTS), for input (T, FEATURES) and the frames (T,) that are there."""
        mask = there[:, None].astype(np.float32)
        hidden = np.maximum(self._convolved("first", given * mask, 1), 0) * mask
        for i, dilation in enumerate(DILATIONS):
            inner = np.maximum(self._convolved(f"block{i}.time", hidden, dilation), 0)
            hidden = (hidden + self._linear(f"block{i}.mix", inner)) * mask
        return np.asarray(self._linear("last", hidden).mean(axis=0))

    def member(self, number: int) -> Network:
        """Return one of the networks alone."""
        return Network({name: values[number : number + 1] for name, values in self.weights.items()}, self.sha256)

    def _linear(self, layer: str, values: _Float32) -> _Float32:
        return np.asarray(values @ self.weights[f"{layer}.weight"] + self.weights[f"{layer}.bias"][:, None])

    def _convolved(self, layer: str, values: _Float32, dilation: int) -> _Float32:
        """Return (M, T, out) for values (M, T, in) or (T, in)."""
        padded = np.pad(values, [*[(0, 0)] * (values.ndim - 2), (dilation, dilation), (0, 0)])
        kernel, frames = self.weights[f"{layer}.weight"], values.shape[-2]
        taps = (padded[..., i * dilation : i * dilation + frames, :] @ kernel[:, i] for i in range(3))
        return np.asarray(sum(taps) + self.weights[f"{layer}.bias"][:, None])


def _shapes(weights: dict[str, _Float32]) -> dict[str, tuple[int, ...]]:
    """Return the shapes that all weights must have, for as many networks, as wide, as the first bias says."""
    networks, width = (*weights.get("first.bias", np.zeros(0)).shape, 0, 0)[:2]
    layers: dict[str, tuple[int, ...]] = {"first": (3, FEATURES, width), "last": (width, OUTPUTS)}
    for i in range(len(DILATIONS)):
        layers |= {f"block{i}.time": (3, width, width), f"block{i}.mix": (width, width)}
    kernels = {f"{layer}.weight": (networks, *shape) for layer, shape in layers.items()}
    return {**kernels, **{f"{layer}.bias": (networks, shape[-1]) for layer, shape in layers.items()}}


@lru_cache(maxsize=1)
def shipped() -> Network:
    """Read the weights of the package, or raise DepthPriorError: they are missing or damaged."""
    return Network.read(files("humanpose3d.pipeline.signals.depth_prior") / "weights.npz")
