"""Offline is offline; and online, nothing but git opens a connection."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.children import run
from support.git_server import GitServer

from humanpose3d.model_assets import MODELS, OfflineError, check_models, download_models, get_model_path

GUARD = """
import sys
reports = []
def watch(event, arguments):
    network = event.startswith("socket.") and event not in ("socket.gethostname",)
    if network or event.startswith(("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")):
        reports.append((event, arguments))
sys.addaudithook(watch)
from humanpose3d.model_assets import *
"""
"""Notes every socket, look-up of a name, and program that is started, however it comes about."""


@pytest.fixture
def git_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program called git in front of the search path; it notes that it was called."""
    folder = tmp_path / "recorder"
    folder.mkdir()
    calls = folder / "calls"
    if os.name == "nt":
        (folder / "git.bat").write_text(f'@echo off\r\necho called>>"{calls}"\r\nexit /b 1\r\n', encoding="utf-8")
    else:
        (folder / "git").write_text(f"#!/bin/sh\necho called >>'{calls}'\nexit 1\n", encoding="utf-8")
        (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder) + os.pathsep + os.environ["PATH"])
    return calls


def calm(program: str) -> str:
    """Run a program under guard; it must start nothing and open nothing. Returns what it prints."""
    done = run(GUARD + program + "\nsys.exit(repr(reports) if reports else 0)")
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_the_recorder_and_the_guard_notice(home: Path, git_calls: Path) -> None:
    """A guard that can't fail would prove nothing."""
    done = run(GUARD + 'try: get_model_path("gru")\nexcept ModelAssetError: print(*{event for event, _ in reports})')
    assert b"subprocess.Popen" in done.stdout
    assert git_calls.exists()
    assert run(GUARD + "import socket; socket.socket(); print(len(reports))").stdout == b"1\n"


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_offline_and_missing(value: str, home: Path, git_calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", value)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", "https://models.invalid/models.git")
    output = calm("""
for call in (lambda: get_model_path("gru"), download_models, lambda: download_models(["joint"], force=True)):
    try:
        call()
    except OfflineError as error:
        print(error)
print(*[status.state for status in [*check_models(), *check_models(verify=True)]])
""")
    *messages, states = output.splitlines()
    assert len(messages) == 3 and states == " ".join(["missing"] * 10)
    for message in messages:
        assert message.startswith("Offline (HUMANPOSE3D_OFFLINE is set)")
        assert str(home / "models") in message
        assert "internet" not in message
    assert not git_calls.exists()
    assert not home.exists()


@pytest.mark.slow
def test_offline_and_there(home: Path, remote: str, git_calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.environ["PATH"].split(os.pathsep, 1)[1])
        download_models()
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    calm("assert all(s.ready for s in download_models())\nfor name in MODELS: get_model_path(name)")
    (home / "models" / "manifest.json").unlink()
    calm("assert all(s.ready for s in download_models())\nfor name in MODELS: get_model_path(name)")
    assert not git_calls.exists()


def test_an_update_offline_claims_no_loss(home: Path, models_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(models_checkout, home / "models")
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    with pytest.raises(OfflineError, match="no newer models can be fetched; those that are there stay") as caught:
        download_models(force=True)
    assert "missing" not in str(caught.value)
    (home / "models" / "GRU.h5").unlink()
    with pytest.raises(OfflineError, match=r"missing: GRU\.h5\. "):
        download_models(force=True)


@pytest.mark.slow
def test_online_and_there_is_as_calm(home: Path, remote: str, git_calls: Path, server: GitServer) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.environ["PATH"].split(os.pathsep, 1)[1])
        download_models()
    requests = len(server.requests)
    calm("assert all(s.ready for s in [*download_models(), *check_models()])\nfor name in MODELS: get_model_path(name)")
    assert not git_calls.exists()
    assert len(server.requests) == requests


def test_online_only_git_opens_a_connection(remote: str, aftermath: Aftermath) -> None:
    done = run(GUARD + 'get_model_path("joint"); print(*{event for event, _ in reports})')
    assert done.stdout.split() == [b"subprocess.Popen"], done
    aftermath.recovered("joint")


def test_offline_with_a_search_path(
    home: Path, git_calls: Path, models_checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second folder has the model; neither is written to."""
    empty, full = tmp_path / "empty", tmp_path / "full of models"
    empty.mkdir()
    shutil.copytree(models_checkout, full)
    (full / "GRU.h5").write_bytes(b"<html>")
    before = {path: path.stat().st_mtime_ns for path in full.rglob("*")}
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", os.pathsep.join([str(empty), str(full)]))
    assert calm('print(get_model_path("joint"))').strip() == str(full / MODELS["joint"].path)
    with pytest.raises(OfflineError) as caught:
        get_model_path("gru")
    for folder in (home / "models", empty, full):
        assert str(folder) in str(caught.value)
    assert {path: path.stat().st_mtime_ns for path in full.rglob("*")} == before
    assert not home.exists()
    assert not git_calls.exists()


def test_offline_says_offline_though_git_is_not_there(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    with pytest.raises(OfflineError):
        get_model_path("gru")
    assert [status.state for status in check_models()] == ["missing"] * 5


def test_the_guard_is_pythons_own() -> None:
    assert "socket" not in run("import sys, humanpose3d.model_assets; print(*sys.modules)").stdout.decode().split()
    assert sys.version_info >= (3, 10)
