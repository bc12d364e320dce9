"""Servers that send without an end: nothing fills up, nothing waits for ever, and the message says what came."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.children import instead_of_git
from support.faults import answer
from support.git_server import GitServer
from support.repositories import commit_entries, commit_tree, git

from humanpose3d.model_assets import MODELS, DownloadError, DownloadTimeoutError, get_model_path
from humanpose3d.model_assets.transports.choice import find_git

pytestmark = pytest.mark.slow
MB = 1_000_000
RESULT = "application/x-git-upload-pack-result"
ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
JOINT = MODELS["joint"].published_size


def packet(content: bytes) -> bytes:
    return b"%04x" % (len(content) + 4) + content


class Flood:
    """Answers the request for a model, or for what there is, with the same piece again and again.

    Attributes
    ----------
    sent : int
        Bytes that were taken from us.
    """

    def __init__(self, start: bytes, piece: bytes, kind: str, *, pause: float = 0.0, most: int = 6000 * MB) -> None:
        self.sent = 0
        self._start, self._piece, self._kind, self._pause, self._most = start, piece, kind, pause, most

    def __call__(self, request: BaseHTTPRequestHandler, body: bytes) -> bool:
        if self._kind == RESULT and (b"command=fetch" not in body or b"filter" in body):
            return False
        answer(200, self._start, Content_Type=self._kind)(request, body)
        try:
            while self.sent < self._most:
                request.wfile.write(self._piece)
                self.sent += len(self._piece)
                time.sleep(self._pause)
        except OSError:  # the client has gone
            pass
        return True


PACKFILE = packet(b"packfile\n")
TEXT = packet(b"\x02" + b"the same again\n" * 2000)


@dataclass(frozen=True)
class HeavyObject:
    """An object that takes a second to make: made once, in a repository of its own."""

    id: str
    file: Path

    @classmethod
    def make(cls, folder: Path, kind: str, content: bytes) -> HeavyObject:
        git("init", "-q", "--bare", str(folder), cwd=folder)
        name = git("hash-object", "-t", kind, "-w", "--stdin", cwd=folder, stdin=content)
        return cls(name, folder / "objects" / name[:2] / name[2:])

    def put_into(self, repository: Path) -> None:
        place = repository / "objects" / self.id[:2]
        place.mkdir(exist_ok=True)
        shutil.copy(self.file, place)


@contextmanager
def largest_file(folder: Path) -> Iterator[list[int]]:
    """Watch the size of the largest file below a folder."""
    largest, closing = [0], threading.Event()

    def look() -> None:
        while not closing.wait(0.02):
            for place, _, found in os.walk(folder):
                for name in found:
                    with suppress(OSError):  # it has just gone
                        largest[0] = max(largest[0], Path(place, name).stat().st_size)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield largest
    finally:
        closing.set()
        thread.join()


def test_text_without_an_end(server: GitServer, remote: str, aftermath: Aftermath) -> None:
    server.fault = flood = Flood(PACKFILE, TEXT, RESULT)
    with aftermath.of(DownloadError, remote, "1 MiB of text"):
        get_model_path("joint")
    assert flood.sent < 100 * MB
    server.fault = None
    aftermath.recovered()


def test_text_is_no_sign_of_life(
    server: GitServer, remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "1")
    server.fault = Flood(PACKFILE, packet(b"\x02Counting objects\n"), RESULT, pause=0.1)
    start = time.monotonic()
    with aftermath.of(DownloadTimeoutError, remote, "HUMANPOSE3D_STALL_TIMEOUT"):
        get_model_path("joint")
    assert time.monotonic() - start < 8


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
@pytest.mark.parametrize("protocol", [0, 2])
def test_an_advertisement_without_an_end(
    protocol: int, server: GitServer, remote: str, aftermath: Aftermath, quick_retries: None
) -> None:
    service = packet(b"# service=git-upload-pack\n") + b"0000"
    line = b"1" * 40 + b" refs/heads/" + b"x" * 60_000
    if protocol == 2:
        first, lines = packet(b"version 2\n"), packet(b"x" * 60_000 + b"\n") * 20
    else:
        first, lines = packet(line + b"\0 side-band-64k\n"), packet(line + b"\n") * 20
    server.fault = flood = Flood(service + first, lines, ADVERTISEMENT)
    with aftermath.of(DownloadError, remote, "memory"):
        get_model_path("joint")
    assert flood.sent < 1200 * MB
    server.fault = None
    aftermath.recovered()


def test_a_pack_without_an_end(server: GitServer, remote: str, aftermath: Aftermath) -> None:
    """One blob, said to have 16 GB, in blocks that are not compressed."""
    start = b"PACK" + (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + bytes([0xB0]) + b"\x80" * 4 + b"\x04"
    block = b"\0" + (60_000).to_bytes(2, "little") + (60_000 ^ 0xFFFF).to_bytes(2, "little") + os.urandom(60_000)
    zlib.decompressobj().decompress(b"\x78\x01" + block)  # it is one
    server.fault = flood = Flood(PACKFILE + packet(b"\x01" + start + b"\x78\x01"), packet(b"\x01" + block), RESULT)
    with largest_file(aftermath.home) as largest, aftermath.of(DownloadError, remote, "more than 111 MB"):
        get_model_path("joint")
    assert 10 * JOINT < flood.sent < 40 * JOINT
    assert largest[0] < 40 * JOINT
    server.fault = None
    aftermath.recovered()


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> HeavyObject:
    """A blob of zeros, of which more than ten times a model's size is stored in a few kB."""
    return HeavyObject.make(tmp_path_factory.mktemp("bomb"), "blob", bytes(10 * JOINT + 1))


