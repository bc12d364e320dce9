"""What the three refinement networks have in common."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = [
    "LEAK",
    "Affine",
    "Attention",
    "Encoder",
    "PositionTable",
    "affine",
    "attend",
    "leaky",
    "perceptron",
    "radians",
    "unit",
]

LEAK = 0.2
_FEW_NUMBERS = 20_480  # up to here torch keeps convolutions to itself, too


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return x Wᵀ + b along the last axis, as :func:`torch.nn.functional.linear` does.

    On a processor torch leaves that to MKL, but convolutions to oneDNN, which on AMD's is twice as fast; and a
    convolution with one tap is the same thing. A few numbers are not worth the detour.
    """
    if x.device.type != "cpu" or x.numel() <= _FEW_NUMBERS:
        return functional.linear(x, weight, bias)
    pixels = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)  # channels last, so nothing is moved
    mapped = functional.conv2d(pixels, weight[:, :, None, None], bias)
    return mapped.permute(0, 2, 3, 1).reshape(*x.shape[:-1], -1)


class Affine(nn.Linear):
    """:class:`torch.nn.Linear` by way of :func:`affine`."""

    def forward(self, x: Tensor) -> Tensor:
        """Map the last axis."""
        return affine(x, self.weight, self.bias)


def perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Return affine, ReLU, affine."""
    return nn.Sequential(Affine(inputs, hidden), nn.ReLU(inplace=True), Affine(hidden, outputs))


def leaky() -> nn.LeakyReLU:
    """Return the leaky rectifier that all networks use."""
    return nn.LeakyReLU(LEAK, inplace=True)


def unit(vectors: Tensor, shortest: float) -> Tensor:
    """Scale vectors along the last axis to length one; those below `shortest` stay shorter than that."""
    length: Tensor = vectors.norm(dim=-1, keepdim=True)
    return vectors / length.clamp(min=shortest)


class PositionTable(nn.Module):
    """One fixed vector for each keypoint; the file holds the table.

    Parameters
    ----------
    positions, width : int
        Shape of the table.
    """

    pe: Tensor

    def __init__(self, positions: int, width: int) -> None:
        super().__init__()
        self.register_buffer("pe", torch.empty(positions, width))


class Attention(nn.Module):
    """Multi-head attention with packed input projections, named as in :class:`torch.nn.MultiheadAttention`.

    Parameters
    ----------
    width, heads : int
        `heads` divides `width`.

    Notes
    -----
    The module of torch wants the same number of sequences on both sides. Here either side may be a single sequence
    that serves all of the other side's, which spares the refiner half of its work.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = Affine(width, width)

    def forward(self, queries: Tensor, context: Tensor | None = None) -> Tensor:
        """Let `queries`, shape (B, n, width), look at `context`, shape (B, m, width), or at themselves."""
        if context is None:
            q, k, v = affine(queries, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        else:
            width = queries.shape[-1]
            q = affine(queries, self.in_proj_weight[:width], self.in_proj_bias[:width])
            k, v = affine(context, self.in_proj_weight[width:], self.in_proj_bias[width:]).chunk(2, dim=-1)
        mixed: Tensor = self.out_proj(attend(q, k, v, self.heads))
        return mixed


def attend(q: Tensor, k: Tensor, v: Tensor, heads: int, bias: Tensor | None = None) -> Tensor:
    """Return softmax(q kᵀ / √h + `bias`) v for each head of h consecutive channels, heads side by side again.

    Parameters
    ----------
    q, k, v : Tensor, shapes (B, n, width), (B, m, width), (B, m, width)
        A batch of 1 goes with any other.
    heads : int
        `width` is a multiple of it.
    bias : Tensor, optional
        Added to the scores; broadcasts to (B, heads, n, m).
    """
    batch = max(len(q), len(k)) if min(len(q), len(k)) else 0
    q, k, v = (_split(x, heads).expand(batch, -1, -1, -1) for x in (q, k, v))
    mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    return mixed.transpose(1, 2).flatten(2)


def _split(x: Tensor, heads: int) -> Tensor:
    """Turn (B, n, width) into (B, heads, n, width / heads)."""
    return x.reshape(*x.shape[:2], heads, x.shape[-1] // heads).transpose(1, 2)


class _EncoderLayer(nn.Module):
    """Attention and two affine maps with ReLU, each after a normalisation and beside a shortcut."""

    def __init__(self, width: int, heads: int, feed_forward: int) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.linear1 = Affine(width, feed_forward)
        self.linear2 = Affine(feed_forward, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.norm1(x))
        encoded: Tensor = x + self.linear2(functional.relu_(self.linear1(self.norm2(x))))
        return encoded


class Encoder(nn.Module):
    """Pre-norm transformer encoder layers without a normalisation after the last.

    Parameters
    ----------
    layers, width, heads, feed_forward : int
        Number of layers; channels; attention heads; channels between the two affine maps.
    """

    def __init__(self, layers: int, width: int, heads: int, feed_forward: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_EncoderLayer(width, heads, feed_forward) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """Encode sequences, shape (B, n, width)."""
        encoded: Tensor = x
        for layer in self.layers:
            encoded = layer(encoded)
        return encoded


def radians(degrees: Tensor) -> Tensor:
    """Turn degrees into radians."""
    return degrees * (math.pi / 180)
