"""Working on a models folder while nobody else does, and saying why the file system refuses."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from humanpose3d.model_assets.locking.home_lock import Holder, HomeLock
from humanpose3d.model_assets.progress import Progress
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.leftovers import remove_leftovers
from humanpose3d.model_assets.store.manifest import Manifest
from humanpose3d.model_assets.store.status import MISSING, fault_of, pin_fault
from humanpose3d.model_assets.store.swap import finish_swap

_RECORD_PATIENCE = 10.0


def lock_of(store: ModelStore) -> HomeLock:
    """Return the lock of a models folder, which is made if it is not there."""
    store.prepare()
    return HomeLock(store.work_folder)


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
