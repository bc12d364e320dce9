"""Whether a model can be used: where it is looked for, and what is wrong with it.

Two notions decide. A file is *trusted* if its size and time are those of its receipt (`ModelStore.is_trusted`, a few
stats). Everything else has a *fault*, found by reading it, or none (`fault_of`).
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from humanpose3d.model_assets.disk.files import digest_file
from humanpose3d.model_assets.errors import StorageError
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Origin, Receipt


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Status of one model; origin, commit and digest where they are recorded."""

    name: str
    purpose: str
    path: Path
    """Where it is, or would be."""
    state: Literal["ready", "missing", "corrupt"]
    size: int | None = None
    """Bytes on disk."""
    reason: str | None = None
    """What is wrong with a corrupt file."""
    origin: Origin | None = None
    """Who put it there: "git", "import", or "manual"."""
    commit: str | None = None
    sha256: str | None = None

    @property
    def ready(self) -> bool:
        """Whether the model can be used."""
        return self.state == "ready"


MISSING = "missing"
"""The fault of a model that is not there."""

_NO_FAULT_OF_THE_FILE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT)


def fault_of(spec: ModelSpec, store: ModelStore, *, verify: bool = False) -> str | None:
    """Say why a model can't be used; None where it can.

    A trusted file is not read, unless `verify`. Any other one must be what its receipt says, or a sound model that
    was put there by hand. StorageError says that it can't be read now, for a reason that is not the file's.
    """
    if not verify and store.is_trusted(spec):
        return None
    path = store.path_of(spec)
    try:
        facts = path.stat()
    except OSError as error:
        if error.errno in _NO_FAULT_OF_THE_FILE:
            raise _unreadable_now(spec, path, error) from error
        return MISSING
    found = None if verify else store.finding(spec, facts)
    if found is None:
        try:
            found = _read_fault(spec, store, facts, verify=verify) or ""
        except OSError as error:
            if error.errno in _NO_FAULT_OF_THE_FILE:
                raise _unreadable_now(spec, path, error) from error
            found = f"it can't be read ({error.strerror})"
        found = "".join(c if c.isprintable() else " " for c in found)  # it may quote a file, or receipts of others
        if not store.swap_is_pending():
            store.remember(spec, facts, found)
    return found or None


def _unreadable_now(spec: ModelSpec, path: Path, error: OSError) -> StorageError:
    words = f"Model {spec.name!r} at {path} can't be read now: {error.strerror}."
    return StorageError(f"{words} Nothing was changed. Try again, with fewer programs open.", path=str(path))


def pin_fault(spec: ModelSpec, store: ModelStore) -> str:
    """Return the fault of a sound file that is not the pinned one."""
    return f"its sha256 is not the one in the lock file ({store.pins.get(spec.path)})"


def _read_fault(spec: ModelSpec, store: ModelStore, facts: os.stat_result, *, verify: bool) -> str | None:
    if not stat.S_ISREG(facts.st_mode):
        return "it is no regular file"
    path, pin = store.path_of(spec), store.pins.get(spec.path)
    receipt = store.manifest().receipts.get(spec.path)
    if receipt is None:
        sha256 = None if pin is None else digest_file(path)[1]
        fault = _structural_fault(path, spec)
    else:
        unwritten = receipt.has_size_and_time_of(facts)
        if receipt.fault and unwritten and not verify:
            return receipt.fault
        sha256 = digest_file(path)[1]
        if sha256 == receipt.sha256:
            fault = _structural_fault(path, spec) if verify else None
        elif unwritten or store.swap_is_pending():
            fault = _difference(facts, receipt)
        else:  # written since: by hand, if it is a sound model
            fault = _structural_fault(path, spec)
            if fault and receipt.origin != "manual":
                fault = _difference(facts, receipt)
    return fault or (None if pin in (None, sha256) else pin_fault(spec, store))


def _difference(facts: os.stat_result, receipt: Receipt) -> str:
    if facts.st_size != receipt.size:
        return f"it has {facts.st_size:,} bytes where {receipt.size:,} were received"
    return "its content has changed since it was received (wrong digest)"


def _structural_fault(path: Path, spec: ModelSpec) -> str | None:
    # Not at the top: a first download needs this at its end, and loads it while bytes arrive.
    from humanpose3d.model_assets.validation import find_fault

    return find_fault(path, spec.suffix)


def holder_of(spec: ModelSpec, store: ModelStore, settings: Settings, *, verify: bool = False) -> ModelStore | None:
    """Return the store that a model is taken from: the home's own, or that of a further folder.

    With `verify`, a file that was found bad before is read again.
    """
    for other in (store, *(store.further(folder) for folder in settings.search_path)):
        if fault_of(spec, other) is None or (verify and fault_of(spec, other, verify=True) is None):
            return other
    return None


def status_of(spec: ModelSpec, store: ModelStore, settings: Settings, *, verify: bool = False) -> ModelStatus:
    """Return the status of a model, wherever it is taken from; with `verify` every byte is read."""
    holder = holder_of(spec, store, settings, verify=verify) or store
    fault, path = fault_of(spec, holder, verify=verify), holder.path_of(spec)
    try:
        facts = path.stat()
    except OSError:
        return ModelStatus(spec.name, spec.purpose, path, "missing")
    receipt = holder.manifest().receipts.get(spec.path)
    described = receipt is not None and receipt.has_size_and_time_of(facts)
    if receipt is not None and not (described or fault):
        receipt, described = holder.receipt_of(spec), True  # written since, and sound: by hand?
    recorded = (receipt.origin, receipt.commit, receipt.sha256) if receipt and described else (None, None, None)
    state: Literal["ready", "corrupt"] = "corrupt" if fault else "ready"
    return ModelStatus(spec.name, spec.purpose, path, state, facts.st_size, fault, *recorded)
