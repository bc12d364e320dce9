"""A folder of files as a git bundle with one branch of one commit, the same bytes every time."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

BRANCH = "refs/heads/models"
IDENTITY = b"HumanPose3D <demo@humanpose3d.invalid> 1735689600 +0000"  # 2025-01-01


class BundleError(Exception):
    """The bundle could not be made."""


def write_bundle(folder: Path, message: str, output: Path) -> None:
    """Pack all files under `folder` into a git bundle at `output`, which is replaced as a whole.

    Parameters
    ----------
    folder : Path
        Becomes the root of the tree; every file in it a regular one.
    message : str
        Commit message.
    output : Path
        The bundle. Its branch is `BRANCH`.

    Raises
    ------
    BundleError
        If git is not installed or fails.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".models-") as staging:
        repository, bundle = Path(staging, "repository.git"), Path(staging, "bundle")
        _run_git("init", "--quiet", "--bare", "--template=", str(repository))
        inside = f"--git-dir={repository}"
        _run_git(inside, "fast-import", "--quiet", "--depth=0", stream=_commit_stream(folder, message))
        # One thread and no search for deltas, so that the bytes of the pack do not vary from run to run.
        single = ("-c", "pack.threads=1", "-c", "pack.window=0")
        _run_git(inside, *single, "bundle", "create", str(bundle), BRANCH)
        bundle.replace(output)


def _commit_stream(folder: Path, message: str) -> bytes:
    """Write one commit in the language of ``git fast-import``, which never converts line endings."""
    parts = [f"commit {BRANCH}\n".encode(), b"committer " + IDENTITY + b"\n", _data(message.encode())]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        parts += [f"M 100644 inline {name}\n".encode(), _data(path.read_bytes())]
    return b"".join(parts)


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _run_git(*arguments: str, stream: bytes = b"") -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_DEFAULT_HASH": "sha1",
        "LC_ALL": "C",
    }
    try:
        subprocess.run(["git", *arguments], input=stream, env=environment, capture_output=True, check=True)
    except FileNotFoundError as error:
        raise BundleError("Git is not installed or not in PATH; install it and try again.") from error
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip()
        raise BundleError(f"{' '.join(error.cmd)} failed with exit code {error.returncode}: {words}") from error
