"""Layers shared by the three refinement networks (section 3).

Arrays are float32, their first axis frames and their last one channels. A layer is built from its stored tensors and
called with arrays; none keeps a state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from humanpose3d.loaders.networks.coco import FloatArray
from humanpose3d.loaders.networks.functions import normalise, relu_, softmax_
from humanpose3d.loaders.networks.plan import Weights

Activation = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Norm:
    """LN: normalisation with gain and offset of each channel."""

    gain: FloatArray
    offset: FloatArray

    @classmethod
    def read(cls, weights: Weights, name: str, width: int) -> Norm:
        """Take the tensors of the layer `name`."""
        return cls(weights.take(f"{name}.weight", width), weights.take(f"{name}.bias", width))

    def __call__(self, x: FloatArray) -> FloatArray:
        """Normalise along the last axis."""
        normalised = normalise(x)
        normalised *= self.gain
        normalised += self.offset
        return normalised


@dataclass(frozen=True, eq=False)
class Affine:
    """Lin: x Wᵀ + b along the last axis."""

    matrix: FloatArray
    """Wᵀ, shape (inputs, outputs)."""
    bias: FloatArray

    @classmethod
    def read(cls, weights: Weights, name: str, inputs: int, outputs: int) -> Affine:
        """Take the tensors of the layer `name`."""
        return cls.of(weights.take(f"{name}.weight", outputs, inputs), weights.take(f"{name}.bias", outputs))

    @classmethod
    def of(cls, weight: FloatArray, bias: FloatArray) -> Affine:
        """Make the map of a stored matrix, whose rows are outputs."""
        return cls(np.ascontiguousarray(weight.T), bias)

    def after(self, norm: Norm) -> Affine:
        """Return the map that does what this one does after the gain and the offset of `norm`."""
        return Affine(norm.gain[:, None] * self.matrix, self.bias + norm.offset @ self.matrix)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Map the last axis."""
        mapped = x.reshape(-1, x.shape[-1]) @ self.matrix  # one product of two matrices, not one for each frame
        mapped += self.bias
        return mapped.reshape(*x.shape[:-1], len(self.bias))


@dataclass(frozen=True, eq=False)
class Perceptron:
    """Affine maps, the first of them normalised; an activation follows each that is normalised or is not the last."""

    layers: tuple[Affine, ...]
    norms: tuple[Norm, ...] = ()
    activation: Activation = relu_

    @classmethod
    def read(
        cls,
        weights: Weights,
        name: str,
        numbers: tuple[int, ...],
        *widths: int,
        norms: int = 0,
        activation: Activation = relu_,
    ) -> Perceptron:
        """Take the tensors of the layers ``<name>.<number>``, which lead from the first of `widths` to the last.

        The norm of a map, which the first `norms` of them have, has the number after its own.
        """
        layers, normed = [], []
        for index, (number, inputs, outputs) in enumerate(zip(numbers, widths[:-1], widths[1:], strict=True)):
            layers.append(Affine.read(weights, f"{name}.{number}", inputs, outputs))
            if index < norms:
                normed.append(Norm.read(weights, f"{name}.{number + 1}", outputs))
        return cls(tuple(layers), tuple(normed), activation)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Map the last axis."""
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index < len(self.norms):
                x = self.norms[index](x)
            if index < max(len(self.norms), len(self.layers) - 1):
                x = self.activation(x)
        return x


def attend(q: FloatArray, k: FloatArray, v: FloatArray, heads: int, bias: FloatArray | None = None) -> FloatArray:
    """Return softmax(q kᵀ + `bias`) v for each head of consecutive channels, heads side by side again.

    Shapes are (B, n, width) of `q`, which is already divided by the root of a head's size, and (B, m, width) of `k` and
    `v`; a batch of 1 goes with any other. `bias` broadcasts to (B, heads, n, m).
    """
    scores = _split(q, heads) @ _split(k, heads).swapaxes(-1, -2)
    if bias is not None:
        scores += bias
    mixed = np.empty((len(scores), q.shape[1], q.shape[2]), np.float32)
    np.matmul(softmax_(scores), _split(v, heads), out=_split(mixed, heads))
    return mixed


def _split(x: FloatArray, heads: int) -> FloatArray:
    """View (B, n, width) as (B, heads, n, width / heads)."""
    heads_apart: FloatArray = x.reshape(*x.shape[:2], heads, x.shape[-1] // heads).swapaxes(1, 2)
    return heads_apart


@dataclass(frozen=True, eq=False)
class Attention:
    """MHA: multi-head attention with packed input projections.

    Either side may be a single sequence that serves all of the other side's, which spares the refiner half its work.
    """

    project: Affine
    """To q, k and v; q is divided by the root of a head's size."""
    out: Affine
    heads: int

    @classmethod
    def read(cls, weights: Weights, width: int, heads: int, norm: Norm | None = None) -> Attention:
        """Take the tensors; with `norm`, what is attended is normalised before."""
        project = Affine.of(weights.take("in_proj_weight", 3 * width, width), weights.take("in_proj_bias", 3 * width))
        if norm:
            project = project.after(norm)
        scale = np.ones(3 * width, np.float32)
        scale[:width] = math.sqrt(heads / width)
        scaled = Affine(project.matrix * scale, project.bias * scale)
        return cls(scaled, Affine.read(weights, "out_proj", width, width), heads)

    def __call__(self, queries: FloatArray, context: FloatArray | None = None) -> FloatArray:
        """Attend from `queries`, shape (B, n, width), to `context`, shape (B, m, width), or to themselves."""
        width = queries.shape[-1]
        if context is None:
            packed = self.project(queries)
            q, k, v = packed[..., :width], packed[..., width : 2 * width], packed[..., 2 * width :]
        else:
            matrix, bias = self.project.matrix, self.project.bias
            q = Affine(matrix[:, :width], bias[:width])(queries)
            packed = Affine(matrix[:, width:], bias[width:])(context)
            k, v = packed[..., :width], packed[..., width:]
        return self.out(attend(q, k, v, self.heads))


@dataclass(frozen=True, eq=False)
class _EncoderLayer:
    """Attention and two affine maps with ReLU, each with a normalisation before and a residual connection."""

    attention: Attention
    widen: Affine
    narrow: Affine

    @classmethod
    def read(cls, weights: Weights, width: int, heads: int, feed_forward: int) -> _EncoderLayer:
        norm1, norm2 = (Norm.read(weights, name, width) for name in ("norm1", "norm2"))
        return cls(
            Attention.read(weights.under("self_attn"), width, heads, norm1),
            Affine.read(weights, "linear1", width, feed_forward).after(norm2),
            Affine.read(weights, "linear2", feed_forward, width),
        )

    def __call__(self, x: FloatArray) -> FloatArray:
        attended = self.attention(normalise(x))
        attended += x
        encoded = self.narrow(relu_(self.widen(normalise(attended))))
        encoded += attended
        return encoded


@dataclass(frozen=True, eq=False)
class Encoder:
    """Enc: pre-norm transformer encoder layers without a normalisation after the last."""

    layers: tuple[_EncoderLayer, ...]

    @classmethod
    def read(cls, weights: Weights, layers: int, width: int, heads: int, feed_forward: int) -> Encoder:
        """Take the tensors of all layers, which are numbered from 0."""
        each = (weights.under(f"layers.{number}") for number in range(layers))
        return cls(tuple(_EncoderLayer.read(layer, width, heads, feed_forward) for layer in each))

    def __call__(self, x: FloatArray) -> FloatArray:
        """Encode sequences, shape (B, n, width)."""
        for layer in self.layers:
            x = layer(x)
        return x
