"""All shapes of a model, derived from its configuration before weights are read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from humanpose3d.loaders.keras.architecture import Graph, Layer, ModelFault, Shape, shown, shown_shape

WeightShapes = tuple[tuple[str, tuple[int, ...]], ...]
"""Role (the last part of its name in the file) and shape of each weight of a layer, in the order of the file."""

ACTIVATIONS = ("elu", "linear", "relu", "selu", "sigmoid", "softmax", "softplus", "tanh")
GATES = {"GRU": 3, "LSTM": 4}

_MERGE_MODES = ("ave", "concat", "mul", "sum")
_MAX_SIZE = 1 << 16
_MAX_PARAMETERS = 1 << 26  # 256 MiB; the published model has 9.6 million


@dataclass(frozen=True)
class LayerPlan:
    """The shapes of a layer's output and weights."""

    output: Shape
    weights: WeightShapes = ()


@dataclass(frozen=True)
class Plan:
    """Every shape of a model: of its inputs and outputs, and the plan of each layer by name."""

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    layers: Mapping[str, LayerPlan]


def plan_graph(graph: Graph) -> Plan:
    """Derive all shapes of a model; ModelFault where a setting is not supported, or layers do not fit together."""
    shapes = dict(graph.inputs)
    for shape in shapes.values():
        if any(size is not None and size > _MAX_SIZE for size in shape):
            raise ModelFault(f"its input claims the absurd shape {shown_shape(shape)}")
    plans: dict[str, LayerPlan] = {}
    for node in graph.nodes:
        plan = _plan(node.layer, [shapes[source] for source in node.sources])
        plans[node.layer.name], shapes[node.layer.name] = plan, plan.output
    parameters = sum(math.prod(shape) for plan in plans.values() for _, shape in plan.weights)
    if parameters > _MAX_PARAMETERS:
        raise ModelFault(f"it claims {parameters:,} parameters, where at most {_MAX_PARAMETERS:,} are possible")
    return Plan(tuple(graph.inputs.values()), tuple(shapes[name] for name in graph.outputs), plans)


def _plan(layer: Layer, inputs: Sequence[Shape]) -> LayerPlan:
    if layer.kind == "Concatenate":
        return LayerPlan(_joined(layer, inputs))
    if len(inputs) != 1:
        raise ModelFault(f"its layer {shown(layer.name)} takes {len(inputs)} inputs")
    return _PLANNERS[layer.kind](layer, inputs[0])


def _plan_same(layer: Layer, shape: Shape) -> LayerPlan:
    if layer.kind == "Activation":
        _check_activation(layer, "activation", ACTIVATIONS)
    return LayerPlan(shape)


def _plan_dense(layer: Layer, shape: Shape) -> LayerPlan:
    _check_activation(layer, "activation", ACTIVATIONS)
    units, features = _units(layer), _features(layer, shape)
    bias: WeightShapes = (("bias", (units,)),) if _flag(layer, "use_bias", True) else ()
    return LayerPlan((*shape[:-1], units), (("kernel", (features, units)), *bias))


def _plan_recurrent(layer: Layer, shape: Shape) -> LayerPlan:
    if len(shape) != 2:
        raise ModelFault(f"its layer {shown(layer.name)} takes {shown_shape(shape)}, not a sequence")
    _check_activation(layer, "activation", ("tanh",))
    _check_activation(layer, "recurrent_activation", ("sigmoid",))
    for key in ("return_state", "stateful", "time_major"):
        if _flag(layer, key, False):
            raise ModelFault(f"its layer {shown(layer.name)} sets {key}, which is not supported")
    _flag(layer, "go_backwards", False)
    units, features = _units(layer), _features(layer, shape)
    columns = GATES[layer.kind] * units
    weights: WeightShapes = (("kernel", (features, columns)), ("recurrent_kernel", (units, columns)))
    if _flag(layer, "use_bias", True):
        weights += (("bias", (2, columns) if resets_after(layer) else (columns,)),)
    return LayerPlan((shape[0], units) if _flag(layer, "return_sequences", False) else (units,), weights)


