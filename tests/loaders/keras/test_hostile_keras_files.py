"""Files that are no models, or not such as may be run: refused by name, quickly, and without running anything."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from support.keras_files import (
    dense,
    dense_weights,
    gru_weights,
    input_layer,
    layer,
    recurrent,
    sequential,
    write_keras_file,
)
from support.memory import peak_memory

from humanpose3d.errors import ModelLoadError
from humanpose3d.loaders.keras.network import load_keras_network
from humanpose3d.model_assets import IntegrityError

GRU = recurrent("GRU", "gru", 4)
INPUT = input_layer(None, 5)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_keras_file(tmp_path / "GRU.h5", sequential(INPUT, GRU), {"gru": gru_weights("gru", 5, 4)})


def refusal(path: Path, kind: type[Exception] = ModelLoadError) -> str:
    """Load a file that is to be refused within a second; return the sentence."""
    start = time.process_time()
    with pytest.raises(kind) as caught:
        load_keras_network(path, model="gru")
    assert time.process_time() - start < 1
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    assert len(sentence) < 1000
    assert sentence.endswith("fetch it again with: humanpose3d models download gru")
    return sentence


def edit(path: Path) -> h5py.File:
    return h5py.File(path, "a")


@pytest.fixture(autouse=True, scope="module")
def no_gigabytes() -> Iterator[None]:
    """Watch the memory of the process over all tests here; Windows does not tell its peak."""
    before = peak_memory()
    yield
    assert peak_memory() - before < 500e6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>404</html>", "it is a saved web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 1\n", "a Git LFS pointer"),
        (os.urandom(5000), "HDF5 signature"),
    ],
)
def test_other_things_under_the_name_of_a_model(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "GRU.h5"
    path.write_bytes(content)
    assert words in refusal(path, IntegrityError)


def test_a_truncated_file(model: Path) -> None:
    content = model.read_bytes()
    model.write_bytes(content[: len(content) // 2])
    assert "it is cut short" in refusal(model, IntegrityError)


def test_a_file_damaged_inside(model: Path) -> None:
    content = model.read_bytes()
    model.write_bytes(content[:96] + b"\xff" * (len(content) - 96))
    assert "h5py cannot read it" in refusal(model, IntegrityError)


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_never_ends_in_anything_but_a_model_or_a_refusal(model: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    content = bytearray(model.read_bytes())
    for place in random.integers(0, len(content), 30):
        content[place] = random.integers(256)
    model.write_bytes(content)
    try:
        load_keras_network(model, model="gru")
    except (IntegrityError, ModelLoadError) as error:
        assert str(model) in str(error)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read (No such file" in refusal(tmp_path / "none.h5")


def test_a_path_with_spaces_and_other_letters(model: Path, tmp_path: Path) -> None:
    load_keras_network(model.rename(tmp_path / "Bewegung modell 人.h5"), model="gru")


def test_a_folder_under_the_name_of_a_model(tmp_path: Path) -> None:
    (tmp_path / "GRU.h5").mkdir()
    assert "cannot be read" in refusal(tmp_path / "GRU.h5")


def test_a_lambda_layer_is_refused_and_not_run(tmp_path: Path) -> None:
    import base64
    import marshal

    target = tmp_path / "code was run"
    code = compile(f"open({str(target)!r}, 'w')", "x", "exec")
    function = [base64.b64encode(marshal.dumps(code)).decode(), None, None]
    evil = layer("Lambda", "evil", function={"class_name": "__lambda__", "config": {"code": function[0]}})
    sentence = refusal(write_keras_file(tmp_path / "GRU.h5", sequential(INPUT, evil)))
    assert "its layer 'evil' is a 'Lambda', and only InputLayer, Activation" in sentence
    assert not target.exists()


@pytest.mark.parametrize(
    "wrap",
    [
        lambda evil: layer("TimeDistributed", "outer", layer=evil),
        lambda evil: layer("Bidirectional", "outer", layer=evil, merge_mode="concat"),
        lambda evil: sequential(INPUT, evil),
        lambda evil: layer("Functional", "model", layers=[INPUT, evil]),
    ],
)
def test_a_lambda_layer_inside_of_another(tmp_path: Path, wrap: Callable[[Any], Any]) -> None:
    config = sequential(INPUT, wrap(layer("Lambda", "evil", function="x")))
    assert "only InputLayer" in refusal(write_keras_file(tmp_path / "GRU.h5", config))


@pytest.mark.parametrize(
    "change",
    [{"registered_name": "evil>GRU"}, {"module": "evil.layers"}, {"module": "kerasless"}],
)
def test_a_layer_of_another_package_that_borrows_a_name(tmp_path: Path, change: dict[str, str]) -> None:
    config = sequential(INPUT, {**GRU, **change})
    assert "of another package than Keras" in refusal(write_keras_file(tmp_path / "GRU.h5", config))


@pytest.mark.parametrize("where", ["model_weights/gru/extra", "anything", "model_weights/other"])
def test_external_links_wherever_they_are(model: Path, tmp_path: Path, where: str) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as secret:
        secret["data"] = np.zeros(3)
    with edit(model) as file:
        file[where] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/data")
    assert "is an external link, to " in refusal(model)


def test_soft_links(model: Path) -> None:
    with edit(model) as file:
        del file["model_weights/gru/gru/gru_cell/bias"]
        file["model_weights/gru/gru/gru_cell/bias"] = h5py.SoftLink("/somewhere/else")
    assert "'bias' is a soft link" in refusal(model)


def test_groups_that_contain_themselves_do_no_harm(model: Path) -> None:
    with edit(model) as file:
        file["model_weights/gru/loop"] = file["model_weights"]
    load_keras_network(model, model="gru")


def replace_bias(model: Path, **settings: Any) -> None:
    with edit(model) as file:
        del file["model_weights/gru/gru/gru_cell/bias"]
        file.create_dataset("model_weights/gru/gru/gru_cell/bias", **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"shape": (2, 12), "dtype": "f4", "external": [("/etc/hostname", 0, 96)]},
        {"data": np.zeros((2, 12), "f4"), "compression": "gzip"},
        {"data": np.zeros((2, 12), "f4"), "chunks": True},
        {"shape": (2, 12), "dtype": "f4"},
    ],
    ids=["external", "compressed", "chunked", "never written"],
)
def test_arrays_that_are_not_plainly_there(model: Path, settings: dict[str, Any]) -> None:
    replace_bias(model, **settings)
    assert "is not stored whole and plain in the file itself" in refusal(model)


def test_virtual_arrays(model: Path) -> None:
    layout = h5py.VirtualLayout((2, 12), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", (2, 12))
    with edit(model) as file:
        del file["model_weights/gru/gru/gru_cell/bias"]
        file.create_virtual_dataset("model_weights/gru/gru/gru_cell/bias", layout)
    assert "is not stored whole and plain" in refusal(model)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shape": (10**6, 10**6), "dtype": "f4"}, "is 1000000 × 1000000, not 2 × 12"),
        ({"data": np.zeros(24, "f4")}, "is 24, not 2 × 12 as its configuration says"),
        ({"data": np.zeros((2, 12), "i4")}, "holds int32, not floating-point numbers"),
        ({"data": np.full((2, 12), np.nan, "f4")}, "not finite"),
        ({"data": h5py.Empty("f4")}, "is nothing, not 2 × 12"),
        ({"data": [["x"] * 12] * 2}, "holds object"),
    ],
)
def test_arrays_that_do_not_fit(model: Path, settings: dict[str, Any], words: str) -> None:
    replace_bias(model, **settings)
    assert words in refusal(model)


@pytest.mark.parametrize("units", [10**9, 0, -4, 4.0, "4", None, True, 10**400])
def test_absurd_units(tmp_path: Path, units: Any) -> None:
    config = sequential(INPUT, recurrent("GRU", "gru", units))
    assert "units, not 1 to 65536" in refusal(write_keras_file(tmp_path / "GRU.h5", config))


def test_more_parameters_than_fit_into_memory(tmp_path: Path) -> None:
    config = sequential(INPUT, *(recurrent("GRU", f"gru{i}", 60_000) for i in range(10)))
    assert "parameters, where at most" in refusal(write_keras_file(tmp_path / "GRU.h5", config))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (sequential(), "does not have 1 to 256 layers"),
        (sequential(INPUT, *[layer("Dropout", f"d{i}") for i in range(300)]), "does not have 1 to 256 layers"),
        (sequential(INPUT, GRU, GRU), "the same name"),
        (sequential(GRU), "the shape of its input is not stated"),
        (sequential(input_layer(None, -5), GRU), "makes no sense"),
        (sequential(input_layer(None, 10**9), GRU), "absurd shape"),
        (sequential(input_layer(None, None), GRU), "of no fixed width"),
        (sequential(input_layer(5), GRU), "not a sequence"),
        (sequential(INPUT, recurrent("GRU", "gru", 4, activation="relu")), "has the activation 'relu', not tanh"),
        (sequential(INPUT, recurrent("GRU", "gru", 4, time_major=True)), "sets time_major, which is not supported"),
        (sequential(INPUT, recurrent("GRU", "gru", 4, return_state=True)), "sets return_state"),
        (sequential(INPUT, recurrent("GRU", "gru", 4, go_backwards="no")), "neither true nor false"),
        (sequential(INPUT, dense("out", 3, "os.system")), "has the activation 'os.system'"),
        (sequential(INPUT, dense("out", 3, {"class_name": "function"})), "has the activation {"),
        (sequential(INPUT, layer("Bidirectional", "b", layer=GRU, merge_mode=None)), "merges by None"),
        (sequential(INPUT, layer("Bidirectional", "b", layer=dense("d", 3), merge_mode="sum")), "wraps a Dense"),
        (sequential(INPUT, layer("TimeDistributed", "t", layer=GRU)), "applies a GRU"),
        (layer("Sequence", "x", layers=[]), "it is a 'Sequence', not one of Functional"),
        ({"class_name": "Sequential"}, "has no settings"),
        ([1, 2], "has no class_name"),
        ("{", "is no valid JSON"),
        ("[" * 100_000, "is no valid JSON"),
        (sequential(INPUT, {**GRU, "config": {"name": "x" * 10**6, "units": 0}}), "has the activation None"),
    ],
)
def test_configurations_that_make_no_sense(tmp_path: Path, config: Any, words: str) -> None:
    path = tmp_path / "GRU.h5"
    # Long attributes need the newer format; Keras never writes any, an attacker may.
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)
    assert words in refusal(path)


def functional(*layers: dict[str, Any], inputs: Any = None, outputs: Any = None) -> dict[str, Any]:
    ends = {"input_layers": inputs or [["features", 0, 0]], "output_layers": outputs or [["out", 0, 0]]}
    return layer("Functional", "model", layers=[{**INPUT, "name": "features", "inbound_nodes": []}, *layers], **ends)


def called(config: dict[str, Any], *nodes: Any) -> dict[str, Any]:
    return {**config, "inbound_nodes": list(nodes)}


OUT = dense("out", 2)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (functional(called(OUT)), "not used exactly once"),
        (functional(called(OUT, [["features", 0, 0, {}]], [["features", 0, 0, {}]])), "not used exactly once"),
        (functional(called(OUT, [["out", 0, 0, {}]])), "are never computed"),
        (functional(called(OUT, [["nothing", 0, 0, {}]])), "are never computed"),
        (functional(called(OUT, [["features", 1, 0, {}]])), "not to the output of a layer"),
        (functional(called(OUT, [["features", 0, 0, {"initial_state": ["x", 0, 0]}]])), "is called with"),
        (functional(called(OUT, {"args": [{"class_name": "evil"}], "kwargs": {}})), "takes {'class_name'"),
        (functional(called(OUT, {"args": [], "kwargs": {}})), "takes nothing"),
        (functional(called(OUT, [["features", 0, 0, {}]]), outputs=[["x", 0, 0]]), "is none of its layers"),
        (functional(called(OUT, [["features", 0, 0, {}]]), inputs=[["out", 0, 0]]), "are not its input layers"),
        (functional(called(OUT, [["features", 0, 0, {}], ["features", 0, 0, {}]])), "takes 2 inputs"),
    ],
)
def test_graphs_that_make_no_sense(tmp_path: Path, config: Any, words: str) -> None:
    assert words in refusal(write_keras_file(tmp_path / "GRU.h5", config))


def test_weights_alone(model: Path) -> None:
    with edit(model) as file:
        del file.attrs["model_config"]
    assert "holds no model_config" in refusal(model)


@pytest.mark.parametrize("value", [np.zeros(3), 7, h5py.Empty("f4")])
def test_a_configuration_that_is_no_text(model: Path, value: Any) -> None:
    with edit(model) as file:
        file.attrs["model_config"] = value
    assert "model_config" in refusal(model)


def test_layers_without_weights_or_with_those_of_another(tmp_path: Path) -> None:
    path = write_keras_file(tmp_path / "a.h5", sequential(INPUT, GRU))
    assert "it has no weights of the layer 'gru'" in refusal(path)
    path = write_keras_file(tmp_path / "b.h5", sequential(INPUT, GRU), {"gru": dense_weights("gru", 5, 4)})
    assert "are ['kernel', 'bias'], not kernel, recurrent_kernel, bias" in refusal(path)
    path = write_keras_file(
        tmp_path / "c.h5", sequential(INPUT, GRU), {"gru": gru_weights("gru", 5, 4, reset_after=False)}
    )
    assert "is 12, not 2 × 12" in refusal(path)
