"""Functions without weights, for the three refinement networks (section 3) and Keras models.

Arrays are float32, their first axis frames and their last one channels. Functions that end in an underscore write
into their argument and return it.
"""

from __future__ import annotations

import math

import numpy as np

from humanpose3d.loaders.networks.coco import FloatArray

_EPSILON = np.float32(1e-5)
_HALF = np.float32(0.5)
_LEAK = np.float32(0.2)
_ROOT_HALF = np.float32(math.sqrt(0.5))


def relu_(x: FloatArray) -> FloatArray:
    """Return max(x, 0)."""
    np.maximum(x, np.float32(0), out=x)
    return x


def leaky_(x: FloatArray) -> FloatArray:
    """Return x where it is positive, else 0.2 x."""
    np.maximum(x, x * _LEAK, out=x)
    return x


def gelu_(x: FloatArray) -> FloatArray:
    """Return x Φ(x), Φ the cumulative normal distribution, in its exact form: Φ(x) = (1 + erf(x / √2)) / 2."""
    size = np.abs(x)
    tail = _erfc(size * _ROOT_HALF)
    tail *= np.float32(-0.5)
    tail *= size  # -|x| Φ(-|x|): the whole result for negative x
    np.maximum(x, np.float32(0), out=x)
    x += tail
    return x


def _erfc(x: FloatArray) -> FloatArray:
    """Return 1 - erf(x) for x ≥ 0, to 1.5e-7: Abramowitz and Stegun (1964), formula 7.1.26.

    SciPy's ``erf`` takes five times as long for float32, which was half of the joint network's time.
    """
    t = np.float32(0.3275911) * x
    t += np.float32(1)
    np.divide(np.float32(1), t, out=t)
    series: FloatArray = np.float32(1.061405429) * t
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series += np.float32(coefficient)
        series *= t
    np.multiply(x, x, out=t)
    np.negative(t, out=t)
    np.exp(t, out=t)
    series *= t
    return series


def sigmoid(x: FloatArray) -> FloatArray:
    """Return 1 / (1 + e⁻ˣ), as tanh(x / 2) / 2 + 1 / 2, which cannot overflow."""
    result: FloatArray = np.tanh(x * _HALF)
    result *= _HALF
    result += _HALF
    return result


def softplus(x: FloatArray) -> FloatArray:
    """Return ln(1 + eˣ)."""
    return np.asarray(np.logaddexp(x, np.float32(0)))


def softmax_(x: FloatArray) -> FloatArray:
    """Return eˣ, its sum along the last axis scaled to 1."""
    x -= x.max(axis=-1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis=-1, keepdims=True)
    return x


def unit(vectors: FloatArray, shortest: float) -> FloatArray:
    """Scale vectors along the last axis to length one; those below `shortest` stay shorter than that."""
    return np.asarray(vectors / np.maximum(length(vectors), np.float32(shortest)))


def length(vectors: FloatArray) -> FloatArray:
    """Return the Euclidean norm along the last axis, which is kept."""
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", vectors, vectors)))[..., None]


def join(*parts: FloatArray) -> FloatArray:
    """Concatenate along the last axis; the other axes are broadcast."""
    shape = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
    joined = np.empty((*shape, sum(part.shape[-1] for part in parts)), np.float32)
    start = 0
    for part in parts:
        joined[..., start : (start := start + part.shape[-1])] = part
    return joined


def normalise(x: FloatArray) -> FloatArray:
    """Return LN₀(x): `x` less its mean along the last axis, over its standard deviation."""
    channels = x.shape[-1]
    share = np.full(channels, 1 / channels, np.float32)
    centred = x - (x @ share)[..., None]
    variance = np.einsum("...i,...i->...", centred, centred)
    variance /= np.float32(channels)
    variance += _EPSILON
    np.sqrt(variance, out=variance)
    centred /= variance[..., None]
    return centred
