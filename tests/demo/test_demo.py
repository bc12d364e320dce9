"""The embedded demo's data, and the environment it runs in."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from humanpose3d.demo import CLIP_FOCAL_LENGTH_MM, clip_path, demo_environment, models_bundle_path, truth_path
from humanpose3d.model_assets import OfflineError, get_model_path
from humanpose3d.pipeline.signals.lens import Lens


def test_everything_is_in_the_package_and_small() -> None:
    files = (clip_path(), truth_path(), models_bundle_path())
    assert all(path.is_file() for path in files)
    assert sum(path.stat().st_size for path in clip_path().parent.rglob("*")) < 15_000_000


def test_the_lens_that_the_run_is_told_is_the_clips() -> None:
    with np.load(truth_path()) as truth:
        true = truth["camera_matrix"][0, 0] / 640
    assert Lens.told(CLIP_FOCAL_LENGTH_MM, (480, 640), "given").focal_length == pytest.approx(true, rel=0.005)


def test_the_environment_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_REVISION", "v2")
    monkeypatch.delenv("HUMANPOSE3D_MODELS_URL", raising=False)
    before = dict(os.environ)
    with demo_environment(tmp_path / "home"):
        assert os.environ["HUMANPOSE3D_HOME"] == str(tmp_path / "home")
        assert "HUMANPOSE3D_MODELS_REVISION" not in os.environ
    assert dict(os.environ) == before


def test_offline_is_offline_in_the_demo_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundle needs no network, but it does need git, and that is what the switch forbids."""
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    with demo_environment(tmp_path / "home"), pytest.raises(OfflineError):
        get_model_path("gru")
