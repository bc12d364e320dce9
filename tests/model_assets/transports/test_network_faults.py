"""What a network can do to a download, done for real on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.faults import Link, answer, black_hole, closed_port, silent_port
from support.git_server import GitServer
from support.repositories import commit_file, git

from humanpose3d.model_assets import (
    MODELS,
    AuthenticationError,
    ConnectionFailedError,
    DownloadError,
    DownloadTimeoutError,
    IntegrityError,
    ModelAssetError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    check_models,
    download_models,
    get_model_path,
)
from humanpose3d.model_assets.download.remotes import ATTEMPTS
from humanpose3d.model_assets.store.manifest import parse_manifest

PAGE = b"<!DOCTYPE html><html><title>Welcome to the hotel</title><body>Please log in</body></html>"


@pytest.fixture
def damaged(server: GitServer, monkeypatch: pytest.MonkeyPatch, quick_retries: None) -> Callable[..., Link]:
    """Make a link to the server and tell the resolver to use it."""

    def make(*arguments: object, **options: object) -> Link:
        link = Link(server.port, *arguments, **options)  # type: ignore[arg-type]
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        return link

    return make


@pytest.mark.parametrize("damage", ["fin", "rst"])
@pytest.mark.slow
def test_a_cut_connection_is_named_and_passes(damage: str, damaged: Callable[..., Link], aftermath: Aftermath) -> None:
    for after in (0, 1_500, 12_000):
        with damaged(damage, after=after) as link, aftermath.of(ConnectionFailedError, "Git clone failed: ", link.url):
            get_model_path("joint")
    with damaged():
        aftermath.recovered()


@pytest.mark.parametrize("damage", ["fin", "rst"])
def test_two_cuts_are_survived(damage: str, damaged: Callable[..., Link], aftermath: Aftermath) -> None:
    with damaged(damage, times=2):
        aftermath.recovered()


@pytest.mark.parametrize("position", [4_000, 12_000, 20_000])
def test_a_byte_changed_on_the_wire_is_survived(
    position: int, damaged: Callable[..., Link], aftermath: Aftermath
) -> None:
    with damaged("flip", after=position, times=1) as link:
        aftermath.recovered()
        assert link.struck.is_set()


@pytest.mark.parametrize("position", [12_000, 20_000])
def test_bytes_that_are_always_changed_never_become_a_file(
    position: int, damaged: Callable[..., Link], aftermath: Aftermath
) -> None:
    with damaged("flip", after=position) as link:
        with aftermath.of(ConnectionFailedError, "Git clone failed: ", link.url):
            get_model_path("joint")
        link.mend()
        aftermath.recovered()


@pytest.mark.slow
def test_a_stall_ends_at_its_limit(
    damaged: Callable[..., Link], aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "1")
    for after in (0, 12_000):
        with damaged("stall", after=after) as link:
            start = time.monotonic()
            with aftermath.of(DownloadTimeoutError, link.url, "HUMANPOSE3D_STALL_TIMEOUT", "1 s"):
                get_model_path("joint")
            assert time.monotonic() - start < 6
    with damaged():
        aftermath.recovered()


@pytest.mark.parametrize(("place", "scheme"), [(black_hole, "http"), (silent_port, "http"), (silent_port, "https")])
@pytest.mark.slow
def test_a_host_that_does_not_answer_is_given_up(
    place: Callable[[], Iterator[int]], scheme: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "1")
    start = time.monotonic()
    with place() as port:  # type: ignore[attr-defined]
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{scheme}://127.0.0.1:{port}/models.git")
        with aftermath.of(DownloadTimeoutError, f"127.0.0.1:{port}", "HUMANPOSE3D_STALL_TIMEOUT"):
            get_model_path("joint")
    assert time.monotonic() - start < 6


def test_a_slow_link_that_lives_never_times_out(
    damaged: Callable[..., Link], home: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, models_checkout: Path
) -> None:
    """At 50 kB/s git's packets of 64 kB take longer than the limit of one second, which is for silence."""
    slow = (models_checkout / "checkpoints" / "best_joint_model.pth").read_bytes()
    assert len(slow) > 2 * 65536
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "1")
    with damaged(rate=50_000):
        start = time.monotonic()
        path = get_model_path("joint")
    assert path.read_bytes() == slow
    assert time.monotonic() - start > 2


