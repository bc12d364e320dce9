"""Models that arrive while something else is done."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from support.aftermath import Aftermath, wait_until
from support.faults import Link, closed_port
from support.git_server import GitServer
from support.repositories import commit_entries

from humanpose3d.model_assets import MODELS, ConnectionFailedError, OfflineError, RepositoryLayoutError
from humanpose3d.model_assets.download.cold_path import BackgroundDownload
from humanpose3d.model_assets.download.interrupts import LinkedEvent


def test_all_arrive_by_one_download(remote: str, server: GitServer, home: Path, aftermath: Aftermath) -> None:
    with BackgroundDownload(["joint", "depth"]) as models:
        paths = [models.path("depth"), models.path("joint")]
    assert paths == [home / "models" / MODELS[name].path for name in ("depth", "joint")]
    aftermath.recovered("joint")


def test_nothing_is_started_where_all_is_there(remote: str, server: GitServer, aftermath: Aftermath) -> None:
    with BackgroundDownload(["joint"]) as models:
        models.path("joint")
    sent = server.bytes_sent
    with BackgroundDownload(["joint"]) as models:
        models.path("joint")
    assert server.bytes_sent == sent


def test_leaving_ends_a_download_at_once(
    remote: str, server: GitServer, monkeypatch: pytest.MonkeyPatch, aftermath: Aftermath
) -> None:
    with Link(server.port, rate=20_000) as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        with pytest.raises(KeyboardInterrupt), BackgroundDownload(["depth"]):
            wait_until(lambda: link.bytes_sent > 15_000, within=10)
            start = time.monotonic()
            raise KeyboardInterrupt
    assert time.monotonic() - start < 2
    aftermath.nobody_left()
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", remote)
    aftermath.recovered("depth")


def test_leaving_ends_the_wait_for_somebody_else(
    remote: str,
    server: GitServer,
    monkeypatch: pytest.MonkeyPatch,
    aftermath: Aftermath,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Link(server.port, rate=20_000) as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        with BackgroundDownload(["depth"]):
            wait_until(lambda: link.bytes_sent > 15_000, within=10)
            with BackgroundDownload(["depth"]):
                wait_until(lambda: "Waiting" in capsys.readouterr().err, within=10)
                start = time.monotonic()
            assert time.monotonic() - start < 2
    aftermath.nobody_left()


def test_a_failure_is_told_to_whoever_needs_the_model(
    home: Path, quick_retries: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"http://127.0.0.1:{closed_port()}/models.git")
    with BackgroundDownload(["joint", "gru"]) as models:
        for name in ("joint", "gru"):
            with pytest.raises(ConnectionFailedError):
                models.path(name)


def test_the_failure_of_one_model_is_no_matter_to_another(
    repository: Path, remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_entries(repository, {"models/GRU.h5": None})
    with BackgroundDownload(["joint", "gru"]) as models:
        assert models.path("joint").is_file()
        with pytest.raises(RepositoryLayoutError):
            models.path("gru")


def test_offline_nothing_is_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    before = threading.active_count()
    with BackgroundDownload(["joint"]) as models:
        assert threading.active_count() == before
        with pytest.raises(OfflineError):
            models.path("joint")


@pytest.mark.parametrize("which", ["own", "other"])
def test_a_linked_event_is_set_by_either(which: str) -> None:
    other = threading.Event()
    event = LinkedEvent(other)
    assert not event.wait(0)
    threading.Timer(0.05, (event if which == "own" else other).set).start()
    assert event.wait(5)
    assert event.is_set()
