"""Fixtures for the resolver's tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from humanpose3d.model_assets.download import remotes

pytest.register_assert_rewrite("support.aftermath")

from support.aftermath import Aftermath  # noqa: E402


@pytest.fixture
def aftermath(home: Path, models_checkout: Path) -> Aftermath:
    return Aftermath(home, models_checkout)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between attempts are for networks; on loopback they only cost time."""
    monkeypatch.setattr(remotes, "_FIRST_PAUSE", 0.01)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what names the fixture ``program`` with git and with its stand-in, or where marked ``of_git`` with git."""
    if "program" in metafunc.fixturenames:
        one = metafunc.definition.path.parent.name in ("git", "dulwich")  # the parts of each have tests of their own
        one = one or metafunc.definition.get_closest_marker("of_git") is not None
        metafunc.parametrize("program", ["git"] if one else ["git", "dulwich"], indirect=True)


@pytest.fixture
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The program that fetches."""
    if request.param != "git":
        monkeypatch.setenv("HUMANPOSE3D_GIT", request.param)
    return str(request.param)


@pytest.fixture
def no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither git nor its stand-in."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "dulwich", None)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key in the same file."""
    file = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    try:
        done = subprocess.run([*command.split(), "-keyout", "-", "-out", "-"], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("making a certificate needs the openssl program")
    file.write_bytes(done.stdout)
    return file
