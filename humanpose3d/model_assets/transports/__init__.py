"""What a source of models is asked for, and the one that asks git.

A transport fetches bytes of a commit. It never decides which models are needed or whether a file is valid. It gives
git's commands to git or, where that is missing, to a program that answers the same commands (see :mod:`.choice`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

ByteObserver = Callable[[int], None]
"""Called with the number of bytes of one model that have arrived so far."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One commit of a source."""

    remote: str  # where it is from, without credentials
    revision: str  # the branch, tag or commit that was asked for
    commit: str  # its full id
    blobs: Mapping[str, str]
    """Blob id of each registered model that is there, by its path under ``models/``."""


@dataclass(frozen=True, slots=True)
class FetchedBlob:
    """Facts about bytes that were just written, taken while they were written."""

    blob: str
    size: int
    sha256: str


class CancelledError(Exception):
    """Another thread asked for the end of this transfer."""
