"""The layers of a Keras model as functions from float32 arrays to float32 arrays.

:func:`build_layer` joins the function of a layer and its weights. Axes are (batch, frames, features), or
(batch, features) after a recurrent layer that returns its last output only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders.keras.architecture import Layer
from humanpose3d.loaders.keras.planning import GATES, backward_layer, resets_after
from humanpose3d.loaders.keras.recurrence import gru, gru_reset_before, lstm
from humanpose3d.loaders.networks.functions import sigmoid, softmax_, softplus

FloatArray = npt.NDArray[np.float32]
Weights = list[FloatArray]
"""Of one layer, in the order of :attr:`~humanpose3d.loaders.keras.planning.LayerPlan.weights`."""
LayerFunction = Callable[..., FloatArray]
"""Takes the outputs of the layers that it follows."""

_HALF = np.float32(0.5)
_SELU_SCALE, _SELU_ALPHA = np.float32(1.0507009873554805), np.float32(1.6732632423543772)  # arXiv 1706.02515


def build_layer(layer: Layer, weights: Weights) -> LayerFunction:
    """Return the function of a layer whose settings and weights have been checked."""
    if layer.kind == "Activation":
        return _ACTIVATIONS[layer.config["activation"]]
    if layer.kind == "Bidirectional":
        return _build_bidirectional(layer, weights)
    if layer.kind == "Concatenate":
        return _concatenate
    if layer.kind == "Dense":
        return partial(_dense, weights=weights, activation=_ACTIVATIONS[layer.config["activation"]])
    if layer.kind == "TimeDistributed":  # the layers that it may wrap already treat each frame alone
        return build_layer(layer.inner(), weights)
    if layer.kind in GATES:
        return _build_recurrent(layer, weights)
    return _same  # Dropout does nothing outside of training


def _same(values: FloatArray) -> FloatArray:
    return values


def _concatenate(*values: FloatArray) -> FloatArray:
    return np.concatenate(values, axis=-1)


def _dense(values: FloatArray, *, weights: Weights, activation: LayerFunction) -> FloatArray:
    kernel, *bias = weights
    return activation(values @ kernel + bias[0] if bias else values @ kernel)


def _elu(values: FloatArray) -> FloatArray:
    result: FloatArray = np.where(values > 0, values, np.expm1(np.minimum(values, 0)))
    return result


def _relu(values: FloatArray) -> FloatArray:
    return np.maximum(values, 0)


def _selu(values: FloatArray) -> FloatArray:
    negative = _SELU_ALPHA * np.expm1(np.minimum(values, 0))
    result: FloatArray = _SELU_SCALE * np.where(values > 0, values, negative)
    return result


def _softmax(values: FloatArray) -> FloatArray:
    return softmax_(values.copy())


_ACTIVATIONS: dict[str, LayerFunction] = {
    "elu": _elu,
    "linear": _same,
    "relu": _relu,
    "selu": _selu,
    "sigmoid": sigmoid,
    "softmax": _softmax,
    "softplus": softplus,
    "tanh": np.tanh,
}


def _build_recurrent(layer: Layer, weights: Weights) -> LayerFunction:
    if layer.kind == "LSTM":
        cells: LayerFunction = lstm
    else:
        cells = gru if resets_after(layer) else gru_reset_before
    sequences, backwards = (layer.config.get(key, False) for key in ("return_sequences", "go_backwards"))

    def recurrent(frames: FloatArray) -> FloatArray:
        """Run cells over the frames. Backwards, the first output is that of the last frame."""
        outputs = cells(frames[:, ::-1] if backwards else frames, *weights)
        return outputs if sequences else outputs[:, -1]

    return recurrent


def _build_bidirectional(layer: Layer, weights: Weights) -> LayerFunction:
    split = 3 if layer.inner().config.get("use_bias", True) else 2
    forwards = _build_recurrent(layer.inner(), weights[:split])
    backwards = _build_recurrent(backward_layer(layer), weights[split:])
    mode = layer.config["merge_mode"]

    def bidirectional(frames: FloatArray) -> FloatArray:
        one, other = forwards(frames), backwards(frames)
        if other.ndim == 3:
            other = other[:, ::-1]
        if mode == "concat":
            return _concatenate(one, other)
        if mode == "mul":
            return one * other
        return (one + other) * _HALF if mode == "ave" else one + other

    return bidirectional
