"""What killed processes leave never stands in the way of the next one, and nothing of a living one is removed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.aftermath import Aftermath, temporaries, wait_until
from support.children import GET, run, running
from support.faults import Link
from support.git_server import GitServer
from support.users import other_user, public_folder

from humanpose3d.cli.main import main
from humanpose3d.model_assets import MODELS, StorageError, download_models, get_model_path
from humanpose3d.model_assets.disk import scratch
from humanpose3d.model_assets.disk.scratch import remove_abandoned, scratch_folder
from humanpose3d.model_assets.service.doctor import examine
from humanpose3d.model_assets.service.maintenance import export_to, import_from, remove_models
from humanpose3d.model_assets.settings import Settings

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")

WORK_AND_WAIT = """
import sys
from pathlib import Path
from humanpose3d.model_assets.disk.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "pack").write_bytes(bytes(1000))
    print(folder, flush=True)
    sys.stdin.read()
"""


def killed_in_the_middle(server: GitServer, home: Path, name: str = "depth") -> None:
    """Kill a download that has received a part of a model."""
    with Link(server.port, "stall", after=400_000) as link:
        variables = {**os.environ, "HUMANPOSE3D_MODELS_URL": f"{link.url}/models.git"}
        with running(GET, name, env=variables) as child:
            assert link.struck.wait(20)
            child.send_signal(signal.SIGKILL)
            child.wait()
    Aftermath(home, home).nobody_left(within=5.0)


@posix_only
def test_what_a_dead_process_left_is_gone_after_the_next_download(
    remote: str, server: GitServer, home: Path, aftermath: Aftermath
) -> None:
    killed_in_the_middle(server, home)
    assert any("tmp-" in name for name in temporaries(home))
    aftermath.recovered("gru")  # another model


@posix_only
def test_what_a_living_process_has_stays(tmp_path: Path) -> None:
    with running(WORK_AND_WAIT, tmp_path, stdin=subprocess.PIPE) as child:
        assert child.stdout
        folder = Path(child.stdout.readline().decode().strip())
        remove_abandoned(tmp_path)
        os.utime(folder, (0, 0))
        remove_abandoned(tmp_path, at_once=True)
        assert (folder / "pack").exists()
        child.kill()
        child.wait()
        remove_abandoned(tmp_path)
        assert not folder.exists()


@pytest.mark.parametrize(("days", "stays"), [(0, True), (2, False)])
def test_what_another_machine_left_is_gone_after_a_day(
    days: int, stays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its locks may not be ours, as on some network file systems."""
    monkeypatch.setattr(scratch, "_machine", lambda: "elsewhere")
    with scratch_folder(tmp_path) as folder:
        shutil.copytree(folder, tmp_path / "kept")
    (tmp_path / "kept").rename(folder)
    monkeypatch.undo()
    when = time.time() - days * 86400 - 60
    os.utime(folder, (when, when))
    remove_abandoned(tmp_path)
    assert folder.exists() is stays
    remove_abandoned(tmp_path, at_once=True)
    assert not folder.exists()


