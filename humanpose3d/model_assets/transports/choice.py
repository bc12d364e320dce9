"""Which program answers git's commands: git itself or, where it is missing or too old, the stand-in without git."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from humanpose3d.model_assets.errors import GitNotFoundError
from humanpose3d.model_assets.transports.git.child import GitFailedError, find_python
from humanpose3d.model_assets.transports.git.configuration import git_environment, git_settings
from humanpose3d.model_assets.transports.git.process import Git, GitStalledError

_STAND_IN = "dulwich"  # the package that it needs, and its name in HUMANPOSE3D_GIT
_OLDEST = (2, 25)
_BAD_SETTINGS = "bad config"  # then git is there, and its first command says what is wrong
_INSTALL = (
    "Install it (Debian and Ubuntu: apt install git; macOS: xcode-select --install; Windows: winget install Git.Git), "
    "or its stand-in ('python -m pip install dulwich'), and try again."
)
_ROOT = Path(__file__).parents[3]  # of the package, perhaps a zip file
# What can be imported here can be imported there, and no file of the user is read for it.
_PATH = "MODELS_PYTHON_PATH"
_START = (
    f"import os, sys; sys.path[:] = os.environ[{_PATH!r}].split(os.pathsep); "
    "from humanpose3d.model_assets.transports.dulwich.program import main; os._exit(main(sys.argv[1:]))"
)


def find_git(stall_timeout: float) -> Git:
    """Find the program to use; GitNotFoundError says that there is none."""
    chosen = os.environ.get("HUMANPOSE3D_GIT", "").strip()
    program, fault = shutil.which(chosen or "git"), None
    environment, settings = git_environment(os.environ), git_settings(stall_timeout)
    git = Git([program or "git"], "found in PATH", environment, settings, stall_timeout, threading.Event())
    stand_in = _stand_in_of(git)
    if chosen:
        if chosen == _STAND_IN and stand_in is not None:
            git = stand_in
        elif program is None:
            raise GitNotFoundError(
                f"Git is not installed or not in PATH: HUMANPOSE3D_GIT is {chosen!r}, and that is not there. "
                "Set it to a git program or to 'dulwich', or unset it."
            )
        return replace(git, choice="as HUMANPOSE3D_GIT says")
    if program is None:
        fault = "git is not in PATH"
    elif stand_in is not None:
        fault = fault_of(git)
    if fault is None:
        return git
    if stand_in is None:
        raise GitNotFoundError(f"Git is not installed or not in PATH, and it fetches the models. {_INSTALL}")
    return replace(stand_in, choice=f"because {fault}")


def _stand_in_of(git: Git) -> Git | None:
    """Return what answers in place of a git; None where its package is not installed, or no Python can be started."""
    python = find_python()
    if python is None or find_spec(_STAND_IN) is None:
        return None
    places = os.pathsep.join([str(_ROOT), *map(os.path.abspath, sys.path)])
    return replace(git, program=[python, "-I", "-S", "-c", _START], environment={**git.environment, _PATH: places})


def fault_of(git: Git) -> str | None:
    """Say why a git can't be used: it does not run, or is too old."""
    try:
        version = version_of(git)
    except GitNotFoundError as error:
        fault = str(vars(error)["fault"])
        return None if _BAD_SETTINGS in fault else fault
    numbers = re.match(r"git version (\d+)\.(\d+)", version)
    too_old = numbers is not None and (int(numbers[1]), int(numbers[2])) < _OLDEST
    return f"{version} is older than {'.'.join(map(str, _OLDEST))}" if too_old else None


def version_of(git: Git) -> str:
    """Return what ``git --version`` prints; it does not run on a macOS without its developer tools."""
    try:
        return git.run("--version").decode().strip()
    except (GitFailedError, GitStalledError) as error:
        fault = f"{git.program[0]} does not run ({str(error).strip() or 'it says nothing'})"
        raise GitNotFoundError(f"Git is not installed or not in PATH: {fault}. {_INSTALL}", fault=fault) from None
