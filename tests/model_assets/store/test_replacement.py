"""Nothing is taken away before its replacement is there; and what was found bad is mended."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.children import run
from support.faults import closed_port
from support.git_server import GitServer
from support.repositories import commit_file, git

from humanpose3d.cli.main import main
from humanpose3d.model_assets import (
    MODELS,
    ConnectionFailedError,
    IntegrityError,
    ModelAssetError,
    OfflineError,
    check_models,
    download_models,
    get_model_path,
)
from humanpose3d.model_assets.resolver import download_into
from humanpose3d.model_assets.service.maintenance import export_to, import_from, write_lock
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.manifest import ModelsLock

pytestmark = pytest.mark.slow
OTHER = "another file of the same format"


def spoil(path: Path) -> None:
    """Change one byte and keep size and time, as a failing disk does."""
    facts, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def all_content(home: Path) -> dict[str, bytes]:
    return {name: (home / "models" / spec.path).read_bytes() for name, spec in MODELS.items()}


@pytest.fixture
def dead_remote(monkeypatch: pytest.MonkeyPatch, quick_retries: None) -> str:
    url = f"http://127.0.0.1:{closed_port()}/models.git"
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", url)
    return url


# -- no successor ----------------------------------------------------------------------------------------------------


def test_a_lock_file_with_other_digests_and_a_dead_remote_take_nothing(
    home: Path, remote: str, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    download_models()
    lock = write_lock(tmp_path / "models.lock.json")
    other = ModelsLock(lock.commit, dict.fromkeys(lock.sha256, "0" * 64))
    (tmp_path / "other.json").write_text(other.to_json(), encoding="utf-8")
    before = all_content(home)
    request.getfixturevalue("dead_remote")
    assert main(["models", "download", "--locked", str(tmp_path / "other.json")]) == 1
    message = capsys.readouterr().err
    assert "stays as it is, and can't be used: its sha256 is not the one in the lock file" in message
    assert all_content(home) == before
    assert not list(home.rglob("*.corrupt*"))
    for name in MODELS:
        assert get_model_path(name).exists()


@pytest.mark.parametrize("damage", [b"", b"<html>", b"short"])
def test_a_changed_file_stays_while_the_network_is_down(
    damage: bytes, home: Path, remote: str, request: pytest.FixtureRequest, aftermath: Aftermath
) -> None:
    path = get_model_path("gru")
    with pytest.MonkeyPatch.context() as patch:
        path.write_bytes(damage)
        request.getfixturevalue("dead_remote")
        for _ in range(2):
            with pytest.raises(ConnectionFailedError, match=rf"{path} stays as it is, .*: it has \d+ bytes"):
                get_model_path("gru")
            assert path.read_bytes() == damage
            assert not list(home.rglob("*.corrupt*"))
        patch.setenv("HUMANPOSE3D_MODELS_URL", remote)
        aftermath.recovered("gru")
    assert path.with_name("GRU.h5.corrupt").read_bytes() == damage


def test_a_changed_file_stays_when_what_arrives_is_no_model(home: Path, remote: str, repository: Path) -> None:
    path = home / "models" / "GRU.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    commit_file(repository, "models/GRU.h5", b"<html>")
    with pytest.raises(IntegrityError, match=r"web page.*stays as it is"):
        get_model_path("gru")
    assert [file.name for file in path.parent.glob("GRU*")] == ["GRU.h5"]
    assert path.read_bytes() == b"mine"


def test_a_folder_in_place_of_a_model_stays_too(home: Path, dead_remote: str) -> None:
    (home / "models" / "GRU.h5").mkdir(parents=True)
    with pytest.raises(ConnectionFailedError, match=r"it is no regular file"):
        get_model_path("gru")
    assert (home / "models" / "GRU.h5").is_dir()


SWAPPING = """
import os, signal, sys
from humanpose3d.model_assets import get_model_path
from humanpose3d.model_assets.download import cold_path
import filelock
count = 0
def watch(event, arguments):
    global count
    if event in ("os.rename", "os.link") and not str(arguments[1]).endswith("holder.json"):
        count += 1
        if count == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
