"""The training of the depth prior: a tiny one learns, and again the same."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from humanpose3d.pipeline.signals.body import index
from humanpose3d.pipeline.signals.depth_prior.inputs import SEEN
from humanpose3d.pipeline.signals.depth_prior.network import Network

torch = pytest.importorskip("torch", reason="the training needs PyTorch: pip install torch")

PROJECT = Path(__file__).resolve().parents[2]
_MODULES = ("movement", "noise", "variation", "examples", "training")
_THIGH = np.searchsorted(SEEN, index("left_hip", "left_knee"))


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROJECT / "scripts"))
        yield {n: importlib.import_module(f"depth_prior.{n}") for n in _MODULES}


@pytest.fixture(scope="module")
def given(modules: dict[str, ModuleType]) -> tuple[Any, ...]:
    """Clips of made and random movement, their bodies, and errors and a trial of an invented pose model."""
    chance = np.random.default_rng(0)
    takes = [(0.8, list(modules["movement"].made_takes(chance, 10)))]
    clips, bodies = zip(*(modules["movement"].clip(chance, takes) for _ in range(60)), strict=True)
    wrong = 0.03 * chance.standard_normal((4, 40, len(SEEN), 2))
    library = [
        modules["noise"].Residuals(w, np.ones(w.shape[:2]), a) for w, a in zip(wrong, (0, 90, 180, 270), strict=True)
    ]
    points = clips[0][:50] * (1, -1, -1) / bodies[0] + (0, 0, 4)
    seen = 0.03 * chance.standard_normal((*points.shape[:2], 2)), np.ones(points.shape[:2])
    trials = [modules["noise"].SeenTrial(*seen, points, np.zeros(len(points), bool), 1.0)]
    return np.array(clips, np.float32), np.array(bodies), library, [*trials, trials[0].mirrored()]


def test_a_tiny_training_learns_depth(modules: dict[str, ModuleType], given: tuple[Any, ...], tmp_path: Path) -> None:
    model, losses = modules["training"].train(*given, steps=120, size=8, workers=0)
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 5
    modules["training"].write([model.arrays()], tmp_path / "weights.npz")
    network = Network.read(tmp_path / "weights.npz")
    batch = modules["examples"].batch(np.random.default_rng(7), *given, 16)
    with torch.no_grad():
        expected = model(torch.from_numpy(batch.given), torch.from_numpy(batch.there)).numpy()
    found = np.stack([network(*each) for each in zip(batch.given, batch.there, strict=True)])
    np.testing.assert_allclose(found, expected, atol=0.02)  # as half floats
    links = found[..., :48].reshape(batch.links.shape)
    wrong = np.abs(links - batch.links)[batch.there][..., 2].mean()
    assert wrong < 0.8 * np.abs(batch.links)[batch.there][..., 2].mean()


def test_the_same_seed_gives_the_same_weights(modules: dict[str, ModuleType], given: tuple[Any, ...]) -> None:
    first, second = (modules["training"].train(*given, steps=3, size=4, workers=0)[0].arrays() for _ in range(2))
    for name, values in first.items():
        np.testing.assert_allclose(values, second[name], atol=1e-3)


def test_examples_are_bodies_before_a_camera(modules: dict[str, ModuleType], given: tuple[Any, ...]) -> None:
    batch = modules["examples"].batch(np.random.default_rng(3), *given, 160)
    assert np.isfinite(batch.given).all() and np.isfinite(batch.links).all()
    assert 0.7 < batch.there.mean() < 1
    lengths = np.linalg.norm(batch.links, axis=-1)
    assert lengths.max() < 0.6  # of trunk and leg
    kept = np.ptp(lengths[..., 8:12], axis=1) < 1e-5  # thighs and shanks keep theirs, but for who touches the camera
    assert kept.mean() > 0.95


def test_a_varied_trial_is_another_body_that_moves_alike(
    modules: dict[str, ModuleType], given: tuple[Any, ...]
) -> None:
    chance, points = np.random.default_rng(5), given[0][0] * (1, -1, -1) / given[1][0] + (0, 0, 4)
    thighs = []
    for _ in range(20):
        varied = modules["variation"].varied(chance, points)
        assert modules["variation"].trunk_and_leg(varied) == pytest.approx(1)
        thigh = np.linalg.norm(np.diff(varied[:, _THIGH], axis=1), axis=-1)
        assert np.ptp(thigh) < 1e-3  # a bone keeps its length
        thighs.append(thigh.mean())
        moved = varied - varied.mean(axis=(0, 1)) - (points - points.mean(axis=(0, 1)))
        assert 0.005 < np.abs(moved).mean() < 0.2
    assert 0.005 < np.std(thighs) < 0.03
