"""Real git repositories for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.invalid",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.invalid",
}


def need_git() -> None:
    """Skip a test that makes repositories where this can't be done."""
    if shutil.which("git") is None:
        pytest.skip("making a repository to test with takes the program git")


def git(*arguments: str, cwd: Path, stdin: bytes | None = None) -> str:
    """Run git and return what it prints."""
    need_git()
    command = ["git", *arguments]
    environment = {**os.environ, **GIT_ENVIRONMENT}
    done = subprocess.run(command, cwd=cwd, check=True, capture_output=True, env=environment, input=stdin)
    return done.stdout.decode().strip()


def make_models_repository(target: Path, models: Path) -> Path:
    """Make a bare repository: unrelated history on ``main``, `models` on the branch ``models``."""
    work = target.with_suffix(".work")
    work.mkdir(parents=True)
    git("init", "-q", "-b", "main", cwd=work)
    (work / "history.bin").write_bytes(os.urandom(1_000_000))
    git("add", ".", cwd=work)
    git("commit", "-q", "-m", "Unrelated history", cwd=work)
    git("checkout", "-q", "--orphan", "models", cwd=work)
    git("rm", "-rfq", ".", cwd=work)
    shutil.copytree(models, work / "models")
    git("add", ".", cwd=work)
    git("commit", "-q", "-m", "Models", cwd=work)
    git("clone", "-q", "--bare", str(work), str(target), cwd=target.parent)
    git("config", "uploadpack.allowFilter", "true", cwd=target)
    git("config", "http.receivepack", "false", cwd=target)
    shutil.rmtree(work)
    return target


def commit_file(repository: Path, path: str, content: bytes, branch: str = "models") -> str:
    """Put one more commit on a branch of a bare repository; returns its id."""
    blob = git("hash-object", "-w", "--stdin", cwd=repository, stdin=content)
    return commit_entries(repository, {path: ("100644", blob)}, branch)


def commit_entries(repository: Path, entries: dict[str, tuple[str, str] | None], branch: str = "models") -> str:
    """Commit tree entries ``path -> (mode, object id)``, or None to remove; returns the commit's id."""
    index = {"GIT_INDEX_FILE": str(repository / "test-index")}
    environment = {**os.environ, **GIT_ENVIRONMENT, **index}

    def run(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=repository, check=True, capture_output=True, env=environment)
        return done.stdout.decode().strip()

    run("read-tree", branch)
    for path, entry in entries.items():
        if entry is None:
            run("rm", "-q", "--cached", "--", path)
        else:
            run("update-index", "--add", "--replace", "--cacheinfo", f"{entry[0]},{entry[1]},{path}")
    commit = run("commit-tree", run("write-tree"), "-p", branch, "-m", "Change")
    run("update-ref", f"refs/heads/{branch}", commit)
    (repository / "test-index").unlink()
    return commit


def commit_tree(repository: Path, listing: str, branch: str = "models") -> str:
    """Commit a tree that is written as ``git ls-tree`` prints it, whatever it holds; returns the commit's id.

    Git's own index refuses names like ``..``; ``mktree`` writes them, as a hostile server would.
    """
    tree = git("mktree", "--missing", cwd=repository, stdin=listing.encode())
    commit = git("commit-tree", tree, "-p", branch, "-m", "Hostile", cwd=repository)
    git("update-ref", f"refs/heads/{branch}", commit, cwd=repository)
    return commit
