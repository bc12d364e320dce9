"""Temporary folders, each with a lock that tells whether a process still works in it."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from humanpose3d.model_assets.disk.files import put_away, remove_any, remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    import filelock

_DAY = 86400.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LOCK = "lock"


@contextlib.contextmanager
def scratch_folder(parent: Path, prefix: str = "tmp-") -> Iterator[Path]:
    """Yield a new folder in `parent`, which exists: locked while this process works in it, and removed at the end."""
    folder = parent / f"{prefix}{_machine()}-{os.urandom(6).hex()}"
    with contextlib.ExitStack() as stack:
        stack.callback(_remove, folder)
        folder.mkdir()
        lock = _lock_of(folder)
        try:
            lock.acquire()
        except (OSError, NotImplementedError):  # locks do not work here: without the file, no process relies on it
            (folder / _LOCK).unlink(missing_ok=True)
        else:
            stack.callback(lock.release)
            stack.callback(_empty, folder)
        yield folder


def remove_abandoned(parent: Path, prefix: str = "tmp-", *, at_once: bool = False) -> None:
    """Remove temporary folders in which no process works any more.

    That is certain of those of this machine whose lock is free. Others, which may belong to another machine that
    shares the folder, are removed after a day, or `at_once` unless their lock is held.
    """
    for folder in parent.glob(f"{prefix}*"):
        # What can't be removed belongs to another user of a shared home, or is gone already.
        with contextlib.suppress(OSError):
            ours = folder.name.startswith(f"{prefix}{_machine()}-")
            old = at_once or time.time() - folder.stat().st_mtime > _DAY
            if ours or old:
                with _examined(folder) as state:
                    abandoned = (ours and state == "free") or (old and state != "held")
                    if abandoned:
                        _empty(folder)
                if abandoned:
                    remove_tree(folder)


def _lock_of(folder: Path) -> filelock.BaseFileLock:
    import filelock

    return filelock.FileLock(folder / _LOCK, timeout=0, thread_local=False, fallback_to_soft=False)


@contextlib.contextmanager
def _examined(folder: Path) -> Iterator[str]:
    """Yield "held", "free" (held by us now), or "unknown" where locks do not work or have no effect."""
    with contextlib.ExitStack() as stack:
        state = _try(stack, folder) if (folder / _LOCK).exists() else "unknown"
        if state == "free" and _try(stack, folder) != "held":  # a second holder has to be refused
            state = "unknown"
        yield state


def _try(stack: contextlib.ExitStack, folder: Path) -> str:
    import filelock

    try:
        stack.enter_context(_lock_of(folder))
    except filelock.Timeout:
        return "held"
    except (OSError, NotImplementedError):
        return "unknown"
    return "free"


def _empty(folder: Path) -> None:
    """Remove all but the lock, which has to be there as long as anything else is."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name != _LOCK:
                put_away(functools.partial(remove_any, path))


def _remove(folder: Path) -> None:
    # A file that is still open elsewhere (a virus scanner, NFS) is no reason to fail; the next holder removes it.
    with contextlib.suppress(OSError):
        put_away(lambda: remove_tree(folder))


@functools.cache
def _machine() -> str:
    """Return a name for the system that keeps our file locks; host names are the same in many containers."""
    try:
        name = _BOOT_ID.read_text(encoding="ascii")
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # others pass, and would be remembered here
        name = socket.gethostname()
    return re.sub(r"[^A-Za-z0-9]", "", name)[:12]
