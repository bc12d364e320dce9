"""Files that are not what they say: each is refused at once, by name, and nothing in it is run or allocated."""

from __future__ import annotations

import pickle
import re
import struct
import sys
import time
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.memory import peak_memory
from support.small_checkpoints import LAYERS, MAKERS, WIDTH, save, with_pickle

from humanpose3d.errors import ModelLoadError
from humanpose3d.loaders import load_depth_refiner, load_joint_refiner, load_main_refiner
from humanpose3d.model_assets import IntegrityError

LOADERS: dict[str, Callable[..., Any]] = {
    "depth": load_depth_refiner,
    "joint": load_joint_refiner,
    "refiner": load_main_refiner,
}
WEIGHTS = {"depth": "model", "joint": "model_state_dict", "refiner": "model_state_dict"}
SIZES = {
    "depth": ("num_joints", "d_model", "num_heads", "num_layers", "use_elepose", "use_limb_orientations"),
    "refiner": ("d_model", "num_heads", "num_layers"),
    "joint": ("d_model", "n_heads", "n_layers"),
}
ABSURD = [10**9, 10**7, -1, 0, 5, "8", None, float("nan"), 10**400, 8.0, [8], np.ones(3, np.float32)]
LARGEST_GROWTH = 200 << 20

every_model = pytest.mark.parametrize("model", list(LOADERS))


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """See that no test in this file makes the process much larger than it was."""
    before = peak_memory()
    yield
    assert peak_memory() - before < LARGEST_GROWTH


def refused(model: str, path: Path, words: str, error: type[Exception] = ModelLoadError) -> None:
    start = time.process_time()
    with pytest.raises(error, match=words) as caught:
        LOADERS[model](path)
    seconds = time.process_time() - start
    message = str(caught.value)
    assert str(path) in message
    assert f"humanpose3d models download {model}" in message
    assert "\n" not in message
    assert len(message) < 700
    assert seconds < 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "best model.pth"


# ---- what is no checkpoint


class RunsCode:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.target,)