get_model_path("gru")
print(count)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_killed_at_each_step_of_a_replacement_one_of_the_two_is_in_place(
    home: Path, remote: str, aftermath: Aftermath
) -> None:
    """The steps: staged, old file linked aside, note, receipts, new file in place."""
    path = get_model_path("gru")
    good = path.read_bytes()
    for step in range(1, 9):
        path.write_bytes(b"damaged")
        done = run(SWAPPING, step)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        assert path.read_bytes() in (b"damaged", good)
        assert get_model_path("gru").read_bytes() == good
        aftermath.nothing_half()
        copies = list(home.rglob("*.corrupt*"))
        assert [copy.read_bytes() for copy in copies] == [b"damaged"]
        copies[0].unlink()
    assert step == 6


def test_a_reader_finds_a_file_at_every_moment_of_a_replacement(home: Path, remote: str, tmp_path: Path) -> None:
    """An update exchanges what a lock file does not accept, under the eyes of one who has no lock file."""
    download_models()
    lock = write_lock(tmp_path / "models.lock.json")
    path = home / "models" / "GRU.h5"
    by_hand = bytearray(path.read_bytes())
    by_hand[-1] ^= 1
    program = """
import sys
from pathlib import Path
print("reading", flush=True)
sizes = set()
while not Path(sys.argv[2]).exists():
    sizes.add(Path(sys.argv[1]).stat().st_size)
print(len(sizes))
"""
    from support.children import running

    path.write_bytes(by_hand)
    with running(program, path, tmp_path / "end") as reader:
        assert reader.stdout and reader.stdout.readline() == b"reading\n"
        settings = Settings.from_environment()
        download_into(settings, pinned=lock)
        (tmp_path / "end").touch()
        assert reader.communicate(timeout=20) == (b"1\n", b"")
    assert path.with_name("GRU.h5.manual").read_bytes() == by_hand


# -- mending ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["verify, download", "verify, use", "force", "export, download", "doctor, download"])
@pytest.mark.parametrize("name", ["gru", "joint"])
def test_bytes_that_rotted_are_mended(
    way: str, name: str, home: Path, remote: str, tmp_path: Path, aftermath: Aftermath
) -> None:
    download_models()
    path = get_model_path(name)
    spoil(path)
    rotten = path.read_bytes()
    first, _, second = way.partition(", ")
    if first == "verify":
        assert main(["models", "verify"]) == 1
    elif first == "export":
        with pytest.raises(IntegrityError, match=r"wrong digest.*'humanpose3d models download'"):
            export_to(tmp_path / "models.zip")
    elif first == "doctor":
        assert main(["doctor"]) == 0
        assert main(["doctor", "--verify"]) == 1
    else:
        assert main(["models", "download", "--force"]) == 0
    if second == "download":
        assert main(["models", "download"]) == 0
    aftermath.recovered(name)
    assert path.with_name(path.name + ".corrupt").read_bytes() == rotten
    assert all(status.ready for status in check_models(verify=True))


