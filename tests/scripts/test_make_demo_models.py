"""The demo's models: real formats, no corrections, the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from support.recordings import SMALL_CHECKPOINTS
from support.repositories import need_git
from support.small_checkpoints import read_file

from humanpose3d.model_assets.registry import MODELS
from humanpose3d.model_assets.validation import find_fault

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import make_demo_models
from demo_models.repository import write_small_models

DATA = Path(__file__).resolve().parents[2] / "humanpose3d" / "demo" / "data"
WEIGHTS_KEY = {"depth": "model", "joint": "model_state_dict", "refiner": "model_state_dict"}
OPTIMIZER_KEY = {"depth": "optimizer", "joint": "optimizer_state_dict", "refiner": "optimizer_state_dict"}
BUFFER_COUNT = {"depth": 4, "joint": 2, "refiner": 1}
OUTPUT_LAYERS = {
    "depth": {
        "angle_predictor.fusion_head.8",
        "torso_predictor.bone_head.3",
        "limb_predictor.limb_head.5",
        "depth_head.2",
        "confidence_head.2",
    },
    "joint": {f"joint_heads.{joint}.2" for joint in range(12)},
    "refiner": {"gating_network.gate.3", "fusion_head.correction_head.2", "confidence_head.2"},
}
NETWORKS = sorted(WEIGHTS_KEY)


def load(models: Path, name: str) -> dict[str, Any]:
    return read_file(models / MODELS[name].path)


def read_hdf5(path: Path) -> dict[str, np.ndarray]:
    """Read the weights of a Keras file by the names that it declares, as Keras itself does."""
    with h5py.File(path) as file:
        group = file["model_weights"]
        return {
            name: group[layer][name][()]
            for layer in group.attrs["layer_names"]
            for name in group[layer].attrs["weight_names"]
        }


def run_git(*arguments: str) -> str:
    need_git()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", *arguments], env=environment, capture_output=True, check=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("made")
    write_small_models(models)
    return models


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models folder of the bundle that is part of the package."""
    clone = tmp_path_factory.mktemp("committed") / "clone"
    run_git("clone", "--quiet", "--branch", "models", str(DATA / "models.bundle"), str(clone))
    return clone / "models"


@pytest.mark.parametrize("name", NETWORKS)
def test_checkpoint_is_that_of_an_untrained_network(made: Path, name: str):
    checkpoint = load(made, name)
    weights = checkpoint[WEIGHTS_KEY[name]]
    assert checkpoint["epoch"] == 0
    assert all(np.isfinite(tensor).all() for tensor in weights.values())
    optimizer = checkpoint[OPTIMIZER_KEY[name]]
    assert optimizer["state"] == {}
    assert optimizer["param_groups"][0]["params"] == list(range(len(weights) - BUFFER_COUNT[name]))


@pytest.mark.parametrize("name", NETWORKS)
def test_output_layers_and_nothing_else_are_zero(made: Path, name: str):
    weights = load(made, name)[WEIGHTS_KEY[name]]
    zero = {key for key, tensor in weights.items() if not tensor.any()}
    assert zero == {f"{layer}.{part}" for layer in OUTPUT_LAYERS[name] for part in ("weight", "bias")}


