"""The layers as torch modules that hold the weights of a file.

Keras keeps matrices transposed (inputs × outputs), and the gates of a GRU in the order update, reset, candidate
where torch has reset, update, candidate; those of an LSTM are in the same order (input, forget, cell, output).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from humanpose3d.loaders.keras.architecture import Layer
from humanpose3d.loaders.keras.hdf5 import Weights
from humanpose3d.loaders.keras.planning import GATES, backward_layer, resets_after

__all__ = ["build_module"]

_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "elu": nn.ELU,
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "selu": nn.SELU,
    "sigmoid": nn.Sigmoid,
    "softmax": lambda: nn.Softmax(dim=-1),
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


def build_module(layer: Layer, weights: Weights) -> nn.Module:
    """Build a layer whose settings and weights have been checked."""
    if layer.kind == "Activation":
        return _ACTIVATIONS[layer.config["activation"]]()
    if layer.kind == "Bidirectional":
        return _build_bidirectional(layer, weights)
    if layer.kind == "Concatenate":
        return _Concatenate()
    if layer.kind == "Dense":
        return nn.Sequential(_linear(weights), _ACTIVATIONS[layer.config["activation"]]())
    if layer.kind == "TimeDistributed":  # every layer that it may wrap treats frames alike anyway
        return build_module(layer.inner(), weights)
    if layer.kind in GATES:
        return _Recurrent(layer, weights)
    return nn.Identity()  # dropout


class _Concatenate(nn.Module):
    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        return torch.cat(tensors, dim=-1)


class _Recurrent(nn.Module):
    """A recurrent layer over (batch, frames, features); going backwards, its first output is of the last frame."""

    def __init__(self, layer: Layer, weights: Weights) -> None:
        super().__init__()
        self._sequences = bool(layer.config.get("return_sequences", False))
        self._backwards = bool(layer.config.get("go_backwards", False))
        if layer.kind == "GRU" and not resets_after(layer):
            self._cells: nn.Module = _ResetBeforeGRU(weights)
        else:
            self._cells = _torch_recurrence(layer.kind, weights)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self._cells(frames.flip(1) if self._backwards else frames)[0]
        return outputs if self._sequences else outputs[:, -1]


class _ResetBeforeGRU(nn.Module):
    """A GRU that resets the state before the matrix product (arXiv 1406.1078), which torch's does not."""

    kernel: torch.Tensor
    gates: torch.Tensor
    candidate: torch.Tensor
    bias: torch.Tensor

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        kernel, recurrent, *bias = (torch.from_numpy(array) for array in weights)
        units = len(recurrent)
        self.register_buffer("kernel", kernel)
        self.register_buffer("gates", recurrent[:, : 2 * units].contiguous())
        self.register_buffer("candidate", recurrent[:, 2 * units :].contiguous())
        self.register_buffer("bias", bias[0] if bias else torch.zeros(3 * units))

    def forward(self, frames: torch.Tensor) -> tuple[torch.Tensor]:
        units = len(self.candidate)
        inputs = frames @ self.kernel + self.bias
        state = frames.new_zeros(len(frames), units)
        states = []
        for step in inputs.unbind(1):
            update, reset = torch.sigmoid(step[:, : 2 * units] + state @ self.gates).chunk(2, dim=-1)
            candidate = torch.tanh(step[:, 2 * units :] + (reset * state) @ self.candidate)
            state = update * state + (1 - update) * candidate
            states.append(state)
        return (torch.stack(states, dim=1),)


class _Bidirectional(nn.Module):
    def __init__(self, forwards: _Recurrent, backwards: _Recurrent, mode: str) -> None:
        super().__init__()
        self.forwards, self.backwards, self.mode = forwards, backwards, mode

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        one: torch.Tensor = self.forwards(frames)
        other: torch.Tensor = self.backwards(frames)
        if other.ndim == 3:
            other = other.flip(1)
        if self.mode == "concat":
            return torch.cat((one, other), dim=-1)
        if self.mode == "mul":
            return one * other
        return (one + other) / (2 if self.mode == "ave" else 1)


def _build_bidirectional(layer: Layer, weights: Weights) -> nn.Module:
    forwards = layer.inner()
    split = 3 if forwards.config.get("use_bias", True) else 2
    return _Bidirectional(
        _Recurrent(forwards, weights[:split]),
        _Recurrent(backward_layer(layer), weights[split:]),
        layer.config["merge_mode"],
    )


def _linear(weights: Weights) -> nn.Module:
    kernel, *bias = weights
    linear = nn.Linear(kernel.shape[0], kernel.shape[1], bias=bool(bias), device="meta")
    return _filled(linear, {"weight": kernel.T, **({"bias": bias[0]} if bias else {})})


def _torch_recurrence(kind: str, weights: Weights) -> nn.Module:
    """Use torch's own GRU or LSTM; a bias that Keras has once is torch's input bias, and its other one is zero."""
    kernel, recurrent, *bias = (_gates_of_torch(kind, array) for array in weights)
    make: type[nn.GRU | nn.LSTM] = nn.GRU if kind == "GRU" else nn.LSTM
    native = make(kernel.shape[0], recurrent.shape[0], bias=bool(bias), batch_first=True, device="meta")
    parameters = {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent.T}
    if bias:
        inputs, state = bias[0] if bias[0].ndim == 2 else (bias[0], np.zeros_like(bias[0]))
        parameters |= {"bias_ih_l0": inputs, "bias_hh_l0": state}
    return _filled(native, parameters)


def _gates_of_torch(kind: str, array: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if kind == "LSTM":
        return array
    update, reset, candidate = np.split(array, 3, axis=-1)
    return np.concatenate((reset, update, candidate), axis=-1)


def _filled(module: nn.Module, values: dict[str, Any]) -> nn.Module:
    """Give a module without memory its memory and its values, which saves drawing random ones."""
    module.to_empty(device="cpu")
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(values[name])))
    return module
