"""Put checked files in their places, so that a set of models is the old one or the new one.

A note of the exchange is written first. If this process is killed, the next one that takes the
lock completes it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from humanpose3d.model_assets.disk.files import (
    keep_copy,
    name_aside,
    put_away,
    read_text,
    replace_file,
    write_text_atomically,
)
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.store.folder import KEPT_COPIES, ModelStore
from humanpose3d.model_assets.store.manifest import MODEL_PATHS, Manifest, parse_manifest
from humanpose3d.model_assets.store.status import fault_of, pin_fault

logger = logging.getLogger("humanpose3d.model_assets")


def swap(store: ModelStore, sources: Mapping[ModelSpec, Path], manifest: Manifest) -> list[str]:
    """Move checked files from `sources`, in the work folders beside their places, and put `manifest` in force.

    What they replace is kept beside them, unless it is a sound file that was fetched or imported; return a sentence
    for each file that was kept. The store's lock is held.
    """
    kept = [sentence for spec in sources if (sentence := _keep_replaced(spec, store))]
    moves = {spec.path: source.relative_to(store.folder).as_posix() for spec, source in sources.items()}
    failures: dict[str, OSError] = {}

    def exchange() -> None:
        pending: dict[str, str] = {}
        with contextlib.suppress(FileNotFoundError, ValueError):
            pending, _ = _parse(read_text(store.swap_note))
        all_moves = {**pending, **moves}
        note = {"moves": all_moves, "manifest": manifest.to_json()}
        write_text_atomically(store.swap_note, json.dumps(note))
        failures.update(_complete(store, all_moves, manifest))

    put_away(exchange)
    for path in moves.keys() & failures.keys():
        raise failures[path]
    return kept


def finish_swap(store: ModelStore) -> None:
    """Complete an exchange that was begun, if there is one; the store's lock is held.

    Where that can't be done now, it stays pending, and the caller goes on: other models are no part of it.
    """
    if not store.swap_is_pending():
        return
    note = store.swap_note
    try:
        moves, manifest = _parse(read_text(note))
        # Receipts of models that were installed while the exchange was pending stay.
        receipts = {**store.manifest().receipts, **manifest.receipts}
        _complete(store, moves, replace(manifest, receipts=receipts))
    except ValueError:  # not ours, or of another version; a file that is not its receipt's is fetched again
        replace_file(note, name_aside(note, ".unreadable", at_most=KEPT_COPIES))
    except OSError as error:
        logger.warning("An update of the models could not be completed, and stays pending: %s", error)


def _keep_replaced(spec: ModelSpec, store: ModelStore) -> str | None:
    path = store.path_of(spec)
    if not os.path.lexists(path):
        return None
    fault = fault_of(spec, store)
    if fault in (None, pin_fault(spec, store)) and store.receipt_of(spec).origin == "manual":
        return f"{spec.filename}, which was put there by hand, is kept as {keep_copy(path, '.manual').name}"
    if fault is None:
        return None
    return f"{path} is not the model ({fault}); kept as {keep_copy(path, '.corrupt', at_most=KEPT_COPIES).name}"


def _complete(store: ModelStore, moves: Mapping[str, str], manifest: Manifest) -> dict[str, OSError]:
    """Put the receipts in force and move the files; return why some of them can't be moved now."""
    # The receipts first: from now on no old file is trusted, so no process gets a part of each set. A process that
    # finds a file that is not the one of its receipt completes the exchange.
    store.write_manifest(manifest)
    failures = {}
    for path, source in moves.items():
        try:
            replace_file(store.folder / source, store.folder / path)
        except FileNotFoundError:
            continue  # it was moved before, or, where locks do not work, another process was faster
        except OSError as error:
            logger.warning("An update of the models could not be completed, and stays pending: %s", error)
            failures[path] = error
    if not failures:
        store.swap_note.unlink(missing_ok=True)
    return failures


def _parse(text: str) -> tuple[dict[str, str], Manifest]:
    try:
        content = json.loads(text)
        moves = {str(path): str(source) for path, source in content["moves"].items()}
        if not MODEL_PATHS.issuperset(moves) or any(".." in Path(source).parts for source in moves.values()):
            raise ValueError("it moves files that are no models")
        return moves, parse_manifest(content["manifest"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a note of an exchange: {error!r}") from error