def test_what_verify_found_counts_for_every_process_and_is_forgotten_with_the_file(
    home: Path, remote: str, models_checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = get_model_path("gru")
    spoil(path)
    assert check_models(["gru"])[0].ready
    assert check_models(["gru"], verify=True)[0].state == "corrupt"
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    done = run("from humanpose3d.model_assets import get_model_path; get_model_path('gru')")
    assert b"IntegrityError" in done.stderr and b"wrong digest" in done.stderr
    shutil.copy(models_checkout / "GRU.h5", path)
    assert get_model_path("gru") == path
    assert check_models(["gru"], verify=True)[0].ready


def test_verify_with_a_lock_file_takes_no_trust_from_sound_files(home: Path, remote: str, tmp_path: Path) -> None:
    download_models()
    lock = write_lock(tmp_path / "models.lock.json")
    other = replace(lock, sha256={**lock.sha256, "GRU.h5": "0" * 64})
    (tmp_path / "other.json").write_text(other.to_json(), encoding="utf-8")
    before = (home / "models" / "manifest.json").read_text(encoding="utf-8")
    assert main(["models", "verify", "--locked", str(tmp_path / "other.json")]) == 1
    assert (home / "models" / "manifest.json").read_text(encoding="utf-8") == before


def test_an_import_mends_what_rotted(home: Path, remote: str, tmp_path: Path, aftermath: Aftermath) -> None:
    download_models()
    export_to(tmp_path / "models.zip")
    spoil(home / "models" / "GRU.h5")
    assert import_from(tmp_path / "models.zip") == ["gru"]
    aftermath.recovered("gru")


# -- files put there by hand -----------------------------------------------------------------------------------------


def test_a_good_file_put_where_gits_was_is_welcome_and_named(
    home: Path, remote: str, server: GitServer, models_checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = get_model_path("joint")
    mine = (models_checkout / MODELS["refiner"].path).read_bytes()
    path.write_bytes(mine)
    assert check_models(["joint"])[0].origin == "manual"  # also before anything is recorded
    assert main(["models", "verify", "joint"]) == 0 and main(["doctor"]) == 0
    assert capsys.readouterr().out.count("put there by hand") == 2
    requests = len(server.requests)
    assert get_model_path("joint") == path and path.read_bytes() == mine
    assert len(server.requests) == requests
    status = check_models(["joint"], verify=True)[0]
    assert (status.state, status.origin, status.commit) == ("ready", "manual", None)
    download_models(["joint"], force=True)
    assert path.with_name(path.name + ".manual").read_bytes() == mine


# -- mirrors ---------------------------------------------------------------------------------------------------------


def rewritten(repository: Path, target: Path) -> Path:
    """Copy a repository so that the same files are in another commit."""
    shutil.copytree(repository, target)
    tree = git("rev-parse", "models^{tree}", cwd=target)
    git("update-ref", "refs/heads/models", git("commit-tree", tree, "-m", "Mirrored", cwd=target), cwd=target)
    git("reflog", "expire", "--expire=now", "--all", cwd=target)
    git("gc", "-q", "--prune=now", cwd=target)
    return target


@pytest.mark.parametrize("kind", ["http", "path", "bundle"])
@pytest.mark.parametrize("pinned", [True, False])
def test_a_mirror_with_the_same_bytes_and_another_commit_is_accepted(
    kind: str,
    pinned: bool,
    repository: Path,
    server: GitServer,
    remote: str,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    download_models()
    lock = write_lock(tmp_path / "models.lock.json")
    mirror = rewritten(repository, repository.parent / "mirror.git")
    if kind == "bundle":
        git("bundle", "create", str(tmp_path / "mirror.bundle"), "refs/heads/models", cwd=mirror)
    addresses = {"http": f"{server.url}/mirror.git", "path": str(mirror), "bundle": str(tmp_path / "mirror.bundle")}
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", addresses[kind])
    if pinned:
        monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "other"))
    else:
        (home / "models" / "GRU.h5").unlink()
    settings = Settings.from_environment()
    statuses = download_into(settings, ["gru"], pinned=lock if pinned else None)
    assert [status.state for status in statuses] == ["ready"]
    assert statuses[0].sha256 == lock.sha256["GRU.h5"]
    assert (statuses[0].commit == lock.commit) is not pinned


def test_a_mirror_with_other_bytes_is_not(
    repository: Path, server: GitServer, remote: str, home: Path, monkeypatch: pytest.MonkeyPatch, models_checkout: Path
) -> None:
    download_models()
    mirror = rewritten(repository, repository.parent / "mirror.git")
    changed = bytearray((models_checkout / "GRU.h5").read_bytes())
    changed[-1] ^= 1
    commit_file(mirror, "models/GRU.h5", bytes(changed))
    git("update-ref", "-d", "refs/heads/main", cwd=mirror)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(mirror))
    (home / "models" / "GRU.h5").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMANPOSE3D_OFFLINE", "1")
        with pytest.raises(OfflineError):
            get_model_path("gru")
    path = get_model_path("gru")  # the old bytes are in its history
    assert path.read_bytes() == (models_checkout / "GRU.h5").read_bytes()
    path.unlink()
    git("reflog", "expire", "--expire=now", "--all", cwd=mirror)
    tree = git("rev-parse", "models^{tree}", cwd=mirror)
    git("update-ref", "refs/heads/models", git("commit-tree", tree, "-m", "Alone", cwd=mirror), cwd=mirror)
    git("gc", "-q", "--prune=now", cwd=mirror)
    with pytest.raises(ModelAssetError, match="The source has changed"):
        get_model_path("gru")
    assert not path.exists()
