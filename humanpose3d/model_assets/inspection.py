"""What stands in the models folder and in the search path, and whether it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from humanpose3d.model_assets.digests import digest_file
from humanpose3d.model_assets.manifest import Receipt
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store import ModelStore
from humanpose3d.model_assets.validation import find_fault


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
            fault = find_fault(path, spec.suffix)
        else:
            fault = _difference(path, receipt)
        return fault or _difference_from_lock(spec, store)
    except OSError as error:
        return f"it can't be read ({error.strerror})"


def path_in_search_path(spec: ModelSpec, settings: Settings) -> Path | None:
    """Return the model's path in the first of the further folders that has a usable file."""
    for folder in settings.search_path:
        store = ModelStore(folder)
        standing = store.standing(spec)
        if standing == "trusted" or (standing != "absent" and fault_of(spec, store) is None):
            return store.path_of(spec)
    return None


def status_of(spec: ModelSpec, store: ModelStore, settings: Settings, *, verify: bool) -> ModelStatus:
    """Return how it stands with a model; with `verify` every byte is read."""
    path, standing = store.path_of(spec), store.standing(spec)
    if standing == "absent":
        further = path_in_search_path(spec, settings)
        if further is None:
            return ModelStatus(spec.name, spec.purpose, path, "missing")
        return ModelStatus(spec.name, spec.purpose, further, "ready", size=further.stat().st_size)
    receipt = store.manifest().receipts.get(spec.path)
    fault = None
    if standing != "trusted" or verify:
        fault = fault_of(spec, store)
    if verify and fault is None:
        fault = find_fault(path, spec.suffix)
        if fault is None and receipt is not None and standing == "trusted":
            fault = _difference(path, receipt)
    facts = (receipt.origin, receipt.commit, receipt.sha256) if receipt else (None, None, None)
    state: Literal["ready", "corrupt"] = "corrupt" if fault else "ready"
    return ModelStatus(spec.name, spec.purpose, path, state, path.stat().st_size, fault, *facts)


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
