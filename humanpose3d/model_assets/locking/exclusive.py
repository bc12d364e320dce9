"""Working on a models folder while nobody else does, and saying why the file system refuses."""

from __future__ import annotations

import contextlib
import errno
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from humanpose3d.model_assets.errors import ModelAssetError, StorageError
from humanpose3d.model_assets.interrupts import termination_raises
from humanpose3d.model_assets.locking.home_lock import Holder, HomeLock
from humanpose3d.model_assets.progress import Progress, format_bytes, make_progress
from humanpose3d.model_assets.registry import MIB, ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.files import dangling_link, existing_folder
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.leftovers import bytes_in, remove_leftovers, temporaries
from humanpose3d.model_assets.store.manifest import Manifest
from humanpose3d.model_assets.store.status import MISSING, fault_of, pin_fault
from humanpose3d.model_assets.store.swap import finish_swap

_RECORD_PATIENCE = 10.0
_FULL = (errno.ENOSPC, errno.EDQUOT)
_LIMITS = "Check the limits of this account ('ulimit -a' shows them), or close other programs."
_ADVICE = {
    errno.EDQUOT: "Your quota there is used up; free some of your space, or set HUMANPOSE3D_HOME to another disk.",
    errno.EFBIG: "Check the limit on the size of files ('ulimit -f' shows it).",
    errno.EMFILE: _LIMITS,
    errno.ENFILE: _LIMITS,
}


def lock_of(store: ModelStore) -> HomeLock:
    """Return the lock of a models folder, which is made if it is not there."""
    store.prepare()
    return HomeLock(store.work_folder)


@contextlib.contextmanager
def exclusive(store: ModelStore, settings: Settings, *, doing: str) -> Iterator[None]:
    """Hold the lock of a models folder for the length of the context."""
    with storage_errors(store, doing=doing), termination_raises():
        waiting = Waiting(lambda: False, make_progress(settings.progress))
        with lock_of(store).hold(settings.lock_timeout, waiting):
            tidy(store)
            yield


def tidy(store: ModelStore) -> None:
    """Complete or remove what processes left that were killed; the store's lock is held."""
    finish_swap(store)
    remove_leftovers(store)


def try_to_record(store: ModelStore, change: Callable[[Manifest], Manifest], *, patience: float = 0.0) -> None:
    """Change the receipts if the lock can be had within `patience` seconds; in a read-only home, do nothing."""
    with contextlib.suppress(OSError), lock_of(store).hold(patience, lambda _holder: patience == 0) as held:
        if held:
            store.write_manifest(change(store.manifest()))


def record_findings(specs: Iterable[ModelSpec], store: ModelStore) -> None:
    """Write into the receipts what reading every byte of these models has shown, so that it counts for everybody."""
    found = {}
    for spec in specs:
        fault = fault_of(spec, store)
        if fault in (MISSING, pin_fault(spec, store)):
            continue
        receipt = store.manifest().receipts.get(spec.path)
        if receipt is not None and receipt.fault != fault:
            with contextlib.suppress(OSError):
                if receipt.has_size_and_time_of(store.path_of(spec).stat()):
                    found[spec.path] = replace(receipt, fault=fault)
    if found:
        try_to_record(store, lambda m: replace(m, receipts={**m.receipts, **found}), patience=_RECORD_PATIENCE)


class Waiting:
    """What a process does while another one downloads: look for the target, and tell people whom it waits for."""

    def __init__(self, all_there: Callable[[], bool], progress: Progress) -> None:
        self._all_there = all_there
        self._progress = progress
        self._next_words = 0.0

    def __call__(self, holder: Holder | None) -> bool:
        """Return whether the wait is over."""
        if self._all_there():
            return True
        if time.monotonic() >= self._next_words:
            self._next_words = time.monotonic() + 5.0
            self._progress.say(f"Waiting for another download: {holder or 'it has just begun'}")
        return False


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


def _folder(spec: ModelSpec, store: ModelStore) -> Path:
    return existing_folder(store.path_of(spec).parent)


def _held_by_leftovers(store: ModelStore) -> str:
    held = bytes_in(temporaries(store))
    if held < MIB:  # not what is missing, and perhaps our own
        return ""
    return f" {format_bytes(held)} there wait from other downloads; 'humanpose3d models remove --leftovers' frees them."
