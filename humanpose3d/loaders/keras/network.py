"""A Keras model from an HDF5 file, computed with NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import ModelLoadError, explained_imports
from humanpose3d.loaders.keras.architecture import Graph, ModelFault, shown_shape
from humanpose3d.loaders.keras.layers import Weights, build_layer
from humanpose3d.loaders.keras.planning import Plan
from humanpose3d.model_assets import IntegrityError
from humanpose3d.model_assets.validation import find_fault


class KerasNetwork:
    """A model with all its weights, for inference; its `inputs` and `outputs` are their shapes."""

    def __init__(self, graph: Graph, plan: Plan, weights: Mapping[str, Weights]) -> None:
        self.inputs, self.outputs = plan.inputs, plan.outputs
        self._graph = graph
        self._layers = [build_layer(node.layer, weights.get(node.layer.name, [])) for node in graph.nodes]

    def __call__(self, *inputs: npt.ArrayLike) -> tuple[npt.NDArray[np.float32], ...]:
        """Compute all outputs from all inputs, each of shape (batch, ...), as float32."""
        arrays = [np.asarray(values, np.float32) for values in inputs]
        known = dict(zip(self._graph.inputs, arrays, strict=True))
        for node, layer in zip(self._graph.nodes, self._layers, strict=True):
            known[node.layer.name] = layer(*(known[source] for source in node.sources))
        return tuple(known[name] for name in self._graph.outputs)

    def describe(self) -> str:
        """Return the shapes of inputs and outputs as text, for example ``64 × 36 → 36``."""
        return " → ".join(" and ".join(map(shown_shape, shapes)) for shapes in (self.inputs, self.outputs))


def load_keras_network(path: Path, *, model: str) -> KerasNetwork:
    """Load a model of whitelisted layers; nothing that the file holds is run. Messages call it `model`.

    The errors are those of :func:`~humanpose3d.loaders.load_gru`.
    """
    advice = f"remove it and fetch it again with: humanpose3d models download {model}"
    try:
        fault = find_fault(path, ".h5")
    except OSError as error:
        raise ModelLoadError(f"The Keras model {path} cannot be read ({error.strerror or error}); {advice}") from error
    if fault:
        raise IntegrityError(f"{path} is not a Keras model: {fault}; {advice}", reason=fault, path=str(path))
    with explained_imports("h5py"):
        from humanpose3d.loaders.keras.hdf5 import read_keras_file
    try:
        return KerasNetwork(*read_keras_file(path))
    except ModelFault as error:
        raise ModelLoadError(f"{path} is not a Keras model that can be used: {error}; {advice}") from error
    except Exception as error:
        # The HDF5 library fails in as many ways as there are damaged files; all mean the same to a user.
        fault = " ".join(str(error).split())[:200] or type(error).__name__
        sentence = f"{path} is not a whole Keras model: h5py cannot read it ({fault}); {advice}"
        raise IntegrityError(sentence, reason=fault, path=str(path)) from error
