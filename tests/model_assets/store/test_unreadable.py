"""What can't be read now is not empty and not damaged: it is tried again, then told, and nothing is written over it."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.children import run
from support.users import other_user, public_folder

from humanpose3d.model_assets import MODELS, StorageError, check_models, download_models, get_model_path
from humanpose3d.model_assets.disk import files, scratch
from humanpose3d.model_assets.service.maintenance import import_from, remove_models
from humanpose3d.model_assets.store import folder, manifest, status
from humanpose3d.model_assets.store.folder import ModelStore

pytestmark = pytest.mark.slow

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no such limits or pipes")


class Failing:
    """A function that fails the first times with an error of the system, which no file here can be made to give."""

    def __init__(self, function: object, number: int, times: int) -> None:
        self.function, self.number, self.times = function, number, times

    def __call__(self, *arguments: object) -> object:
        self.times -= 1
        if self.times >= 0:
            raise OSError(self.number, os.strerror(self.number))
        return self.function(*arguments)  # type: ignore[operator]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ESTALE, errno.EACCES])
@pytest.mark.parametrize("work", [get_model_path, lambda name: download_models([name], force=True), remove_models])
def test_receipts_that_can_not_be_read_are_never_written_over(
    number: int, work: object, home: Path, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    download_models()
    file = home / "models" / "manifest.json"
    before = {path: path.read_bytes() for path in (home / "models").rglob("*.*") if path.is_file()}
    os.utime(file)  # so that it is read again
    with monkeypatch.context() as patch:
        patch.setattr(folder, "read_text", Failing(files.read_text, number, 10**6))
        with pytest.raises(StorageError, match=r"can't be read now: .*manifest\.json.*Nothing was changed"):
            work("gru")  # type: ignore[operator]
    assert {path: path.read_bytes() for path in (home / "models").rglob("*.*") if path.is_file()} == before
    assert all(status.ready and status.origin == "git" for status in check_models())


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ESTALE])
def test_a_moment_of_trouble_is_no_matter(
    number: int, home: Path, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    download_models(["gru", "joint"])
    before = (home / "models" / "manifest.json").read_bytes()
    os.utime(home / "models" / "manifest.json")
    monkeypatch.setattr(folder, "read_text", Failing(files.read_text, number, 2))
    assert get_model_path("gru").exists()
    assert (home / "models" / "manifest.json").read_bytes() == before


def test_only_what_is_not_there_is_empty(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not ModelStore(tmp_path / "nothing").manifest().receipts
    assert not ModelStore(tmp_path / "file").manifest().receipts
    if os.name == "posix":
        (tmp_path / "manifest.json").symlink_to("manifest.json")
        with pytest.raises(StorageError, match=r"manifest\.json"):
            ModelStore(tmp_path).manifest()


TAKE_ALL_DESCRIPTORS = """
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
"""

TOO_MANY_FILES = (
    """
import os, resource, sys
from humanpose3d.model_assets import MODELS, ModelAssetError, check_models, get_model_path
import humanpose3d.model_assets.download.cold_path, humanpose3d.model_assets.validation, filelock, tqdm, json
check_models(verify=True)
if sys.argv[1] == "receipts":
    os.utime(os.path.join(os.environ["HUMANPOSE3D_HOME"], "models", "manifest.json"))
else:
    os.utime(os.path.join(os.environ["HUMANPOSE3D_HOME"], "models", "GRU.h5"))
"""
    + TAKE_ALL_DESCRIPTORS
    + """try:
    get_model_path("gru")
except ModelAssetError as error:
    print(type(error).__name__, error)
"""
)


@posix_only
@pytest.mark.parametrize("what", ["receipts", "model"])
def test_a_process_without_a_free_file_descriptor(what: str, home: Path, remote: str, aftermath: Aftermath) -> None:
    download_models()
    content = (home / "models" / "GRU.h5").read_bytes()
    done = run(TOO_MANY_FILES, what)
    assert done.stdout.startswith(b"StorageError "), done
    assert b"Too many open files" in done.stdout and b"Try again" in done.stdout
    assert (home / "models" / "GRU.h5").read_bytes() == content
    assert not list(home.rglob("*.corrupt*")) and not list(home.rglob("*.unreadable*"))
    aftermath.recovered("gru")
    assert all(status.ready and status.origin == "git" for status in check_models())


FIRST_LOOK = (
    """
import os, resource, sys
from pathlib import Path
from humanpose3d.model_assets import ModelAssetError
from humanpose3d.model_assets.disk import scratch
from humanpose3d.model_assets.store import manifest
import filelock, json
"""
    + TAKE_ALL_DESCRIPTORS
    + """try:
    manifest.packaged_lock()
