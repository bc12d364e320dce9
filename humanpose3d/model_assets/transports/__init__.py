"""The interface of a source of models, and its implementations.

A transport fetches bytes of a commit. It never decides which models are needed or whether a file is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ByteObserver = Callable[[int], None]
"""Called with the number of bytes of one model that have arrived so far."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One commit of a source.

    Attributes
    ----------
    remote : str
        Where it is from, without credentials.
    revision, commit : str
        The branch, tag or commit that was asked for, and the full commit id.
    blobs : mapping of str to str
        Blob id of each registered model that is there, by its path under ``models/``.
    """

    remote: str
    revision: str
    commit: str
    blobs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FetchedBlob:
    """Facts about bytes that were just written, taken while they were written."""

    blob: str
    size: int
    sha256: str


class CancelledError(Exception):
    """Another thread asked for the end of this transfer."""


class Transport(Protocol):
    """A source of models."""

    @property
    def remote(self) -> str:
        """Where this source is, without credentials, as shown to users."""

    def snapshot(self, revision: str) -> Snapshot:
        """Look up a revision without fetching any model."""

    def size_of(self, snapshot: Snapshot, blob: str) -> int | None:
        """Size of a blob in bytes where it can be told without fetching it."""

    def fetch(self, snapshot: Snapshot, blob: str, destination: Path, observe: ByteObserver) -> FetchedBlob:
        """Write one blob to the new file `destination`."""