@pytest.mark.parametrize("name", NETWORKS)
def test_tensors_and_configuration_are_those_of_the_small_reference(made: Path, name: str):
    ours = load(made, name)
    reference = read_file(SMALL_CHECKPOINTS / f"{name}_tiny.pth")
    key = WEIGHTS_KEY[name]
    described = [(tensor, value.shape, value.dtype) for tensor, value in ours[key].items()]
    assert described == [(tensor, value.shape, value.dtype) for tensor, value in reference[key].items()]
    for part in ("config", "d_model", "n_layers"):
        assert ours.get(part) == reference.get(part)
    buffers = ("pos_encoder.pe", "adjacency", "_indices", "expected_2d_lengths")
    for tensor in filter(lambda tensor: tensor.endswith(buffers), ours[key]):
        np.testing.assert_allclose(ours[key][tensor], reference[key][tensor], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_container_is_that_of_the_full_reference(made: Path, shared_data: Path, name: str):
    ours = load(made, name)
    reference = read_file(shared_data / "checkpoints" / f"{name}.pth")
    explicit_sizes = {"config", "d_model", "n_layers"} if name == "joint" else set()
    assert ours.keys() == reference.keys() | explicit_sizes
    assert {key: type(ours[key]) for key in reference} == {key: type(reference[key]) for key in reference}
    (group,), (expected,) = (checkpoint[OPTIMIZER_KEY[name]]["param_groups"] for checkpoint in (ours, reference))
    assert group.keys() == expected.keys()
    assert group["weight_decay"] == expected["weight_decay"]
    assert group["initial_lr"] == expected["initial_lr"]


def test_scheduler_has_the_keys_of_the_reference(made: Path, shared_data: Path):
    ours = load(made, "depth")["scheduler"]
    reference = read_file(shared_data / "checkpoints" / "depth.pth")
    assert ours.keys() == reference["scheduler"].keys()
    for phase, expected in zip(ours["_schedulers"], reference["scheduler"]["_schedulers"], strict=True):
        assert phase.keys() == expected.keys()


def test_motion_model_has_the_layout_of_keras_2(made: Path):
    with h5py.File(made / "GRU.h5") as file:
        assert dict(file.attrs) | {"model_config": ""} == {
            "backend": "tensorflow",
            "keras_version": "2.12.0",
            "model_config": "",
        }
        config = json.loads(file.attrs["model_config"])
        weights = file["model_weights"]
        assert list(weights.attrs["layer_names"]) == ["gru", "dropout", "gru_1", "dropout_1", "dense"]
        assert set(weights) == {*weights.attrs["layer_names"], "top_level_model_weights"}
        assert weights["dropout"].attrs["weight_names"].shape == (0,)
    assert config["class_name"] == "Sequential"
    layers = config["config"]["layers"]
    assert [layer["class_name"] for layer in layers] == [
        "InputLayer", "GRU", "Dropout", "GRU", "Dropout", "Dense",
    ]  # fmt: skip
    assert layers[0]["config"]["batch_input_shape"] == [None, 64, 36]
    assert [layers[i]["config"]["return_sequences"] for i in (1, 3)] == [True, False]
    assert layers[1]["config"]["time_major"] is False
    assert layers[5]["config"]["units"] == 36


def test_motion_model_always_predicts_the_mean(made: Path):
    weights = read_hdf5(made / "GRU.h5")
    assert {name: values.shape for name, values in weights.items()} == {
        "gru/gru_cell/kernel:0": (36, 24),
        "gru/gru_cell/recurrent_kernel:0": (8, 24),
        "gru/gru_cell/bias:0": (2, 24),
        "gru_1/gru_cell_1/kernel:0": (8, 24),
        "gru_1/gru_cell_1/recurrent_kernel:0": (8, 24),
        "gru_1/gru_cell_1/bias:0": (2, 24),
        "dense/kernel:0": (8, 36),
        "dense/bias:0": (36,),
    }
    assert all(values.dtype == np.float32 for values in weights.values())
    assert {name for name, values in weights.items() if not values.any()} == {
        "dense/kernel:0",
        "dense/bias:0",
    }


def test_two_builds_are_the_same_bytes(made: Path, tmp_path: Path):
    write_small_models(tmp_path)
    for name in (*NETWORKS, "gru"):
        path = MODELS[name].path
        assert (tmp_path / path).read_bytes() == (made / path).read_bytes()


def test_committed_bundle_holds_the_five_models_and_two_notes(committed: Path):
    files = set(run_git("-C", str(committed.parent), "ls-tree", "-r", "--name-only", "HEAD").split())
    names = {model.path for model in MODELS.values()} | {"README.md", "LICENSE"}
    assert files == {f"models/{name}" for name in names}
    heads = run_git("bundle", "list-heads", str(DATA / "models.bundle"))
    assert [line.split()[1] for line in heads.splitlines()] == ["refs/heads/models"]
    assert run_git("-C", str(committed.parent), "rev-list", "--count", "HEAD").strip() == "1"


@pytest.mark.parametrize("name", list(MODELS))
def test_committed_models_pass_the_resolvers_check(committed: Path, name: str):
    model = MODELS[name]
    assert find_fault(committed / model.path, model.suffix) is None


@pytest.mark.parametrize("name", NETWORKS)
def test_committed_networks_are_those_the_script_makes(committed: Path, made: Path, name: str):
    theirs, ours = load(committed, name), load(made, name)
    key = WEIGHTS_KEY[name]
    assert list(theirs[key]) == list(ours[key])
    for tensor, values in theirs.pop(key).items():
        # C libraries differ in the last bit of a sine.
        np.testing.assert_allclose(values, ours[key][tensor], rtol=0, atol=1e-6)
    del ours[key]
    assert theirs == ours


def test_committed_motion_model_is_that_the_script_makes(committed: Path, made: Path):
    theirs, ours = read_hdf5(committed / "GRU.h5"), read_hdf5(made / "GRU.h5")
    assert theirs.keys() == ours.keys()
    assert all(np.array_equal(values, ours[name]) for name, values in theirs.items())


def test_committed_readme_says_what_the_models_are(committed: Path):
    readme = " ".join((committed / "README.md").read_text(encoding="utf-8").split())
    digest = hashlib.sha256((committed / "pose_landmarker_heavy.task").read_bytes()).hexdigest()
    assert digest in readme
    assert 'variant **"full"**, not "heavy"' in readme
    assert "small demo models whose corrections are zero" in readme
    assert "Apache License" in (committed / "LICENSE").read_text(encoding="utf-8")


def test_committed_pose_model_is_the_full_variant(committed: Path, shared_data: Path):
    original = shared_data / "pose_landmarker_full.task"
    assert (committed / "pose_landmarker_heavy.task").read_bytes() == original.read_bytes()


def test_package_data_stays_small():
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 15_000_000


@pytest.mark.slow
def test_bundle_does_not_depend_on_the_users_git(committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first, second = tmp_path / "first.bundle", tmp_path / "new folder" / "second.bundle"
    pose_model = str(committed / "pose_landmarker_heavy.task")
    assert make_demo_models.main(["--pose-model", pose_model, "--output", str(first)]) == 0

    config = tmp_path / "gitconfig"
    config.write_text("[user]\nname = Somebody\n[core]\nautocrlf = true\ncompression = 0\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    assert make_demo_models.main(["--pose-model", pose_model, "--output", str(second)]) == 0
    assert second.read_bytes() == first.read_bytes()
    assert [path.name for path in second.parent.iterdir()] == ["second.bundle"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "There is no file"), (b"<html>", "is no MediaPipe .task file"), ("zip", "is no pose landmarker")],
)
def test_a_wrong_pose_model_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | str | None, sentence: str
):
    pose_model, output = tmp_path / "pose.task", tmp_path / "models.bundle"
    if isinstance(content, bytes):
        pose_model.write_bytes(content)
    elif content == "zip":
        with zipfile.ZipFile(pose_model, "w") as archive:
            archive.writestr("hand_detector.tflite", b"")
    assert make_demo_models.main(["--pose-model", str(pose_model), "--output", str(output)]) == 1
    message = capsys.readouterr().err
    assert sentence in message
    assert message.count("\n") == 1
    assert not output.exists()


def test_missing_git_is_one_sentence(
    committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PATH", str(tmp_path))
    pose_model = str(committed / "pose_landmarker_heavy.task")
    assert make_demo_models.main(["--pose-model", pose_model, "--output", str(tmp_path / "b")]) == 1
    assert capsys.readouterr().err == "Git is not installed or not in PATH; install it and try again.\n"
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_written_is_one_sentence(
    committed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "file").write_bytes(b"")
    output = tmp_path / "file" / "models.bundle"
    pose_model = str(committed / "pose_landmarker_heavy.task")
    assert make_demo_models.main(["--pose-model", pose_model, "--output", str(output)]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"The bundle {output} could not be made: ")
    assert message.count("\n") == 1