@every_model
def test_code_is_not_run(model: str, path: Path, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    code = pickle.dumps({"model": RunsCode(trap)}, protocol=2)
    refused(model, with_pickle({}, path, lambda _: code), "would run code", IntegrityError)
    path.write_bytes(pickle.dumps({"model": RunsCode(trap)}))
    refused(model, path, "no zip archive", IntegrityError)
    assert not trap.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 32576489\n",
            "Git LFS pointer",
        ),
        (b'{"message": "Not Found"}', "JSON"),
        (b"\0" * 5000, "zeros"),
        (b"anything at all", "no zip archive"),
    ],
)
def test_other_files_are_named(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    refused("depth", path, words, IntegrityError)


def test_another_zip_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    refused("depth", path, "0 data.pkl", IntegrityError)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.9999])
def test_a_truncated_file(path: Path, share: float) -> None:
    content = save(MAKERS["depth"](), path).read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    refused("depth", path, "cut short|no zip archive", IntegrityError)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_flipped_bit_in_a_tensor(path: Path, share: float) -> None:
    content = bytearray(save(MAKERS["joint"](), path).read_bytes())
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if "/data/" in member.filename and member.file_size >= 256]
    member = members[int(len(members) * share)]
    content[member.header_offset + 30 + len(member.filename) + member.file_size // 2] ^= 64
    path.write_bytes(content)
    refused("joint", path, "damaged", IntegrityError)


def test_a_file_that_is_not_there(path: Path) -> None:
    refused("joint", path, "cannot be read")


def test_a_folder(tmp_path: Path) -> None:
    refused("joint", tmp_path, "cannot be read")


# ---- what would fill the memory


TERA = b"\x8a\x06" + (10**12).to_bytes(6, "little")  # the number 10¹² in a pickle


def test_a_storage_that_claims_four_terabytes(path: Path) -> None:
    checkpoint = {"model_state_dict": {"weight": np.zeros(4103, np.float32)}}
    claim = with_pickle(checkpoint, path, lambda stream: replaced(stream, b"M\x07\x10", TERA))
    refused("joint", claim, "its storage '0' claims 4,000,000,000,000 bytes, where 16,412 are stored", IntegrityError)


def test_a_tensor_that_claims_more_than_its_storage(path: Path) -> None:
    checkpoint = {"model_state_dict": {"weight": np.zeros(4103, np.float32)}}
    shape = b"(M\x07\x10t"
    claim = with_pickle(checkpoint, path, lambda stream: replaced(stream, shape, b"(" + TERA + b"t"))
    refused("joint", claim, "a tensor reaches beyond its storage '0' of 4,103 numbers", IntegrityError)


def replaced(stream: bytes, old: bytes, new: bytes) -> bytes:
    assert old in stream
    return stream.replace(old, new)


def test_a_number_that_poses_as_a_matrix(path: Path) -> None:
    checkpoint = MAKERS["joint"]()
    checkpoint["model_state_dict"]["vis_embedding.bias"] = np.zeros((1007, 1007), np.float32)
    shape, strides = b"(M\xef\x03M\xef\x03t(M\xef\x03K\x01t", b"(" + 2 * b"\x8a\x03\x40\x42\x0f" + b"t(K\0K\0t"
    claim = with_pickle(checkpoint, path, lambda stream: replaced(stream, shape, strides))
    refused("joint", claim, "claim more than 134,217,728 bytes")


def test_a_tensor_that_unpacks_to_far_more_than_it_occupies(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", pickle.dumps({}, protocol=2))
        with archive.open("bomb/data/0", "w") as member:
            for _ in range(256):
                member.write(bytes(1 << 20))
    assert path.stat().st_size < 300_000
    refused("joint", path, "claim to unpack to", IntegrityError)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows writes sparse files in full")
def test_a_file_of_a_terabyte(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)
    refused("joint", path, "at most 134,217,728 are possible", IntegrityError)


def test_a_pickle_that_asks_for_a_buffer_of_any_size(path: Path) -> None:
    request = b"\x80\x02c__builtin__\nbytearray\n\x8a\x05" + (1 << 36).to_bytes(5, "little") + b"\x85R."
    refused("joint", with_pickle({}, path, lambda _: request), "bytearray", IntegrityError)


def test_a_pickle_that_goes_on_for_ever(path: Path) -> None:
    endless = b"\x80\x02" + b"N0" * (1 << 22) + b"N."  # nothing, put down and taken away, again and again
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("endless/data.pkl", endless)
        archive.writestr(zipfile.ZipInfo("endless/data/0"), bytes(1 << 21))  # so that the share of packing is no sign
    refused("depth", path, "its pickle has 8,388,612 bytes, where at most", IntegrityError)


def test_a_key_that_takes_for_ever_to_hash(path: Path) -> None:
    doubled = b"".join(b"q%ch%c\x86" % (i, i) for i in range(60))  # a tuple of the same tuple twice
    hostile = b"\x80\x02})" + doubled + b"Ns."
    refused("depth", with_pickle({}, path, lambda _: hostile), "a tuple as a key", IntegrityError)


def test_a_zip_directory_that_goes_on_for_ever(path: Path) -> None:
    name = b"data.pkl"
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
    header = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name
    directory = 300_000 * entry  # every member is the same one
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(directory), len(header), 0)
    path.write_bytes(header + directory + end)
    refused("depth", path, "its zip directory has 16,200,000 bytes, where at most", IntegrityError)
    path.write_bytes(header + directory + end[:-2] + b"\1\0.")  # with a comment, behind which it could hide
    refused("depth", path, "something follows its zip directory", IntegrityError)


# ---- what is a checkpoint, but of something else


@pytest.mark.parametrize("stored", [[1, 2], "text", 3, None, np.zeros(3, np.float32)])
def test_another_type_at_the_top(path: Path, stored: object) -> None:
    refused("refiner", save(stored, path), "not a dictionary")


@every_model
def test_no_weights(model: str, path: Path) -> None:
    checkpoint = MAKERS[model]()
    del checkpoint[WEIGHTS[model]]
    refused(model, save(checkpoint, path), "neither model_state_dict nor model")


@every_model
@pytest.mark.parametrize("weights", [None, 3, [], np.zeros(2), {}, OrderedDict(), {3: np.zeros(1)}, {"a": 1}])
def test_weights_that_are_none(model: str, path: Path, weights: object) -> None:
    refused(model, save({**MAKERS[model](), WEIGHTS[model]: weights}, path), "not a dictionary|no tensor|belong")


@every_model
def test_the_weights_of_another_model(model: str, path: Path) -> None:
    for other in LOADERS.keys() - {model}:
        refused(model, save(MAKERS[other](), path), "no tensor|layers|no such network|config")


@pytest.mark.parametrize("model", ["depth", "refiner"])
def test_no_config(model: str, path: Path) -> None:
    checkpoint = MAKERS[model]()
    del checkpoint["config"]
    refused(model, save(checkpoint, path), "it has no config")
    for config in (None, [], "d_model", 3):
        refused(model, save({**checkpoint, "config": config}, path), "not a dictionary")


@pytest.mark.parametrize("value", ABSURD, ids=lambda value: re.sub(r"\W", "", repr(value))[:9])
@pytest.mark.parametrize(("model", "key"), [(model, key) for model, keys in SIZES.items() for key in keys])
@pytest.mark.slow
def test_absurd_sizes(model: str, key: str, value: object, path: Path) -> None:
    checkpoint = MAKERS[model]()
    checkpoint["config"] = {**checkpoint.get("config", {}), key: value}
    refused(model, save(checkpoint, path), key)


@pytest.mark.parametrize("key", ["d_model", "n_layers"])
def test_absurd_sizes_beside_the_weights_of_the_joint_network(key: str, path: Path) -> None:
    for value in ABSURD:
        refused("joint", save({**MAKERS["joint"](), key: value}, path), key)


@every_model
@pytest.mark.slow
def test_every_tensor_is_needed(model: str, path: Path) -> None:
    checkpoint = MAKERS[model]()
    weights = checkpoint[WEIGHTS[model]]
    for name in list(weights)[:: max(1, len(weights) // 12)]:
        fewer = {key: tensor for key, tensor in weights.items() if key != name}
        refused(model, save({**checkpoint, WEIGHTS[model]: fewer}, path), "no tensor|layers")


@every_model
def test_no_other_tensor_is_accepted(model: str, path: Path) -> None:
    checkpoint = MAKERS[model]()
    checkpoint[WEIGHTS[model]]["backdoor.weight"] = np.zeros(2, np.float32)
    refused(model, save(checkpoint, path), "no such network has: backdoor.weight")


@every_model
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda tensor: np.concatenate([tensor, tensor]), r"has the shape \d+, not \d+"),
        (lambda tensor: tensor[None], r"has the shape 1 × \d+, not"),
        (lambda tensor: tensor.astype(np.float16), "is float16, not float32"),
        (lambda tensor: tensor.astype(np.float64), "is float64, not float32"),
        (lambda tensor: tensor.astype(np.int64), "is int64, not float32"),
        (lambda tensor: tensor * np.float32("nan"), "not finite"),
        (lambda tensor: tensor + np.float32("inf"), "not finite"),
        (lambda tensor: tensor.tolist(), r"\(list\) under"),
        (lambda tensor: "evil", r"\(str\) under"),
    ],
)
def test_one_bad_tensor(model: str, damage: Callable[[np.ndarray], object], words: str, path: Path) -> None:
    checkpoint = MAKERS[model]()
    weights = checkpoint[WEIGHTS[model]]
    name = [key for key in weights if key.endswith("norm1.bias")][-1]
    weights[name] = damage(weights[name])
    refused(model, save(checkpoint, path), words)


