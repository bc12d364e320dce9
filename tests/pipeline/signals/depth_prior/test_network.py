import zipfile
from pathlib import Path

import numpy as np
import pytest

from humanpose3d.pipeline.signals.depth_prior import network
from humanpose3d.pipeline.signals.depth_prior.inputs import FEATURES
from humanpose3d.pipeline.signals.depth_prior.network import OUTPUTS, DepthPriorError, Network, shipped

SHIPPED = Path(network.__file__).with_name("weights.npz")


def test_the_shipped_weights_are_small_and_plain_arrays() -> None:
    assert SHIPPED.stat().st_size <= 4 * 2**20
    with np.load(SHIPPED, allow_pickle=False) as file:
        assert sum(file[name].size for name in file.files) < 3_000_000


def test_each_frame_has_outputs_and_what_is_far_away_in_time_does_not_count() -> None:
    given = np.random.default_rng(0).normal(size=(200, FEATURES)).astype(np.float32)
    there = np.ones(200, bool)
    whole = shipped()(given, there)
    given[150:] = 0
    there[150:] = False
    assert whole.shape == (200, OUTPUTS)
    np.testing.assert_allclose(shipped()(given, there)[:100], whole[:100], atol=1e-4)


@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "other arrays", "not a number", "header"])
def test_weights_that_are_missing_or_damaged_are_said_to_be(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    content = SHIPPED.read_bytes()
    with np.load(SHIPPED) as file:
        weights = dict(file)
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        path.touch()
    elif damage == "header":  # of the first array: no closing bracket, so the reader of the dictionary fails
        np.savez(path, **weights)
        path.write_bytes(path.read_bytes().replace(b"), }", b",  }", 1))
    elif damage == "other arrays":
        np.savez(path, other=np.zeros(3))
    elif damage == "not a number":
        np.savez(path, **{**weights, "last.bias": weights["last.bias"] * np.float16(np.nan)})
    with pytest.raises(DepthPriorError, match=r"its weights can't be read|does not hold its weights"):
        Network.read(path)
    assert damage != "cut" or not zipfile.is_zipfile(path)


@pytest.mark.parametrize("name", ["first.weight", "first.bias", "block2.time.weight", "block4.mix.bias", "last.weight"])
@pytest.mark.parametrize("axis", [0, -1])
def test_weights_of_another_shape_are_not_its_weights(name: str, axis: int, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    with np.load(SHIPPED) as file:
        weights = dict(file)
    weights[name] = weights[name].take(range(weights[name].shape[axis] - 1), axis)
    np.savez(path, **weights)
    with pytest.raises(DepthPriorError, match=r"^weights\.npz does not hold its weights$"):
        Network.read(path)


def test_a_missing_file_is_told_without_the_folders_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(DepthPriorError) as raised:
        Network.read(tmp_path / "weights.npz")
    assert str(tmp_path) not in str(raised.value)