except ModelAssetError as error:
    print(error)
try:
    with scratch.scratch_folder(Path(sys.argv[1])):
        pass
except OSError as error:
    print(error)
for descriptor in held:
    os.close(descriptor)
print(manifest.packaged_lock())
with scratch.scratch_folder(Path(sys.argv[1])) as folder:
    print(folder.name)
"""
)


@posix_only
def test_what_a_process_without_a_free_file_descriptor_can_not_read_is_read_later(tmp_path: Path) -> None:
    """Neither "no lock file is packaged" nor "this machine has no name of its own" is remembered."""
    done = run(FIRST_LOOK, tmp_path)
    unread, *lines = done.stdout.decode().splitlines()
    assert "Too many open files" in unread and manifest.PACKAGED_LOCK.name in unread, done
    assert "None" in lines
    with scratch.scratch_folder(tmp_path) as folder:
        assert folder.name.rpartition("-")[0] == lines[-1].rpartition("-")[0]
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_a_network_disk_does_not_find_for_a_moment_is_not_replaced(
    home: Path, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = get_model_path("gru"), os.stat
    before = path.stat()

    def stat(file: object, **options: object) -> os.stat_result:
        if os.fspath(file) == str(path):  # type: ignore[arg-type]
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))
        return real(file, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", stat)
        with pytest.raises(StorageError, match="can't be read now"):
            get_model_path("gru")
    assert path.stat().st_ino == before.st_ino and get_model_path("gru") == path


def test_a_model_on_a_disk_with_a_bad_spot_is_replaced(
    home: Path, remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An input/output error of the file itself is a fault of the file."""
    path = get_model_path("gru")
    os.utime(path, (1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(status, "digest_file", Failing(files.digest_file, errno.EIO, 2))
        assert check_models(["gru"])[0].state == "corrupt"
        aftermath.recovered("gru")
    assert path.with_name("GRU.h5.corrupt").exists()


@posix_only
def test_pipes_in_place_of_our_own_files_do_not_hang(home: Path, remote: str, aftermath: Aftermath) -> None:
    get_model_path("gru")
    for name in ("manifest.json", ".resolver/swap.json", ".resolver/holder.json", ".resolver/failure.json"):
        (home / "models" / name).unlink(missing_ok=True)
        os.mkfifo(home / "models" / name)
    done = run("from humanpose3d.model_assets import *; print(get_model_path('gru'), get_model_path('joint'))")
    assert done.returncode == 0, done.stderr.decode()
    assert (home / "models" / "manifest.json").is_file()
    aftermath.recovered("joint")


@posix_only
def test_receipts_of_another_user_that_may_not_be_read_are_told(home: Path, remote: str) -> None:
    nobody = other_user()
    get_model_path("gru")
    with public_folder() as shared:
        (shared / "home" / "models").mkdir(parents=True)
        for name in ("GRU.h5", "manifest.json"):
            (shared / "home" / "models" / name).write_bytes((home / "models" / name).read_bytes())
        (shared / "home" / "models" / "manifest.json").chmod(0o600)
        program = """
from humanpose3d.model_assets import ModelAssetError, get_model_path
try:
    print(get_model_path("gru"))
except ModelAssetError as error:
    print(type(error).__name__, error)
"""
        done = nobody.run(program, HUMANPOSE3D_HOME=str(shared / "home"))
        assert done.stdout.startswith("StorageError The receipts of the models can't be read now: Permission denied")


# -- limits and folders ----------------------------------------------------------------------------------------------


@posix_only
def test_a_limit_for_the_size_of_a_file_is_named(home: Path, remote: str, tmp_path: Path) -> None:
    """Here in an import, where it is ours; git's own words are another matter."""
    from humanpose3d.model_assets.service.maintenance import export_to

    download_models()
    export_to(tmp_path / "models.zip")
    program = """
import resource, sys
from pathlib import Path
from humanpose3d.model_assets import StorageError
from humanpose3d.model_assets.service.maintenance import import_from
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    import_from(Path(sys.argv[1]))
except StorageError as error:
    print(error)
"""
    done = run(program, tmp_path / "models.zip", env={**os.environ, "HUMANPOSE3D_HOME": str(tmp_path / "other")})
    assert b"File system error during import: File too large" in done.stdout, done
    assert b"ulimit -f" in done.stdout
    assert not [path for path in (tmp_path / "other").rglob("*") if path.is_file() and path.name != "lock"]


@posix_only
@pytest.mark.parametrize("place", ["models", "models/checkpoints"])
def test_a_dangling_link_is_named(place: str, home: Path, remote: str, tmp_path: Path) -> None:
    from humanpose3d.model_assets.service.doctor import examine
    from humanpose3d.model_assets.settings import Settings

    (home / place).parent.mkdir(parents=True)
    (home / place).symlink_to(tmp_path / "unplugged")
    with pytest.raises(StorageError, match=rf"{place} is a link to .*unplugged, which is not there. Connect the disk"):
        get_model_path("joint")
    found = next(finding for finding in examine(Settings.from_environment()) if finding.name == "home")
    assert found.state == "problem" and "unplugged" in found.detail
    assert {status.state for status in check_models(verify=True)} == {"missing"}
    assert not (tmp_path / "unplugged").exists()


def test_an_archive_that_points_to_before_its_beginning_is_no_export(
    home: Path, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading it, the system answers EINVAL."""
    import zipfile

    from humanpose3d.model_assets import IntegrityError

    (tmp_path / "models.zip").write_bytes(b"PK\5\6" + bytes(18))

    def no(*_arguments: object) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(zipfile, "ZipFile", no)
    with pytest.raises(IntegrityError, match=r"models\.zip is no export of models"):
        import_from(tmp_path / "models.zip")


# -- other file systems ----------------------------------------------------------------------------------------------


@pytest.fixture(params=["link", "mount", "bind mount"])
def elsewhere(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> object:
    """``models/checkpoints`` on another file system, or on another mount of the same one."""
    checkpoints, other = home / "models" / "checkpoints", tmp_path / "other disk"
    checkpoints.parent.mkdir(parents=True)
    other.mkdir()
    mount = {
        "link": ["mount", "-t", "tmpfs", "-o", "size=90m", "tmpfs", str(other)],
        "mount": ["mount", "-t", "tmpfs", "-o", "size=90m", "tmpfs", str(checkpoints)],
        "bind mount": ["mount", "--bind", str(other), str(checkpoints)],
    }[request.param]
    if request.param == "link":
        checkpoints.symlink_to(other)
    else:
        checkpoints.mkdir()
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("only root can mount a file system, on Linux")
    yield checkpoints
    subprocess.run(["umount", mount[-1]], check=True)


def test_checkpoints_may_lie_on_another_file_system(
    elsewhere: Path, home: Path, remote: str, repository: Path, tmp_path: Path, aftermath: Aftermath
) -> None:
    from support.repositories import commit_file

    from humanpose3d.model_assets.service.maintenance import export_to

    for name in MODELS:
        aftermath.recovered(name)
    export_to(tmp_path / "models.zip")
    content = (aftermath.originals / MODELS["refiner"].path).read_bytes()
    commit_file(repository, f"models/{MODELS['joint'].path}", content)
    download_models(force=True)
    assert get_model_path("joint").read_bytes() == content
    (elsewhere / "best_joint_model.pth").write_bytes(b"damaged")
    assert import_from(tmp_path / "models.zip") == ["joint"]
    aftermath.recovered("joint")
    remove_models()
    assert not list(elsewhere.glob("*.pth"))
    assert all(status.ready for status in download_models())
    assert (elsewhere / "best_joint_model.pth").read_bytes() == content
    aftermath.nothing_left()


def test_a_swap_that_can_not_be_completed_blocks_nothing_else(
    home: Path, remote: str, repository: Path, aftermath: Aftermath, caplog: pytest.LogCaptureFixture
) -> None:
    """The place of one model has become a mount point between the note of the exchange and its completion."""
    from support.repositories import commit_file

    names = ["gru", "joint", "refiner"]
    download_models(names)
    new = (aftermath.originals / MODELS["refiner"].path).read_bytes()
    commit_file(repository, f"models/{MODELS['joint'].path}", new)
    place = home / "models" / MODELS["joint"].path
    try:
        subprocess.run(["mount", "--bind", str(place), str(place)], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("only root can mount, on Linux")
    try:
        with pytest.raises(StorageError, match="Device or resource busy"):
            download_models(names, force=True)
        assert (home / "models" / ".resolver" / "swap.json").exists()
        assert get_model_path("gru").exists()
        assert get_model_path("depth").exists()
        assert remove_models(["refiner"]) == [home / "models" / MODELS["refiner"].path]
        assert "stays pending" in caplog.text
    finally:
        subprocess.run(["umount", str(place)], check=True)
    assert get_model_path("joint").read_bytes() == new
    assert not (home / "models" / ".resolver" / "swap.json").exists()
    assert check_models(["depth", "gru", "joint"], verify=True)[0].ready
