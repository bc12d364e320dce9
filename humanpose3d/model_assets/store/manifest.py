"""Receipts: where each file came from, and its facts when it arrived (``models/manifest.json``)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast, get_args

from humanpose3d.model_assets.transports import Snapshot

SCHEMA = 1
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
