"""Servers that can do less than GitHub, and the other ways to a repository."""

from __future__ import annotations

import functools
import http.server
import shlex
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.faults import Link, closed_port
from support.git_daemon import GitDaemon
from support.git_server import GitServer
from support.repositories import commit_entries, commit_file, git, need_git

from humanpose3d.model_assets import (
    MODELS,
    AuthenticationError,
    ConnectionFailedError,
    DownloadError,
    DownloadTimeoutError,
    IntegrityError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    download_models,
    get_model_path,
)
from humanpose3d.model_assets.transports.choice import find_git

ALL = sum((0, 8_355_310, 752_561, 205_949, 130_829, 7_968))  # what the five demo models take in a pack


def without_filter(repository: Path, server: GitServer) -> None:
    git("config", "--unset", "uploadpack.allowFilter", cwd=repository)


def protocol_0(repository: Path, server: GitServer) -> None:
    server.environment["GIT_PROTOCOL"] = ""
    git("config", "uploadpack.allowAnySHA1InWant", "false", cwd=repository)


def protocol_0_without_filter(repository: Path, server: GitServer) -> None:
    without_filter(repository, server)
    protocol_0(repository, server)


@pytest.mark.parametrize("limit", [without_filter, protocol_0, protocol_0_without_filter])
@pytest.mark.slow
def test_a_server_of_less_ability_gives_all_five_and_each_byte_once(
    limit: object, repository: Path, server: GitServer, remote: str, home: Path, aftermath: Aftermath
) -> None:
    limit(repository, server)  # type: ignore[operator]
    assert all(status.ready for status in download_models())
    for name in MODELS:
        aftermath.recovered(name)
    assert server.bytes_sent < 1.02 * ALL


@pytest.mark.parametrize("limit", [without_filter, protocol_0, protocol_0_without_filter])
@pytest.mark.slow
def test_a_later_model_comes_from_the_recorded_commit_though_the_branch_moved(
    limit: object, program: str, repository: Path, server: GitServer, remote: str, aftermath: Aftermath
) -> None:
    """Git asks for nothing that a server does not offer; that is said, and nothing of another commit is taken."""
    limit(repository, server)  # type: ignore[operator]
    get_model_path("gru")
    commit_file(repository, "models/checkpoints/best_joint_model.pth", b"another one")
    if limit is without_filter or program == "dulwich":  # which asks, and is given what the history holds
        aftermath.recovered("joint")
    else:
        with aftermath.of(RevisionNotFoundError, "best_joint_model.pth", "--force"):
            get_model_path("joint")


