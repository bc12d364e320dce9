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


@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "other arrays", "not a number"])
def test_weights_that_are_missing_or_damaged_are_said_to_be(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    content = SHIPPED.read_bytes()
    with np.load(SHIPPED) as file:
        weights = dict(file)
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        path.touch()
    elif damage == "other arrays":
        np.savez(path, other=np.zeros(3))
    elif damage == "not a number":
        np.savez(path, **{**weights, "last.bias": weights["last.bias"] * np.float16(np.nan)})
    with pytest.raises(DepthPriorError, match=r"its weights can't be read|does not hold its weights"):
        Network.read(path)
    assert damage != "cut" or not zipfile.is_zipfile(path)
