"""From a model's name to a path: look, lock, look again, fetch, check, move into place."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from humanpose3d.model_assets.download import Download
from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError, OfflineError
from humanpose3d.model_assets.exclusive import Waiting, lock_of, storage_errors
from humanpose3d.model_assets.inspection import ModelStatus, fault_of, path_in_search_path, status_of
from humanpose3d.model_assets.interrupts import termination_raises
from humanpose3d.model_assets.lockfile import ModelsLock
from humanpose3d.model_assets.paths import UserPaths, base_folder
from humanpose3d.model_assets.progress import ProgressCallback, make_progress
from humanpose3d.model_assets.registry import ModelSpec, find_model, select_models
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store import ModelStore, store_at
from humanpose3d.model_assets.swap import finish_swap


def get_model_path(name: str) -> Path:
    """Return the path of a model, fetching it on first use.

    When the file is there, this costs a few ``stat`` calls: no lock, no write, no network. Otherwise one process
    fetches it with git while the others wait.

    Parameters
    ----------
    name : str
        A model's name (``"depth"``), file name, or path under ``models/``.

    Returns
    -------
    Path
        A whole, checked file.

    Raises
    ------
    UnknownModelError
        If there is no such model.
    OfflineError
        If it is missing and ``HUMANPOSE3D_OFFLINE`` is set.
    GitNotFoundError, DownloadError, DownloadTimeoutError, RepositoryLayoutError, IntegrityError, StorageError
        If it could not be fetched; the message says what to do.

    Examples
    --------
    >>> from humanpose3d.model_assets import get_model_path
    >>> get_model_path("gru")  # doctest: +SKIP
    PosixPath('/home/user/.humanpose3d/models/GRU.h5')
    """
    spec = find_model(name)
    store = store_at(base_folder(os.environ))
    return store.trusted_path(spec) or _obtain(spec, store)


def download_models(
    names: Iterable[str] | None = None, *, force: bool = False, progress: ProgressCallback | None = None
) -> list[ModelStatus]:
    """Make models ready before they are needed.

    Parameters
    ----------
    names : iterable of str, optional
        The models; all five by default.
    force : bool
        Move the whole set to the newest commit. Only files that differ travel, and the old set stays in place
        until all of the new one is there.
    progress : callable, optional
        Called with ``(model, bytes so far, bytes in all)`` in place of the display on standard error.

    Returns
    -------
    list of ModelStatus
        One for each model asked for.

    Raises
    ------
    ModelAssetError
        As :func:`get_model_path`.
    """
    settings = Settings.from_environment()
    return download_into(settings.paths, settings, names, force=force, progress=progress)


def download_into(
    paths: UserPaths,
    settings: Settings,
    names: Iterable[str] | None = None,
    *,
    force: bool = False,
    progress: ProgressCallback | None = None,
    pinned: ModelsLock | None = None,
) -> list[ModelStatus]:
    """Make models ready as `download_models` does, but in the folders, with the settings and the lock file given."""
    specs = select_models(names)
    store = store_in(paths, pinned)
    if settings.offline:
        absent = [spec for spec in specs if force or _usable_path(spec, store, settings) is None]
        if absent:
            raise _offline_error(absent, store, settings)
    else:
        _download(specs, store, settings, force=force, callback=progress)
    return [status_of(spec, store, settings, verify=False) for spec in specs]


def store_in(paths: UserPaths, pinned: ModelsLock | None = None) -> ModelStore:
    """Return the store of a base folder; `pinned` replaces the lock file of the package."""
    return store_at(str(paths.base)) if pinned is None else ModelStore(paths.models, pinned)


def check_models(names: Iterable[str] | None = None, *, verify: bool = False) -> list[ModelStatus]:
    """Say which models are there. Never touches the network and writes nothing.

    Parameters
    ----------
    names : iterable of str, optional
        The models; all five by default.
    verify : bool
        Read every byte and compare its digest with the receipt, instead of trusting size and time.
    """
    settings = Settings.from_environment()
    return check_in(settings.paths, settings, names, verify=verify)


def check_in(
    paths: UserPaths,
    settings: Settings,
    names: Iterable[str] | None = None,
    *,
    verify: bool = False,
    pinned: ModelsLock | None = None,
) -> list[ModelStatus]:
    """Say which models are there as `check_models` does, but for the folders, settings and lock file given."""
    store = store_in(paths, pinned)
    return [status_of(spec, store, settings, verify=verify) for spec in select_models(names)]


def _obtain(spec: ModelSpec, store: ModelStore) -> Path:
    settings = Settings.from_environment()
    path = _usable_path(spec, store, settings)
    if path is not None:
        return path
    if settings.offline:
        raise _offline_error([spec], store, settings)
    _download([spec], store, settings)
    return _usable_path(spec, store, settings) or store.path_of(spec)


def _usable_path(spec: ModelSpec, store: ModelStore, settings: Settings) -> Path | None:
    """Return a path that needs no download: trusted, put there by hand, or in the search path."""
    standing = store.standing(spec)
    if standing == "trusted":
        return store.path_of(spec)
    if standing != "absent" and fault_of(spec, store) is None:
        _record(spec, store)
        return store.path_of(spec)
    return path_in_search_path(spec, settings)


def record_all(store: ModelStore) -> None:
    """Write receipts for the files that were put there by hand and are good."""
    for spec in select_models(None):
        if store.standing(spec) in ("unrecorded", "changed") and fault_of(spec, store) is None:
            _record(spec, store)


def _record(spec: ModelSpec, store: ModelStore) -> None:
    """Write the receipt of a file that was found to be good; where that can't be done now, remember it."""
    receipt = store.examine(spec)
    store.remember(spec, receipt)
    with contextlib.suppress(OSError), lock_of(store).hold(0.0, lambda _holder: True) as held:
        if held:
            store.write_manifest(store.manifest().with_receipt(spec.path, receipt))


