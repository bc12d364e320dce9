"""The Python that supervises git; it may be another than ours, and our files may be in a zip archive."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


def supervised(command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` under the supervisor.

    Where there is no Python to run it, as inside some programs that embed the language, the command runs without: if
    this process is then killed outright, the command ends by itself when its transfer does.
    """
    python = find_python()
    if python is None:
        return list(command)
    if _SUPERVISOR.is_file():
        return [python, "-I", "-S", str(_SUPERVISOR), *command]
    source = globals()["__loader__"].get_data(str(_SUPERVISOR)).decode("utf-8")
    return [python, "-I", "-S", "-c", source, *command]


def find_python() -> str | None:
    """Return the path of a Python; ``sys.executable`` may be None, or a program that embeds the language."""
    prefix = Path(sys.exec_prefix)
    candidates = [
        sys.executable,
        getattr(sys, "_base_executable", None),
        prefix / "bin" / "python3",
        prefix / "python.exe",
    ]
    if os.name != "nt":  # there a program of this name may lead to a shop
        candidates.append(shutil.which("python3"))
    for candidate in filter(None, candidates):
        path = Path(candidate)
        if path.name.lower().startswith(("python", "pypy", "graalpy")) and path.is_file():
            return str(path)
    return None