@posix_only
@pytest.mark.parametrize("number", [0, 38], ids=["no effect", "not implemented"])
def test_where_locks_do_not_work_nobody_is_certain(number: int, tmp_path: Path) -> None:
    program = f"""
import fcntl, os, sys
from pathlib import Path
def flock(descriptor, operation):
    if {number}:
        raise OSError({number}, "flock does not work here")
fcntl.flock = flock
from humanpose3d.model_assets.disk.scratch import remove_abandoned, scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    remove_abandoned(Path(sys.argv[1]))
    assert folder.exists()
"""
    done = run(program, tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert list(tmp_path.iterdir()) == []


@posix_only
def test_fixed_names_and_numbers_of_containers_do_not_matter(tmp_path: Path) -> None:
    """In a container the process id is 1 and the host name fixed: both are those of the process that was killed."""
    program = "import os, socket; os.getpid = lambda: 1; socket.gethostname = lambda: 'box'\n" + WORK_AND_WAIT
    with running(program, tmp_path, stdin=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline()
        child.kill()
        child.wait()
    assert run(program, tmp_path, stdin=subprocess.DEVNULL).returncode == 0
    assert len(list(tmp_path.iterdir())) == 1
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tight_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk on which two of the demo's pose models have room, with all that a download needs, and no third."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=34m", "tmpfs", str(place)], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("a small disk can only be made by root, on Linux")
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(place / "home"))
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_five_kills_in_a_small_home_are_no_obstacle(
    tight_disk: Path, remote: str, server: GitServer, models_checkout: Path
) -> None:
    """Each leaves 6 MB of 34, and a download asks for 29."""
    aftermath = Aftermath(tight_disk / "home", models_checkout)
    for _ in range(5):
        with Link(server.port, "stall", after=6_000_000) as link:
            variables = {**os.environ, "HUMANPOSE3D_MODELS_URL": f"{link.url}/models.git"}
            with running(GET, "mediapipe", env=variables) as child:
                assert link.struck.wait(30)
                wait_until(lambda: shutil.disk_usage(tight_disk).used > 5_000_000)
                child.send_signal(signal.SIGKILL)
                child.wait()
        aftermath.nobody_left(within=5.0)
        assert shutil.disk_usage(tight_disk).used < 12_000_000
    aftermath.recovered("mediapipe")


def test_files_that_wait_for_nothing_give_way_when_space_is_short(
    tight_disk: Path, remote: str, models_checkout: Path
) -> None:
    """Whole, from an update that was never completed; a week is too long where they are what is missing."""
    waiting = tight_disk / "home" / "models" / ".resolver" / "staging" / f"{'0' * 40}-GRU.h5"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(bytes(10_000_000))
    Aftermath(tight_disk / "home", models_checkout).recovered("mediapipe")
    assert not waiting.exists()


def test_the_error_of_a_full_disk_names_what_others_hold(tight_disk: Path, remote: str) -> None:
    """Here it is of another machine, which may be at work: only a person can tell."""
    stray = tight_disk / "home" / "models" / ".resolver" / "tmp-elsewhere-0123456789ab"
    stray.mkdir(parents=True)
    (stray / "pack").write_bytes(bytes(10 * 2**20))
    with pytest.raises(StorageError, match=r"10\.\d\d MB there wait from .*'humanpose3d models remove --leftovers'"):
        get_model_path("mediapipe")
    assert main(["models", "remove", "--leftovers"]) == 0
    assert not stray.exists()
    assert get_model_path("mediapipe").exists()


def test_remove_takes_leftovers_and_leaves_models(remote: str, home: Path) -> None:
    path = get_model_path("gru")
    stray = home / "models" / "checkpoints" / ".resolver" / "tmp-elsewhere-0123456789ab"
    stray.mkdir(parents=True)
    staged = home / "models" / ".resolver" / "staging" / "waiting"
    staged.parent.mkdir(exist_ok=True)
    staged.touch()
    for small in (".manifest.json.0123456789ab", ".resolver/.swap.json.0123456789ab", ".resolver/.holder.json.0"):
        (home / "models" / small).touch()  # killed between writing a note beside its place and moving it there
    assert sorted(remove_models(leftovers=True)) == sorted([stray, staged])
    assert path.exists() and get_model_path("gru") == path
    assert temporaries(home) == []


KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from humanpose3d.model_assets.service.maintenance import export_to, import_from

def watch(event, arguments):
    path = str(arguments[0]) if event == "open" else ""
    scratch = "tmp-" if work is import_from else ".humanpose3d-export-"
    if path.endswith("pose_landmarker_heavy.task") and (scratch in path or list(file.parent.glob(scratch + "*"))):
        os.kill(os.getpid(), signal.SIGKILL)

work, file = {"export": export_to, "import": import_from}[sys.argv[1]], Path(sys.argv[2])
sys.addaudithook(watch)
work(file)
"""


@pytest.mark.slow
@posix_only
def test_a_killed_export_leaves_nothing_for_the_next_one(remote: str, home: Path, tmp_path: Path) -> None:
    download_models()
    file = tmp_path / "carried" / "models.zip"
    file.parent.mkdir()
    assert run(KILLED_IN_THE_MIDDLE, "export", file).returncode == -signal.SIGKILL
    assert len(list(file.parent.iterdir())) == 1
    export_to(file.with_name("other.zip"))
    assert [path.name for path in file.parent.iterdir()] == ["other.zip"]


@pytest.mark.slow
@posix_only
def test_a_killed_import_leaves_nothing_for_the_next_command(
    remote: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models_checkout: Path
) -> None:
    download_models()
    export_to(tmp_path / "models.zip")
    other = tmp_path / "other"
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(other))
    assert run(KILLED_IN_THE_MIDDLE, "import", tmp_path / "models.zip").returncode == -signal.SIGKILL
    assert any(path.stat().st_size > 100_000 for path in other.rglob("tmp-*/*"))
    Aftermath(other, models_checkout).recovered("gru")
    assert not list(other.rglob("staging/*"))
    assert import_from(tmp_path / "models.zip") == [name for name in MODELS if name != "gru"]


@posix_only
def test_strays_of_a_dead_process_of_another_user_are_no_obstacle(remote: str) -> None:
    first, second = other_user(50_001, 54_321), other_user(50_002, 54_321)
    with public_folder() as folder:
        home = folder / "home"
        home.mkdir()
        os.chown(home, 0, 54_321)
        home.chmod(0o2775)
        made = first.run(GET, "gru", umask=0o002, HUMANPOSE3D_HOME=str(home))
        assert made.returncode == 0, made.stderr
        program = WORK_AND_WAIT.replace("sys.stdin.read()", "import os; os.kill(os.getpid(), 9)")
        first.run(program, str(home / "models" / ".resolver"), umask=0o022)
        assert list(home.rglob("tmp-*"))
        done = second.run(GET, "joint", umask=0o002, HUMANPOSE3D_HOME=str(home))
        assert done.returncode == 0, done.stderr
        first.run(GET, "refiner", umask=0o002, HUMANPOSE3D_HOME=str(home))
        assert not list(home.rglob("tmp-*"))


# -- copies that were kept -------------------------------------------------------------------------------------------


def test_copies_of_damaged_files_are_bounded_and_named(remote: str, home: Path, aftermath: Aftermath) -> None:
    path = get_model_path("gru")
    for number in range(1, 6):
        path.write_bytes(b"damage %d" % number)
        aftermath.recovered("gru")
    copies = [path.with_name(f"GRU.h5.corrupt{number}") for number in ("", ".2", ".3")]
    assert [copy.read_bytes() for copy in copies] == [b"damage 1", b"damage 2", b"damage 5"]
    assert sorted(home.rglob("*.corrupt*")) == copies
    found = next(finding for finding in examine(Settings.from_environment()) if finding.name == "copies")
    assert "GRU.h5.corrupt, GRU.h5.corrupt.2, GRU.h5.corrupt.3" in found.detail
    assert "0.0 kB" in found.detail and found.state == "good"


def test_copies_of_unreadable_receipts_are_bounded(remote: str, home: Path) -> None:
    file = home / "models" / "manifest.json"
    for number in range(1, 6):
        get_model_path("gru")
        file.write_text(f"no receipts {number}", encoding="utf-8")
        (home / "models" / "GRU.h5").touch()
    get_model_path("gru")
    assert [copy.read_text(encoding="utf-8")[-1] for copy in sorted(home.rglob("*.unreadable*"))] == ["1", "2", "5"]


def test_the_doctor_says_how_many_bytes_leftovers_hold(remote: str, home: Path) -> None:
    get_model_path("gru")
    stray = home / "models" / ".resolver" / "tmp-elsewhere-0123456789ab"
    stray.mkdir()
    (stray / "pack").write_bytes(bytes(3 * 2**20))
    found = next(finding for finding in examine(Settings.from_environment()) if finding.name == "leftovers")
    assert "3.00 MB" in found.detail and "models remove --leftovers" in found.detail


KILLED_IN_THE_REMOVAL = """
import os, signal, sys
from pathlib import Path
from humanpose3d.model_assets.disk.scratch import remove_abandoned, scratch_folder
import filelock
count = 0
def watch(event, arguments):
    global count
    if event in ("os.remove", "os.rmdir", "shutil.rmtree"):
        count += 1
        if count == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
remove_abandoned(Path(sys.argv[1]))
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "index.git").mkdir()
    (folder / "index.git" / "HEAD").touch()
    (folder / "zzz").touch()
"""


@pytest.mark.slow
@posix_only
def test_killed_while_it_cleans_up_the_next_one_cleans_up_too(tmp_path: Path) -> None:
    """The lock of a folder is the last thing in it to go."""
    for number in range(1, 40):
        if run(KILLED_IN_THE_REMOVAL, tmp_path, number).returncode == 0:
            break
        for folder in tmp_path.iterdir():
            assert (folder / "lock").exists() or list(folder.iterdir()) == []
    assert number >= 8
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
