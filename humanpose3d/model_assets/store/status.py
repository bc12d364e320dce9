"""What stands in the models folder and in the search path, and whether it can be used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.digests import digest_file
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Receipt


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """How it stands with one model.

    Attributes
    ----------
    name, purpose : str
        The model.
    path : Path
        Where it is, or would be.
    state : {"ready", "missing", "corrupt"}
        Whether it can be used.
    size : int or None
        Bytes on disk.
    reason : str or None
        What is wrong with a corrupt file.
    origin : {"git", "import", "manual"} or None
        Who put it there, where that is recorded.
    commit, sha256 : str or None
        Where it is from and what it is, where that is recorded.
    """

    name: str
    purpose: str
    path: Path
    state: Literal["ready", "missing", "corrupt"]
    size: int | None = None
    reason: str | None = None
    origin: str | None = None
    commit: str | None = None
    sha256: str | None = None

    @property
    def ready(self) -> bool:
        """Whether the model can be used."""
        return self.state == "ready"


def fault_of(spec: ModelSpec, store: ModelStore) -> str | None:
    """Say what is wrong with a file whose size or time is not that of its receipt; None where nothing is.

    A file that was fetched must still be what was fetched. One that was put there by hand may be exchanged by
    hand, and only has to have the structure of its format.
    """
    receipt = store.manifest().receipts.get(spec.path)
    path = store.path_of(spec)
    try:
        if not path.is_file():
            return "it is no regular file"
        if receipt is None or receipt.origin == "manual":
            fault = _structural_fault(path, spec)
        else:
            fault = _difference(path, receipt)
        return fault or _difference_from_lock(spec, store)
    except OSError as error:
        return f"it can't be read ({error.strerror})"


def in_search_path(spec: ModelSpec, store: ModelStore, settings: Settings) -> ModelStore | None:
    """Return the store of the first of the further folders that has a usable file."""
    further = (store.further(folder) for folder in settings.search_path)
    return next((other for other in further if _is_usable(spec, other)), None)


def holder_of(spec: ModelSpec, store: ModelStore, settings: Settings) -> ModelStore | None:
    """Return the store that a model is taken from: the home's own, or that of a further folder."""
    return store if _is_usable(spec, store) else in_search_path(spec, store, settings)


def status_of(spec: ModelSpec, store: ModelStore, settings: Settings, *, verify: bool) -> ModelStatus:
    """Return how it stands with a model; with `verify` every byte is read."""
    path, standing = store.path_of(spec), store.standing(spec)
    fault = fault_of(spec, store) if standing in ("changed", "unrecorded") else None
    if fault or standing == "absent":
        further = in_search_path(spec, store, settings)
        if further is not None:
            return status_of(spec, further, replace(settings, search_path=()), verify=verify)
    try:
        facts = path.stat()
    except OSError:
        return ModelStatus(spec.name, spec.purpose, path, "missing")
    receipt = store.manifest().receipts.get(spec.path)
    if verify and fault is None:
        fault = fault_of(spec, store) or _structural_fault(path, spec)
        if fault is None and receipt is not None and receipt.describes(facts):
            fault = _difference(path, receipt)
    recorded = (receipt.origin, receipt.commit, receipt.sha256) if receipt else (None, None, None)
    state: Literal["ready", "corrupt"] = "corrupt" if fault else "ready"
    return ModelStatus(spec.name, spec.purpose, path, state, facts.st_size, fault, *recorded)


def _is_usable(spec: ModelSpec, store: ModelStore) -> bool:
    """Whether a store has a good file; what had to be read for that is remembered."""
    if store.standing(spec) == "trusted":
        return True
    try:
        facts = store.path_of(spec).stat()
    except OSError:
        return False
    if fault_of(spec, store):
        return False
    store.remember(spec, facts.st_size, facts.st_mtime_ns)
    return True


def _structural_fault(path: Path, spec: ModelSpec) -> str | None:
    # Not at the top: a first download needs this at its end, and loads it while bytes arrive.
    from humanpose3d.model_assets.validation import find_fault

    return find_fault(path, spec.suffix)


def _difference_from_lock(spec: ModelSpec, store: ModelStore) -> str | None:
    pin = store.pins.get(spec.path)
    if pin is None or digest_file(store.path_of(spec))[1] == pin:
        return None
    return f"its sha256 is not the one in the lock file ({pin})"


def _difference(path: Path, receipt: Receipt) -> str | None:
    size = path.stat().st_size
    if size != receipt.size:
        return f"it has {size:,} bytes where {receipt.size:,} were received"
    if digest_file(path)[1] != receipt.sha256:
        return "its content has changed since it was received (wrong digest)"
    return None
