"""From "not there" to "there": the one way in which a model becomes usable."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from humanpose3d.model_assets.download.fetch import fetch_and_check
from humanpose3d.model_assets.download.interrupts import termination_raises
from humanpose3d.model_assets.download.job import Job
from humanpose3d.model_assets.download.offline import offline_error
from humanpose3d.model_assets.download.plan import Plan, updated_manifest
from humanpose3d.model_assets.download.remotes import try_remotes
from humanpose3d.model_assets.download.shared_failure import SharedFailure
from humanpose3d.model_assets.errors import ModelAssetError, StorageError
from humanpose3d.model_assets.locking.exclusive import Waiting, lock_of, tidy, try_to_record
from humanpose3d.model_assets.progress import CallbackError, ProgressCallback, make_progress
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Receipt
from humanpose3d.model_assets.store.status import MISSING, fault_of, holder_of
from humanpose3d.model_assets.store.storage import storage_errors
from humanpose3d.model_assets.store.swap import finish_swap, swap
from humanpose3d.model_assets.transports import CancelledError, Transport


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

    def ready() -> bool:
        if stop.is_set():
            raise CancelledError
        return not force and all(find_usable(spec, store, settings) is not None for spec in specs)

    if ready():  # usable already?
        return
    if settings.offline:  # offline?
        raise offline_error([s for s in specs if find_usable(s, store, settings) is None], store, settings)
    with contextlib.closing(make_progress(settings.progress, callback)) as progress, _errors_told(specs, store):
        lock, failure = lock_of(store), SharedFailure(specs, store, settings, force=force)

        def settled() -> bool:
            if ready():
                return True
            failure.raise_if_new()
            return False

        with lock.hold(settings.lock_timeout, Waiting(settled, progress)) as held:  # lock
            if held:
                tidy(store)
                _record_sound_files(MODELS.values() if force else specs, store)
                if not settled():  # look again
                    with failure.told():
                        try_remotes(Job(specs, store, settings, progress, lock, force, stop), _fetch_and_install)


def _fetch_and_install(job: Job, plan: Plan, transport: Transport, cancelled: threading.Event) -> None:
    """Fetch what was planned; install each model as it arrives or, for an update, the whole set at its end."""
    receipts: dict[ModelSpec, Receipt] = {}
    with contextlib.closing(fetch_and_check(job, plan, transport, cancelled)) as arrivals:  # fetch, check
        for spec, receipt in arrivals:
            receipts[spec] = receipt
            if not job.force:
                _install(job, plan, {spec: receipt})  # install, receipt
    if job.force:
        _install(job, plan, receipts)


def _install(job: Job, plan: Plan, receipts: dict[ModelSpec, Receipt]) -> None:
    manifest = job.store.manifest()
    if job.force:
        manifest = updated_manifest(manifest, plan.recorded, receipts)
    else:
        manifest = replace(manifest, snapshot=plan.recorded)
        for spec, receipt in receipts.items():
            manifest = manifest.with_receipt(spec.path, receipt)
    sources = {spec: job.store.staged_path(spec, receipt.blob) for spec, receipt in receipts.items()}
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


def _record_sound_files(specs: Collection[ModelSpec], store: ModelStore) -> None:
    """Write the receipts of usable files that have none yet; the store's lock is held."""
    for spec in specs:
        if fault_of(spec, store) is None:
            receipt = store.receipt_of(spec)
            if store.manifest().receipts.get(spec.path) != receipt:
                store.write_manifest(store.manifest().with_receipt(spec.path, receipt))


@contextlib.contextmanager
def _errors_told(specs: Collection[ModelSpec], store: ModelStore) -> Iterator[None]:
    """Let errors say what is wrong with a file that stays in place because nothing could replace it."""
    try:
        with storage_errors(store), termination_raises():
            yield
    except CallbackError as carrier:
        raise carrier.error from None
    except ModelAssetError as error:
        with contextlib.suppress(OSError):
            for spec in specs:
                fault = fault_of(spec, store)
                if fault not in (None, MISSING) and os.path.lexists(store.path_of(spec)):
                    error.message += f" {store.path_of(spec)} stays as it is, and can't be used: {fault}."
        error.args = (error.message,)
        raise
