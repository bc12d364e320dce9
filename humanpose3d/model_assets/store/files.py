"""Files that are whole or not there: write beside, sync, replace."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

_WINDOWS_RETRIES = 20


def replace_file(source: Path, target: Path) -> None:
    """Move `source` over `target` in one step.

    Windows refuses for a moment while a virus scanner or an indexer holds the target; that is waited out.
    """
    for attempt in range(_WINDOWS_RETRIES):
        try:
            source.replace(target)
        except PermissionError:
            if os.name != "nt" or attempt == _WINDOWS_RETRIES - 1:
                raise
            _make_writable(target)
            time.sleep(0.05 * (attempt + 1))
        else:
            return


def _make_writable(path: Path) -> None:
    if path.exists():
        path.chmod(path.stat().st_mode | stat.S_IWRITE)


def write_text_atomically(target: Path, text: str, *, durable: bool = True) -> None:
    """Replace the content of `target`; a reader sees the old text or the new one, never a part.

    Without `durable`, a crash of the machine may take the new text back; that is for notes which only the living read.
    """
    beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        replace_file(beside, target)
    finally:
        put_away(lambda: beside.unlink(missing_ok=True))


def unused_name(path: Path) -> Path:
    """Return `path`, or the first of ``path.2``, ``path.3`` ... that is free."""
    candidate, number = path, 2
    while candidate.exists():
        candidate, number = path.with_name(f"{path.name}.{number}"), number + 1
    return candidate


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours; git's packs are read-only files, which Windows does not delete."""
    for path in folder.rglob("*") if os.name == "nt" else ():
        if path.is_file() and not path.is_symlink():
            path.chmod(stat.S_IREAD | stat.S_IWRITE)
    shutil.rmtree(folder)


def remove_any(path: Path) -> None:
    """Remove a file, a link, or a folder of ours."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink()


def existing_folder(path: Path) -> Path:
    """Return `path`, or the nearest folder above it that exists; also where it can't be, or may not be looked at."""
    while not os.path.isdir(path) and path != path.parent:  # noqa: PTH112  (Path.is_dir raises where we may not look)
        path = path.parent
    return path


def put_away(step: Callable[[], object]) -> None:
    """Do the last `step` of something; a request to end that comes in its middle is heard when it is done."""
    try:
        step()
    except (KeyboardInterrupt, SystemExit):
        step()
        raise
