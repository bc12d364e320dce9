"""What a file computes, against NumPy, against files of Keras 2.12 with their outputs, and against Keras 3."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.keras_files import (
    dense,
    dense_weights,
    gru_weights,
    input_layer,
    layer,
    lstm_weights,
    recurrent,
    sequential,
    write_keras_file,
)

from humanpose3d.loaders.keras.network import KerasNetwork, load_keras_network

DATA = Path(__file__).parent / "data"
CPU = torch.device("cpu")

# Keras 3.15 on torch, with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


@pytest.fixture(scope="module")
def keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    # The submodule, because tests/loaders/keras alone would pass for a package of that name.
    pytest.importorskip("keras.models", reason="Keras, the reference for the numbers, is not installed")
    import keras

    return keras


def load(path: Path) -> KerasNetwork:
    return load_keras_network(path, model="gru")


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def gru_by_hand(x: np.ndarray, weights: list[np.ndarray], reset_after: bool) -> np.ndarray:
    kernel, recurrent_kernel, bias = weights
    units = len(recurrent_kernel)
    inside, outside = (bias[0], bias[1]) if reset_after else (bias, np.zeros_like(bias))
    state, states = np.zeros((len(x), units)), []
    for step in np.moveaxis(x, 1, 0):
        z_in, r_in, h_in = np.split(step @ kernel + inside, 3, axis=-1)
        z_u, r_u, h_u = np.split(recurrent_kernel, 3, axis=-1)
        z_b, r_b, h_b = np.split(outside, 3)
        z, r = sigmoid(z_in + state @ z_u + z_b), sigmoid(r_in + state @ r_u + r_b)
        h = np.tanh(h_in + (r * (state @ h_u + h_b) if reset_after else (r * state) @ h_u))
        state = z * state + (1 - z) * h
        states.append(state)
    return np.stack(states, axis=1)


def lstm_by_hand(x: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    kernel, recurrent_kernel, bias = weights
    state, cell, states = np.zeros((len(x), len(recurrent_kernel))), 0.0, []
    for step in np.moveaxis(x, 1, 0):
        i, f, c, o = np.split(step @ kernel + state @ recurrent_kernel + bias, 4, axis=-1)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(c)
        state = sigmoid(o) * np.tanh(cell)
        states.append(state)
    return np.stack(states, axis=1)


@pytest.mark.parametrize("keras_version", [2, 3])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "GRU that resets before"])
def test_recurrent_layers_compute_what_their_formulas_say(tmp_path: Path, kind: str, keras_version: int) -> None:
    after = kind == "GRU"
    if kind == "LSTM":
        weights, config = lstm_weights("cells", 5, 4), recurrent("LSTM", "cells", 4)
    else:
        weights = gru_weights("cells", 5, 4, reset_after=after)
        config = recurrent("GRU", "cells", 4, reset_after=after)
    model = sequential(input_layer(None, 5, keras=keras_version), config)
    network = load(write_keras_file(tmp_path / "m.h5", model, {"cells": weights}, keras=keras_version))
    x, arrays = np.random.default_rng(1).normal(size=(3, 11, 5)), [array for _, array in weights]
    expected = lstm_by_hand(x, arrays) if kind == "LSTM" else gru_by_hand(x, arrays, after)
    np.testing.assert_allclose(network.predict(x, CPU), expected, atol=1e-6)


def test_a_gru_of_a_keras_that_knew_no_choice_resets_before(tmp_path: Path) -> None:
    config, weights = recurrent("GRU", "cells", 4), gru_weights("cells", 5, 4, reset_after=False)
    del config["config"]["reset_after"]
    network = load(write_keras_file(tmp_path / "m.h5", sequential(input_layer(None, 5), config), {"cells": weights}))
    x = np.random.default_rng(1).normal(size=(1, 7, 5))
    expected = gru_by_hand(x, [array for _, array in weights], False)
    np.testing.assert_allclose(network.predict(x, CPU), expected, atol=1e-6)


def test_a_layer_that_goes_backwards_and_gives_its_last_output(tmp_path: Path) -> None:
    weights = lstm_weights("cells", 5, 4)
    config = recurrent("LSTM", "cells", 4, sequences=False, go_backwards=True)
    network = load(write_keras_file(tmp_path / "m.h5", sequential(input_layer(6, 5), config), {"cells": weights}))
    x = np.random.default_rng(1).normal(size=(2, 6, 5))
    assert (network.inputs, network.outputs) == (((6, 5),), ((4,),))
    expected = lstm_by_hand(x[:, ::-1], [array for _, array in weights])[:, -1]
    np.testing.assert_allclose(network.predict(x, CPU), expected, atol=1e-6)


def test_long_lists_of_names_may_be_split(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "m.h5"
    write_keras_file(path, sequential(input_layer(5), dense("out", 2)), {"out": dense_weights("out", 5, 2)})
    expected = load(path).predict(np.ones((1, 5)), CPU)
    with h5py.File(path, "a") as file:
        group = file["model_weights/out"]
        names = group.attrs["weight_names"]
        del group.attrs["weight_names"]
        group.attrs["weight_names0"], group.attrs["weight_names1"] = names[:1], names[1:]
    np.testing.assert_array_equal(load(path).predict(np.ones((1, 5)), CPU), expected)


@pytest.mark.parametrize("name", ["functional", "sequential"])
def test_files_that_keras_2_wrote(name: str) -> None:
    reference = np.load(DATA / "keras2_reference.npz")
    output = load(DATA / f"keras2_{name}.h5").predict(reference[f"{name}_input"], CPU)
    np.testing.assert_allclose(output, reference[f"{name}_output"], atol=1e-5)


def check_against_keras(keras: Any, model: Any, path: Path, frames: int = 9) -> None:
    random = np.random.default_rng(3)
    model.set_weights([random.normal(0, 0.3, array.shape) for array in model.get_weights()])
    model.save(path)
    network = load(path)
    assert network.outputs == (tuple(model.output_shape[1:]),)
    x = random.normal(size=(2, *(frames if size is None else size for size in model.input_shape[1:]))).astype("f")
    np.testing.assert_allclose(network.predict(x, CPU), keras.ops.convert_to_numpy(model(x)), atol=1e-5)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=25, deadline=None)
@given(data=st.data())
@pytest.mark.slow
def test_sequences_of_layers_that_keras_3_writes(
    data: st.DataObject, keras: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layers, model = keras.layers, keras.Sequential([keras.layers.Input((data.draw(st.sampled_from([None, 6])), 3))])
    flags, sizes = st.booleans(), st.integers(1, 5)
    for _ in range(data.draw(st.integers(1, 3))):
        kind = data.draw(st.sampled_from(["GRU", "LSTM", "Dense", "TimeDistributed", "Dropout", "Activation"]))
        if kind in ("GRU", "LSTM"):
            settings_ = {"use_bias": data.draw(flags), "return_sequences": True}
            settings_ |= {"reset_after": data.draw(flags)} if kind == "GRU" else {}
            cells = getattr(layers, kind)(data.draw(sizes), dropout=0.1, **settings_)
            mode = data.draw(st.sampled_from([None, "concat", "sum", "mul", "ave"]))
            model.add(layers.Bidirectional(cells, merge_mode=mode) if mode else cells)
        elif kind == "Dropout":
            model.add(layers.Dropout(0.2))
        elif kind == "Activation":
            model.add(layers.Activation(data.draw(st.sampled_from(["relu", "elu", "softplus", "sigmoid"]))))
        else:
            activation = data.draw(st.sampled_from(["linear", "tanh", "selu", "softmax"]))
            part = layers.Dense(data.draw(sizes), activation=activation, use_bias=data.draw(flags))
            model.add(layers.TimeDistributed(part) if kind == "TimeDistributed" else part)
    if data.draw(flags):
        model.add(layers.GRU(2, go_backwards=data.draw(flags)))
    check_against_keras(keras, model, tmp_path_factory.mktemp("keras") / "model.h5")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.slow
def test_a_graph_that_keras_3_writes(keras: Any, tmp_path: Path) -> None:
    layers = keras.layers
    features = layers.Input((None, 4))
    one, other = layers.LSTM(3, return_sequences=True)(features), layers.Dense(2, activation="relu")(features)
    joined = layers.Concatenate()([one, other, features])
    model = keras.Model(features, layers.TimeDistributed(layers.Dense(5))(joined))
    check_against_keras(keras, model, tmp_path / "model.h5")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["GRU", "bigru_k3", "LSTM_whole", "lower", "upper"])
def test_published_layouts_against_keras(keras: Any, shared_data: Path, name: str) -> None:
    path = shared_data / "augmenter" / f"{name}.h5"
    network, model = load(path), keras.models.load_model(path, compile=False)
    x = np.random.default_rng(0).normal(size=(2, 40, network.inputs[0][-1])).astype("f")
    np.testing.assert_allclose(network.predict(x, CPU), keras.ops.convert_to_numpy(model(x)), atol=1e-5)


@pytest.mark.parametrize(("one", "other"), [("bigru_k2style", "bigru_k3"), ("lower_keras2style", "lower")])
def test_twins_of_both_formats_are_equal(shared_data: Path, one: str, other: str) -> None:
    first, second = (load(shared_data / "augmenter" / f"{name}.h5") for name in (one, other))
    x = np.random.default_rng(0).normal(size=(2, 40, first.inputs[0][-1])).astype("f")
    np.testing.assert_array_equal(first.predict(x, CPU), second.predict(x, CPU))


@pytest.mark.parametrize(
    ("activation", "by_hand"),
    [
        ("elu", lambda x: np.where(x > 0, x, np.expm1(x))),
        ("softmax", lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)),
        ("softplus", lambda x: np.log1p(np.exp(x))),
        ("tanh", np.tanh),
    ],
)
def test_activations(tmp_path: Path, activation: str, by_hand: Callable[[np.ndarray], np.ndarray]) -> None:
    model = sequential(input_layer(4, 3), layer("Activation", "act", activation=activation))
    x = np.random.default_rng(0).normal(size=(2, 4, 3))
    np.testing.assert_allclose(load(write_keras_file(tmp_path / "m.h5", model)).predict(x, CPU), by_hand(x), atol=1e-6)
