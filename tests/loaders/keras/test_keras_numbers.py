"""What a file computes, against the formulas, and against files of Keras 2 and Keras 3 with their recorded outputs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
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
    np.testing.assert_allclose(network(x)[0], expected, atol=1e-6)


def test_a_gru_of_a_keras_that_knew_no_choice_resets_before(tmp_path: Path) -> None:
    config, weights = recurrent("GRU", "cells", 4), gru_weights("cells", 5, 4, reset_after=False)
    del config["config"]["reset_after"]
    network = load(write_keras_file(tmp_path / "m.h5", sequential(input_layer(None, 5), config), {"cells": weights}))
    x = np.random.default_rng(1).normal(size=(1, 7, 5))
    expected = gru_by_hand(x, [array for _, array in weights], False)
    np.testing.assert_allclose(network(x)[0], expected, atol=1e-6)


def test_a_layer_that_goes_backwards_and_gives_its_last_output(tmp_path: Path) -> None:
    weights = lstm_weights("cells", 5, 4)
    config = recurrent("LSTM", "cells", 4, sequences=False, go_backwards=True)
    network = load(write_keras_file(tmp_path / "m.h5", sequential(input_layer(6, 5), config), {"cells": weights}))
    x = np.random.default_rng(1).normal(size=(2, 6, 5))
    assert (network.inputs, network.outputs) == (((6, 5),), ((4,),))
    expected = lstm_by_hand(x[:, ::-1], [array for _, array in weights])[:, -1]
    np.testing.assert_allclose(network(x)[0], expected, atol=1e-6)


def test_long_lists_of_names_may_be_split(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "m.h5"
    write_keras_file(path, sequential(input_layer(5), dense("out", 2)), {"out": dense_weights("out", 5, 2)})
    expected = load(path)(np.ones((1, 5)))[0]
    with h5py.File(path, "a") as file:
        group = file["model_weights/out"]
        names = group.attrs["weight_names"]
        del group.attrs["weight_names"]
        group.attrs["weight_names0"], group.attrs["weight_names1"] = names[:1], names[1:]
    np.testing.assert_array_equal(load(path)(np.ones((1, 5)))[0], expected)


@pytest.mark.parametrize("name", ["functional", "sequential"])
def test_files_of_keras_2_compute_what_it_computed(name: str) -> None:
    check_recorded(2, name)


@pytest.mark.parametrize("name", ["activations", "graph", "last", "resets", "sums"])
def test_files_of_keras_3_compute_what_it_computed(name: str) -> None:
    check_recorded(3, name)


def check_recorded(keras_version: int, name: str) -> None:
    reference = np.load(DATA / f"keras{keras_version}_reference.npz")
    network, expected = load(DATA / f"keras{keras_version}_{name}.h5"), reference[f"{name}_output"]
    (output,) = network(reference[f"{name}_input"])
    assert output.dtype == np.float32
    assert len(network.outputs[0]) == expected.ndim - 1
    assert network.outputs[0][-1] == expected.shape[-1]
    np.testing.assert_allclose(output, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["GRU", "bigru_k3", "LSTM_whole", "lower", "upper"])
def test_published_layouts_compute_what_keras_computed(shared_data: Path, name: str) -> None:
    network = load(shared_data / "augmenter" / f"{name}.h5")
    x = np.random.default_rng(0).normal(size=(2, 40, network.inputs[0][-1]))
    expected = np.load(DATA / "keras3_augmenters.npz")[name]
    np.testing.assert_allclose(network(x)[0][:, -1], expected, atol=1e-5)


@pytest.mark.parametrize(("one", "other"), [("bigru_k2style", "bigru_k3"), ("lower_keras2style", "lower")])
def test_twins_of_both_formats_are_equal(shared_data: Path, one: str, other: str) -> None:
    first, second = (load(shared_data / "augmenter" / f"{name}.h5") for name in (one, other))
    x = np.random.default_rng(0).normal(size=(2, 40, first.inputs[0][-1])).astype("f")
    np.testing.assert_array_equal(first(x)[0], second(x)[0])


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
    np.testing.assert_allclose(load(write_keras_file(tmp_path / "m.h5", model))(x)[0], by_hand(x), atol=1e-6)


@pytest.mark.parametrize("activation", ["elu", "linear", "relu", "selu", "sigmoid", "softmax", "softplus", "tanh"])
def test_activations_of_huge_numbers_overflow_nowhere(tmp_path: Path, activation: str) -> None:
    model = sequential(input_layer(4, 3), layer("Activation", "act", activation=activation))
    network = load(write_keras_file(tmp_path / "m.h5", model))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        (output,) = network(np.linspace(-1e6, 1e6, 24).reshape(2, 4, 3))
    assert output.dtype == np.float32
    assert np.isfinite(output).all()