def test_an_http_status_is_understood(
    remote: str, server: GitServer, aftermath: Aftermath, quick_retries: None
) -> None:
    expected: dict[int, tuple[type[ModelAssetError], int]] = {
        401: (AuthenticationError, 1),
        403: (AuthenticationError, 1),
        404: (RepositoryNotFoundError, 1),
        410: (RepositoryNotFoundError, 1),
        429: (ConnectionFailedError, ATTEMPTS),
        500: (ConnectionFailedError, ATTEMPTS),
        503: (ConnectionFailedError, ATTEMPTS),
    }
    for status, (error, attempts) in expected.items():
        server.fault, server.requests = answer(status, b"no"), []
        with aftermath.of(error, "Git clone failed: ", remote):
            get_model_path("joint")
        assert len(server.requests) == attempts, f"status {status}"
    server.fault = None
    aftermath.recovered()


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_twice_is_asked_again(
    status: int, remote: str, server: GitServer, aftermath: Aftermath, quick_retries: None
) -> None:
    server.fault = answer(status, times=2)
    aftermath.recovered()


def test_an_http_status_in_the_middle_is_understood(
    remote: str, server: GitServer, aftermath: Aftermath, quick_retries: None
) -> None:
    """The look-up works and the transfer is refused."""
    expected: dict[int, type[ModelAssetError]] = {
        401: AuthenticationError,
        403: AuthenticationError,
        404: RepositoryNotFoundError,
        500: ConnectionFailedError,
        503: ConnectionFailedError,
    }
    for status, error in expected.items():
        server.fault = answer(status, only="POST")
        with aftermath.of(error, remote):
            get_model_path("joint")
    server.fault = None
    aftermath.recovered()


def test_a_redirect_is_followed(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with GitServer(tmp_path) as moved:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{moved.url}/models.git")
        for status, model in ((301, "joint"), (302, "gru"), (307, "refiner"), (308, "depth")):
            moved.fault = answer(status, Location=server.url + "{path}")
            aftermath.recovered(model)


def test_a_redirect_to_a_login_page_is_no_repository(
    remote: str, server: GitServer, aftermath: Aftermath, tmp_path: Path
) -> None:
    with GitServer(tmp_path, answer(200, PAGE, Content_Type="text/html")) as portal:
        server.fault = answer(302, Location=f"{portal.url}/login")
        with aftermath.of(RepositoryNotFoundError, "Git clone failed: ", remote, "HUMANPOSE3D_MODELS_URL"):
            get_model_path("joint")
        server.fault = None
        aftermath.recovered()


def test_a_redirect_to_another_scheme_is_not_followed(remote: str, server: GitServer, aftermath: Aftermath) -> None:
    for target in ("ftp://127.0.0.1/models.git/info/refs", "file:///etc/hosts"):
        server.fault = answer(302, Location=target)
        with aftermath.of(DownloadError, remote, "HUMANPOSE3D_MODELS_URL"):
            get_model_path("joint")
    server.fault = None
    aftermath.recovered()


def test_a_redirect_in_the_middle_is_not_followed(
    remote: str, server: GitServer, aftermath: Aftermath, tmp_path: Path
) -> None:
    with GitServer(tmp_path) as other:
        for status in (301, 302, 307, 308):
            server.fault = answer(status, only="POST", Location=f"{other.url}/models.git/git-upload-pack")
            with aftermath.of(DownloadError, remote):
                get_model_path("joint")
        assert other.requests == []
    server.fault = None
    aftermath.recovered()


def test_a_captive_portal_is_recognised(remote: str, server: GitServer, aftermath: Aftermath) -> None:
    for method in ("GET", "POST", ""):
        server.fault = answer(200, PAGE, only=method, Content_Type="text/html")
        with aftermath.of(RepositoryNotFoundError, "login page", remote):
            get_model_path("joint")
    server.fault = None
    aftermath.recovered()


def test_nobody_listening_is_tried_again_and_named(
    aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, quick_retries: None
) -> None:
    port = closed_port()
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"http://127.0.0.1:{port}/models.git")
    with aftermath.of(ConnectionFailedError, f"127.0.0.1:{port}", "network and proxy"):
        get_model_path("joint")


