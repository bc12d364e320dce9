"""One download for many processes, and correct files where locks do not work."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.aftermath import Aftermath, wait_until
from support.children import GET, running
from support.faults import Link
from support.git_server import GitServer
from support.repositories import git

from humanpose3d.model_assets import MODELS, DownloadTimeoutError, download_models, get_model_path
from humanpose3d.model_assets.disk.files import digest_file
from humanpose3d.model_assets.download import fetch
from humanpose3d.model_assets.locking import HomeLock, lock_of
from humanpose3d.model_assets.store.folder import ModelStore

posix_only = pytest.mark.skipif(os.name != "posix", reason="flock is POSIX")

JOINT_PACKED = 130_829  # bytes of the demo repository's joint model on the wire
NO_LOCKS = {
    "ENOSYS": errno.ENOSYS,
    "ENOLCK": errno.ENOLCK,
    "ENOTSUP": errno.ENOTSUP,
    "EIO": errno.EIO,
    "ENOTSUPP of the kernel": 524,
    "no-op": 0,
}
PATCH = """
import fcntl
def flock(descriptor, operation, number={number}):
    if number:
        raise OSError(number, "flock does not work here")
fcntl.flock = flock
"""
GET_ALL = "from humanpose3d.model_assets import download_models; assert all(s.ready for s in download_models())"


@posix_only
@pytest.mark.parametrize("kind", NO_LOCKS)
@pytest.mark.slow
def test_without_locks_it_warns_once_and_is_right(
    kind: str, remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import fcntl

    def flock(descriptor: int, operation: int) -> None:
        if NO_LOCKS[kind]:
            raise OSError(NO_LOCKS[kind], "flock does not work here")

    monkeypatch.setattr(fcntl, "flock", flock)
    with caplog.at_level(logging.WARNING):
        for name in ("gru", "joint"):
            aftermath.recovered(name)
        download_models(["gru", "joint", "refiner"], force=True)
    warnings = [record.message for record in caplog.records if "locks do not work" in record.message]
    assert len(warnings) == (0 if kind == "no-op" else 1)
    if warnings:
        assert str(aftermath.home) in warnings[0]


@posix_only
@pytest.mark.parametrize("kind", ["ENOLCK", "no-op"])
@pytest.mark.slow
def test_without_locks_four_processes_at_once_are_right(
    kind: str, server: GitServer, home: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All four are held in their first request, and then let go together."""
    program = PATCH.format(number=NO_LOCKS[kind]) + GET_ALL
    with Link(server.port, "stall", after=100) as link, contextlib.ExitStack() as stack:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        children = [stack.enter_context(running(program)) for _ in range(4)]
        wait_until(lambda: link.connections >= 4, within=20)
        link.mend()
        outcomes = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0] * 4, [errors.decode() for _, errors in outcomes]
    for _, errors in outcomes:
        assert errors.count(b"locks do not work") == (0 if kind == "no-op" else 1)
    assert link.connections >= 8  # nobody waited for anybody
    for name in MODELS:
        aftermath.recovered(name)