def _download(
    specs: Collection[ModelSpec],
    store: ModelStore,
    settings: Settings,
    *,
    force: bool = False,
    callback: ProgressCallback | None = None,
) -> None:
    def all_there() -> bool:
        return not force and all(_usable_path(spec, store, settings) is not None for spec in specs)

    if all_there():
        return
    progress = make_progress(settings.progress, callback)
    try:
        with storage_errors(store), termination_raises():
            lock = lock_of(store)
            with lock.hold(settings.lock_timeout, Waiting(all_there, progress)) as held:
                if held:
                    _download_alone(specs, Download(store, settings, progress, lock, force), all_there)
    finally:
        progress.close()


def _download_alone(specs: Collection[ModelSpec], download: Download, all_there: Callable[[], bool]) -> None:
    """Look again now that nobody else is at work, put away what is spoilt, and fetch."""
    store = download.store
    finish_swap(store)
    store.clean_strays()
    if all_there():
        return
    for spec in specs:
        if store.standing(spec) not in ("changed", "unrecorded"):
            continue
        if fault := fault_of(spec, store):
            aside = store.set_aside(spec, ".corrupt")
            download.progress.say(f"{store.path_of(spec)} is not the model ({fault}); kept as {aside.name}")
        else:
            store.write_manifest(store.manifest().with_receipt(spec.path, store.examine(spec)))
    download.run(specs)


def _offline_error(absent: Collection[ModelSpec], store: ModelStore, settings: Settings) -> ModelAssetError:
    for spec in absent:
        if store.standing(spec) != "absent" and (fault := fault_of(spec, store)):
            return IntegrityError(
                f"Model {spec.name!r} at {store.path_of(spec)} is not the model: {fault}. It can't be fetched again "
                "while HUMANPOSE3D_OFFLINE is set; unset it, or copy the right file there.",
                model=spec.name,
                reason=fault,
            )
    searched = [store.folder, *settings.search_path]
    return OfflineError(
        f"Offline (HUMANPOSE3D_OFFLINE is set), and missing: {', '.join(spec.path for spec in absent)}. "
        f"Searched: {', '.join(map(str, searched))}. Unset the variable and run "
        "'python scripts/download_models.py', or copy the files there.",
        models=[spec.name for spec in absent],
        searched=searched,
    )
