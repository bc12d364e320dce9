"""Disks that are full, folders that can't be written, users who share a home, and files that people put there."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.aftermath import Aftermath, temporaries
from support.children import run
from support.git_server import GitServer
from support.repositories import commit_file, git
from support.users import other_user, public_folder

from humanpose3d.model_assets import (
    MODELS,
    IntegrityError,
    StorageError,
    check_models,
    download_models,
    get_model_path,
)
from humanpose3d.model_assets.service.doctor import examine
from humanpose3d.model_assets.service.maintenance import export_to, import_from, remove_models
from humanpose3d.model_assets.settings import Settings

TRY = """
import sys
from humanpose3d.model_assets import ModelAssetError, get_model_path
try:
    print(get_model_path(sys.argv[1]))
except ModelAssetError as error:
    print(type(error).__name__, error)
"""
posix_only = pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX")


# -- full disks ------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home on a disk of 12 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("a small disk can only be made by root, on Linux")
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(place / "home"))
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_too_little_space_is_noticed_before_the_first_byte(
    small_disk: Path, remote: str, server: GitServer, models_checkout: Path
) -> None:
    aftermath = Aftermath(small_disk / "home", models_checkout)
    with aftermath.of(StorageError, "File system error during download", "gru", "36.63 MB", "free") as caught:
        get_model_path("gru")
    error = caught.value
    assert error.needed == MODELS["gru"].published_size  # type: ignore[attr-defined]
    assert 0 < error.free <= 12 * 2**20  # type: ignore[attr-defined]
    assert f"{error.free / 2**20:.2f} MB" in str(error)  # type: ignore[attr-defined]
    assert server.bytes_sent < 10_000
    aftermath.recovered("joint")  # 10.63 MB of 12


def test_too_little_space_for_an_import_is_noticed_before_the_first_byte(
    small_disk: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "full home"))
        patch.setenv("HUMANPOSE3D_MODELS_URL", str(repository))
        download_models()
        export_to(tmp_path / "models.zip")
    (small_disk / "rest").write_bytes(bytes(5_000_000))
    with pytest.raises(
        StorageError, match=r"during import: 10\.\d\d MB needed for depth, .*, gru, and .* has .* MB free"
    ) as caught:
        import_from(tmp_path / "models.zip")
    assert caught.value.needed > caught.value.free > 0  # type: ignore[attr-defined]
    assert temporaries(small_disk / "home") == []
    assert not list((small_disk / "home" / "models").rglob("staging/*"))


@pytest.mark.parametrize("size", [13_000_000, 7_000_000], ids=["while it arrives", "while it is copied"])
@pytest.mark.slow
def test_the_disk_fills_up_in_the_middle(
    size: int, small_disk: Path, repository: Path, remote: str, models_checkout: Path
) -> None:
    """The published size fits; what is really there does not."""
    honest = git("rev-parse", "models", cwd=repository)
    commit_file(repository, "models/checkpoints/best_joint_model.pth", os.urandom(size))
    aftermath = Aftermath(small_disk / "home", models_checkout)
    with aftermath.of(StorageError, "File system error during download", "No space left on device", "free"):
        get_model_path("joint")
    git("update-ref", "refs/heads/models", honest, cwd=repository)
    aftermath.recovered("joint")


def test_a_full_disk_is_no_fault_of_the_remote(
    small_disk: Path, remote: str, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second remote would only fill it up again."""
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{remote} {remote}?second")
    with pytest.raises(StorageError):
        get_model_path("gru")
    assert not any("second" in request for request in server.requests)


# -- other people's folders ------------------------------------------------------------------------------------------


@posix_only
def test_a_home_that_can_not_be_written(remote: str) -> None:
    nobody = other_user()
    with public_folder() as folder:
        (folder / "home" / "models").mkdir(parents=True)
        (folder / "home" / "models").chmod(0o555)
        done = nobody.run(TRY, "gru", HUMANPOSE3D_HOME=str(folder / "home"))
        assert done.stdout.startswith("StorageError File system error during download: Permission denied"), done
        assert str(folder / "home") in done.stdout and "HUMANPOSE3D_HOME" in done.stdout
        assert sorted(path.name for path in (folder / "home").rglob("*")) == ["models"]


