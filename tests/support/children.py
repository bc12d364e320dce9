"""Python programs that tests run in processes of their own."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.aftermath import end
from support.repositories import need_git

GET = "import sys; from humanpose3d.model_assets import get_model_path; print(get_model_path(sys.argv[1]))"

AT_EVENT = """
import os, signal, sys
from humanpose3d.model_assets import download_models
from humanpose3d.model_assets.download import cold_path
import filelock

number, limit, names = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
count, main = 0, os.getpid()
touches = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.scandir", "os.listdir", "subprocess.Popen"}

def watch(event, arguments):
    global count
    if event in touches and os.getpid() == main:
        count += 1
        if count == limit:
            os.kill(main, number)

sys.addaudithook(watch)
download_models(names)
limit = -1
print(count)
"""
"""Sends itself signal ``argv[1]`` at the ``argv[2]``-th touch of the disk or start of a program."""


@contextlib.contextmanager
def running(program: str, *arguments: object, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start a Python program; it is gone at the end of the context."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    child = subprocess.Popen(command, **options)
    try:
        yield child
    finally:
        end(child)
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream:
                stream.close()


def run(program: str, *arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a Python program to its end."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **options)


def instead_of_git(tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a git into the search path that runs a line of shell before the real one."""
    need_git()
    real = str(shutil.which("git"))
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n{command}\nexec {shlex.quote(real)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