@pytest.fixture
def file_server(repository: Path) -> Iterator[str]:
    """A server that knows nothing of git and serves files."""
    git("update-server-info", cwd=repository)
    handler = functools.partial(QuietFiles, directory=str(repository.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/models.git"
        server.shutdown()
        thread.join()


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


def test_a_plain_file_server_will_do(file_server: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", file_server)
    aftermath.recovered("gru")
    assert all(status.ready for status in download_models())
    for name in MODELS:
        aftermath.recovered(name)


def test_a_plain_file_server_without_the_branch(
    file_server: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", file_server)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_REVISION", "nowhere")
    with aftermath.of(RevisionNotFoundError, "nowhere", file_server):
        get_model_path("gru")


@pytest.mark.parametrize(
    ("way", "revision"),
    [
        *(("http", revision) for revision in ("models", "commit", "v1", "refs/tags/v1", "light")),
        *(("path", revision) for revision in ("commit", "v1", "light")),
        *(("bundle", revision) for revision in ("commit", "v1", "light")),
    ],
)
@pytest.mark.slow
def test_a_revision_is_a_branch_a_tag_or_a_commit(
    way: str,
    revision: str,
    repository: Path,
    server: GitServer,
    tmp_path: Path,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    git("tag", "-a", "-m", "first", "v1", "models", cwd=repository)
    git("tag", "light", "models", cwd=repository)
    commit = git("rev-parse", "models", cwd=repository)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url_of(way, repository, server, tmp_path))
    monkeypatch.setenv("HUMANPOSE3D_MODELS_REVISION", commit if revision == "commit" else revision)
    aftermath.recovered("gru")


def test_a_commit_that_is_no_tip(
    repository: Path, remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_REVISION", git("rev-parse", "models", cwd=repository))
    commit_file(repository, "models/GRU.h5", b"another one")
    aftermath.recovered("gru")


def url_of(way: str, repository: Path, server: GitServer, folder: Path) -> str:
    """Return the address of a repository over http, as a path, or as a bundle that is made in a folder."""
    if way == "path":
        return str(repository)
    if way == "bundle":
        git("bundle", "create", str(folder / "models.bundle"), "--all", cwd=repository)
        return str(folder / "models.bundle")
    return f"{server.url}/models.git"


@pytest.mark.parametrize("way", ["http", "protocol 0", "path", "bundle"])
@pytest.mark.slow
def test_a_commit_that_the_source_does_not_have(
    way: str,
    repository: Path,
    server: GitServer,
    tmp_path: Path,
    aftermath: Aftermath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if way == "protocol 0":
        protocol_0(repository, server)
    url = url_of(way, repository, server, tmp_path)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
    for revision in ("0" * 39 + "1", git("rev-parse", "models^{tree}", cwd=repository)):
        monkeypatch.setenv("HUMANPOSE3D_MODELS_REVISION", revision)
        with aftermath.of(
            RevisionNotFoundError, revision, url, "does not hand out", "Check HUMANPOSE3D_MODELS_REVISION"
        ):
            get_model_path("gru")


def test_a_revision_that_no_branch_can_have(remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch) -> None:
    for revision in ("a//b", "models/", "models.lock"):
        monkeypatch.setenv("HUMANPOSE3D_MODELS_REVISION", revision)
        with aftermath.of(RevisionNotFoundError, revision, "Check HUMANPOSE3D_MODELS_REVISION"):
            get_model_path("gru")


@pytest.mark.parametrize("way", ["http", "path", "bundle"])
def test_a_name_of_both_a_branch_and_a_tag_is_the_same_commit_on_every_way(
    way: str,
    repository: Path,
    server: GitServer,
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tagged = git("rev-parse", "models", cwd=repository)
    git("tag", "-a", "-m", "both", "both", tagged, cwd=repository)
    git("branch", "both", commit_file(repository, "models/GRU.h5", b"another one"), cwd=repository)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url_of(way, repository, server, tmp_path))
    monkeypatch.setenv("HUMANPOSE3D_MODELS_REVISION", "both")
    assert [status.commit for status in download_models(["joint"])] == [tagged]


@pytest.fixture
def daemon(repository: Path) -> Iterator[GitDaemon]:
    with GitDaemon(repository.parent) as running:
        yield running


@pytest.mark.of_git
def test_the_git_protocol_works(daemon: GitDaemon, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"git://127.0.0.1:{daemon.port}/models.git")
    aftermath.recovered()


@pytest.mark.of_git
@pytest.mark.parametrize("after", [0, 12_000])
@pytest.mark.slow
def test_a_stall_of_the_git_protocol_is_ours_to_see(
    after: int, daemon: GitDaemon, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git has no limit there, and waits for ever."""
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "1")
    with Link(daemon.port, "stall", after=after) as link:
        url = f"git://127.0.0.1:{link.port}/models.git"
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
        start = time.monotonic()
        with aftermath.of(DownloadTimeoutError, url, "not one byte for 1 s", "HUMANPOSE3D_STALL_TIMEOUT"):
            get_model_path("joint")
        assert time.monotonic() - start < 4
        link.mend()
        aftermath.recovered()


@pytest.mark.of_git
@pytest.mark.parametrize("damage", ["fin", "rst"])
def test_a_cut_of_the_git_protocol_passes(
    damage: str, daemon: GitDaemon, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, quick_retries: None
) -> None:
    with Link(daemon.port, damage, times=2) as link:  # type: ignore[arg-type]
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"git://127.0.0.1:{link.port}/models.git")
        aftermath.recovered()


@pytest.mark.of_git
def test_the_git_protocol_has_no_such_repository(
    daemon: GitDaemon, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"git://127.0.0.1:{daemon.port}/nothing.git"
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
    with aftermath.of(RepositoryNotFoundError, url):
        get_model_path("gru")


@pytest.mark.of_git
def test_nobody_listens_for_the_git_protocol(
    aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, quick_retries: None
) -> None:
    need_git()
    url = f"git://127.0.0.1:{closed_port()}/models.git"
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
    with aftermath.of(ConnectionFailedError, url):
        get_model_path("gru")


def ssh(tmp_path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git use a program that has ssh's arguments, and no network."""
    program = tmp_path / "ssh.py"
    program.write_text(f"import os, subprocess, sys\n{body}\n", encoding="utf-8")
    monkeypatch.setenv("GIT_SSH_COMMAND", f"{shlex.quote(sys.executable)} {shlex.quote(str(program))}")
    monkeypatch.setenv("GIT_SSH_VARIANT", "ssh")


@pytest.mark.of_git
def test_ssh_works(repository: Path, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh(tmp_path, "sys.exit(subprocess.call(sys.argv[-1], shell=True))", monkeypatch)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"ssh://nobody@host.invalid{repository}")
    aftermath.recovered()


@pytest.mark.of_git
@pytest.mark.parametrize(
    "words", ["nobody@host.invalid: Permission denied (publickey).", "Host key verification failed."]
)
def test_ssh_without_a_key(
    words: str, repository: Path, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh(tmp_path, f"sys.exit(print({words!r}, file=sys.stderr) or 255)", monkeypatch)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"nobody@host.invalid:{repository}")
    with aftermath.of(AuthenticationError, "host.invalid", "ssh key"):
        get_model_path("gru")


@pytest.mark.of_git
def test_only_an_ssh_that_the_user_chose_replaces_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one that the repository of the current folder names: that would ask, and hang."""
    git("init", "-q", cwd=tmp_path)
    git("config", "core.sshCommand", "ssh -v", cwd=tmp_path)
    monkeypatch.chdir(tmp_path)
    assert "BatchMode=yes" in find_git(60.0).for_ssh().environment["GIT_SSH_COMMAND"]
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".git" / "config"))
    assert "GIT_SSH_COMMAND" not in find_git(60.0).for_ssh().environment


@pytest.mark.of_git
def test_ssh_that_hangs(
    repository: Path, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_STALL_TIMEOUT", "1")
    ssh(tmp_path, "import time; time.sleep(60)", monkeypatch)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"nobody@host.invalid:{repository}")
    with aftermath.of(DownloadTimeoutError, "host.invalid", "HUMANPOSE3D_STALL_TIMEOUT"):
        get_model_path("gru")


def bundle_of(repository: Path, target: Path) -> bytes:
    """Make a bundle of all models but the large one."""
    commit_entries(repository, {"models/pose_landmarker_heavy.task": None})
    tree = git("rev-parse", "models^{tree}", cwd=repository)
    git("update-ref", "refs/heads/models", git("commit-tree", tree, "-m", "Small", cwd=repository), cwd=repository)
    git("bundle", "create", str(target), "refs/heads/models", cwd=repository)
    return target.read_bytes()


def test_a_bundle_that_is_damaged_or_none(
    repository: Path, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "models on a stick.bundle"
    whole = bundle_of(repository, bundle)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(bundle))
    cut_short = [whole[: int(part * len(whole))] for part in (0.0, 0.001, 0.5, 0.999)]
    one_byte_changed = whole[:-50_000] + bytes([whole[-50_000] ^ 1]) + whole[-49_999:]
    for content in (*cut_short, one_byte_changed, b"<!DOCTYPE html><html>404</html>", bytes(5000)):
        bundle.write_bytes(content)
        with aftermath.of(IntegrityError, str(bundle), "Copy it again"):
            get_model_path("joint")
    bundle.write_bytes(whole)
    aftermath.recovered()


def test_a_bundle_without_the_branch(
    repository: Path, tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "models.bundle"
    git("bundle", "create", str(bundle), "refs/heads/main", cwd=repository)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(bundle))
    with aftermath.of(RevisionNotFoundError, "models", str(bundle)):
        get_model_path("joint")


def test_a_path_that_is_no_repository(tmp_path: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other files" / "objects").mkdir(parents=True)
    for place in (tmp_path / "nothing", tmp_path / "empty", tmp_path / "other files"):
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(place))
        with aftermath.of(RepositoryNotFoundError, str(place), "HUMANPOSE3D_MODELS_URL"):
            get_model_path("joint")


def test_a_transport_that_could_run_a_program_is_refused(
    aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    marker = tmp_path / "owned"
    for url in (f"ext::sh-ctouch%{marker}", "ftp://127.0.0.1/m.git", "fd::7", "ssh://-oProxyCommand=x/m.git"):
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
        with aftermath.of(DownloadError, "HUMANPOSE3D_MODELS_URL"):
            get_model_path("joint")
    assert not marker.exists()
