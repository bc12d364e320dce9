"""get_model_path over real git and real HTTP."""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.git_server import GitServer
from support.repositories import git

from humanpose3d.model_assets import (
    MODELS,
    IntegrityError,
    OfflineError,
    RepositoryNotFoundError,
    UnknownModelError,
    check_models,
    download_models,
    get_model_path,
)

CHILD = "import sys; from humanpose3d.model_assets import get_model_path; print(get_model_path(sys.argv[1]))"


def test_first_call_moves_only_the_model_asked_for(
    home: Path, remote: str, server: GitServer, models_checkout: Path
) -> None:
    path = get_model_path("mediapipe")
    original = models_checkout / "pose_landmarker_heavy.task"
    assert path == home / "models" / "pose_landmarker_heavy.task"
    assert path.read_bytes() == original.read_bytes()
    assert server.bytes_sent < 1.05 * original.stat().st_size


def test_second_call_starts_no_git_and_makes_no_connection(
    home: Path, remote: str, server: GitServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = get_model_path("gru")
    requests = len(server.requests)
    monkeypatch.setenv("PATH", str(tmp_path / "no git here"))
    assert get_model_path("gru") == first
    assert subprocess.run([sys.executable, "-c", CHILD, "gru"], check=True, capture_output=True).stderr == b""
    assert len(server.requests) == requests


def test_warm_call_writes_nothing(home: Path, remote: str) -> None:
    get_model_path("gru")
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    get_model_path("gru")
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


@pytest.mark.slow
def test_eight_cold_processes_make_one_fetch(home: Path, remote: str, server: GitServer) -> None:
    command = [sys.executable, "-c", CHILD, "mediapipe"]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    outputs = [child.communicate()[0] for child in children]
    assert [child.returncode for child in children] == [0] * 8
    assert {output.decode().strip() for output in outputs} == {str(home / "models" / "pose_landmarker_heavy.task")}
    asked = [request for request in server.requests if request.startswith("POST")]
    cold = len(asked)
    (home / "models" / "pose_landmarker_heavy.task").unlink()
    (home / "models" / "manifest.json").unlink()
    get_model_path("mediapipe")
    assert len([request for request in server.requests if request.startswith("POST")]) == 2 * cold


@pytest.mark.slow
def test_many_threads_make_one_fetch(home: Path, remote: str, server: GitServer) -> None:
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        paths = set(pool.map(get_model_path, ["mediapipe"] * 16))
    size = (home / "models" / "pose_landmarker_heavy.task").stat().st_size
    assert len(paths) == 1
    assert server.bytes_sent < 1.05 * size


@pytest.mark.parametrize("kind", ["path", "file url", "bundle", "path with spaces"])
@pytest.mark.slow
def test_every_local_transport_works(
    kind: str, home: Path, repository: Path, tmp_path: Path, models_checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "bundle":
        git("bundle", "create", str(tmp_path / "m.bundle"), "refs/heads/models", cwd=repository)
    elif kind == "path with spaces":
        repository.rename(tmp_path / "my models.git")
    urls = {
        "path": str(repository),
        "file url": repository.as_uri(),
        "bundle": str(tmp_path / "m.bundle"),
        "path with spaces": str(tmp_path / "my models.git"),
    }
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", urls[kind])
    statuses = download_models()
    assert [status.state for status in statuses] == ["ready"] * 5
    for spec in MODELS.values():
        assert (home / "models" / spec.path).read_bytes() == (models_checkout / spec.path).read_bytes()


def test_a_url_that_does_not_exist_is_named(home: Path, server: GitServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{server.url}/nothing.git")
    with pytest.raises(RepositoryNotFoundError, match=r"Git clone failed: .*not found.*HUMANPOSE3D_MODELS_URL"):
        get_model_path("gru")
    assert not list(home.rglob("*.h5"))


def test_the_second_remote_is_tried(
    home: Path, remote: str, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{server.url}/nothing.git {remote}")
    assert get_model_path("gru").exists()


def test_offline_starts_no_git_and_lists_the_folders(
    home: Path, remote: str, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    with pytest.raises(OfflineError, match="HUMANPOSE3D_OFFLINE") as caught:
        get_model_path("gru")
    assert str(home / "models") in str(caught.value)
    assert server.requests == []
    assert not home.exists()


def test_unknown_name_suggests_the_closest(home: Path) -> None:
    with pytest.raises(UnknownModelError, match="'mediapipe'"):
        get_model_path("mediapip")


def test_a_model_is_found_by_name_file_name_and_path(home: Path, remote: str) -> None:
    paths = {get_model_path(name) for name in ("joint", "best_joint_model.pth", "checkpoints/best_joint_model.pth")}
    paths.add(get_model_path(Path("best_joint_model.pth")))
    assert len(paths) == 1


def test_a_file_put_there_by_hand_is_welcome(
    home: Path, models_checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    (home / "models").mkdir(parents=True)
    (home / "models" / "GRU.h5").write_bytes((models_checkout / "GRU.h5").read_bytes())
    assert get_model_path("gru").exists()
    assert check_models(["gru"])[0].origin == "manual"


def test_a_saved_web_page_is_no_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    (home / "models").mkdir(parents=True)
    (home / "models" / "GRU.h5").write_text("<!DOCTYPE html><html>404</html>", encoding="utf-8")
    with pytest.raises(IntegrityError, match="web page"):
        get_model_path("gru")
    assert check_models(["gru"])[0].state == "corrupt"


def test_a_leaked_git_environment_does_no_harm(
    home: Path, remote: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(repository.rglob("*"))
    monkeypatch.setenv("GIT_DIR", str(repository))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(repository / "objects"))
    assert get_model_path("gru").exists()
    assert sorted(repository.rglob("*")) == before


def test_a_work_tree_that_was_moved_is_no_hindrance(
    home: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git refuses to work in such a folder; containers mount them."""
    (tmp_path / ".git").write_text(f"gitdir: {tmp_path}/nowhere\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
    assert get_model_path("gru").exists()


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX")
def test_files_honour_the_umask(home: Path, remote: str) -> None:
    before = os.umask(0o002)
    try:
        path = get_model_path("gru")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o664
