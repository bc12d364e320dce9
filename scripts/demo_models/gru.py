"""``GRU.h5``: the motion model in the HDF5 layout of Keras 2, written without Keras.

Names, nesting, attribute types and configuration are those of a file written by Keras 2.12.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

WINDOW = 64
COORDINATES = 36
UNITS = 8
DROPOUT_RATE = 0.1
KERAS_VERSION = "2.12.0"
BACKEND = "tensorflow"

Weights = dict[str, NDArray[np.float32]]


def write_motion_model(path: Path) -> None:
    """Write a motion model, input ``(batch, 64, 36)``, output ``(batch, 36)``, whose output is always zero.

    Its input and output are normalised coordinates, so zero stands for the mean of the window.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs["backend"] = BACKEND
        file.attrs["keras_version"] = KERAS_VERSION
        file.attrs["model_config"] = json.dumps(_model_config()).encode()
        _write_weights(file.create_group("model_weights"), _layer_weights())


def _write_weights(group: h5py.Group, layers: dict[str, Weights]) -> None:
    group.attrs["layer_names"] = [name.encode() for name in layers]
    group.attrs["backend"] = BACKEND.encode()
    group.attrs["keras_version"] = KERAS_VERSION.encode()
    for layer, weights in (layers | {"top_level_model_weights": {}}).items():
        subgroup = group.create_group(layer)
        subgroup.attrs["weight_names"] = [name.encode() for name in weights]
        for name, values in weights.items():
            subgroup.create_dataset(name, data=values, track_times=False)


def _layer_weights() -> dict[str, Weights]:
    random = np.random.default_rng(4)

    def uniform(*shape: int) -> NDArray[np.float32]:
        return ((2 * random.random(shape) - 1) / math.sqrt(UNITS)).astype(np.float32)

    def gru(cell: str, inputs: int) -> Weights:
        return {
            f"{cell}/kernel:0": uniform(inputs, 3 * UNITS),
            f"{cell}/recurrent_kernel:0": uniform(UNITS, 3 * UNITS),
            f"{cell}/bias:0": uniform(2, 3 * UNITS),
        }

    return {
        "gru": gru("gru/gru_cell", COORDINATES),
        "dropout": {},
        "gru_1": gru("gru_1/gru_cell_1", UNITS),
        "dropout_1": {},
        "dense": {
            "dense/kernel:0": np.zeros((UNITS, COORDINATES), np.float32),
            "dense/bias:0": np.zeros(COORDINATES, np.float32),
        },
    }


def _model_config() -> dict[str, Any]:
    shape = [None, WINDOW, COORDINATES]
    layers = [
        _layer(
            "InputLayer",
            batch_input_shape=shape,
            dtype="float32",
            sparse=False,
            ragged=False,
            name="gru_input",
        ),
        _gru_layer("gru", return_sequences=True, batch_input_shape=shape),
        _dropout_layer("dropout"),
        _gru_layer("gru_1", return_sequences=False),
        _dropout_layer("dropout_1"),
        _dense_layer("dense"),
    ]
    return _layer("Sequential", name="sequential", layers=layers)


def _layer(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": config}


def _dropout_layer(name: str) -> dict[str, Any]:
    return _layer("Dropout", name=name, trainable=True, dtype="float32", rate=DROPOUT_RATE, noise_shape=None, seed=None)


def _dense_layer(name: str) -> dict[str, Any]:
    return _layer(
        "Dense",
        name=name,
        trainable=True,
        dtype="float32",
        units=COORDINATES,
        activation="linear",
        use_bias=True,
        kernel_initializer=_layer("GlorotUniform", seed=None),
        bias_initializer=_layer("Zeros"),
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
    )


def _gru_layer(name: str, *, return_sequences: bool, **first_layer: Any) -> dict[str, Any]:
    return _layer(
        "GRU",
        name=name,
        trainable=True,
        dtype="float32",
        **first_layer,
        return_sequences=return_sequences,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        time_major=False,
        units=UNITS,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer=_layer("GlorotUniform", seed=None),
        recurrent_initializer=_layer("Orthogonal", gain=1.0, seed=None),
        bias_initializer=_layer("Zeros"),
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=2,
        reset_after=True,
    )
