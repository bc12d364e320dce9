"""The repository that is downloaded from: five models on one branch, 50 MB of unrelated history on another."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

_COMMITS = 10
_BYTES_PER_COMMIT = 5_000_000
# Nothing of the user's git set-up has a say in what is measured.
NEUTRAL_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Benchmark",
    "GIT_AUTHOR_EMAIL": "benchmark@example.invalid",
    "GIT_COMMITTER_NAME": "Benchmark",
    "GIT_COMMITTER_EMAIL": "benchmark@example.invalid",
}


def make_repository(target: Path, models: Path) -> None:
    """Make the bare repository `target`: history on ``main``, the folder `models` on the branch ``models``."""
    work = target.with_suffix(".work")
    work.mkdir(parents=True)
    _git(work, "init", "-q", "-b", "main")
    randomness = random.Random(1)
    for number in range(_COMMITS):
        (work / "video.bin").write_bytes(randomness.randbytes(_BYTES_PER_COMMIT))
        _git(work, "add", ".")
        _git(work, "commit", "-q", "-m", f"Unrelated {number}")
    _git(work, "checkout", "-q", "--orphan", "models")
    _git(work, "rm", "-rfq", ".")
    shutil.copytree(models, work / "models")
    _git(work, "add", ".")
    _git(work, "commit", "-q", "-m", "Models")
    _git(target.parent, "clone", "-q", "--bare", "--no-local", str(work), str(target))
    _git(target, "config", "uploadpack.allowFilter", "true")  # as public hosts have it
    shutil.rmtree(work)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, env={**os.environ, **NEUTRAL_GIT})
