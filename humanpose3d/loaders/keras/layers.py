"""The layers of a Keras model as functions from float32 arrays to float32 arrays.

:func:`build_layer` joins the function of a layer and its weights. Axes are (batch, frames, features), or
(batch, features) after a recurrent layer that returns its last output only.

Weights are as Keras stores them. For recurrent layers, a kernel has the shape (features, n units), a recurrent kernel
(units, n units) and a bias (n units,), where n is 4 for an LSTM (input gate, forget gate, candidate, output gate), 3
for a GRU (update gate, reset gate, candidate). In the formulas, W is the kernel, U the recurrent kernel, b the bias,
and h the state, which is zero before the first frame and the output of each frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders.keras.architecture import Layer
from humanpose3d.loaders.keras.planning import GATES, backward_layer, resets_after
from humanpose3d.loaders.networks.functions import sigmoid, softmax_, softplus

FloatArray = npt.NDArray[np.float32]
Weights = list[FloatArray]
"""Of one layer, in the order of :attr:`~humanpose3d.loaders.keras.planning.LayerPlan.weights`."""
LayerFunction = Callable[..., FloatArray]
"""Takes the outputs of the layers that it follows."""
Carry = tuple[FloatArray, ...]
"""What a step of a recurrent layer passes to the next one, each of shape (batch, units); the state comes first."""

_HALF, _ONE = np.float32(0.5), np.float32(1)
_ROWS = 256  # of one matrix product: enough for it to be fast, few enough to bound memory
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


def _elu(values: FloatArray, alpha: np.float32 = _ONE) -> FloatArray:
    return np.asarray(np.where(values > 0, values, alpha * np.expm1(np.minimum(values, 0))))


def _relu(values: FloatArray) -> FloatArray:
    return np.maximum(values, 0)


def _selu(values: FloatArray) -> FloatArray:
    return np.asarray(_SELU_SCALE * _elu(values, _SELU_ALPHA))


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
    cells: LayerFunction = lstm if layer.kind == "LSTM" else partial(gru, reset_after=resets_after(layer))
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


def lstm(frames: FloatArray, kernel: FloatArray, recurrent: FloatArray, bias: FloatArray | None = None) -> FloatArray:
    """Run an LSTM layer.

    ``i, f, o = sigmoid(x W + h U + b)``, ``g = tanh(x W + h U + b)``, ``c = f c + i g``, ``h = o tanh(c)``.
    """
    units = len(recurrent)
    # Halving the columns of the gates here lets one tanh serve them and the candidate, see `sigmoid`.
    scale = np.full(4 * units, _HALF)
    scale[2 * units : 3 * units] = 1
    recurrent = recurrent * scale

    def step(inputs: FloatArray, carry: Carry) -> Carry:
        state, cell = carry
        activated = np.tanh(inputs + state @ recurrent)
        gates = activated * _HALF + _HALF
        cell = gates[:, units : 2 * units] * cell + gates[:, :units] * activated[:, 2 * units : 3 * units]
        return gates[:, 3 * units :] * np.tanh(cell), cell

    inputs = _project(frames, kernel * scale, None if bias is None else bias * scale)
    return _collect(step, inputs, frames.shape[:2], units, carried=2)


def gru(
    frames: FloatArray,
    kernel: FloatArray,
    recurrent: FloatArray,
    bias: FloatArray | None = None,
    *,
    reset_after: bool = True,
) -> FloatArray:
    """Run a GRU layer, which resets the state after the matrix product or before it (arXiv 1406.1078).

    ``z, r = sigmoid(x W + b + h U + d)``, ``h = z h + (1 - z) c`` where ``c = tanh(x W + b + r (h U + d))`` or, before,
    ``c = tanh(x W + b + (r h) U)``. The bias is b and d, shape (2, 3 units), or b alone, shape (3 units,).
    """
    units = len(recurrent)
    input_bias, state_bias = bias if reset_after and bias is not None else (bias, np.float32(0))

    def step(inputs: FloatArray, carry: Carry) -> Carry:
        (state,) = carry
        if reset_after:
            product = state @ recurrent
            product += state_bias
            gates = sigmoid(inputs[:, : 2 * units] + product[:, : 2 * units])
            reset = gates[:, units:] * product[:, 2 * units :]
        else:
            gates = sigmoid(inputs[:, : 2 * units] + state @ recurrent[:, : 2 * units])
            reset = (gates[:, units:] * state) @ recurrent[:, 2 * units :]
        candidate = np.tanh(inputs[:, 2 * units :] + reset)
        return (candidate + gates[:, :units] * (state - candidate),)

    return _collect(step, _project(frames, kernel, input_bias), frames.shape[:2], units)


def _project(frames: FloatArray, kernel: FloatArray, bias: FloatArray | None) -> Iterator[FloatArray]:
    """Yield ``x W + b`` of each frame, shape (batch, columns)."""
    batch, length, features = frames.shape
    together = max(1, _ROWS // max(batch, 1))
    for start in range(0, length, together):
        part = np.ascontiguousarray(frames[:, start : start + together].swapaxes(0, 1))
        products = part.reshape(-1, features) @ kernel
        if bias is not None:
            products += bias
        yield from products.reshape(len(part), batch, -1)


def _collect(
    step: Callable[[FloatArray, Carry], Carry],
    inputs: Iterator[FloatArray],
    shape: tuple[int, int],
    units: int,
    carried: int = 1,
) -> FloatArray:
    """Run `step` from frame to frame, and return the states of all, shape (batch, frames, units)."""
    batch, length = shape
    states = np.empty((length, batch, units), np.float32)
    carry: Carry = (np.zeros((batch, units), np.float32),) * carried
    for frame, values in enumerate(inputs):
        carry = step(values, carry)
        states[frame] = carry[0]
    result: FloatArray = states.swapaxes(0, 1)
    return result
