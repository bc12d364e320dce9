"""The service that older programs call."""

from __future__ import annotations

from pathlib import Path

import pytest

from humanpose3d.demo import models_bundle_path
from humanpose3d.model_assets import ModelDownloadService, UserPaths


def test_success_is_a_flag_a_sentence_and_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(models_bundle_path()))
    steps: list[str] = []
    assert ModelDownloadService(tmp_path / "base").download_models(steps.append) == (
        True,
        "Models downloaded successfully",
    )
    assert steps == [
        "Creating temporary directory...",
        f"Cloning models from {models_bundle_path()}...",
        "Copying model files...",
        "Download complete!",
    ]
    assert UserPaths(tmp_path / "base").models_exist()


def test_failure_is_a_flag_and_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(tmp_path / "nothing.git"))
    success, message = ModelDownloadService(UserPaths(tmp_path / "base")).download_models()
    assert not success
    assert message.startswith("Git clone failed: ")
