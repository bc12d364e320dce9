"""Fixtures for the resolver's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from humanpose3d.model_assets.download import retry

pytest.register_assert_rewrite("support.aftermath")

from support.aftermath import Aftermath  # noqa: E402


@pytest.fixture
def aftermath(home: Path, models_checkout: Path) -> Aftermath:
    return Aftermath(home, models_checkout)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between attempts are for networks; on loopback they only cost time."""
    monkeypatch.setattr(retry, "_FIRST_PAUSE", 0.01)
