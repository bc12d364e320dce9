"""Fixtures for the tests of the guide."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.git_server import GitServer

from docs.workbench import Workbench
from humanpose3d.model_assets.download import remotes


@pytest.fixture
def workbench(
    home: Path,
    repository: Path,
    server: GitServer,
    remote: str,
    models_checkout: Path,
    demo_clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Workbench:
    monkeypatch.setattr(remotes, "_FIRST_PAUSE", 0.01)
    monkeypatch.setenv("HUMANPOSE3D_PROGRESS", "0")
    stick = tmp_path / "usb"
    stick.mkdir()
    monkeypatch.chdir(stick)
    return Workbench(home, stick, repository, server, models_checkout, demo_clip, monkeypatch)
