"""Getting what is not there yet: adopt, look elsewhere, or lock and download."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection
from pathlib import Path

from humanpose3d.model_assets.download.execution import Download
from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError, OfflineError
from humanpose3d.model_assets.interrupts import CancelledError, termination_raises
from humanpose3d.model_assets.locking.exclusive import Waiting, lock_of, storage_errors
from humanpose3d.model_assets.progress import ProgressCallback, make_progress
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.status import fault_of, in_search_path
from humanpose3d.model_assets.store.swap import finish_swap, is_pending


def obtain(spec: ModelSpec, store: ModelStore) -> Path:
    """Return the path of a model that is not simply there, downloading it if nothing else helps."""
    settings = Settings.from_environment()
    path = usable_path(spec, store, settings)
    if path is not None:
        return path
    if settings.offline:
        raise offline_error([spec], store, settings)
    download([spec], store, settings)
    return usable_path(spec, store, settings) or store.path_of(spec)


def usable_path(spec: ModelSpec, store: ModelStore, settings: Settings) -> Path | None:
    """Return a path that needs no download: trusted, put there by hand, or in the search path."""
    standing = store.standing(spec)
    if standing != "trusted" and is_pending(store):
        _complete_swap(store)
        standing = store.standing(spec)
    if standing == "trusted":
        return store.path_of(spec)
    if standing != "absent" and fault_of(spec, store) is None:
        _record(spec, store)
        return store.path_of(spec)
    further = in_search_path(spec, store, settings)
    return None if further is None else further.path_of(spec)


def _complete_swap(store: ModelStore) -> None:
    """Complete the exchange that a killed process began, or wait a moment for the one that is at it."""
    with contextlib.suppress(OSError), lock_of(store).hold(5.0, lambda _holder: not is_pending(store)) as held:
        if held:
            finish_swap(store)


def _record(spec: ModelSpec, store: ModelStore) -> None:
    """Write the receipt of a file that was found to be good; where that can't be done now, remember it."""
    receipt = store.examine(spec)
    store.remember(spec, receipt.size, receipt.mtime_ns)
    with contextlib.suppress(OSError), lock_of(store).hold(0.0, lambda _holder: True) as held:
        if held:
            store.write_manifest(store.manifest().with_receipt(spec.path, receipt))


def download(
    specs: Collection[ModelSpec],
    store: ModelStore,
    settings: Settings,
    *,
    force: bool = False,
    callback: ProgressCallback | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Download what is missing of `specs`, or wait while another process does; with `force`, move the whole set.

    Setting `stop` from another thread ends it with a CancelledError.
    """
    stop = stop or threading.Event()

    def all_there() -> bool:
        if stop.is_set():
            raise CancelledError
        return not force and all(usable_path(spec, store, settings) is not None for spec in specs)

    if all_there():
        return
    progress = make_progress(settings.progress, callback)
    try:
        with storage_errors(store), termination_raises():
            lock = lock_of(store)
            with lock.hold(settings.lock_timeout, Waiting(all_there, progress)) as held:
                if held:
                    _download_alone(specs, Download(store, settings, progress, lock, force, stop), all_there)
    finally:
        progress.close()


def _download_alone(specs: Collection[ModelSpec], download: Download, all_there: Callable[[], bool]) -> None:
    """Look again now that nobody else is at work, put away what is spoilt, and fetch."""
    store = download.store
    finish_swap(store)
    store.clean_strays()
    store.forget()
    for spec in specs:
        if store.standing(spec) not in ("changed", "unrecorded"):
            continue
        if fault := fault_of(spec, store):
            aside = store.set_aside(spec, ".corrupt")
            download.progress.say(f"{store.path_of(spec)} is not the model ({fault}); kept as {aside.name}")
        else:
            store.write_manifest(store.manifest().with_receipt(spec.path, store.examine(spec)))
    if not all_there():
        download.run(specs)


def offline_error(absent: Collection[ModelSpec], store: ModelStore, settings: Settings) -> ModelAssetError:
    """Return the error for models that can't be had without a network; where none is absent, for an update."""
    if not absent:
        return OfflineError(
            "Offline (HUMANPOSE3D_OFFLINE is set), so no newer models can be fetched; those that are there stay. "
            "Unset the variable and try again."
        )
    for spec in absent:
        if store.standing(spec) != "absent" and (fault := fault_of(spec, store)):
            return IntegrityError(
                f"Model {spec.name!r} at {store.path_of(spec)} is not the model: {fault}. It can't be fetched again "
                "while HUMANPOSE3D_OFFLINE is set; unset it, or copy the right file there.",
                model=spec.name,
                reason=fault,
            )
    searched = [store.folder, *settings.search_path]
    found = ", ".join(_with_faults(store.further(folder), absent) for folder in searched)
    return OfflineError(
        f"Offline (HUMANPOSE3D_OFFLINE is set), and missing: {', '.join(spec.path for spec in absent)}. "
        f"Searched: {found}. Unset the variable and try again, or copy the files there.",
        models=[spec.name for spec in absent],
        searched=searched,
    )


def _with_faults(store: ModelStore, absent: Collection[ModelSpec]) -> str:
    """Name a folder, and what is wrong with the files in it that were passed over."""
    faults = [
        f"{spec.filename} is not the model: {fault}"
        for spec in absent
        if store.standing(spec) != "absent" and (fault := fault_of(spec, store))
    ]
    return f"{store.folder} (where {'; '.join(faults)})" if faults else str(store.folder)
