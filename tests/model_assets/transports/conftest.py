"""Every test of this folder runs once with git and once with its stand-in."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, params=["git", "dulwich"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The program that fetches; ``@of_git`` marks what concerns git alone."""
    name = str(request.param)
    if name != "git":
        monkeypatch.setenv("HUMANPOSE3D_GIT", name)
    return name
