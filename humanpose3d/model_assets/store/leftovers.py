"""What earlier downloads, imports and updates left in a models folder."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Collection
from pathlib import Path

from humanpose3d.model_assets.disk.files import remove_any
from humanpose3d.model_assets.disk.scratch import remove_abandoned
from humanpose3d.model_assets.store.folder import ModelStore

_DAY = 86400.0
_WEEK = 7 * _DAY
_COPY = re.compile(r"\.(corrupt|manual|unreadable)(\.\d+)?$")


def remove_leftovers(store: ModelStore, *, at_once: bool = False) -> None:
    """Remove what no process works in, and staged files that are a week old; the store's lock is held.

    With `at_once`, also what may be of use to a later download, and what another machine left less than a day ago.
    """
    if store.swap_is_pending():
        return  # it needs them
    for work in _work_folders(store):
        remove_abandoned(work, at_once=at_once)
        for path in work.glob("staging/*"):
            _remove_older(path, -math.inf if at_once else _WEEK)
    for path in (*store.folder.glob(".manifest.json.*"), *store.work_folder.glob(".*.json.*")):
        _remove_older(path, -math.inf if at_once else _DAY)


def remove_staged(store: ModelStore, *, but: Collection[Path]) -> None:
    """Remove files that wait for their place, except those in `but`."""
    for work in _work_folders(store):
        for path in work.glob("staging/*"):
            if path not in but:
                _remove_older(path, -math.inf)


def temporaries(store: ModelStore) -> list[Path]:
    """Return the temporary folders and the whole files that wait, of processes at work and of those that are gone."""
    return [path for work in _work_folders(store) for path in (*work.glob("tmp-*"), *work.glob("staging/*"))]


def kept_copies(store: ModelStore) -> list[Path]:
    """Return the copies that were kept for the user: ``*.corrupt``, ``*.manual``, ``*.unreadable``."""
    folders = (*store.places(), store.work_folder)
    return [path for folder in folders for path in sorted(folder.glob("*")) if _COPY.search(path.name)]


def bytes_in(paths: list[Path]) -> int:
    """Return the bytes that files and folders occupy; what can't be read counts as nothing."""
    total = 0
    for path in paths:
        for file in (path, *path.rglob("*")):
            with contextlib.suppress(OSError):
                total += 0 if file.is_dir() else file.lstat().st_size
    return total


def _work_folders(store: ModelStore) -> list[Path]:
    return [place / store.work_folder.name for place in store.places()]


def _remove_older(path: Path, age: float) -> None:
    # What can't be removed belongs to another user of a shared home, or is gone already.
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > age:
            remove_any(path)
