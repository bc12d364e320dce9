"""Every test of this folder runs twice, with git and with its stand-in; those marked ``of_git`` run with git alone."""

from __future__ import annotations

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    of_git = metafunc.definition.get_closest_marker("of_git") or metafunc.definition.path.parent.name == "git"
    metafunc.parametrize("program", ["git"] if of_git else ["git", "dulwich"], indirect=True)


@pytest.fixture(autouse=True)
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The program that fetches."""
    if request.param != "git":
        monkeypatch.setenv("HUMANPOSE3D_GIT", request.param)
    return str(request.param)