def test_a_name_that_does_not_resolve_is_named(
    aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, quick_retries: None
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", "http://models.invalid/models.git")
    with aftermath.of(ConnectionFailedError, "models.invalid", "network and proxy"):
        get_model_path("joint")


def test_a_certificate_that_nobody_vouches_for_is_refused(
    repository: Path, certificate: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GitServer(repository.parent, certificate=certificate) as server:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{server.url}/models.git")
        with aftermath.of(ConnectionFailedError, server.url, "certificate", "http.sslCAInfo") as caught:
            get_model_path("joint")
        assert "sslVerify" not in str(caught.value)
        assert server.requests == []
        monkeypatch.setenv("GIT_SSL_CAINFO", str(certificate))  # the user's own CA settings count
        aftermath.recovered()


def test_plain_http_on_a_tls_port_is_no_hang(
    repository: Path, aftermath: Aftermath, server: GitServer, monkeypatch: pytest.MonkeyPatch, quick_retries: None
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"https://127.0.0.1:{server.port}/models.git")
    with aftermath.of(ConnectionFailedError, f"127.0.0.1:{server.port}"):
        get_model_path("joint")


def test_the_password_in_an_address_is_never_shown(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, quick_retries: None
) -> None:
    url = f"http://user:s3cret@127.0.0.1:{server.port}/models.git"
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
    for status in (401, 403, 404, 500):
        server.fault = answer(status)
        with pytest.raises(ModelAssetError) as caught:
            get_model_path("joint")
        assert "s3cret" not in str(caught.value)
    server.fault = None
    aftermath.recovered()
    assert not any(b"s3cret" in path.read_bytes() for path in aftermath.home.rglob("*") if path.is_file())


def test_a_missing_branch_is_asked_for_once(
    remote: str, server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_REVISION", "nowhere")
    with aftermath.of(RevisionNotFoundError, "nowhere", remote, "HUMANPOSE3D_MODELS_REVISION"):
        get_model_path("joint")
    assert server.fetches <= 1
    monkeypatch.delenv("HUMANPOSE3D_MODELS_REVISION")
    aftermath.recovered()


@pytest.mark.slow
def test_the_second_remote_steps_in_after_a_fault_in_the_middle(
    server: GitServer,
    remote: str,
    home: Path,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
    quick_retries: None,
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "1")
    with Link(server.port, "stall") as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git {remote}")
        assert all(status.ready for status in download_models(["depth", "joint", "refiner"]))
    aftermath.nothing_left()


def test_a_receipt_names_the_remote_that_the_file_came_from(
    server: GitServer, remote: str, repository: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_model_path("joint")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    get_model_path("gru")
    receipts = parse_manifest((home / "models" / "manifest.json").read_text(encoding="utf-8")).receipts
    assert {path: receipt.remote for path, receipt in receipts.items()} == {
        MODELS["joint"].path: remote,
        MODELS["gru"].path: str(repository),
    }


def test_when_all_remotes_fail_each_is_named(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, quick_retries: None
) -> None:
    port = closed_port()
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{server.url}/nothing.git http://127.0.0.1:{port}/models.git")
    with aftermath.of(RepositoryNotFoundError, f"{server.url}/nothing.git", f"127.0.0.1:{port}", "other remotes"):
        get_model_path("joint")


def test_a_second_remote_with_another_history_steps_in_for_a_spoilt_first(
    server: GitServer,
    repository: Path,
    pristine_repository: Path,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing was taken from the first one, so nothing binds the set to its commit."""
    commit_file(repository, "models/GRU.h5", b"<html>not found</html>")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{server.url}/models.git {pristine_repository}")
    aftermath.recovered("gru")
    assert check_models(["gru"])[0].commit == git("rev-parse", "models", cwd=pristine_repository)


def test_a_blob_that_is_gone_says_how_to_move_on(
    remote: str, repository: Path, aftermath: Aftermath, models_checkout: Path
) -> None:
    """The recorded commit was rewritten away and collected; only the user can decide to move the set."""
    get_model_path("gru")
    git("update-ref", "-d", "refs/heads/models", cwd=repository)
    git("reflog", "expire", "--expire=now", "--all", cwd=repository)
    git("gc", "-q", "--prune=now", cwd=repository)
    git("update-ref", "refs/heads/models", "main", cwd=repository)
    with aftermath.of(RevisionNotFoundError, "best_joint_model.pth", remote, "--force"):
        get_model_path("joint")


def test_an_integrity_error_of_the_first_remote_is_not_hidden(
    remote: str, repository: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, quick_retries: None
) -> None:
    commit_file(repository, "models/GRU.h5", b"<html>not found</html>")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{remote} http://127.0.0.1:{closed_port()}/models.git")
    with aftermath.of(IntegrityError, "'gru'", "web page", "other remotes"):
        get_model_path("gru")
