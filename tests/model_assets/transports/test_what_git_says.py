"""Faults of proxies, of this machine, and of git itself, done for real: each is told as what it is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.children import GET, instead_of_git
from support.faults import Link, answer, closed_port
from support.git_server import GitServer
from support.repositories import git

from humanpose3d.model_assets import (
    AuthenticationError,
    ConnectionFailedError,
    DownloadError,
    GitNotFoundError,
    ModelAssetError,
    get_model_path,
)
from humanpose3d.model_assets.download.remotes import ATTEMPTS
from humanpose3d.model_assets.service.doctor import examine
from humanpose3d.model_assets.settings import Settings

pytestmark = pytest.mark.slow
posix = pytest.mark.skipif(os.name != "posix", reason="needs a shell")


@contextmanager
def proxy(status: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a proxy that answers every request with a status, and the list of requests."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.command)
            self.send_response(status)
            self.end_headers()

        do_CONNECT = do_GET

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("status", "error", "words", "attempts"),
    [
        (407, AuthenticationError, "proxy asks for a login", 1),
        (403, ModelAssetError, "", 1),
        (503, ConnectionFailedError, "Try again", ATTEMPTS),
    ],
)
def test_a_proxy_that_refuses(
    status: int,
    error: type[ModelAssetError],
    words: str,
    attempts: int,
    scheme: str,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
    quick_retries: None,
) -> None:
    if status == 403:  # of http, nothing tells the proxy's answer from the server's
        error, words = (ConnectionFailedError, "The proxy") if scheme == "https" else (AuthenticationError, "public")
    with proxy(status) as (address, asked):
        monkeypatch.setenv(f"{scheme}_proxy", address)
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{scheme}://models.invalid/models.git")
        with aftermath.of(error, "models.invalid", words):
            get_model_path("joint")
        assert len(asked) == attempts


def test_a_proxy_with_a_login_carries_all(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://somebody:s3cret@127.0.0.1:{server.port}")
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", "http://models.invalid/models.git")
    aftermath.recovered()
    assert all(" http://models.invalid/models.git/" in request for request in server.requests)
    server.fault = answer(407)
    with aftermath.of(AuthenticationError, "proxy asks for a login") as caught:
        get_model_path("gru")
    assert "s3cret" not in str(caught.value)


def test_a_host_that_needs_no_proxy_is_asked_directly(
    remote: str, server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "models.invalid,127.0.0.1")
    aftermath.recovered()
    assert not any("http://" in request for request in server.requests)


def test_a_reset_inside_tls_passes(
    repository: Path,
    certificate: Path,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
    quick_retries: None,
) -> None:
    monkeypatch.setenv("GIT_SSL_CAINFO", str(certificate))
    with GitServer(repository.parent, certificate=certificate) as server:
        for after in (0, 500, 4_000):
            with Link(server.port, "rst", after=after) as link:
                monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"https://127.0.0.1:{link.port}/models.git")
                with aftermath.of(ConnectionFailedError, "Try again") as caught:
                    get_model_path("joint")
                assert "sslCAInfo" not in str(caught.value)
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{server.url}/models.git")
        aftermath.recovered()


def test_http_behind_an_https_address_is_no_matter_of_certificates(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"https://127.0.0.1:{server.port}/models.git")
    with aftermath.of(ConnectionFailedError, "does not speak TLS", "Check whether the address"):
        get_model_path("joint")


@pytest.mark.of_git
@pytest.mark.parametrize(
    "setting",
    ["[core\n", "[http]\n\tlowSpeedLimit = soon\n", "[core]\n\tbare = maybe\n", "[core]\n\tbigFileThreshold = x\n"],
)
def test_settings_of_git_that_are_broken(
    setting: str, remote: str, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gitconfig").write_text(setting, encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    with aftermath.of(DownloadError, "Check git's settings", "--show-origin") as caught:
        get_model_path("joint")
    assert str(tmp_path / "gitconfig") in str(caught.value)


@pytest.mark.of_git
@posix
def test_the_stand_in_of_a_macos_without_developer_tools(
    remote: str, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "xcrun: error: invalid active developer path (/Library/Developer/CommandLineTools), missing xcrun"
    instead_of_git(tmp_path, f"echo '{words}' >&2; exit 1", monkeypatch)
    monkeypatch.setitem(sys.modules, "dulwich", None)
    with aftermath.of(GitNotFoundError, "Git is not installed or not in PATH", "xcode-select --install"):
        get_model_path("joint")
    finding = next(examine(Settings.from_environment()))
    assert (finding.name, finding.state) == ("git", "problem")


@pytest.mark.of_git
@posix
@pytest.mark.parametrize("command", ["fetch", "cat-file"])
def test_a_git_that_was_killed(
    command: str, remote: str, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead_of_git(tmp_path, f'case " $* " in *" {command} "*) kill -9 $$;; esac', monkeypatch)
    with aftermath.of(DownloadError, "killed by signal 9", "Try again"):
        get_model_path("joint")


def with_limit(name: str, limit: int) -> str:
    return f"import resource; resource.setrlimit(resource.{name}, ({limit},) * 2); {GET}"


@posix
@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (("RLIMIT_FSIZE", 50_000), ("File system error during download", "File too large", "ulimit -f")),
        (("RLIMIT_NOFILE", 10), ("File system error during download", "Too many open files", "ulimit -")),
    ],
)
def test_a_limit_of_the_account(
    limit: tuple[str, int], words: tuple[str, ...], remote: str, aftermath: Aftermath
) -> None:
    done = subprocess.run([sys.executable, "-c", with_limit(*limit), "joint"], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert "StorageError" in last, done.stderr
    assert all(word in last for word in words), last
    aftermath.recovered()


NO_ROOM_FOR_A_THREAD = f"""
import re, resource, threading
import filelock, tqdm, humanpose3d.model_assets.download.cold_path
used = int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) << 10
threading.stack_size(256 << 20)
resource.setrlimit(resource.RLIMIT_AS, (used + (128 << 20),) * 2)
{GET}
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory is mapped")
def test_a_limit_on_threads(remote: str, aftermath: Aftermath) -> None:
    done = subprocess.run([sys.executable, "-c", NO_ROOM_FOR_A_THREAD, "joint"], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert "StorageError" in last and "can't start new thread" in last and "ulimit -a" in last, done.stderr
    aftermath.recovered()


@pytest.mark.of_git
def test_a_mirror_that_belongs_to_somebody_else_is_passed_over(
    repository: Path, remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can make a repository somebody else's")
    git("clone", "-q", "--bare", str(repository), str(tmp_path / "mirror.git"), cwd=tmp_path)
    os.chown(tmp_path / "mirror.git", 65534, 65534)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(tmp_path / "mirror.git"))
    with aftermath.of(AuthenticationError, "dubious ownership", "safe.directory"):
        get_model_path("joint")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{tmp_path}/mirror.git {remote}")
    aftermath.recovered()


@pytest.mark.parametrize("way", ["ERR", "text", "names"])
def test_control_characters_of_a_server_reach_no_terminal(
    way: str, repository: Path, server: GitServer, remote: str, aftermath: Aftermath, capfd: pytest.CaptureFixture[str]
) -> None:
    evil = b"\x1b[2J\x1b]0;owned\x07 \xc2\x9b31m \x08\x08 gone"
    if way == "names":
        from support.repositories import commit_entries

        blob = git("hash-object", "-w", "--stdin", cwd=repository, stdin=b"x")
        commit_entries(repository, {"models/checkpoints/best_joint_model.pth/\x1b[2J": ("100644", blob)})
    else:
        line = b"ERR upload-pack: " + evil if way == "ERR" else b"\x02" + evil + b"\nfatal: " + evil + b"\n"
        start = b"" if way == "ERR" else b"000dpackfile\n"
        body = start + b"%04x" % (len(line) + 4) + line
        server.fault = answer(200, body, only="POST", Content_Type="application/x-git-upload-pack-result")
    with pytest.raises(ModelAssetError) as caught:
        get_model_path("joint")
    assert str(caught.value).isprintable(), repr(str(caught.value))
    said = capfd.readouterr()
    assert all(line.isprintable() for line in (said.out + said.err).splitlines())
    aftermath.nothing_left()
