"""Against torch's own modules, which share the names of their tensors, and against SciPy's functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import erf, expit, log_softmax

from humanpose3d.loaders.networks.functions import gelu_, join, leaky_, normalise, sigmoid, softmax_, softplus, unit
from humanpose3d.loaders.networks.layers import Affine, Attention, Encoder, Norm
from humanpose3d.loaders.networks.plan import Weights

Array = np.ndarray[Any, Any]

RANDOM = np.random.default_rng(0)
WIDE = np.linspace(-30, 30, 100_001).astype(np.float32)


def close(actual: Array, expected: Array, tolerance: float = 2e-5) -> None:
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance)


def draw(*shape: int) -> Array:
    return RANDOM.standard_normal(shape).astype(np.float32)


def test_activations() -> None:
    exact = WIDE.astype(np.float64)
    close(gelu_(WIDE.copy()), exact * (1 + erf(exact / np.sqrt(2))) / 2, 2e-6)
    close(sigmoid(WIDE), expit(exact), 1e-6)
    close(softplus(WIDE), np.log1p(np.exp(exact)), 2e-6)
    close(leaky_(WIDE.copy()), np.where(exact > 0, exact, 0.2 * exact), 2e-6)
    scores = 40 * draw(50, 7)
    close(softmax_(scores.copy()), np.exp(log_softmax(scores.astype(np.float64), axis=-1)), 2e-5)


@pytest.mark.parametrize("function", [gelu_, sigmoid, softplus, leaky_, softmax_])
def test_nan_stays_nan(function: Any) -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(function(np.array([1, np.nan], np.float32))[1])


def test_arrays_are_joined_and_broadcast() -> None:
    first, second = draw(4, 3, 2), draw(4, 1, 5)
    np.testing.assert_array_equal(join(first, second), np.concatenate([first, second.repeat(3, axis=1)], axis=-1))
    assert join(draw(0, 3, 2), draw(0, 3, 1)).shape == (0, 3, 3)


def test_normalisation_folds_into_the_affine_map_after_it() -> None:
    norm, affine, x = Norm(draw(32), draw(32)), Affine(draw(32, 24), draw(24)), 3 + draw(5, 17, 32)
    close(affine.after(norm)(normalise(x)), affine(norm(x)), 5e-5)


def test_short_vectors_do_not_blow_up() -> None:
    vectors = np.array([[3, 0, 4], [0, 0, 0], [1e-6, 0, 0]], np.float32)
    close(unit(vectors, 1e-4), np.array([[0.6, 0, 0.8], [0, 0, 0], [0.01, 0, 0]]))


def weights_of(module: Any) -> Weights:
    return Weights({name: tensor.numpy() for name, tensor in module.state_dict().items()})


def applied(module: Any, *arrays: Array) -> Any:
    import torch

    with torch.inference_mode():
        return module(*map(torch.from_numpy, arrays))


@pytest.mark.parametrize("shape", [(0, 17, 32), (1, 32), (3, 17, 32)])
def test_an_affine_map_and_a_norm(shape: tuple[int, ...]) -> None:
    nn = pytest.importorskip("torch.nn", reason="torch, the reference, is not installed")
    linear, norm, x = nn.Linear(32, 24), nn.LayerNorm(32), draw(*shape)
    parts = nn.ModuleDict({"linear": linear, "norm": norm})
    close(Affine.read(weights_of(parts), "linear", 32, 24)(x), applied(linear, x).numpy())
    close(Norm.read(weights_of(parts), "norm", 32)(x), applied(norm, x).numpy())


@pytest.mark.parametrize("frames", [0, 1, 40])
def test_attention(frames: int) -> None:
    nn = pytest.importorskip("torch.nn", reason="torch, the reference, is not installed")
    torchs = nn.MultiheadAttention(32, 4, batch_first=True).eval()
    ours = Attention.read(weights_of(torchs), 32, 4)
    x, context = draw(frames, 17, 32), draw(frames, 12, 32)
    close(ours(x), applied(torchs, x, x, x)[0].numpy())
    close(ours(x, context), applied(torchs, x, context, context)[0].numpy())


def test_one_sequence_serves_all_on_either_side() -> None:
    attention = Attention(Affine(draw(32, 96) / 5, draw(96)), Affine(draw(32, 32), draw(32)), 4)
    many, one = draw(5, 17, 32), draw(1, 17, 32)
    five = np.repeat(one, 5, axis=0)
    close(attention(many, one), attention(many, five))
    close(attention(one, many), attention(five, many))


def test_encoder() -> None:
    nn = pytest.importorskip("torch.nn", reason="torch, the reference, is not installed")
    layer = nn.TransformerEncoderLayer(32, 4, 48, batch_first=True, norm_first=True)
    torchs = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False).eval()
    x = draw(30, 17, 32)
    close(Encoder.read(weights_of(torchs), 3, 32, 4, 48)(x), applied(torchs, x).numpy())
