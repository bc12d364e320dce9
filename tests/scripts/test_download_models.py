"""The prefetch script as a user meets it: a process of its own, from a plain checkout, and what it prints."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import filelock
import pytest
import tqdm
from support.faults import Link
from support.git_server import GitServer
from support.repositories import commit_file

from humanpose3d.model_assets import MODELS, download_models
from humanpose3d.model_assets.disk import files

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = PROJECT / "scripts" / "download_models.py"

BANNER = """\
======================================================================
HumanPose3D Model Downloader
======================================================================

Target directory: {home}
Models directory: {models}

Starting download...

"""
STEPS = """\
  Creating temporary directory...
  Cloning models from {remote}...
"""
SUCCESS = """\
  Copying model files...
  Download complete!

✓ Models downloaded successfully

Downloaded files:
{files}

✓ Models are ready! You can now run the pipeline.
"""
CHECK = """\
======================================================================
HumanPose3D Model Downloader
======================================================================

Target directory: {home}
Models directory: {models}

Checking model files...

{lines}

{verdict}
"""
NOTHING = """\
  Nothing to download: the models are already there.

✓ Models are ready! You can now run the pipeline.
"""


def environment(**variables: str) -> dict[str, str]:
    """Return our environment without the checkout on Python's path: the script has to find it by itself."""
    return {**os.environ, "PYTHONPATH": "", "PYTHONIOENCODING": "utf-8", **variables}


def script(
    *arguments: str, cwd: Path, python: tuple[str, ...] = (), path: Path = SCRIPT, **variables: str
) -> subprocess.CompletedProcess[str]:
    encoding = variables.get("PYTHONIOENCODING", "utf-8")
    return subprocess.run(
        [sys.executable, *python, str(path), *arguments],
        cwd=cwd,
        capture_output=True,
        encoding=encoding,
        env=environment(**variables),
        check=False,
        timeout=120,
    )


def size(path: Path) -> str:
    return f"{path.stat().st_size / 2**20:.2f} MB"


def listed(home: Path, *names: str) -> str:
    """Return the lines of the downloaded files as they should be."""
    paths = [home / "models" / MODELS[name].path for name in names or MODELS]
    return "\n".join(f"  - {path.name} ({size(path)})" for path in paths)


def banner(home: Path) -> str:
    return BANNER.format(home=home, models=home / "models")


def check(home: Path, lines: list[str], verdict: str) -> str:
    """Return the whole output of a check."""
    return CHECK.format(home=home, models=home / "models", lines="\n".join(lines), verdict=verdict)


def assert_one_line(errors: str, *words: str) -> None:
    """Check that standard error is one line that begins as errors do, without a traceback."""
    assert errors.startswith("Error: "), errors
    assert len(errors.splitlines()) == 1, errors
    for word in words:
        assert word in errors


# ---- what it prints ----


