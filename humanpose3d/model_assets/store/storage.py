"""Room on the disk, and the errors of a file system that refuses."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from humanpose3d.model_assets.disk.files import dangling_link, existing_folder
from humanpose3d.model_assets.errors import ModelAssetError, StorageError
from humanpose3d.model_assets.progress import format_bytes
from humanpose3d.model_assets.registry import MIB, ModelSpec
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.leftovers import bytes_in, temporaries

_FULL = (errno.ENOSPC, errno.EDQUOT)
_LIMITS = "Check the limits of this account ('ulimit -a' shows them), or close other programs."
_ADVICE = {
    errno.EDQUOT: "Your quota there is used up; free some of your space, or set HUMANPOSE3D_HOME to another disk.",
    errno.EFBIG: "Check the limit on the size of files ('ulimit -f' shows it).",
    errno.EMFILE: _LIMITS,
    errno.ENFILE: _LIMITS,
}


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