@pytest.fixture(scope="module")
def many_names(tmp_path_factory: pytest.TempPathFactory) -> HeavyObject:
    """A tree of 200,000 names, all of one file that nobody asks for: twice as many as are read of a folder."""
    content = b"".join(b"100644 %08d\0" % number + b"\x11" * 20 for number in range(200_000))
    return HeavyObject.make(tmp_path_factory.mktemp("names"), "tree", content)


@pytest.mark.parametrize("way", ["http", "path"])
def test_a_model_that_unfolds_to_ten_times_its_size(
    way: str,
    bomb: HeavyObject,
    repository: Path,
    remote: str,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A few kB on the way, and git knows the size before a byte is written."""
    honest = git("rev-parse", "models", cwd=repository)
    bomb.put_into(repository)
    commit_entries(repository, {"models/checkpoints/best_joint_model.pth": ("100644", bomb.id)})
    if way == "path":
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    with largest_file(aftermath.home) as largest, aftermath.of(DownloadError, "111 MB", "best_joint_model.pth"):
        get_model_path("joint")
    assert largest[0] < 5 * MB
    git("update-ref", "refs/heads/models", honest, cwd=repository)
    aftermath.recovered()


def test_too_many_names_elsewhere_are_not_read(
    many_names: HeavyObject, repository: Path, remote: str, aftermath: Aftermath
) -> None:
    many_names.put_into(repository)
    models = git("rev-parse", "models:models", cwd=repository)
    commit_tree(repository, f"040000 tree {models}\tmodels\n040000 tree {many_names.id}\tnames\n")
    aftermath.recovered()


def test_a_folder_within_a_folder_without_an_end_is_not_walked(
    repository: Path, remote: str, aftermath: Aftermath
) -> None:
    """Ten folders of ten folders, ten deep: a few kB, and ten thousand million names."""
    blob = git("hash-object", "-w", "--stdin", cwd=repository, stdin=b"")
    tree = git("mktree", cwd=repository, stdin=f"100644 blob {blob}\tfile\n".encode())
    for _ in range(10):
        listing = "".join(f"040000 tree {tree}\t{name}\n" for name in "abcdefghij")
        tree = git("mktree", cwd=repository, stdin=listing.encode())
    models = git("rev-parse", "models:models", cwd=repository)
    commit_tree(repository, f"040000 tree {tree}\tdeep\n040000 tree {models}\tmodels\n")
    aftermath.recovered()


@pytest.mark.parametrize("way", ["http", "path"])
def test_too_many_names_beside_the_models(
    way: str,
    many_names: HeavyObject,
    repository: Path,
    remote: str,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if way == "path":
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    many_names.put_into(repository)
    commit_tree(repository, f"040000 tree {many_names.id}\tmodels\n")
    with aftermath.of(DownloadError, "7 MB of names", "HUMANPOSE3D_MODELS_URL"):
        get_model_path("joint")


posix = pytest.mark.skipif(os.name != "posix", reason="the git that hangs is a shell's")


@pytest.mark.of_git
@posix
@pytest.mark.parametrize("command", ["fetch", "cat-file", "ls-remote"])
def test_a_git_that_hangs_is_ended(
    command: str, repository: Path, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead_of_git(tmp_path, f'case " $* " in *" {command} "*) sleep 60;; esac', monkeypatch)
    url = "git://127.0.0.1:1/models.git" if command == "fetch" else str(repository)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "1")
    start = time.monotonic()
    with aftermath.of(DownloadTimeoutError, "not one byte for 1 s"):
        get_model_path("joint")
    assert time.monotonic() - start < 12


@pytest.mark.of_git
@posix
def test_a_git_that_hangs_over_its_settings_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_git(tmp_path, 'case " $* " in *" config "*) sleep 60;; esac', monkeypatch)
    start = time.monotonic()
    assert "BatchMode" in find_git(1.0).for_ssh().environment["GIT_SSH_COMMAND"]
    assert time.monotonic() - start < 6


@pytest.mark.of_git
@posix
@pytest.mark.skipif(shutil.which("setsid") is None, reason="leaving a process behind takes setsid")
def test_a_process_that_git_leaves_behind_holds_nobody_up(
    remote: str, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As credential caches and ssh's shared connections do; it has the pipe on which git speaks."""
    leave = f"setsid {sys.executable} -c 'import time; time.sleep(25)' &"
    instead_of_git(tmp_path, f'case " $* " in *" fetch "*) {leave} echo $! >> {tmp_path}/left;; esac', monkeypatch)
    start = time.monotonic()
    try:
        path = get_model_path("joint")
        assert time.monotonic() - start < 15
    finally:
        for number in (tmp_path / "left").read_text(encoding="utf-8").split():
            subprocess.run(["kill", number], check=False, capture_output=True)
    assert path.read_bytes() == (aftermath.originals / MODELS["joint"].path).read_bytes()
