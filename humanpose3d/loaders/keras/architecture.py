"""The configuration of a Keras model (``model_config``) as a graph of layers from a short list.

The formats are those that ``Sequential.get_config`` and ``Functional.get_config`` of Keras 2 and Keras 3 write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Shape = tuple[int | None, ...]
"""Without the batch axis; None is an axis of any length."""
Settings = Mapping[str, Any]

_LAYERS = ("Activation", "Bidirectional", "Concatenate", "Dense", "Dropout", "GRU", "LSTM", "TimeDistributed")
_MODELS = ("Functional", "Model", "Sequential")
_MAX_LAYERS = 256
_MAX_AXES = 4
_HARMLESS_ARGUMENTS = ("mask", "training")
_LONGEST_SHOWN = 60


class ModelFault(ValueError):
    """The content of the file is not acceptable; ``str(fault)`` is a phrase such as "its layer x has no units"."""


def shown(value: Any) -> str:
    """Return a value from a file as text of bounded length, on one line."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def shown_shape(shape: Shape) -> str:
    """Return a shape as text, for example ``frames × 47``."""
    return " × ".join("frames" if size is None else str(size) for size in shape) or "a number"


@dataclass(frozen=True)
class Layer:
    """One layer of the short list: its unique name, its class in Keras, its settings as written, not yet checked."""

    name: str
    kind: str
    config: Settings

    def inner(self, key: str = "layer") -> Layer:
        """Return the layer that this one wraps."""
        return _read_layer(self.config.get(key), f"the layer in {self.name}")


@dataclass(frozen=True)
class Node:
    """A layer, and the names of the inputs or layers that it takes."""

    layer: Layer
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """A model: its inputs, its layers in the order in which they can be computed, its outputs by name."""

    inputs: Mapping[str, Shape]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]


def read_architecture(config: Any) -> Graph:
    """Return the graph of a configuration, the decoded JSON; ModelFault where a layer is not on the list."""
    kind, settings = _class_and_settings(config, "the model")
    if kind not in _MODELS:
        raise ModelFault(f"it is a {shown(kind)}, not one of {', '.join(_MODELS)}")
    described = settings.get("layers")
    if not isinstance(described, list) or not 0 < len(described) <= _MAX_LAYERS:
        raise ModelFault(f"it does not have 1 to {_MAX_LAYERS} layers")
    return _sequential(settings, described) if kind == "Sequential" else _functional(settings, described)


def _sequential(settings: Settings, described: list[Any]) -> Graph:
    kind, first = _class_and_settings(described[0], "the first layer")
    if kind == "InputLayer":
        name, shape = _read_input(first)
        described = described[1:]
    else:  # Keras 2 may leave the input layer out
        name, shape = "input", _find_shape(first, settings)
    nodes: list[Node] = []
    for item in described:
        layer = _read_layer(item, "a layer")
        nodes.append(Node(layer, (nodes[-1].layer.name if nodes else name,)))
    names = [name, *(node.layer.name for node in nodes)]
    if len(set(names)) < len(names):
        raise ModelFault("two of its layers have the same name")
    return Graph({name: shape}, tuple(nodes), (names[-1],))


def _functional(settings: Settings, described: list[Any]) -> Graph:
    inputs: dict[str, Shape] = {}
    pending: dict[str, Node] = {}
    for item in described:
        kind, layer_settings = _class_and_settings(item, "a layer")
        if kind == "InputLayer":
            name, shape = _read_input(layer_settings)
            inputs[name] = shape
        else:
            layer = _read_layer(item, "a layer")
            pending[layer.name] = Node(layer, _sources(layer.name, item.get("inbound_nodes")))
    if len(inputs) + len(pending) < len(described):
        raise ModelFault("two of its layers have the same name")
    wanted = _endpoints(settings, "input_layers")
    if sorted(wanted) != sorted(inputs):
        raise ModelFault("its inputs are not its input layers")
    outputs = _endpoints(settings, "output_layers")
    if unknown := [name for name in outputs if name not in inputs and name not in pending]:
        raise ModelFault(f"its output {shown(unknown[0])} is none of its layers")
    return Graph({name: inputs[name] for name in wanted}, _in_order(inputs, pending), outputs)


def _in_order(inputs: Mapping[str, Shape], pending: dict[str, Node]) -> tuple[Node, ...]:
    known = set(inputs)
    nodes: list[Node] = []
    while pending:
        ready = [name for name, node in pending.items() if known.issuperset(node.sources)]
        if not ready:
            raise ModelFault(f"the inputs of its layer {shown(next(iter(pending)))} are never computed")
        known.update(ready)
        nodes.extend(pending.pop(name) for name in ready)
    return tuple(nodes)


