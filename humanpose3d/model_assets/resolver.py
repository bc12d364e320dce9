"""The public calls: the path of a model, fetching ahead, and checking. A warm call ends here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from humanpose3d.model_assets.registry import find_model, select_models
from humanpose3d.model_assets.settings import Settings, base_folder
from humanpose3d.model_assets.store.folder import ModelStore, store_at

# What follows is imported where it is used: a warm call must not pay for what only a download needs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from humanpose3d.model_assets.progress import ProgressCallback
    from humanpose3d.model_assets.store.manifest import ModelsLock
    from humanpose3d.model_assets.store.status import ModelStatus


def get_model_path(name: str | os.PathLike[str]) -> Path:
    """Return the path of a model, fetching it on first use.

    When the file is there, this costs a few ``stat`` calls: no lock, no write, no network. Otherwise one process
    fetches it with git while the others wait.

    Parameters
    ----------
    name : str or path-like
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
    """
    spec = find_model(name)
    store = store_at(base_folder(os.environ))
    if store.is_trusted(spec):
        return store.path_of(spec)
    from humanpose3d.model_assets.download.cold_path import obtain

    return obtain(spec, store)


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

    Raises
    ------
    ModelAssetError
        As :func:`get_model_path`.
    """
    return download_into(Settings.from_environment(), names, force=force, progress=progress)


def download_into(
    settings: Settings,
    names: Iterable[str] | None = None,
    *,
    force: bool = False,
    progress: ProgressCallback | None = None,
    pinned: ModelsLock | None = None,
) -> list[ModelStatus]:
    """Make models ready as `download_models` does, but with the settings and the lock file given."""
    from humanpose3d.model_assets.download.cold_path import make_ready
    from humanpose3d.model_assets.store.status import status_of

    specs, store = select_models(names), store_in(settings, pinned)
    make_ready(specs, store, settings, force=force, callback=progress)
    return [status_of(spec, store, settings) for spec in specs]


def store_in(settings: Settings, pinned: ModelsLock | None = None) -> ModelStore:
    """Return the store of the base folder; `pinned` replaces the lock file of the package."""
    return store_at(str(settings.paths.base)) if pinned is None else ModelStore(settings.paths.models, pinned)


def check_models(names: Iterable[str] | None = None, *, verify: bool = False) -> list[ModelStatus]:
    """Return which models are there. Never touches the network.

    Nothing is written, except that a file which `verify` finds bad loses its trust: it is fetched again when it is
    needed next.

    Parameters
    ----------
    names : iterable of str, optional
        The models; all five by default.
    verify : bool
        Read every byte and compare its digest with the receipt, instead of trusting size and time.
    """
    return check_in(Settings.from_environment(), names, verify=verify)


def check_in(
    settings: Settings,
    names: Iterable[str] | None = None,
    *,
    verify: bool = False,
    pinned: ModelsLock | None = None,
) -> list[ModelStatus]:
    """Return which models are there as `check_models` does, but for the settings and the lock file given."""
    from humanpose3d.model_assets.store.status import status_of

    specs, store = select_models(names), store_in(settings, pinned)
    statuses = [status_of(spec, store, settings, verify=verify) for spec in specs]
    if verify:
        from humanpose3d.model_assets.locking import record_findings

        record_findings(specs, store, settings)
    return statuses