def test_limbs_that_lead_out_of_the_body(path: Path) -> None:
    checkpoint = MAKERS["depth"]()
    checkpoint["model"]["limb_predictor.child_indices"][3] = 10**9
    refused("depth", save(checkpoint, path), "child_indices is not what it is in every such network")


def test_too_many_layers(path: Path) -> None:
    checkpoint = MAKERS["joint"]()
    weights = checkpoint["model_state_dict"]
    for name in [name for name in weights if name.startswith("layers.0.")]:
        for layer in range(LAYERS, 70):
            weights[name.replace(".0.", f".{layer}.", 1)] = weights[name]
    refused("joint", save(checkpoint, path), "70 layers")


def test_a_gap_between_layers(path: Path) -> None:
    checkpoint = MAKERS["joint"]()
    weights = checkpoint["model_state_dict"]
    checkpoint["model_state_dict"] = {name.replace("layers.1.", "layers.10000000."): weights[name] for name in weights}
    refused("joint", save(checkpoint, path), "without a gap")


# ---- what is good


@every_model
@pytest.mark.parametrize("key", ["model", "model_state_dict"])
def test_both_keys_for_weights(model: str, key: str, path: Path) -> None:
    LOADERS[model](save(MAKERS[model](key=key), path))


@every_model
def test_tensors_from_another_device_come_to_the_processor(model: str, path: Path) -> None:
    # The tag of every storage, as torch writes it on a machine with CUDA.
    with_pickle(MAKERS[model](), path, lambda stream: stream.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0"))
    assert b"cuda:0" in path.read_bytes()
    LOADERS[model](path)


@pytest.mark.parametrize("place", ["top", "config"])
def test_sizes_of_the_joint_network_may_be_stored_in_two_places(place: str, path: Path) -> None:
    sizes = {"d_model": WIDTH, "n_layers": LAYERS}
    more = sizes if place == "top" else {"config": {**sizes, "n_heads": 2}}
    load_joint_refiner(save({**MAKERS["joint"](), **more}, path))


@every_model
def test_the_demo_models_load(model: str, models_checkout: Path) -> None:
    names = {"depth": "best_depth_model", "joint": "best_joint_model", "refiner": "best_main_refiner"}
    LOADERS[model](models_checkout / "checkpoints" / f"{names[model]}.pth")


@every_model
def test_without_a_path_the_resolver_is_asked(model: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def get_model_path(name: str) -> Path:
        asked.append(name)
        return save(MAKERS[name](), path)

    monkeypatch.setattr("humanpose3d.loaders.checkpoint.get_model_path", get_model_path)
    LOADERS[model]()
    assert asked == [model]