def _read_layer(item: Any, what: str) -> Layer:
    kind, settings = _class_and_settings(item, what)
    name = settings.get("name")
    if kind not in _LAYERS:
        raise ModelFault(
            f"its layer {shown(name)} is a {shown(kind)}, and only {', '.join(('InputLayer', *_LAYERS))} are allowed"
        )
    module = str(item.get("module") or "keras")
    if item.get("registered_name") not in (None, kind) or module.split(".")[0] != "keras":
        raise ModelFault(f"its layer {shown(name)} is a {kind} of another package than Keras")
    if not isinstance(name, str) or not name:
        raise ModelFault(f"{what} of it has no name")
    return Layer(name, kind, settings)


def _read_input(settings: Settings) -> tuple[str, Shape]:
    if not isinstance(settings.get("name"), str):
        raise ModelFault("its input layer has no name")
    return settings["name"], _find_shape(settings, {})


def _find_shape(settings: Settings, model: Settings) -> Shape:
    """Return the shape of an input, which Keras 3 calls batch_shape."""
    candidates = (settings.get("batch_shape"), settings.get("batch_input_shape"), model.get("build_input_shape"))
    shape = next((candidate for candidate in candidates if candidate is not None), None)
    if not isinstance(shape, list) or not 2 <= len(shape) <= _MAX_AXES:
        raise ModelFault("the shape of its input is not stated")
    if not all(size is None or (type(size) is int and size > 0) for size in shape):
        raise ModelFault(f"the shape of its input makes no sense: {shown(shape)}")
    return tuple(shape[1:])


def _sources(name: str, inbound: Any) -> tuple[str, ...]:
    """Return what a layer takes; it must be used exactly once."""
    if not isinstance(inbound, list) or len(inbound) != 1:
        raise ModelFault(f"its layer {shown(name)} is not used exactly once")
    sources = tuple(_tensors(inbound[0], name))
    if not sources:
        raise ModelFault(f"its layer {shown(name)} takes nothing")
    return sources


def _tensors(call: Any, name: str) -> Iterator[str]:
    """Walk through the arguments of a call; Keras 3 writes a dictionary, Keras 2 a list of [name, 0, 0, arguments]."""
    if isinstance(call, dict) and call.get("class_name") == "__keras_tensor__":
        settings = call.get("config")
        yield _origin(settings.get("keras_history") if isinstance(settings, dict) else None, name)
    elif isinstance(call, dict) and "args" in call:
        _check_arguments(call.get("kwargs"), name)
        yield from _tensors(call["args"], name)
    elif isinstance(call, list) and call and isinstance(call[0], str):
        _check_arguments(call[3] if len(call) > 3 else {}, name)
        yield _origin(call[:3], name)
    elif isinstance(call, list):
        for item in call:
            yield from _tensors(item, name)
    else:
        raise ModelFault(f"its layer {shown(name)} takes {shown(call)}")


def _check_arguments(arguments: Any, name: str) -> None:
    for key, value in (arguments or {}).items() if isinstance(arguments or {}, dict) else [("arguments", arguments)]:
        if key not in _HARMLESS_ARGUMENTS or value:
            raise ModelFault(f"its layer {shown(name)} is called with {shown(key)}, which is not supported")


def _origin(history: Any, name: str) -> str:
    if not isinstance(history, list) or len(history) != 3 or not isinstance(history[0], str) or history[1:] != [0, 0]:
        raise ModelFault(f"its {shown(name)} refers to {shown(history)}, not to the output of a layer")
    return str(history[0])


def _endpoints(settings: Settings, key: str) -> tuple[str, ...]:
    listed = settings.get(key)
    if isinstance(listed, list) and listed and isinstance(listed[0], str):  # Keras 3, where there is only one
        listed = [listed]
    if not isinstance(listed, list) or not listed:
        raise ModelFault(f"its {key} are not stated")
    return tuple(_origin(item, key) for item in listed)


def _class_and_settings(item: Any, what: str) -> tuple[Any, Settings]:
    """Return the class and the settings of a layer or model."""
    if not isinstance(item, dict) or "class_name" not in item:
        raise ModelFault(f"the configuration of {what} has no class_name")
    settings = item.get("config")
    if isinstance(settings, list):  # of a Sequential before Keras 2.2
        settings = {"layers": settings}
    if not isinstance(settings, dict):
        raise ModelFault(f"the configuration of {what} has no settings")
    return item["class_name"], settings