def _plan_bidirectional(layer: Layer, shape: Shape) -> LayerPlan:
    forward, backward = layer.inner(), backward_layer(layer)
    for direction, reverse in ((forward, False), (backward, True)):
        if direction.kind not in GATES:
            raise ModelFault(f"its layer {shown(layer.name)} wraps a {direction.kind}")
        if _flag(direction, "go_backwards", False) is not reverse:
            raise ModelFault(f"its layer {shown(layer.name)} does not go once forwards and once backwards")
    one, other = _plan_recurrent(forward, shape), _plan_recurrent(backward, shape)
    mode = layer.config.get("merge_mode")
    if mode not in _MERGE_MODES or one.output[:-1] != other.output[:-1]:
        raise ModelFault(f"its layer {shown(layer.name)} merges by {shown(mode)}, which is not supported")
    first, second = one.output[-1], other.output[-1]
    if mode == "concat":
        return LayerPlan((*one.output[:-1], _sum(first, second)), one.weights + other.weights)
    if first != second:
        raise ModelFault(f"its layer {shown(layer.name)} merges directions of different sizes")
    return LayerPlan(one.output, one.weights + other.weights)


def _plan_each_frame(layer: Layer, shape: Shape) -> LayerPlan:
    inner = layer.inner()
    if inner.kind not in ("Activation", "Dense", "Dropout") or len(shape) < 2:
        raise ModelFault(f"its layer {shown(layer.name)} applies a {inner.kind} to {shown_shape(shape)}")
    return _plan(inner, [shape])


_PLANNERS = {
    "Activation": _plan_same,
    "Bidirectional": _plan_bidirectional,
    "Dense": _plan_dense,
    "Dropout": _plan_same,
    "GRU": _plan_recurrent,
    "LSTM": _plan_recurrent,
    "TimeDistributed": _plan_each_frame,
}


def backward_layer(layer: Layer) -> Layer:
    """Return the second layer of a Bidirectional; where none is written, it is the first one reversed."""
    if layer.config.get("backward_layer") is not None:
        return layer.inner("backward_layer")
    forward = layer.inner()
    return Layer(forward.name, forward.kind, {**forward.config, "go_backwards": True})


def resets_after(layer: Layer) -> bool:
    """Whether a GRU resets after the matrix product; every Keras that has the option writes it."""
    return layer.kind == "GRU" and _flag(layer, "reset_after", False)


def _joined(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    axis, rank = layer.config.get("axis", -1), len(inputs[0]) + 1
    if type(axis) is not int or axis not in (-1, rank - 1) or any(shape[:-1] != inputs[0][:-1] for shape in inputs):
        raise ModelFault(f"its layer {shown(layer.name)} does not join its inputs along their last axis")
    return (*inputs[0][:-1], _sum(*(shape[-1] for shape in inputs)))


def _sum(*sizes: int | None) -> int | None:
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _units(layer: Layer) -> int:
    units: Any = layer.config.get("units")
    if type(units) is not int or not 0 < units <= _MAX_SIZE:
        raise ModelFault(f"its layer {shown(layer.name)} claims {shown(units)} units, not 1 to {_MAX_SIZE}")
    return units


def _features(layer: Layer, shape: Shape) -> int:
    features = shape[-1] if shape else None
    if features is None:
        raise ModelFault(f"its layer {shown(layer.name)} takes {shown_shape(shape)}, of no fixed width")
    return features


def _flag(layer: Layer, key: str, default: bool) -> bool:
    value = layer.config.get(key, default)
    if not isinstance(value, bool):
        raise ModelFault(f"the {key} of its layer {shown(layer.name)} is {shown(value)}, neither true nor false")
    return value


def _check_activation(layer: Layer, key: str, allowed: Sequence[str]) -> None:
    if layer.config.get(key) not in allowed:
        raise ModelFault(
            f"its layer {shown(layer.name)} has the {key} {shown(layer.config.get(key))}, not {' or '.join(allowed)}"
        )
