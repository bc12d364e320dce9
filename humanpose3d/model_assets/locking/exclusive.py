"""The lock of a models folder, and the receipts that only its holder writes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from humanpose3d.model_assets.locking.home_lock import Holder, HomeLock
from humanpose3d.model_assets.progress import Progress
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.leftovers import remove_leftovers
from humanpose3d.model_assets.store.manifest import Manifest
from humanpose3d.model_assets.store.status import fault_of, pin_fault
from humanpose3d.model_assets.store.swap import finish_swap

_RECORD_PATIENCE = 10.0  # s
_SECONDS_BETWEEN_WORDS = 5.0


def lock_of(store: ModelStore) -> HomeLock:
    """Return the lock of a models folder, which is made if it is not there."""
    store.prepare()
    return HomeLock(store.work_folder)


@contextlib.contextmanager
def exclusive(
    store: ModelStore, timeout: float, progress: Progress, settled: Callable[[], bool] = lambda: False
) -> Iterator[HomeLock | None]:
    """Hold the lock of a models folder, in which nothing is left of killed processes.

    None in its place says that the wait has ended because `settled` has become true.
    """
    lock, next_words = lock_of(store), 0.0

    def enough(holder: Holder | None) -> bool:
        nonlocal next_words
        if settled():
            return True
        if time.monotonic() >= next_words:
            next_words = time.monotonic() + _SECONDS_BETWEEN_WORDS
            progress.say(f"Waiting for another download: {holder or 'it has just begun'}")
        return False

    with lock.hold(timeout, enough) as held:
        if held:
            finish_swap(store)
            remove_leftovers(store)
        yield lock if held else None


def record_sound_files(specs: Iterable[ModelSpec], store: ModelStore) -> None:
    """Write the receipts of usable files that have none yet; the store's lock is held."""
    for spec in specs:
        if fault_of(spec, store) is None:
            receipt = store.receipt_of(spec)
            if store.manifest().receipts.get(spec.path) != receipt:
                store.write_manifest(store.manifest().with_receipt(spec.path, receipt))


def try_to_record(store: ModelStore, change: Callable[[Manifest], Manifest], *, patience: float = 0.0) -> None:
    """Change the receipts if the lock can be had within `patience` seconds; in a read-only home, do nothing."""
    with contextlib.suppress(OSError), lock_of(store).hold(patience, lambda _holder: patience == 0) as held:
        if held:
            store.write_manifest(change(store.manifest()))


def record_findings(specs: Collection[ModelSpec], store: ModelStore, settings: Settings) -> None:
    """Write into the receipts what reading every byte of these models has shown, so that it counts for everybody.

    What was found in a further folder, which is only read, is noted in the home.
    """
    found = {}
    for holder in (store, *(store.further(folder) for folder in settings.search_path)):
        for spec in specs:
            with contextlib.suppress(OSError):
                facts = holder.path_of(spec).stat()
                finding = holder.finding(spec, facts)
                if finding in (None, pin_fault(spec, store), holder.recorded_fault(spec, facts) or ""):
                    continue
                receipt = holder.manifest().receipts.get(spec.path)
                if receipt is not None and receipt.has_size_and_time_of(facts):
                    found[holder.note_key(spec)] = replace(receipt, fault=finding or None)
    if found:
        try_to_record(store, lambda m: replace(m, receipts={**m.receipts, **found}), patience=_RECORD_PATIENCE)