@posix_only
def test_a_home_that_can_not_even_be_read(remote: str) -> None:
    nobody = other_user()
    with public_folder() as folder:
        (folder / "home" / "models").mkdir(parents=True)
        (folder / "home").chmod(0o700)
        done = nobody.run(TRY, "gru", HUMANPOSE3D_HOME=str(folder / "home"))
        assert done.stdout.startswith("StorageError"), done
        assert "HUMANPOSE3D_HOME" in done.stdout


@posix_only
@pytest.mark.parametrize("receipts", [True, False], ids=["with receipts", "without receipts"])
@pytest.mark.slow
def test_a_read_only_tree_works_when_everything_is_there(
    receipts: bool, home: Path, remote: str, server: GitServer
) -> None:
    nobody = other_user()
    download_models()
    with public_folder() as folder:
        shutil.copytree(home / "models", folder / "home" / "models")
        if not receipts:
            (folder / "home" / "models" / "manifest.json").unlink()
        for path in [folder / "home", *(folder / "home").rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
        requests = len(server.requests)
        program = """
from humanpose3d.model_assets import MODELS, check_models, download_models, get_model_path
for name in MODELS:
    print(get_model_path(name), get_model_path(name).stat().st_size)
assert all(status.ready for status in [*check_models(), *check_models(verify=True), *download_models()])
"""
        done = nobody.run(program, HUMANPOSE3D_HOME=str(folder / "home"))
        assert (done.returncode, done.stderr) == (0, "")
        assert len(done.stdout.splitlines()) == 5
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
        assert len(server.requests) == requests


GROUP = 54321
UPDATE = """
from humanpose3d.model_assets import download_models
print(*{status.commit for status in download_models(["joint"], force=True)})
"""


@posix_only
def test_two_users_share_a_home_of_their_group(remote: str, repository: Path, models_checkout: Path) -> None:
    first, second = other_user(50_001, GROUP), other_user(50_002, GROUP)
    with public_folder() as folder:
        home = folder / "home"
        home.mkdir()
        os.chown(home, 0, GROUP)
        home.chmod(0o2775)
        for user, name in ((first, "gru"), (second, "joint"), (first, "refiner"), (second, "gru")):
            done = user.run(TRY, name, umask=0o002, HUMANPOSE3D_HOME=str(home))
            path = home / "models" / MODELS[name].path
            assert done.stdout == f"{path}\n", done
            assert path.read_bytes() == (models_checkout / MODELS[name].path).read_bytes()
        commit_file(
            repository,
            "models/checkpoints/best_joint_model.pth",
            (models_checkout / "checkpoints" / "best_main_refiner.pth").read_bytes(),
        )
        done = first.run(UPDATE, umask=0o002, HUMANPOSE3D_HOME=str(home))
        assert done.stdout.strip() == git("rev-parse", "models", cwd=repository), done
        for path in home.rglob("*"):
            facts = path.stat()
            assert facts.st_gid == GROUP
            assert stat.S_IMODE(facts.st_mode) == (0o2775 if path.is_dir() else 0o664), path


@posix_only
def test_strays_of_another_user_are_no_obstacle(remote: str) -> None:
    """In a home without group rights only the owner can clean up; the others go on."""
    first, second = other_user(50_001, GROUP), other_user(50_002, GROUP)
    with public_folder() as folder:
        home = folder / "home"
        home.mkdir()
        os.chown(home, 0, GROUP)
        home.chmod(0o2775)
        assert first.run(TRY, "gru", umask=0o002, HUMANPOSE3D_HOME=str(home)).stdout.endswith("GRU.h5\n")
        stray = home / "models" / ".resolver" / "tmp-elsewhere-1-0123456789ab"
        stray.mkdir()
        (stray / "pack").write_bytes(b"half")
        stray.chmod(0o755)
        os.utime(stray, (0, 0))
        done = second.run(TRY, "joint", umask=0o002, HUMANPOSE3D_HOME=str(home))
        assert done.stdout.endswith("best_joint_model.pth\n"), done


@posix_only
@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077])
def test_files_and_folders_honour_the_umask(umask: int, home: Path, remote: str) -> None:
    before = os.umask(umask)
    try:
        download_models(["gru", "joint"])
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*")}
    assert len(modes) >= 8
    assert modes == {path: (0o777 if path.is_dir() else 0o666) & ~umask for path in modes}


