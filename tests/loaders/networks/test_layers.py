"""Against torch's own modules, which share the names of their tensors."""

import pytest
import torch
from torch import nn

from humanpose3d.loaders.networks.layers import Affine, Attention, Encoder, unit


def close(actual: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize("shape", [(0, 17, 32), (1, 32), (3, 17, 32), (100, 17, 32), (1000, 32)])
def test_an_affine_map_of_few_and_of_many_rows(shape: tuple[int, ...]) -> None:
    layer, x = Affine(32, 24), torch.randn(shape)
    with torch.inference_mode():
        close(layer(x), nn.functional.linear(x, layer.weight, layer.bias))


def test_an_affine_map_of_a_slice() -> None:
    layer, x = Affine(32, 24), torch.randn(2000, 12, 40)[:, 5, 4:36]
    with torch.inference_mode():
        close(layer(x), nn.functional.linear(x, layer.weight, layer.bias))


@pytest.mark.parametrize("frames", [1, 40])
def test_attention(frames: int) -> None:
    ours, torchs = Attention(32, 4), nn.MultiheadAttention(32, 4, batch_first=True).eval()
    ours.load_state_dict(torchs.state_dict())
    x, context = torch.randn(frames, 17, 32), torch.randn(frames, 12, 32)
    with torch.inference_mode():
        close(ours(x), torchs(x, x, x)[0])
        close(ours(x, context), torchs(x, context, context)[0])


def test_one_sequence_serves_all_on_either_side() -> None:
    attention = Attention(32, 4)
    nn.init.normal_(attention.in_proj_weight, std=0.2)
    nn.init.normal_(attention.in_proj_bias)
    many, one = torch.randn(5, 17, 32), torch.randn(1, 17, 32)
    with torch.inference_mode():
        close(attention(many, one), attention(many, one.expand(5, -1, -1)))
        close(attention(one, many), attention(one.expand(5, -1, -1), many))


def test_encoder() -> None:
    layer = nn.TransformerEncoderLayer(32, 4, 48, batch_first=True, norm_first=True)
    torchs = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False).eval()
    ours = Encoder(3, 32, 4, 48)
    ours.load_state_dict(torchs.state_dict())
    x = torch.randn(30, 17, 32)
    with torch.inference_mode():
        close(ours(x), torchs(x))


def test_short_vectors_do_not_blow_up() -> None:
    vectors = torch.tensor([[3.0, 0, 4], [0, 0, 0], [1e-6, 0, 0]])
    close(unit(vectors, 1e-4), torch.tensor([[0.6, 0, 0.8], [0, 0, 0], [0.01, 0, 0]]))
