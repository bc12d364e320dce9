"""Keras HDF5 files written by hand, in the layout of Keras 2 or of Keras 3; Keras itself is not needed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Weights = Sequence[tuple[str, np.ndarray]]


def layer(kind: str, name: str, **settings: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **settings}}


def input_layer(*shape: int | None, keras: int = 3, name: str = "features") -> dict[str, Any]:
    return layer("InputLayer", name, **{"batch_shape" if keras == 3 else "batch_input_shape": [None, *shape]})


def dense(name: str, units: int, activation: str = "linear", **settings: Any) -> dict[str, Any]:
    return layer("Dense", name, **{"units": units, "activation": activation, "use_bias": True, **settings})


def recurrent(kind: str, name: str, units: int, *, sequences: bool = True, **settings: Any) -> dict[str, Any]:
    usual = {
        "units": units,
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "use_bias": True,
        "return_sequences": sequences,
        "return_state": False,
        "go_backwards": False,
        "stateful": False,
    }
    return layer(kind, name, **{**usual, **({"reset_after": True} if kind == "GRU" else {}), **settings})


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return layer("Sequential", "sequential", layers=list(layers))


def write_keras_file(path: Path, config: Any, weights: Mapping[str, Weights] | None = None, *, keras: int = 3) -> Path:
    """Write a model; `weights` are the arrays of each layer by their names in the file."""
    ending = ":0" if keras == 2 else ""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "3.15.1" if keras == 3 else "2.12.0"
        file.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)
        root = file.create_group("model_weights")
        for name, arrays in (weights or {}).items():
            group = root.create_group(name)
            group.attrs["weight_names"] = [f"{key}{ending}".encode() for key, _ in arrays]
            for key, array in arrays:
                group.create_dataset(f"{key}{ending}", data=array)
    return path


def random_weights(name: str, *shapes: tuple[str, tuple[int, ...]], seed: int = 0) -> Weights:
    random = np.random.default_rng(seed)
    return [(f"{name}/{role}", random.normal(0, 0.3, shape).astype(np.float32)) for role, shape in shapes]


def gru_weights(name: str, features: int, units: int, *, seed: int = 0, reset_after: bool = True) -> Weights:
    bias = (2, 3 * units) if reset_after else (3 * units,)
    shapes = (("kernel", (features, 3 * units)), ("recurrent_kernel", (units, 3 * units)), ("bias", bias))
    return random_weights(f"{name}/gru_cell", *shapes, seed=seed)


def lstm_weights(name: str, features: int, units: int, *, seed: int = 0) -> Weights:
    shapes = (("kernel", (features, 4 * units)), ("recurrent_kernel", (units, 4 * units)), ("bias", (4 * units,)))
    return random_weights(f"{name}/lstm_cell", *shapes, seed=seed)


def dense_weights(name: str, features: int, units: int, *, seed: int = 0) -> Weights:
    return random_weights(name, ("kernel", (features, units)), ("bias", (units,)), seed=seed)


def write_motion_model(path: Path, taps: Sequence[float], *, columns: int = 36, keras: int = 2) -> Path:
    """Write a motion model that predicts ``taps[0] * last frame + taps[1] * the one before + …``.

    Its GRU is a shift register: update gates closed, reset gates open, and states so small that tanh is linear.
    """
    small, units = 1e-3, columns * len(taps)
    kernel, state = np.zeros((columns, 3 * units), np.float32), np.zeros((units, 3 * units), np.float32)
    bias = np.zeros((2, 3 * units), np.float32)
    bias[0, :units], bias[0, units : 2 * units] = -50, 50
    kernel[:, 2 * units : 2 * units + columns] = small * np.eye(columns)
    for start in range(0, units - columns, columns):
        after = 2 * units + start + columns
        state[start : start + columns, after : after + columns] = np.eye(columns)
    out = np.concatenate([tap / small * np.eye(columns) for tap in taps]).astype(np.float32)
    config = sequential(
        input_layer(64, columns, keras=keras),
        recurrent("GRU", "gru", units, sequences=False, **({"time_major": False} if keras == 2 else {})),
        layer("Dropout", "dropout", rate=0.1),
        dense("dense", columns),
    )
    weights = {
        "gru": [("gru/gru_cell/kernel", kernel), ("gru/gru_cell/recurrent_kernel", state), ("gru/gru_cell/bias", bias)],
        "dropout": [],
        "dense": [("dense/kernel", out), ("dense/bias", np.zeros(columns, np.float32))],
    }
    return write_keras_file(path, config, weights, keras=keras)
