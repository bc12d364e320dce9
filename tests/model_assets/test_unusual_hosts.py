"""Python inside other programs, code inside zip files, and callers whose own functions fail."""

from __future__ import annotations

import os
import signal
import zipfile
from pathlib import Path

import filelock
import pytest
from support.aftermath import Aftermath
from support.children import run, running
from support.faults import Link
from support.git_server import GitServer

import humanpose3d
from humanpose3d.model_assets import download_models
from humanpose3d.model_assets.service.delivery import ModelDownloadService
from humanpose3d.model_assets.service.doctor import examine
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.transports.git import child as git_child

EXECUTABLES = {"None": "None", "empty": "''", "a program that embeds Python": repr("/usr/bin/env")}


@pytest.mark.parametrize("executable", EXECUTABLES)
def test_the_program_that_runs_us_need_not_be_python(executable: str, remote: str, aftermath: Aftermath) -> None:
    program = f"""
import sys
sys.executable = sys._base_executable = {EXECUTABLES[executable]}
from humanpose3d.model_assets import get_model_path
print(get_model_path("joint"))
"""
    done = run(program)
    assert done.stdout.decode().strip().endswith("best_joint_model.pth"), done.stderr.decode()
    aftermath.recovered("joint")


def test_where_there_is_no_python_at_all_git_runs_without_a_supervisor(
    remote: str, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_child, "find_python", lambda: None)
    aftermath.recovered("joint")
    found = {finding.name: finding for finding in examine(Settings.from_environment())}
    assert found["remote " + remote].state == "good"


def zipped(target: Path) -> Path:
    """Make a zip file of the package and of filelock."""
    with zipfile.ZipFile(target, "w") as archive:
        for module in (humanpose3d, filelock):
            folder = Path(module.__path__[0])
            for file in folder.rglob("*.py"):
                if "data" not in file.parts:
                    archive.write(file, file.relative_to(folder.parent).as_posix())
    return target


def test_the_package_works_from_inside_a_zip_file(remote: str, tmp_path: Path, aftermath: Aftermath) -> None:
    application = zipped(tmp_path / "application.pyz")
    program = """
import sys
sys.path.insert(0, sys.argv[1])
import humanpose3d, filelock
from humanpose3d.model_assets import get_model_path
assert sys.argv[1] in humanpose3d.__file__ and sys.argv[1] in filelock.__file__
print(get_model_path("joint"))
"""
    done = run(program, application, env={**os.environ, "PYTHONPATH": "", "HUMANPOSE3D_PROGRESS": "0"})
    assert done.stdout.decode().strip().endswith("best_joint_model.pth"), done.stderr.decode()
    aftermath.recovered("joint")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_a_supervisor_from_inside_a_zip_file_ends_git_too(
    server: GitServer, tmp_path: Path, aftermath: Aftermath
) -> None:
    application = zipped(tmp_path / "application.pyz")
    program = f"import sys; sys.path.insert(0, {str(application)!r})\n"
    program += "from humanpose3d.model_assets import get_model_path; get_model_path('joint')"
    with Link(server.port, "stall") as link:
        variables = {"PYTHONPATH": "", "HUMANPOSE3D_MODELS_URL": f"{link.url}/models.git", "HUMANPOSE3D_PROGRESS": "0"}
        with running(program, env={**os.environ, **variables}) as child:
            assert link.struck.wait(20)
            child.send_signal(signal.SIGKILL)
            child.wait()
    aftermath.nobody_left(within=5.0)


class MyOwnError(OSError):
    """Of the kind that a download takes for a fault of the disk."""


@pytest.mark.parametrize("error", [MyOwnError("mine"), ConnectionResetError("mine"), ValueError("mine")])
def test_an_error_of_the_callers_function_is_the_callers(error: Exception, remote: str, aftermath: Aftermath) -> None:
    def callback(model: str, done: int, size: int) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        download_models(["joint"], progress=callback)
    assert caught.value is error
    aftermath.nothing_left()
    aftermath.recovered("joint")


def test_an_error_of_the_services_callback_is_the_callers(remote: str, home: Path) -> None:
    def callback(step: str) -> None:
        raise MyOwnError(step)

    with pytest.raises(MyOwnError):
        ModelDownloadService(home).download_models(callback)
