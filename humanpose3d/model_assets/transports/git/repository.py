"""The bare repositories that blobs pass through, written and read on the disk without asking git."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_CONFIGURATION = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


def new_repository(folder: Path, *, alternates: Path | None) -> None:
    """Make an empty bare repository, as ``git init`` would without the user's template and settings.

    Parameters
    ----------
    folder : Path
        The repository to be; it must not exist.
    alternates : Path or None
        An object folder elsewhere from which objects may be read too.
    """
    for part in ("objects/info", "objects/pack", "refs"):
        (folder / part).mkdir(parents=True)
    _write(folder / "HEAD", "ref: refs/heads/none\n")
    _write(folder / "config", _CONFIGURATION)
    if alternates is not None:
        # A path need not be text; git takes its bytes as they are.
        (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(f"{alternates}\n"))


def forget_promisor(repository: Path) -> None:
    """Drop the note that more can be fetched from a remote: git older than 2.45 would do so unasked."""
    _write(repository / "config", _CONFIGURATION)


def size_of_packs(repository: Path) -> int:
    """Bytes of what has arrived and is arriving, in packs."""
    return _size_of_files(repository / "objects" / "pack")


def size_of_objects(repository: Path) -> int:
    """Bytes of what has arrived and is arriving, in packs or one by one."""
    return sum(_size_of_files(Path(folder)) for folder, _, _ in os.walk(repository / "objects"))


def _size_of_files(folder: Path) -> int:
    size = 0
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # renamed between the listing and now
                size += entry.stat().st_size if entry.is_file() else 0
    return size


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
