"""Exchanging several models at once, so that the set is the old one or the new one.

The new files wait in the staging folder under their blob ids and names. When all are there, a note of the exchange is
written; from then on any process that takes the lock completes it, whoever was killed in between.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.store.files import replace_file, unused_name, write_text_atomically
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Manifest, parse_manifest


def swap(store: ModelStore, staged: Mapping[str, str], manifest: Manifest) -> None:
    """Put staged files in their places, and `manifest` in force.

    Parameters
    ----------
    store : ModelStore
        The home; its lock is held.
    staged : mapping of str to str
        Blob id of each new file, by its path under ``models/``.
    manifest : Manifest
        The receipts of the set as it will be.
    """
    note = {"moves": dict(staged), "manifest": manifest.to_json()}
    write_text_atomically(_note(store), json.dumps(note))
    finish_swap(store)


def keep_manual_copy(store: ModelStore, spec: ModelSpec) -> Path | None:
    """Keep beside what a person put there, before it is exchanged; the file itself stays in place until then."""
    receipt = store.manifest().receipts.get(spec.path)
    path = store.path_of(spec)
    if not path.exists() or (receipt is not None and receipt.origin != "manual"):
        return None
    copy = unused_name(path.with_name(path.name + ".manual"))
    shutil.copy2(path, copy)
    return copy


def is_pending(store: ModelStore) -> bool:
    """Whether an exchange was begun and not completed."""
    return os.path.exists(_note(store))  # noqa: PTH110  (Path.exists raises where we may not look)


def finish_swap(store: ModelStore) -> None:
    """Complete an exchange that was begun; does nothing where there is none."""
    note = _note(store)
    if not is_pending(store):
        return
    try:
        moves, manifest = _parse(note.read_text(encoding="utf-8"))
    except ValueError:  # spoilt, or of another version; a file that is not its receipt's is fetched again
        replace_file(note, unused_name(note.with_suffix(".json.unreadable")))
        return
    # The receipts first: this one step decides. From now on no old file is trusted any more, so nobody gets a part of
    # each set; whoever finds a file that is not the one of its receipt completes the exchange.
    store.write_manifest(manifest)
    for path, blob in moves.items():
        source, target = store.staged_path(path, blob), store.folder / path
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # where locks do not work, somebody else may be faster
                replace_file(source, target)
    note.unlink(missing_ok=True)


def _parse(text: str) -> tuple[dict[str, str], Manifest]:
    try:
        content = json.loads(text)
        moves = {str(path): str(blob) for path, blob in content["moves"].items()}
        return moves, parse_manifest(content["manifest"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a note of an exchange: {error!r}") from error


def _note(store: ModelStore) -> Path:
    return store.work_folder / "swap.json"