def test_a_waiting_file_that_somebody_installs_meanwhile_is_no_obstacle(
    repository: Path, remote: str, home: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another process does where locks do not work: here at the worst moment."""
    path = MODELS["joint"].path
    store = ModelStore(home / "models")
    staged = store.staged_path(MODELS["joint"], git("rev-parse", f"models:models/{path}", cwd=repository))
    staged.parent.mkdir(parents=True)
    shutil.copy(aftermath.originals / path, staged)

    def digest(file: Path) -> tuple[str, str]:
        file.unlink()
        return digest_file(file)

    monkeypatch.setattr(fetch, "digest_file", digest)
    aftermath.recovered("joint")


@contextlib.contextmanager
def another_download(server: GitServer, monkeypatch: pytest.MonkeyPatch, name: str = "joint") -> Iterator[Link]:
    """Another process holds the lock, in a transfer that has stalled half way."""
    with Link(server.port, "stall", after=60_000) as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        with running(GET, name) as child:
            link.child = child  # type: ignore[attr-defined]
            assert link.struck.wait(20)
            note = HomeLock(ModelStore(Path(os.environ["HUMANPOSE3D_HOME"]) / "models").work_folder)
            wait_until(lambda: name in str(note.holder()))
            monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{server.url}/models.git")
            yield link


def test_too_long_a_wait_names_the_holder(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_LOCK_TIMEOUT", "0.7")
    with another_download(server, monkeypatch) as link:
        child: subprocess.Popen[bytes] = link.child  # type: ignore[attr-defined]
        with pytest.raises(DownloadTimeoutError) as caught:
            get_model_path("gru")
        message = str(caught.value)
        for words in ("0.7 s", str(child.pid), socket.gethostname(), "HUMANPOSE3D_LOCK_TIMEOUT", str(aftermath.home)):
            assert words in message
        assert "at it for " in message
        holder = caught.value.holder  # type: ignore[attr-defined]
        assert (holder.host, holder.pid) == (socket.gethostname(), child.pid)
        link.mend()
        child.communicate(timeout=20)
    aftermath.recovered("gru")
    aftermath.recovered("joint")


def test_those_who_wait_see_the_holder_and_how_far_it_is(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    with another_download(server, monkeypatch) as link:
        holder: subprocess.Popen[bytes] = link.child  # type: ignore[attr-defined]
        with running(GET, "joint") as waiter:
            assert waiter.stderr
            line = waiter.stderr.readline().decode()
            assert line.startswith(f"Waiting for another download: process {holder.pid} on {socket.gethostname()}")
            assert "joint" in line and "kB" in line
            before = server.bytes_sent
            link.mend()
            assert waiter.communicate(timeout=20)[0].decode().strip().endswith("best_joint_model.pth")
            assert server.bytes_sent - before < JOINT_PACKED
        holder.communicate(timeout=20)
    aftermath.recovered()


def test_who_waits_goes_on_as_soon_as_the_model_is_there(
    remote: str, home: Path, models_checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock may be held for something else, or for ever; the file decides."""
    store = ModelStore(home / "models")
    with lock_of(store).hold(1.0, lambda _holder: False), running(GET, "gru") as waiter:
        assert waiter.stderr
        assert waiter.stderr.readline().startswith(b"Waiting")
        (home / "models" / "beside").write_bytes((models_checkout / "GRU.h5").read_bytes())
        (home / "models" / "beside").replace(home / "models" / "GRU.h5")
        assert waiter.communicate(timeout=20)[0].decode().strip().endswith("GRU.h5")
        assert waiter.returncode == 0


@posix_only
def test_who_waits_takes_over_when_the_holder_is_killed(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    with another_download(server, monkeypatch) as link:
        holder: subprocess.Popen[bytes] = link.child  # type: ignore[attr-defined]
        with running(GET, "joint") as waiter:
            assert waiter.stderr
            assert waiter.stderr.readline().startswith(b"Waiting")
            holder.send_signal(signal.SIGKILL)
            assert waiter.wait(20) == 0
    aftermath.nobody_left(within=2.0)
    aftermath.nothing_half()


CONTROLS = '{"host": "h\\u001b[2J", "pid": 1, "since": 0, "progress": ""}'


@pytest.mark.parametrize("note", ["", "{", "[]", '{"host": 1}', "\udcff", CONTROLS])
def test_a_holder_that_left_no_readable_note(
    note: str, remote: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_LOCK_TIMEOUT", "0.2")
    store = ModelStore(home / "models")
    with lock_of(store).hold(1.0, lambda _holder: False):
        (store.work_folder / "holder.json").write_bytes(note.encode("utf-8", "surrogateescape"))
        with pytest.raises(DownloadTimeoutError, match="left no note"):
            get_model_path("gru")


def test_the_holders_note_is_written_whole(remote: str, home: Path) -> None:
    store = ModelStore(home / "models")
    lock = lock_of(store)
    with lock.hold(1.0, lambda _holder: False):
        for number in range(50):
            lock.note_progress(f"gru {number} kB", now=True)
            assert json.loads((store.work_folder / "holder.json").read_text(encoding="utf-8"))["pid"] == os.getpid()
        holder = HomeLock(store.work_folder).holder()
        assert holder is not None and holder.progress == "gru 49 kB"
    assert HomeLock(store.work_folder).holder() is None


def test_a_held_lock_is_no_matter_to_a_warm_call(remote: str, home: Path) -> None:
    get_model_path("gru")
    store = ModelStore(home / "models")
    with HomeLock(store.work_folder).hold(1.0, lambda _holder: False), running(GET, "gru") as child:
        assert child.communicate(timeout=20) == (f"{home / 'models' / 'GRU.h5'}\n".encode(), b"")