# -- receipts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{",
        "[]",
        "null",
        '{"schema": 2, "models": {}}',
        '{"schema": "1"}',
        '{"schema": 1, "models": []}',
        "[" * 10**5,
    ],
    ids=["empty", "cut", "list", "null", "newer", "text", "odd", "deep"],
)
@pytest.mark.slow
def test_a_manifest_that_is_not_ours_never_loses_a_model(
    manifest: str, remote: str, home: Path, server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = get_model_path("joint")
    file = home / "models" / "manifest.json"
    file.write_text(manifest, encoding="utf-8")
    requests = len(server.requests)
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    assert get_model_path("joint") == path
    assert check_models(["joint"], verify=True)[0].ready
    assert len(server.requests) == requests
    assert json.loads(file.read_text(encoding="utf-8"))["models"].keys() == {MODELS["joint"].path}
    assert (home / "models" / "manifest.json.unreadable").read_text(encoding="utf-8") == manifest
    monkeypatch.delenv("HUMANPOSE3D_OFFLINE")
    aftermath.recovered("gru")
    aftermath.recovered("joint")


def test_a_manifest_that_is_a_folder(remote: str, home: Path, aftermath: Aftermath) -> None:
    get_model_path("joint")
    (home / "models" / "manifest.json").unlink()
    (home / "models" / "manifest.json").mkdir()
    assert get_model_path("joint").exists()
    aftermath.recovered("gru")
    assert (home / "models" / "manifest.json").is_file()


def test_a_file_whose_time_changed_is_hashed_again_and_kept(
    remote: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = get_model_path("joint")
    before = check_models(["joint"])[0]
    os.utime(path, ns=(1, 1))
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    assert get_model_path("joint") == path
    assert check_models(["joint"])[0] == before
    assert json.loads((home / "models" / "manifest.json").read_text())["models"][MODELS["joint"].path]["mtime_ns"] == 1


@pytest.mark.parametrize("same_size", [True, False])
def test_changed_content_is_moved_aside_and_fetched_again(
    same_size: bool, remote: str, home: Path, aftermath: Aftermath
) -> None:
    path = get_model_path("joint")
    spoilt = path.read_bytes()
    spoilt = spoilt[:-1] + bytes([spoilt[-1] ^ 1]) if same_size else spoilt[:-10]
    path.write_bytes(spoilt)
    assert check_models(["joint"])[0].state == "corrupt"
    aftermath.recovered("joint")
    assert path.with_name(path.name + ".corrupt").read_bytes() == spoilt
    path.write_bytes(b"again")
    aftermath.recovered("joint")
    assert path.with_name(path.name + ".corrupt.2").read_bytes() == b"again"


def test_changed_content_offline_is_named_and_left(
    remote: str, home: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = get_model_path("gru")
    whole = path.read_bytes()
    path.write_bytes(b"short")
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    with pytest.raises(IntegrityError, match=r"'gru'.*HUMANPOSE3D_OFFLINE"):
        get_model_path("gru")
    assert path.read_bytes() == b"short"
    path.write_bytes(whole)
    aftermath.recovered("gru")


def test_a_folder_in_place_of_a_model_is_moved_aside(remote: str, home: Path, aftermath: Aftermath) -> None:
    (home / "models" / "GRU.h5").mkdir(parents=True)
    (home / "models" / "GRU.h5" / "notes.txt").write_text("mine", encoding="utf-8")
    assert check_models(["gru"])[0].state == "corrupt"
    aftermath.recovered("gru")
    assert (home / "models" / "GRU.h5.corrupt" / "notes.txt").exists()


@posix_only
def test_a_pipe_in_place_of_a_model_does_not_hang(remote: str, home: Path, aftermath: Aftermath) -> None:
    (home / "models").mkdir(parents=True)
    os.mkfifo(home / "models" / "GRU.h5")
    aftermath.recovered("gru")


@posix_only
def test_links_of_the_users_own_are_followed_and_dangling_ones_replaced(
    remote: str, home: Path, aftermath: Aftermath, models_checkout: Path, tmp_path: Path
) -> None:
    (home / "models").mkdir(parents=True)
    (home / "models" / "GRU.h5").symlink_to(models_checkout / "GRU.h5")
    (home / "models" / "pose_landmarker_heavy.task").symlink_to(tmp_path / "nowhere")
    assert get_model_path("gru").is_symlink()
    assert check_models(["gru"])[0].origin == "manual"
    assert not aftermath.recovered("mediapipe").is_symlink()


@posix_only
@pytest.mark.parametrize("place", ["x" * 300, "y" * 200 + "/" + "z/" * 2000, "file", "file/below", "loop"])
def test_a_home_that_can_not_be(place: str, tmp_path: Path, remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / place))
    with pytest.raises(StorageError, match="Set HUMANPOSE3D_HOME to a folder you can write to"):
        get_model_path("gru")
    found = next(finding for finding in examine(Settings.from_environment()) if finding.name == "home")
    assert found.state == "problem" and "HUMANPOSE3D_HOME" in found.advice
    assert {status.state for status in check_models(verify=True)} == {"missing"}
    assert remove_models() == []


def test_no_room_for_a_folder(small_disk: Path, remote: str) -> None:
    """A disk may be out of names while it has bytes, and before the home is there."""
    subprocess.run(["mount", "-o", "remount,nr_inodes=1", str(small_disk)], check=True, capture_output=True)
    with pytest.raises(StorageError, match=r"No space left on device .* are free there; free some space"):
        get_model_path("gru")


def test_a_home_that_is_a_file(tmp_path: Path, remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match=r"File system error during download: .*HUMANPOSE3D_HOME"):
        get_model_path("gru")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


# -- one set ---------------------------------------------------------------------------------------------------------


def moved_on(repository: Path, models_checkout: Path) -> tuple[str, dict[str, bytes]]:
    """Commit other content for two of the models; returns the commit and what all of three have now."""
    content = {name: (models_checkout / MODELS[name].path).read_bytes() for name in ("gru", "joint", "refiner")}
    content["joint"], content["refiner"] = content["refiner"], content["joint"]
    for name in ("joint", "refiner"):
        commit = commit_file(repository, f"models/{MODELS[name].path}", content[name])
    return commit, content


def test_a_second_model_comes_from_the_recorded_commit(
    remote: str, repository: Path, models_checkout: Path, aftermath: Aftermath
) -> None:
    get_model_path("gru")
    first = check_models(["gru"])[0].commit
    moved_on(repository, models_checkout)
    aftermath.recovered("joint")
    assert check_models(["joint"])[0].commit == first


def test_force_moves_only_what_changed(
    remote: str, repository: Path, server: GitServer, home: Path, models_checkout: Path
) -> None:
    download_models(["gru", "joint", "mediapipe"])
    commit, content = moved_on(repository, models_checkout)
    before = server.bytes_sent
    statuses = download_models(force=True, names=["gru"])
    assert server.bytes_sent - before < 1.1 * len(content["joint"])  # one model, not the 9 MB of another
    assert statuses[0].commit == commit
    assert get_model_path("joint").read_bytes() == content["joint"]
    assert {status.commit for status in check_models() if status.ready} == {commit}
    requests = server.bytes_sent
    download_models(force=True)
    assert server.bytes_sent - requests < 1.1 * (752_561 + 130_829)  # depth and refiner were not there


def test_force_without_anything_new_moves_nothing(remote: str, server: GitServer, home: Path) -> None:
    download_models(["gru", "joint"])
    before = {path: path.stat().st_mtime_ns for path in (home / "models").rglob("*") if path.suffix in (".h5", ".pth")}
    sent = server.bytes_sent
    download_models(["gru", "joint"], force=True)
    assert server.bytes_sent - sent < 10_000
    after = {path: path.stat().st_mtime_ns for path in (home / "models").rglob("*") if path.suffix in (".h5", ".pth")}
    assert after == before


FORCE = """
import os, signal, sys
from humanpose3d.model_assets import download_models
from humanpose3d.model_assets.download import cold_path
import filelock
count = 0
def watch(event, arguments):
    global count
    if event == "os.rename" and not arguments[1].endswith("holder.json"):
        count += 1
        if count == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
download_models(["gru", "joint", "refiner"], force=True)
print(count)
"""


@posix_only
@pytest.mark.parametrize("moment", range(1, 7))
@pytest.mark.slow
def test_killed_in_an_update_the_set_is_the_old_one_or_the_new_one(
    moment: int,
    remote: str,
    repository: Path,
    server: GitServer,
    home: Path,
    models_checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ["gru", "joint", "refiner"]
    download_models(names)
    old = {name: get_model_path(name).read_bytes() for name in names}
    _, new = moved_on(repository, models_checkout)
    done = run(FORCE, moment)
    assert done.returncode == -9, done.stdout
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")  # the old set, or the new one, without any help from the network
    found = {name: get_model_path(name).read_bytes() for name in names}
    assert found in (old, new)
    assert len({status.commit for status in check_models(names)}) == 1
    monkeypatch.delenv("HUMANPOSE3D_OFFLINE")
    download_models(names, force=True)
    assert {name: get_model_path(name).read_bytes() for name in names} == new
    assert not (home / "models" / ".resolver" / "swap.json").exists()


@posix_only
def test_the_moments_of_an_update_are_all_tried(
    remote: str, repository: Path, home: Path, models_checkout: Path
) -> None:
    """The test above stops at each rename: two files staged, the plan, the receipts, two files moved."""
    download_models(["gru", "joint", "refiner"])
    moved_on(repository, models_checkout)
    assert run(FORCE, -1).stdout == b"6\n"


def test_an_update_that_fails_leaves_the_old_set(
    remote: str, repository: Path, home: Path, models_checkout: Path, aftermath: Aftermath
) -> None:
    names = ["gru", "joint", "refiner"]
    download_models(names)
    moved_on(repository, models_checkout)
    commit_file(repository, "models/GRU.h5", b"<html>")
    before = check_models(names)
    with aftermath.of(IntegrityError, "'gru'", "web page"):
        download_models(names, force=True)
    assert check_models(names, verify=True) == before
    for name in names:
        aftermath.recovered(name)


def test_what_a_person_put_there_is_kept_in_an_update(
    remote: str, repository: Path, home: Path, models_checkout: Path
) -> None:
    mine = (models_checkout / "checkpoints" / "best_main_refiner.pth").read_bytes()
    place = home / "models" / MODELS["joint"].path
    place.parent.mkdir(parents=True)
    place.write_bytes(mine)
    assert get_model_path("joint") == place
    download_models(["joint"], force=True)
    assert place.read_bytes() == (models_checkout / MODELS["joint"].path).read_bytes()
    assert place.with_name(place.name + ".manual").read_bytes() == mine
    assert check_models(["joint"])[0].origin == "git"


def test_long_paths_and_odd_letters(
    tmp_path: Path, remote: str, models_checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "Ünïcode 模型 with 'quotes' \"and\" $(spaces)" / ("long " * 20).strip()
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(home))
    Aftermath(home, models_checkout).recovered("joint")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.slow
def test_two_models_may_have_the_same_content(
    remote: str, repository: Path, models_checkout: Path, home: Path, tmp_path: Path, force: bool
) -> None:
    content = (models_checkout / MODELS["joint"].path).read_bytes()
    commit_file(repository, f"models/{MODELS['depth'].path}", content)
    if force:
        download_models(["gru"])
    assert all(status.ready for status in download_models(force=force))
    for name in ("depth", "joint"):
        assert get_model_path(name).read_bytes() == content
    export_to(tmp_path / "models.zip")
    remove_models(None)
    assert set(import_from(tmp_path / "models.zip")) == set(MODELS)
    assert all(status.ready for status in check_models(verify=True))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has paths that are no text")
def test_a_home_whose_path_is_no_text(remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / os.fsdecode(b"gr\xf6sse")))
    assert get_model_path("joint").is_file()
