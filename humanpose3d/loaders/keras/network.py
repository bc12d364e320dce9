"""A Keras model from an HDF5 file, computed with NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import ModelLoadError
from humanpose3d.loaders.keras.architecture import Graph, Shape, read_architecture
from humanpose3d.loaders.keras.container import advice, check_container
from humanpose3d.loaders.keras.faults import ModelFault, shown_shape
from humanpose3d.loaders.keras.hdf5 import Weights, open_keras_file
from humanpose3d.loaders.keras.layers import build_layer
from humanpose3d.loaders.keras.planning import Plan, plan_graph
from humanpose3d.model_assets import IntegrityError

__all__ = ["KerasNetwork", "load_keras_network"]


class KerasNetwork:
    """A model with all its weights, for inference.

    Attributes
    ----------
    inputs, outputs : tuple of tuple of (int or None)
        Shapes without the batch axis; None is an axis of any length.
    """

    def __init__(self, graph: Graph, plan: Plan, weights: Mapping[str, Weights]) -> None:
        self.inputs: tuple[Shape, ...] = plan.inputs
        self.outputs: tuple[Shape, ...] = plan.outputs
        self._graph = graph
        self._layers = [build_layer(node.layer, weights.get(node.layer.name, [])) for node in graph.nodes]

    def __call__(self, *inputs: npt.ArrayLike) -> tuple[npt.NDArray[np.float32], ...]:
        """Compute all outputs from all inputs.

        Parameters
        ----------
        *inputs : array_like, shape (batch, ...)
            In the order of :attr:`inputs`; computed with as float32.
        """
        arrays = [np.asarray(values, np.float32) for values in inputs]
        known = dict(zip(self._graph.inputs, arrays, strict=True))
        for node, layer in zip(self._graph.nodes, self._layers, strict=True):
            known[node.layer.name] = layer(*(known[source] for source in node.sources))
        return tuple(known[name] for name in self._graph.outputs)

    def describe(self) -> str:
        """Return the shapes of inputs and outputs as text, for example ``64 × 36 → 36``."""
        return " → ".join(" and ".join(map(shown_shape, shapes)) for shapes in (self.inputs, self.outputs))


def load_keras_network(path: Path, *, model: str) -> KerasNetwork:
    """Load a model of whitelisted layers; nothing that the file holds is run.

    Parameters
    ----------
    path : Path
        An HDF5 file as Keras 2 or Keras 3 writes it.
    model : str
        Name of the model that it ought to be, for the advice in messages.

    Raises
    ------
    humanpose3d.model_assets.IntegrityError
        The file is something else, or damaged.
    ModelLoadError
        It cannot be read, has other layers than those of the list, or contradicts itself.
    """
    check_container(path, model)
    try:
        graph, plan, weights = _read(path)
    except ModelFault as error:
        raise ModelLoadError(f"{path} is not a Keras model that can be used: {error}; {advice(model)}") from error
    except Exception as error:
        # The HDF5 library fails in as many ways as there are damaged files; all mean the same to a user.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise IntegrityError(
            f"{path} is not a whole Keras model: h5py cannot read it ({reason}); {advice(model)}",
            reason=reason,
            path=str(path),
        ) from error
    return KerasNetwork(graph, plan, weights)


def _read(path: Path) -> tuple[Graph, Plan, dict[str, Weights]]:
    """Read and check the graph, plan and weights of a model before anything is built."""
    with open_keras_file(path) as file:
        graph = read_architecture(file.configuration())
        plan = plan_graph(graph)
        weights = {name: file.weights(name, layer.weights) for name, layer in plan.layers.items() if layer.weights}
    return graph, plan, weights
