"""What is recorded of the files: receipts (``manifest.json``) and the pins of a lock file (``models.lock.json``)."""

from __future__ import annotations

import errno
import functools
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError
from humanpose3d.model_assets.registry import MODELS
from humanpose3d.model_assets.transports import Snapshot

SCHEMA = 1
_LOCK_SCHEMA = 1
PACKAGED_LOCK = Path(__file__).parents[1] / "models.lock.json"
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, 0, None)  # the last two: not in the zip file that holds the package
MODEL_PATHS = frozenset(spec.path for spec in MODELS.values())
_HEX = frozenset("0123456789abcdef")
Origin = Literal["git", "import", "manual"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one installed file."""

    origin: Origin  # who put it there
    remote: str | None  # where it is from; None for a file put there by hand
    commit: str | None
    blob: str  # git's id of its content
    size: int  # bytes
    sha256: str
    mtime_ns: int  # time of last change when this was written; a file with this size and time is trusted
    fault: str | None = None  # of the file of this size and time, where reading every byte has shown it

    def describes(self, facts: os.stat_result) -> bool:
        """Whether a file of this size and time is the one that was received, as far as one can tell unread."""
        return self.fault is None and self.has_size_and_time_of(facts)

    def has_size_and_time_of(self, facts: os.stat_result) -> bool:
        """Whether a file has not been written since, as far as one can tell unread."""
        return self.size == facts.st_size and self.mtime_ns == facts.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Manifest:
    """The commit that the set comes from, and all receipts by path under ``models/``.

    A faulty file of a further, read-only folder has a receipt here too, by its full path.
    """

    snapshot: Snapshot | None = None
    receipts: Mapping[str, Receipt] = field(default_factory=dict)

    def with_receipt(self, path: str, receipt: Receipt) -> Manifest:
        """Return a copy with one receipt added or exchanged."""
        return replace(self, receipts={**self.receipts, path: receipt})

    def to_json(self) -> str:
        """Return the text of ``manifest.json``."""
        content = {
            "schema": SCHEMA,
            "set": None if self.snapshot is None else asdict(self.snapshot),
            "models": {path: asdict(receipt) for path, receipt in self.receipts.items()},
        }
        return json.dumps(content, indent=2, sort_keys=True) + "\n"


def parse_manifest(text: str) -> Manifest:
    """Read the text of ``manifest.json``; ValueError where it is not one of ours, or of another schema version."""
    try:
        content = json.loads(text)
    except RecursionError:
        raise ValueError("not a manifest: nested too deeply") from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise ValueError("not a manifest of this schema version")
    try:
        snapshot = content["set"]
        return Manifest(
            None if snapshot is None else _snapshot(snapshot),
            {str(path): _receipt(entry) for path, entry in content["models"].items()},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a manifest: {error!r}") from error


def _snapshot(content: dict[str, Any]) -> Snapshot:
    blobs = {_text(path): _id(blob) for path, blob in content["blobs"].items()}
    return Snapshot(_text(content["remote"]), _text(content["revision"]), _id(content["commit"]), blobs)


def _receipt(entry: dict[str, Any]) -> Receipt:
    if entry["origin"] not in get_args(Origin):
        raise ValueError(f"unknown origin {entry['origin']!r}")
    return Receipt(
        origin=cast("Origin", entry["origin"]),
        remote=None if entry["remote"] is None else _text(entry["remote"]),
        commit=None if entry["commit"] is None else _id(entry["commit"]),
        blob=_id(entry["blob"]),
        size=_number(entry["size"]),
        sha256=_id(entry["sha256"], 64),
        mtime_ns=_number(entry["mtime_ns"]),
        fault=None if entry.get("fault") is None else _text(entry["fault"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def is_id(value: object, digits: int = 40) -> bool:
    """Whether a value is a git id or, with 64 digits, a SHA-256, in hexadecimal digits."""
    return isinstance(value, str) and len(value) == digits and _HEX.issuperset(value)


def _id(value: object, digits: int = 40) -> str:
    if not is_id(value, digits):
        raise TypeError(f"{value!r} is no id of {digits} digits")
    return str(value)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value


@dataclass(frozen=True, slots=True)
class ModelsLock:
    """The content of a lock file."""

    commit: str | None  # None where all models were put in place by hand
    sha256: Mapping[str, str]  # digest of each model, by its path under models/

    def to_json(self) -> str:
        """Return the text of the lock file."""
        content = {"schema": _LOCK_SCHEMA, "commit": self.commit, "sha256": dict(sorted(self.sha256.items()))}
        return json.dumps(content, indent=2) + "\n"


def make_lock(manifest: Manifest) -> ModelsLock:
    """Return the lock that pins the models as a manifest records them."""
    commits = {receipt.commit for receipt in manifest.receipts.values() if receipt.commit}
    recorded = manifest.snapshot.commit if manifest.snapshot else None
    commit = commits.pop() if len(commits) == 1 else recorded
    return ModelsLock(commit, {path: manifest.receipts[path].sha256 for path in MODEL_PATHS & manifest.receipts.keys()})


def read_lock(path: Path) -> ModelsLock:
    """Read a lock file, or raise IntegrityError where it is none."""
    try:
        return _parse_lock(path, path.read_bytes())
    except OSError as error:
        raise _unreadable(path, error) from error


@functools.cache
def packaged_lock() -> ModelsLock | None:
    """Return the lock file that came with the package, if one did."""
    try:
        content = globals()["__loader__"].get_data(str(PACKAGED_LOCK))  # also from inside a zip file
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise _unreadable(PACKAGED_LOCK, error) from error
    return _parse_lock(PACKAGED_LOCK, content)


def _unreadable(path: Path, error: OSError) -> ModelAssetError:
    return ModelAssetError(f"The lock file {path} can't be read ({error.strerror}). Check the path, or try again.")


def _parse_lock(path: Path, text: bytes) -> ModelsLock:
    try:
        return _lock(json.loads(text.decode("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IntegrityError(
            f"{path} is no lock file of this version ({error}). 'humanpose3d models lock' writes one.", path=str(path)
        ) from error


def _lock(content: dict[str, Any]) -> ModelsLock:
    if content["schema"] != _LOCK_SCHEMA:
        raise ValueError(f"schema version {content['schema']!r}")
    commit, digests = content["commit"], dict(content["sha256"])
    if not digests:
        raise ValueError("it pins nothing")
    if unknown := sorted(digests.keys() - MODEL_PATHS):
        raise ValueError(f"it names {unknown[0]!r}, which is no model")
    for name, digest in digests.items():
        if not is_id(digest, 64):
            raise ValueError(f"the digest of {name} is {digest!r}, which is no sha256")
    if commit is not None and not is_id(commit):
        raise ValueError(f"the commit is {commit!r}, which is no commit id")
    return ModelsLock(commit, digests)
