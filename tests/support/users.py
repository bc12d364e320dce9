"""Programs run by somebody else: another user has another user's rights."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock
import pytest

import humanpose3d

NOBODY = 65534


@dataclass(frozen=True)
class User:
    """A user, and a Python that they may run."""

    uid: int
    gid: int
    python: str
    path: str

    def run(
        self, program: str, *arguments: str, umask: int = 0o022, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program with this user's rights and none of ours."""
        environment = {**os.environ, "PYTHONPATH": self.path, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/", **variables}
        return subprocess.run(
            [self.python, "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=environment,
            cwd="/",
            umask=umask,
            user=self.uid,
            group=self.gid,
            extra_groups=[],
        )


def other_user(uid: int = NOBODY, gid: int = NOBODY) -> User:
    """Return another user, or skip the test where there can't be one."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can start a program as another user")
    path = os.pathsep.join(str(Path(module.__path__[0]).parent) for module in (humanpose3d, filelock))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(f"python{version}", path="/usr/bin:/usr/local/bin")):
        if python:
            user = User(uid, gid, python, path)
            try:
                if user.run("import filelock, humanpose3d").returncode == 0:
                    return user
            except PermissionError:
                continue
    pytest.skip("other users have no Python here that they may run")


@contextmanager
def public_folder() -> Iterator[Path]:
    """Yield a new folder that every user can reach; those of pytest are private."""
    folder = Path(tempfile.mkdtemp(prefix="humanpose3d-shared-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
