"""The download of models that are not there, from the first look to the receipt; also in the background."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from humanpose3d.model_assets.download.fetch import fetch_and_check
from humanpose3d.model_assets.download.interrupts import termination_raises
from humanpose3d.model_assets.download.plan import Plan, make_plan, manifest_after
from humanpose3d.model_assets.download.remotes import NO_NEWER_OFFLINE, Job, SharedFailure, Source, try_remotes
from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError, OfflineError, StorageError
from humanpose3d.model_assets.locking import exclusive, lock_of, record_sound_files, try_to_record
from humanpose3d.model_assets.progress import CallbackError, ProgressCallback, make_progress
from humanpose3d.model_assets.registry import MODELS, ModelSpec, find_model, select_models
from humanpose3d.model_assets.settings import Settings, base_folder
from humanpose3d.model_assets.store.folder import ModelStore, store_at
from humanpose3d.model_assets.store.manifest import Receipt
from humanpose3d.model_assets.store.status import MISSING, fault_of, holder_of
from humanpose3d.model_assets.store.storage import storage_errors
from humanpose3d.model_assets.store.swap import finish_swap, swap
from humanpose3d.model_assets.transports import CancelledError

_LOOK_SECONDS = 0.1


def make_ready(
    specs: Collection[ModelSpec],
    store: ModelStore,
    settings: Settings,
    *,
    force: bool = False,
    callback: ProgressCallback | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Make models usable, or wait while another process does; with `force`, move the whole set to the newest commit.

    Setting `stop` from another thread ends it with a CancelledError.
    """
    stop = stop or threading.Event()

    def usable() -> bool:
        if stop.is_set():
            raise CancelledError
        return not force and all(find_usable(spec, store, settings) is not None for spec in specs)

    if usable():  # usable already?
        return
    if settings.offline:  # offline?
        raise _offline_error(specs, store, settings)
    with contextlib.closing(make_progress(settings.progress, callback)) as progress, _explained_errors(specs, store):
        failure = SharedFailure(specs, store, settings, force=force)

        def settled() -> bool:
            if usable():
                return True
            failure.raise_if_new()
            return False

        with exclusive(store, settings.lock_timeout, progress, settled) as lock:  # lock
            if lock is None:
                return
            record_sound_files(MODELS.values() if force else specs, store)
            if not settled():  # look again
                with failure.told():
                    try_remotes(Job(specs, store, settings, progress, lock, force, stop), _download)


def _download(job: Job, source: Source) -> None:
    plan = make_plan(job, source)  # plan
    with contextlib.closing(fetch_and_check(job, plan, source)) as arrivals:  # fetch, check
        for receipts in arrivals:
            _install(job, plan, receipts)  # install, receipt


def _install(job: Job, plan: Plan, receipts: Mapping[ModelSpec, Receipt]) -> None:
    sources = {spec: job.store.staged_path(spec, receipt.blob) for spec, receipt in receipts.items()}
    manifest = manifest_after(job.store.manifest(), plan, receipts, whole_set=job.force)
    for sentence in swap(job.store, sources, manifest):
        job.progress.say(sentence)


def obtain(spec: ModelSpec, store: ModelStore) -> Path:
    """Return the path of a model that is not simply there, fetching it if nothing else helps."""
    settings = Settings.from_environment()
    make_ready([spec], store, settings)
    path = find_usable(spec, store, settings)
    if path is None:
        raise StorageError(
            f"Model {spec.name!r} was fetched, and is gone again from {store.path_of(spec)}. Try again, and see that "
            "no other program changes that folder.",
            path=str(store.path_of(spec)),
        )
    return path


def find_usable(spec: ModelSpec, store: ModelStore, settings: Settings) -> Path | None:
    """Return the path of a model that needs no download: in the home or, if not there, in the search path."""
    trusted = store.is_trusted(spec)
    if not trusted and store.swap_is_pending():
        _await_swap(store)
    holder = holder_of(spec, store, settings)
    if holder is store and not trusted:
        with contextlib.suppress(OSError):  # it may be changed at this moment
            receipt = store.receipt_of(spec)
            try_to_record(store, lambda manifest: manifest.with_receipt(spec.path, receipt))
    return None if holder is None else holder.path_of(spec)


def _await_swap(store: ModelStore) -> None:
    """Complete the exchange that a killed process began, or wait a moment for the one that is at it."""
    with contextlib.suppress(OSError), lock_of(store).hold(5.0, lambda _holder: not store.swap_is_pending()) as held:
        if held:
            finish_swap(store)


def _offline_error(specs: Collection[ModelSpec], store: ModelStore, settings: Settings) -> ModelAssetError:
    """Return the error for models that can't be fetched without a network; where all are there, for an update."""
    absent = [spec for spec in specs if find_usable(spec, store, settings) is None]
    if not absent:
        return OfflineError(NO_NEWER_OFFLINE)
    for spec in absent:
        if fault := _fault_of_file(spec, store):
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
    faults = [f"{spec.filename} is not the model: {fault}" for spec in absent if (fault := _fault_of_file(spec, store))]
    return f"{store.folder} (where {'; '.join(faults)})" if faults else str(store.folder)


def _fault_of_file(spec: ModelSpec, store: ModelStore) -> str | None:
    """Return the fault of a model that is there."""
    fault = fault_of(spec, store)
    return None if fault == MISSING else fault


@contextlib.contextmanager
def _explained_errors(specs: Collection[ModelSpec], store: ModelStore) -> Iterator[None]:
    """Add to an error what is wrong with a file that stays in place because nothing could replace it."""
    try:
        with storage_errors(store), termination_raises():
            yield
    except CallbackError as carrier:
        raise carrier.error from None
    except ModelAssetError as error:
        with contextlib.suppress(OSError):
            for spec in specs:
                if (fault := _fault_of_file(spec, store)) and os.path.lexists(store.path_of(spec)):
                    error.message += f" {store.path_of(spec)} stays as it is, and can't be used: {fault}."
        error.args = (error.message,)
        raise


class BackgroundDownload:
    """One download of several models, in a thread of its own; leaving the context ends it.

    Offline, and where all models are there, nothing is started.

    Examples
    --------
    >>> with BackgroundDownload(["depth", "gru"]) as models:  # doctest: +SKIP
    ...     landmarks = detect(video)
    ...     depth = load_depth_refiner(models.path("depth"))
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._settings = Settings.from_environment()
        self._store = store_at(base_folder(os.environ))
        specs = [] if self._settings.offline else select_models(names)
        self._missing = [spec for spec in specs if self._is_missing(spec)]
        self._stop = threading.Event()
        self._error: ModelAssetError | None = None
        self._thread = threading.Thread(target=self._fetch, name="humanpose3d-models", daemon=True)

    def path(self, name: str) -> Path:
        """Return the path of a model as `get_model_path` does, waiting for it if it is still on its way."""
        spec = find_model(name)
        while self._thread.is_alive() and self._is_missing(spec):
            self._thread.join(_LOOK_SECONDS)
        if self._error is not None and getattr(self._error, "model", spec.name) == spec.name and self._is_missing(spec):
            raise self._error
        return obtain(spec, self._store)

    def __enter__(self) -> BackgroundDownload:
        if self._missing:
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _is_missing(self, spec: ModelSpec) -> bool:
        return not self._store.is_trusted(spec)

    def _fetch(self) -> None:
        with contextlib.suppress(CancelledError, SystemExit):  # the end that leaving the context asks for
            try:
                make_ready(self._missing, self._store, self._settings, stop=self._stop)
            except ModelAssetError as error:
                self._error = error
