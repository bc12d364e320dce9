"""A login in an address is used, and nobody else sees it."""

from __future__ import annotations

import base64
import logging
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from support.aftermath import Aftermath, end, wait_until
from support.children import GET
from support.faults import Link, answer
from support.git_server import GitServer

from humanpose3d.model_assets import AuthenticationError, ModelAssetError, get_model_path
from humanpose3d.model_assets.settings import Settings

pytestmark = pytest.mark.slow
SECRET = "s3cret-t0ken-6f1d2b"
LOGINS = {"token": f"{SECRET}", "password": f"a user:{SECRET}"}
FORMS = (SECRET.encode(), base64.b64encode(f"{SECRET}:".encode()), base64.b64encode(LOGINS["password"].encode()))
proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the system has no /proc to look into")


def holds_secret(content: bytes) -> bool:
    return any(form.rstrip(b"=") in content for form in FORMS)


def files_with_the_secret(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and holds_secret(path.read_bytes())]


class Gate:
    """Lets in who has one of the logins, and remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.refused = 0

    def __call__(self, request: BaseHTTPRequestHandler, body: bytes) -> bool:
        given = request.headers.get("Authorization", "")
        self.shown.append(given)
        logins = (LOGINS["password"], SECRET + ":")
        if given in {"Basic " + base64.b64encode(login.encode()).decode() for login in logins}:
            return False
        self.refused += 1
        return answer(401, WWW_Authenticate='Basic realm="models"')(request, body)


@pytest.fixture
def gate(server: GitServer) -> Gate:
    server.fault = Gate()
    return server.fault


def address(login: str, port: int) -> str:
    return f"http://{LOGINS[login].replace(' ', '%20')}@127.0.0.1:{port}/models.git"


@contextmanager
def eyes_on_arguments() -> Iterator[set[bytes]]:
    """Collect the arguments of all processes while the context lasts, as every user can."""
    seen: set[bytes] = set()
    closing = threading.Event()

    def look() -> None:
        while not closing.wait(0.002):
            for process in Path("/proc").iterdir():
                try:
                    seen.add((process / "cmdline").read_bytes())
                except OSError:  # it has just ended
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        closing.set()
        thread.join()


@proc
@pytest.mark.parametrize("login", LOGINS)
def test_a_login_lets_in_and_stays_out_of_arguments_files_and_words(
    login: str,
    gate: Gate,
    server: GitServer,
    aftermath: Aftermath,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with Link(server.port, rate=400_000) as link, eyes_on_arguments() as seen:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", address(login, link.port))
        aftermath.recovered("gru")
    assert len(gate.shown) > gate.refused
    assert any(b"remote-http" in arguments or b"dulwich" in arguments for arguments in seen)
    assert not [arguments for arguments in seen if holds_secret(arguments)]
    assert files_with_the_secret(tmp_path) == []
    said = capfd.readouterr()
    assert not holds_secret((said.out + said.err + caplog.text).encode())
    assert not holds_secret(repr(Settings.from_environment()).encode())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("login", LOGINS)
def test_a_kill_leaves_no_file_with_it(
    login: str, gate: Gate, server: GitServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Link(server.port, "stall") as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", address(login, link.port))
        child = subprocess.Popen([sys.executable, "-c", GET, "mediapipe"], stderr=subprocess.PIPE)
        try:
            wait_until(link.struck.is_set)
            child.send_signal(signal.SIGKILL)
            said = child.communicate()[1]
        finally:
            end(child)
    assert list(home.rglob("index.git"))
    assert files_with_the_secret(home) == []
    assert not holds_secret(said)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("status", [401, 403, 404, 407, 500])
def test_no_error_tells_it(
    login: str,
    status: int,
    server: GitServer,
    aftermath: Aftermath,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    quick_retries: None,
) -> None:
    server.fault = answer(status, f"no {SECRET}".encode(), WWW_Authenticate=f'Basic realm="{SECRET}"')
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", address(login, server.port))
    with pytest.raises(ModelAssetError) as caught:
        get_model_path("joint")
    told: BaseException | None = caught.value
    while told is not None:
        assert not holds_secret(f"{told} {told!r} {vars(told)}".encode())
        told = told.__context__
    assert not holds_secret(pickle.dumps(caught.value))
    said = capfd.readouterr()
    assert not holds_secret((said.out + said.err).encode())
    assert files_with_the_secret(tmp_path) == []


def test_an_address_of_the_users_own_settings_is_not_told_either(
    program: str, server: GitServer, aftermath: Aftermath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Build servers rewrite addresses to ones with a token; then git has it from there."""
    server.fault = answer(401, WWW_Authenticate='Basic realm="models"')
    settings = f'[url "http://{SECRET}@127.0.0.1:{server.port}/"]\n\tinsteadOf = http://models.invalid/\n'
    (tmp_path / "gitconfig").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", "http://models.invalid/models.git")
    words = "could not read Password" if program == "git" else "Authentication failed"
    detour = (
        f"http://models.invalid/models.git, which url.insteadOf turns into http://127.0.0.1:{server.port}/models.git"
    )
    with aftermath.of(AuthenticationError, words, detour) as caught:
        get_model_path("joint")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("login", LOGINS)
def test_another_host_never_gets_it(
    login: str, gate: Gate, server: GitServer, aftermath: Aftermath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that redirects would otherwise hand it on."""
    with GitServer(tmp_path) as other:
        other.fault = Gate()
        server.fault = answer(302, Location=other.url + "{path}")
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", address(login, server.port))
        with aftermath.of(AuthenticationError):
            get_model_path("joint")
        assert other.fault.shown and not any(other.fault.shown)


def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    (tmp_path / "gitconfig").write_text(f"[credential]\n\thelper = {setting}\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))


@pytest.mark.of_git
@pytest.mark.parametrize("login", LOGINS)
def test_a_helper_of_the_user_stores_no_login_of_an_address(
    login: str, gate: Gate, server: GitServer, aftermath: Aftermath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper(tmp_path, monkeypatch, f"store --file={tmp_path.as_posix()}/stored")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", address(login, server.port))
    aftermath.recovered()
    assert not (tmp_path / "stored").exists()


@pytest.mark.of_git
@pytest.mark.parametrize("name", ["", "a%20user@"])
def test_a_helper_of_the_user_is_asked_for_what_an_address_lacks(
    name: str, gate: Gate, server: GitServer, aftermath: Aftermath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper(tmp_path, monkeypatch, f"store --file={tmp_path.as_posix()}/stored")
    (tmp_path / "stored").write_text(f"http://a%20user:{SECRET}@127.0.0.1:{server.port}\n", encoding="utf-8")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"http://{name}127.0.0.1:{server.port}/models.git")
    aftermath.recovered()
