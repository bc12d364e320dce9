"""Working on a models folder while nobody else does."""

from __future__ import annotations

import contextlib
import errno
import shutil
import time
from collections.abc import Callable, Iterator, Mapping

from humanpose3d.model_assets.errors import ModelAssetError, StorageError
from humanpose3d.model_assets.interrupts import termination_raises
from humanpose3d.model_assets.locking.home_lock import Holder, HomeLock
from humanpose3d.model_assets.progress import Progress, format_bytes, make_progress
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.files import existing_folder
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.swap import finish_swap


def lock_of(store: ModelStore) -> HomeLock:
    """Return the lock of a models folder, which is made if it is not there."""
    store.prepare()
    return HomeLock(store.work_folder)


@contextlib.contextmanager
def exclusive(store: ModelStore, settings: Settings) -> Iterator[None]:
    """Hold the lock of a models folder for the length of the context."""
    progress = make_progress(settings.progress)
    with termination_raises(), lock_of(store).hold(settings.lock_timeout, Waiting(lambda: False, progress)):
        finish_swap(store)
        yield


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
        advice = "Set HUMANPOSE3D_HOME to a folder you can write to."
        if error.errno == errno.ENOSPC:
            free = format_bytes(shutil.disk_usage(existing_folder(store.folder)).free)
            advice = f"{free} are free there; free some space, or set HUMANPOSE3D_HOME to another disk."
        raise StorageError(
            f"File system error during {doing}: {error.strerror or error} ({error.filename or store.folder}). {advice}",
            path=str(store.folder),
        ) from error


def require_space(store: ModelStore, sizes: Mapping[ModelSpec, int], *, doing: str = "download") -> None:
    """Raise `StorageError` unless there is room for models of these sizes in bytes."""
    needed, free = sum(sizes.values()), shutil.disk_usage(store.folder).free
    if needed > free:
        raise StorageError(
            f"File system error during {doing}: {format_bytes(needed)} needed for "
            f"{', '.join(spec.name for spec in sizes)}, and {store.folder} has {format_bytes(free)} free. "
            "Free some space, or set HUMANPOSE3D_HOME to another disk.",
            needed=needed,
            free=free,
        )