@pytest.mark.slow
def test_a_download_prints_the_contract_to_the_letter(home: Path, remote: str, tmp_path: Path) -> None:
    done = script(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == banner(home) + STEPS.format(remote=remote) + SUCCESS.format(files=listed(home))
    assert "gru: 100 %" in done.stderr


def test_where_nothing_is_to_be_downloaded_nothing_is_claimed(
    home: Path, remote: str, server: GitServer, tmp_path: Path
) -> None:
    download_models()
    requests = len(server.requests)
    done = script(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == banner(home) + NOTHING
    assert len(server.requests) == requests


@pytest.mark.slow
def test_only_what_arrived_is_listed(home: Path, remote: str, tmp_path: Path) -> None:
    one = script("gru", "--quiet", cwd=tmp_path)
    assert (one.returncode, one.stdout, one.stderr) == (0, "", "")
    assert [name for name, spec in MODELS.items() if (home / "models" / spec.path).exists()] == ["gru"]
    two = script("checkpoints/best_joint_model.pth", "GRU.h5", cwd=tmp_path)
    assert two.stdout.endswith(SUCCESS.format(files=listed(home, "joint")))
    rest = script(cwd=tmp_path)
    assert rest.stdout.endswith(SUCCESS.format(files=listed(home, "depth", "refiner", "mediapipe")))


@pytest.mark.slow
def test_force_moves_the_set_and_says_what_moved(
    home: Path, remote: str, repository: Path, models_checkout: Path, tmp_path: Path
) -> None:
    download_models()
    unchanged = script("--force", cwd=tmp_path)
    assert unchanged.stdout == banner(home) + STEPS.format(remote=remote) + NOTHING
    newer = (models_checkout / MODELS["refiner"].path).read_bytes()
    commit_file(repository, f"models/{MODELS['joint'].path}", newer)
    for name in ("--force", "gru"), ("--force",):
        done = script(*name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (home / "models" / MODELS["joint"].path).read_bytes() == newer
        end = SUCCESS.format(files=listed(home, "joint")) if "gru" in name else NOTHING
        assert done.stdout == banner(home) + STEPS.format(remote=remote) + end


def test_check_prints_a_line_for_each_model(home: Path, remote: str, tmp_path: Path) -> None:
    models = home / "models"
    download_models(["depth", "joint", "gru"])
    received = (models / "GRU.h5").stat().st_size
    (models / "GRU.h5").write_bytes(b"<html>not found</html>")
    done = script("--check", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    lines = [
        f"  ✓ Depth refinement model: best_depth_model.pth ({size(models / MODELS['depth'].path)})",
        f"  ✓ Joint refinement model: best_joint_model.pth ({size(models / MODELS['joint'].path)})",
        "  ✗ Main refiner model: best_main_refiner.pth (missing)",
        "  ✗ MediaPipe pose model: pose_landmarker_heavy.task (missing)",
        f"  ✗ Pose2Sim LSTM model: GRU.h5 (corrupt: it has 22 bytes where {received:,} were received)",
    ]
    assert done.stdout == check(home, lines, "Some models are missing. Run without --check to download.")


def test_check_where_all_is_there(home: Path, remote: str, tmp_path: Path) -> None:
    download_models()
    done = script("--check", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [f"  ✓ {spec.purpose}: {spec.filename} ({size(home / 'models' / spec.path)})" for spec in MODELS.values()]
    assert done.stdout == check(home, lines, "All required models are present.")


def test_check_takes_names(home: Path, remote: str, tmp_path: Path) -> None:
    download_models(["joint"])
    done = script("--check", "joint", cwd=tmp_path)
    assert done.returncode == 0
    path = home / "models" / MODELS["joint"].path
    line = f"  ✓ Joint refinement model: best_joint_model.pth ({size(path)})"
    assert done.stdout == check(home, [line], "All required models are present.")
    assert script("--check", "joint", "gru", "--quiet", cwd=tmp_path).returncode == 1


def test_check_writes_nothing_and_asks_nobody(home: Path, remote: str, server: GitServer, tmp_path: Path) -> None:
    done = script("--check", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert not home.exists()
    assert server.requests == []


def test_json_is_one_document_and_nothing_else(home: Path, remote: str, tmp_path: Path) -> None:
    before = script("--check", "--json", cwd=tmp_path)
    assert before.returncode == 1
    assert [status["state"] for status in json.loads(before.stdout)] == ["missing"] * 5
    done = script("--json", "--quiet", "gru", "joint", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [(status["name"], status["state"], status["path"]) for status in json.loads(done.stdout)] == [
        (name, "ready", str(home / "models" / MODELS[name].path)) for name in ("joint", "gru")
    ]
    after = script("--check", "--json", "gru", "depth", cwd=tmp_path)
    assert [status["state"] for status in json.loads(after.stdout)] == ["missing", "ready"]


def test_json_is_that_of_the_command_line(home: Path, remote: str, tmp_path: Path) -> None:
    download_models(["gru"])
    command = [sys.executable, "-m", "humanpose3d", "models", "check", "--json"]
    theirs = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert script("--check", "--json", cwd=tmp_path).stdout == theirs.stdout


# ---- what goes wrong ----


def test_a_failed_download_says_which_models_are_missing(home: Path, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nothing.git")
    done = script("gru", "joint", cwd=tmp_path, HUMANPOSE3D_MODELS_URL=nowhere)
    assert done.returncode == 1
    assert done.stdout == banner(home) + STEPS.format(remote=nowhere)
    assert_one_line(done.stderr, "Error: Git clone failed: ", " Still missing: best_joint_model.pth, GRU.h5.\n")


def test_a_failure_in_the_middle_names_only_the_rest(home: Path, remote: str, repository: Path, tmp_path: Path) -> None:
    commit_file(repository, "models/GRU.h5", b"<html>not found</html>")
    done = script(cwd=tmp_path, HUMANPOSE3D_PROGRESS="0")
    assert done.returncode == 1
    assert "successfully" not in done.stdout
    assert_one_line(done.stderr, "Error: Model 'gru' from ", "GRU.h5")
    missing = [spec.filename for spec in MODELS.values() if not (home / "models" / spec.path).exists()]
    assert done.stderr.rpartition("Still missing: ")[2] == f"{', '.join(missing)}.\n"


@pytest.mark.slow
def test_a_failed_update_leaves_the_set_and_claims_no_loss(
    home: Path, remote: str, repository: Path, tmp_path: Path
) -> None:
    download_models()
    commit_file(repository, "models/GRU.h5", b"<html>not found</html>")
    done = script("--force", cwd=tmp_path, HUMANPOSE3D_PROGRESS="0")
    assert done.returncode == 1
    assert_one_line(done.stderr, "Error: Model 'gru' from ")
    assert "Still missing" not in done.stderr
    assert script("--check", cwd=tmp_path).returncode == 0


def test_after_a_failure_json_says_how_it_stands(home: Path, tmp_path: Path) -> None:
    done = script("--json", "gru", cwd=tmp_path, HUMANPOSE3D_OFFLINE="1")
    assert done.returncode == 1
    assert [(status["name"], status["state"]) for status in json.loads(done.stdout)] == [("gru", "missing")]
    assert_one_line(done.stderr, "Error: Offline (HUMANPOSE3D_OFFLINE is set)")


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["grru"], {}, "Did you mean 'gru'?"),
        (["--check", "grru"], {}, "Did you mean 'gru'?"),
        (["--json", "grru"], {}, "Did you mean 'gru'?"),
        (["--check"], {"HUMANPOSE3D_OFFLINE": "perhaps"}, "HUMANPOSE3D_OFFLINE is 'perhaps'"),
        ([], {"HUMANPOSE3D_LOCK_TIMEOUT": "soon"}, "HUMANPOSE3D_LOCK_TIMEOUT is 'soon'"),
        ([], {"HUMANPOSE3D_GIT": "/nowhere/git"}, "Git is not installed or not in PATH"),
    ],
)
def test_errors_are_one_line(
    arguments: list[str], variables: dict[str, str], words: str, home: Path, tmp_path: Path
) -> None:
    done = script(*arguments, cwd=tmp_path, **variables)
    assert done.returncode == 1
    assert_one_line(done.stderr, words)


def test_wrong_usage_is_2(tmp_path: Path) -> None:
    assert script("--check", "--force", cwd=tmp_path).returncode == 2
    assert script("--chekc", cwd=tmp_path).returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows can't send Ctrl-C to one process")
def test_an_interrupt_is_130(home: Path, server: GitServer, tmp_path: Path) -> None:
    with Link(server.port, "stall") as link:
        variables = environment(HUMANPOSE3D_MODELS_URL=f"{link.url}/models.git")
        command = [sys.executable, str(SCRIPT)]
        with subprocess.Popen(
            command, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert link.struck.wait(30)
            process.send_signal(signal.SIGINT)
            printed, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "Interrupted."
    assert "Traceback" not in errors
    assert "successfully" not in printed


@pytest.mark.skipif(os.name == "nt", reason="a reader that has gone is no error of its own on Windows")
def test_a_reader_who_has_gone_is_no_traceback(home: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as stdout:
        command = [sys.executable, str(SCRIPT), "--check"]
        done = subprocess.run(command, cwd=tmp_path, env=environment(), stdout=stdout, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"")


# ---- a plain checkout ----


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project where people put such things: a folder with a space and letters that are not ASCII."""
    target = tmp_path_factory.mktemp("check") / "Größe und Höhe ü"
    package = shutil.ignore_patterns("__pycache__", "data")
    shutil.copytree(PROJECT / "humanpose3d", target / "humanpose3d", ignore=package)
    (target / "scripts").mkdir()
    shutil.copy(SCRIPT, target / "scripts")
    return target


@pytest.fixture(scope="module")
def two_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with filelock and tqdm and nothing else."""
    folder = tmp_path_factory.mktemp("packages")
    for module in (filelock, tqdm):
        shutil.copytree(module.__path__[0], folder / module.__name__, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.slow
def test_a_plain_checkout_needs_two_packages(
    home: Path, remote: str, checkout: Path, two_packages: Path, tmp_path: Path
) -> None:
    """``-S`` hides all that is installed; bars are asked for, because standard error is no terminal here."""

    def bare(*arguments: str) -> subprocess.CompletedProcess[str]:
        variables = {"PYTHONPATH": str(two_packages), "HUMANPOSE3D_PROGRESS": "1"}
        path = checkout / "scripts" / SCRIPT.name
        return script(*arguments, python=("-S",), path=path, cwd=tmp_path, **variables)

    done = bare()
    assert done.returncode == 0, done.stderr
    assert done.stdout == banner(home) + STEPS.format(remote=remote) + SUCCESS.format(files=listed(home))
    assert "all models: 100%" in done.stderr
    assert bare("--check").returncode == 0


def test_a_package_that_is_missing_is_named(home: Path, remote: str, checkout: Path, tmp_path: Path) -> None:
    path = checkout / "scripts" / SCRIPT.name
    done = script(python=("-S",), path=path, cwd=tmp_path)
    assert done.returncode == 1
    assert_one_line(done.stderr, "The package filelock is not installed. Run 'python -m pip install filelock tqdm'.")
    assert script("--check", python=("-S",), path=path, cwd=tmp_path).stderr == ""


def test_a_filelock_that_is_too_old_is_told(home: Path, remote: str, checkout: Path, tmp_path: Path) -> None:
    """As Linux distributions have it; in a plain checkout nothing asks for a newer one."""
    old = tmp_path / "packages" / "filelock"
    old.mkdir(parents=True)
    (old / "__init__.py").write_text("__version__ = '3.9.0'\n", encoding="utf-8")
    shutil.copytree(tqdm.__path__[0], old.parent / "tqdm")
    path = checkout / "scripts" / SCRIPT.name
    done = script("gru", python=("-S",), path=path, cwd=tmp_path, PYTHONPATH=str(old.parent))
    assert done.returncode == 1
    assert_one_line(done.stderr, "filelock 3.9.0 is too old; run 'python -m pip install --upgrade filelock'.")


def test_a_python_that_is_too_old_is_told(checkout: Path, tmp_path: Path) -> None:
    program = "import runpy, sys; sys.version_info = (3, 9, 6, 'final', 0); runpy.run_path(sys.argv[1])"
    command = [sys.executable, "-c", program, str(checkout / "scripts" / SCRIPT.name)]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert_one_line(done.stderr, "HumanPose3D needs Python 3.10 or newer")


@pytest.mark.parametrize("folder", [".", "scripts", "humanpose3d/model_assets"])
def test_it_works_from_any_folder(folder: str, home: Path, checkout: Path) -> None:
    path = os.path.relpath(checkout / "scripts" / SCRIPT.name, checkout / folder)
    done = script("--check", cwd=checkout / folder, path=Path(path))
    assert done.stdout.endswith("Run without --check to download.\n"), done.stderr


# ---- terminals and systems that can do less ----


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437"])
@pytest.mark.slow
def test_a_terminal_without_check_marks(
    encoding: str, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "Łódź 東京"
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(home))
    shown = str(home).encode(encoding, "backslashreplace").decode(encoding)
    done = script("gru", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert f"Target directory: {shown}" in lines
    assert lines[-5:-3] == ["", "Downloaded files:"]
    assert lines[-6] == "[ok] Models downloaded successfully"
    assert lines[-2] == ""
    assert lines[-1] == "[ok] Models are ready! You can now run the pipeline."
    checked = script("--check", cwd=tmp_path, PYTHONIOENCODING=encoding).stdout
    assert "  [ok] Pose2Sim LSTM model: GRU.h5 (" in checked
    assert "  [missing] Main refiner model: best_main_refiner.pth (missing)\n" in checked
    failed = script("joint", cwd=tmp_path, PYTHONIOENCODING=encoding, HUMANPOSE3D_OFFLINE="1")
    assert_one_line(failed.stderr, shown)
    document = json.loads(script("gru", "--json", cwd=tmp_path, PYTHONIOENCODING=encoding).stdout)
    assert document[0]["path"] == str(home / "models" / "GRU.h5")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there every path can be decoded")
def test_a_path_that_can_not_be_decoded(models_checkout: Path, tmp_path: Path) -> None:
    home = tmp_path / os.fsdecode(b"caf\xe9")
    shutil.copytree(models_checkout, home / "models")
    (home / "models" / "GRU.h5").unlink()
    variables = {"HUMANPOSE3D_HOME": str(home), "HUMANPOSE3D_OFFLINE": "1"}
    shown = f"{tmp_path}/caf\\udce9"
    done = script("joint", cwd=tmp_path, **variables)
    assert done.returncode == 0, done.stderr
    assert f"Target directory: {shown}\n" in done.stdout
    assert_one_line(script("gru", cwd=tmp_path, **variables).stderr, shown)
    document = json.loads(script("--check", "--json", "joint", cwd=tmp_path, **variables).stdout)
    assert document[0]["path"] == str(home / "models" / MODELS["joint"].path)


@pytest.fixture
def newer_joint(home: Path, remote: str, repository: Path, models_checkout: Path) -> Iterator[bytes]:
    """All models are there and read-only; the repository has a newer one of them."""
    download_models()
    for spec in MODELS.values():
        (home / "models" / spec.path).chmod(0o444)
    newer = (models_checkout / MODELS["refiner"].path).read_bytes()
    commit_file(repository, f"models/{MODELS['joint'].path}", newer)
    yield newer
    for spec in MODELS.values():
        (home / "models" / spec.path).chmod(0o644)


@pytest.mark.slow
def test_read_only_models_are_replaced_by_force(home: Path, newer_joint: bytes, tmp_path: Path) -> None:
    done = script("--force", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(SUCCESS.format(files=listed(home, "joint")))
    assert (home / "models" / MODELS["joint"].path).read_bytes() == newer_joint


def test_read_only_models_are_replaced_as_windows_wants_it(
    home: Path, newer_joint: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Windows refuses to put a file in the place of one that is read-only; here that is acted out."""
    refused: list[Path] = []
    with windows_replaces(monkeypatch, refused), pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        import download_models as loaded

        assert loaded.main(["--force"]) == 0
    assert refused == [home / "models" / MODELS["joint"].path]
    assert (home / "models" / MODELS["joint"].path).read_bytes() == newer_joint
    assert "Downloaded files:\n  - best_joint_model.pth (" in capsys.readouterr().out


@contextmanager
def windows_replaces(monkeypatch: pytest.MonkeyPatch, refused: list[Path]) -> Iterator[None]:
    real = Path.replace

    def replace(source: Path, target: Path) -> Path:
        if target.exists() and not target.stat().st_mode & 0o200:
            refused.append(target)
            raise PermissionError(13, "Access is denied", str(target))
        return real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        patch.setattr(files, "os", SimpleNamespace(**{**vars(os), "name": "nt"}))
        yield
