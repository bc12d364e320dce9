"""Those who waited for a download share its failure; those who come later, or ask for something else, do not."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.aftermath import Aftermath, end, wait_until
from support.children import GET
from support.faults import answer, silent_port
from support.git_server import GitServer

from humanpose3d.model_assets import (
    MODELS,
    ConnectionFailedError,
    DownloadTimeoutError,
    ModelAssetError,
    get_model_path,
)
from humanpose3d.model_assets.download.remotes import ATTEMPTS, SharedFailure
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import store_at


class Held:
    """Answers 503, the first time not before it is let go."""

    def __init__(self) -> None:
        self.asked, self.free = threading.Event(), threading.Event()

    def __call__(self, request: BaseHTTPRequestHandler, body: bytes) -> bool:
        self.asked.set()
        self.free.wait()
        return answer(503)(request, body)


@contextlib.contextmanager
def callers(names: list[str], said: Path, **variables: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start one process for each model, with standard error in files of its own."""
    started = []
    try:
        for name in names:
            with (said / f"{len(list(said.iterdir()))}.txt").open("wb") as file:
                environment = {**os.environ, **variables}
                started.append(subprocess.Popen([sys.executable, "-c", GET, name], stderr=file, env=environment))
        yield started
    finally:
        for child in started:
            end(child)


def words(said: Path) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in sorted(said.iterdir())]


@pytest.mark.slow
def test_eight_processes_fail_with_the_first(
    server: GitServer, remote: str, tmp_path: Path, aftermath: Aftermath
) -> None:
    said = tmp_path / "said"
    said.mkdir()
    server.fault = held = Held()
    with callers(["joint"], said) as first:
        wait_until(held.asked.is_set)
        with callers(["joint", "gru", "depth", "refiner", "mediapipe", "joint", "gru"], said) as others:
            wait_until(lambda: sum("Waiting for another download" in text for text in words(said)) == 7)
            held.free.set()
            assert [child.wait(30) for child in first + others] == [1] * 8
    assert all("ConnectionFailedError: Git clone failed: " in text for text in words(said))
    assert len(server.requests) == ATTEMPTS
    server.fault = None
    aftermath.recovered()  # who comes later tries for itself, and takes the note away
    assert not list(aftermath.home.rglob("failure.json"))


@pytest.mark.slow
def test_thirty_two_threads_give_a_silent_remote_up_together(
    aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "2")
    found: list[ModelAssetError] = []

    def call(name: str) -> None:
        try:
            get_model_path(name)
        except ModelAssetError as error:
            found.append(error)

    with silent_port() as port:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"http://127.0.0.1:{port}/models.git")
        threads = [threading.Thread(target=call, args=(list(MODELS)[number % 5],)) for number in range(32)]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert time.monotonic() - start < 16
    assert [type(error) for error in found] == [DownloadTimeoutError] * 32
    assert len({str(error) for error in found}) == 1
    aftermath.nothing_left()


@pytest.mark.slow
def test_another_remote_is_tried_all_the_same(
    server: GitServer, remote: str, repository: Path, tmp_path: Path, aftermath: Aftermath
) -> None:
    said = tmp_path / "said"
    said.mkdir()
    server.fault = held = Held()
    with callers(["joint"], said) as first:
        wait_until(held.asked.is_set)
        with callers(["joint"], said, HUMANPOSE3D_MODELS_URL=str(repository)) as other:
            wait_until(lambda: "Waiting for another download" in words(said)[1])
            held.free.set()
            assert [first[0].wait(30), other[0].wait(30)] == [1, 0]


@pytest.fixture
def shared(home: Path, monkeypatch: pytest.MonkeyPatch) -> SharedFailure:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", "https://host.invalid/models.git")
    return failure_of("joint")


def failure_of(*names: str) -> SharedFailure:
    store = store_at(os.environ["HUMANPOSE3D_HOME"])
    store.work_folder.mkdir(parents=True, exist_ok=True)
    return SharedFailure([MODELS[name] for name in names], store, Settings.from_environment(), force=False)


def fail(failure: SharedFailure, error: ModelAssetError) -> None:
    with pytest.raises(type(error)), failure.told():
        raise error


def test_the_same_error_is_raised_with_its_facts(shared: SharedFailure) -> None:
    fail(failure_of("gru"), ConnectionFailedError("It broke. Try again.", remote="r", transient=True))
    with pytest.raises(ConnectionFailedError, match="It broke") as caught:
        shared.raise_if_new()
    assert (caught.value.remote, caught.value.transient) == ("r", True)  # type: ignore[attr-defined]
    failure_of("joint").raise_if_new()  # for whom it is an old one


@pytest.mark.parametrize("kind", ["RevisionNotFoundError", "IntegrityError", "StorageError"])
def test_what_concerns_another_model_or_this_machine_is_not_shared(kind: str, shared: SharedFailure) -> None:
    from humanpose3d.model_assets import errors

    fail(failure_of("gru"), getattr(errors, kind)("models/GRU.h5 is gone. Do this."))
    shared.raise_if_new()


@pytest.mark.parametrize(
    "variable", ["HUMANPOSE3D_MODELS_REVISION", "HUMANPOSE3D_STALL_TIMEOUT", "https_proxy", "HUMANPOSE3D_MODELS_URL"]
)
def test_who_asks_otherwise_is_not_answered(
    variable: str, shared: SharedFailure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "12")
    fail(failure_of("joint"), ConnectionFailedError("It broke."))
    shared.raise_if_new()


def test_a_refused_login_is_nobody_elses(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from humanpose3d.model_assets import AuthenticationError

    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", "https://user:s3cret@host.invalid/models.git")
    waiting = failure_of("joint")
    fail(failure_of("joint"), AuthenticationError("No."))
    waiting.raise_if_new()
    fail(failure_of("joint"), ConnectionFailedError("It broke."))
    assert "s3cret" not in (home / "models" / ".resolver" / "failure.json").read_text(encoding="utf-8")
    with pytest.raises(ConnectionFailedError):
        waiting.raise_if_new()


@pytest.mark.parametrize(
    "change", [{"error": "annotations"}, {"error": "UnknownModelError"}, {"message": "\x1b[2J"}, {"id": None}]
)
def test_a_note_that_somebody_else_made_up_is_not_told(
    change: dict[str, object], shared: SharedFailure, home: Path
) -> None:
    fail(failure_of("joint"), ConnectionFailedError("It broke."))
    file = home / "models" / ".resolver" / "failure.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    shared.raise_if_new()


notes = st.one_of(
    st.text(),
    st.recursive(
        st.one_of(st.none(), st.integers(), st.text()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.sampled_from(["id", "error", "question"]), inner)),
    ).map(json.dumps),
)


@given(notes)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_a_note_that_is_none_counts_as_none(shared: SharedFailure, home: Path, note: str) -> None:
    (home / "models" / ".resolver" / "failure.json").write_text(note, encoding="utf-8")
    shared.raise_if_new()
