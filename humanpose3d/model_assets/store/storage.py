"""Room on the disk: what earlier downloads left there, and the errors of a file system that refuses."""

from __future__ import annotations

import contextlib
import errno
import math
import re
import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from humanpose3d.model_assets.disk.files import dangling_link, existing_folder, remove_any
from humanpose3d.model_assets.disk.scratch import remove_abandoned
from humanpose3d.model_assets.errors import ModelAssetError, StorageError
from humanpose3d.model_assets.progress import format_bytes
from humanpose3d.model_assets.registry import MIB, ModelSpec
from humanpose3d.model_assets.store.folder import ModelStore

_FULL = (errno.ENOSPC, errno.EDQUOT)
_LIMITS = "Check the limits of this account ('ulimit -a' shows them), or close other programs."
_ADVICE = {
    errno.EDQUOT: "Your quota there is used up; free some of your space, or set HUMANPOSE3D_HOME to another disk.",
    errno.EFBIG: "Check the limit on the size of files ('ulimit -f' shows it).",
    errno.EMFILE: _LIMITS,
    errno.ENFILE: _LIMITS,
}
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


@contextlib.contextmanager
def storage_errors(store: ModelStore, *, doing: str = "download") -> Iterator[None]:
    """Say which folder, and in the middle of what, when the file system refuses."""
    try:
        yield
    except ModelAssetError:
        raise
    except OSError as error:
        raise storage_error(error, store, doing=doing) from error
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        raise StorageError(f"File system error during {doing}: {error}. {_LIMITS}", path=str(store.folder)) from error


def storage_error(error: OSError, store: ModelStore, *, doing: str) -> StorageError:
    """Return the error to raise for what the file system said."""
    for place in store.places():
        if link := dangling_link(place):
            return StorageError(
                f"File system error during {doing}: {link} is a link to {link.readlink()}, which is not there. "
                "Connect the disk that it leads to, or remove the link.",
                path=str(link),
            )
    advice = _ADVICE.get(error.errno or 0, "Set HUMANPOSE3D_HOME to a folder you can write to.")
    if error.errno == errno.ENOSPC:
        free = format_bytes(shutil.disk_usage(existing_folder(store.folder)).free)
        advice = f"{free} are free there; free some space, or set HUMANPOSE3D_HOME to another disk."
    return StorageError(
        f"File system error during {doing}: {error.strerror or error} ({error.filename or store.folder}). "
        f"{advice}{_held_by_leftovers(store) if error.errno in _FULL else ''}",
        path=str(store.folder),
    )


def require_space(store: ModelStore, sizes: Mapping[ModelSpec, int], *, doing: str = "download") -> None:
    """Raise `StorageError` unless there is room for models of these sizes in bytes, each where it belongs."""
    groups: dict[int, list[ModelSpec]] = {}  # by file system
    for spec in sizes:
        groups.setdefault(_folder(spec, store).stat().st_dev, []).append(spec)
    for specs in groups.values():
        folder = _folder(specs[0], store)
        needed, free = sum(sizes[spec] for spec in specs), shutil.disk_usage(folder).free
        if needed > free:
            raise StorageError(
                f"File system error during {doing}: {format_bytes(needed)} needed for "
                f"{', '.join(spec.name for spec in specs)}, and {folder} has {format_bytes(free)} free. "
                f"Free some space, or set HUMANPOSE3D_HOME to another disk.{_held_by_leftovers(store)}",
                needed=needed,
                free=free,
            )


def disk_full(store: ModelStore, missing: Collection[ModelSpec]) -> StorageError:
    """Return the error to raise where the disk is full in the middle of a download."""
    needed, free = sum(spec.published_size for spec in missing), shutil.disk_usage(store.folder).free
    return StorageError(
        f"File system error during download: No space left on device; {format_bytes(needed)} needed for "
        f"{', '.join(spec.name for spec in missing)}, twice as much while a file arrives, and {store.folder} "
        f"has {format_bytes(free)} free. Free some space, or set HUMANPOSE3D_HOME to another disk.",
        needed=needed,
        free=free,
    )


def _folder(spec: ModelSpec, store: ModelStore) -> Path:
    return existing_folder(store.path_of(spec).parent)


def _held_by_leftovers(store: ModelStore) -> str:
    held = bytes_in(temporaries(store))
    if held < MIB:  # not what is missing, and perhaps our own
        return ""
    return f" {format_bytes(held)} there wait from other downloads; 'humanpose3d models remove --leftovers' frees them."
