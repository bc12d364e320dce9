"""Carrying the models to a machine without a network: one file out, one file in, no git."""

from __future__ import annotations

import os
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from humanpose3d.model_assets.errors import IntegrityError
from humanpose3d.model_assets.locking.exclusive import require_space
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.store.digests import Digests
from humanpose3d.model_assets.store.files import replace_file
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Manifest, Receipt, parse_manifest
from humanpose3d.model_assets.store.swap import keep_manual_copy, swap
from humanpose3d.model_assets.validation import check_structure
from humanpose3d.model_assets.validation.archive import find_listing_fault

_MANIFEST = "manifest.json"
_CHUNK = 1 << 20


def export_models(manifest: Manifest, files: Mapping[ModelSpec, Path], target: Path) -> None:
    """Write the receipts and files of all five models to one file."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with zipfile.ZipFile(beside, "x", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
            archive.writestr(_MANIFEST, manifest.to_json())
            for spec, path in files.items():
                archive.write(path, spec.path)
        replace_file(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def import_models(store: ModelStore, source: Path) -> list[ModelSpec]:
    """Verify and install the models of an exported file; the store's lock is held.

    All of them are verified before the first one is moved to its place.

    Returns
    -------
    list of ModelSpec
        The models that were exchanged; those that were the same already are not among them.

    Raises
    ------
    IntegrityError
        If the file is no export, or a model in it is not what its receipt says.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _read_manifest(archive, source.stat().st_size)
            sizes = {spec: archive.getinfo(spec.path).file_size for spec in MODELS.values()}
            require_space(store, sizes, doing="import")
            receipts = {spec: _stage(archive, spec, manifest, store, source) for spec in MODELS.values()}
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, NotImplementedError) as error:
        if isinstance(error, IntegrityError):
            raise
        raise IntegrityError(
            f"{source} is no export of models, or is cut short ({error}). "
            "Make it again with 'humanpose3d models export FILE'.",
            path=str(source),
        ) from error
    return _install(store, manifest, receipts)


def _read_manifest(archive: zipfile.ZipFile, size: int) -> Manifest:
    if fault := find_listing_fault(archive, size):
        raise ValueError(fault)
    return parse_manifest(archive.read(_MANIFEST).decode("utf-8"))


def _stage(archive: zipfile.ZipFile, spec: ModelSpec, manifest: Manifest, store: ModelStore, source: Path) -> Receipt:
    """Copy one model to the staging folder while hashing it."""
    receipt = manifest.receipts[spec.path]
    label = f"Model {spec.name!r} in {source}"
    pin = store.pins.get(spec.path, receipt.sha256)
    # The name under which a staged file waits must be one that we made, not one that the archive chose.
    part = store.staging_folder / f"import-{secrets.token_hex(8)}"
    try:
        size = archive.getinfo(spec.path).file_size
        with archive.open(spec.path) as member, part.open("xb") as file, Digests(size) as digests:
            while chunk := member.read(_CHUNK):
                digests.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            blob, sha256 = digests.result()
        if sha256 != receipt.sha256 or sha256 != pin:
            raise IntegrityError(
                f"{label} has the wrong digest: expected sha256 {pin}, found {sha256}. Copy the file again.",
                model=spec.name,
            )
        check_structure(part, spec.suffix, label=label)
        staged = store.staged_path(spec.path, blob)
        replace_file(part, staged)
    finally:
        part.unlink(missing_ok=True)
    facts = staged.stat()
    return replace(receipt, origin="import", blob=blob, size=facts.st_size, mtime_ns=facts.st_mtime_ns)


def _install(store: ModelStore, imported: Manifest, receipts: dict[ModelSpec, Receipt]) -> list[ModelSpec]:
    manifest = replace(store.manifest(), snapshot=imported.snapshot or store.manifest().snapshot)
    moves = {}
    for spec, receipt in receipts.items():
        present = manifest.receipts.get(spec.path)
        if store.trusted_path(spec) is not None and present is not None and present.sha256 == receipt.sha256:
            store.staged_path(spec.path, receipt.blob).unlink(missing_ok=True)
            continue
        keep_manual_copy(store, spec)
        moves[spec] = receipt
        manifest = manifest.with_receipt(spec.path, receipt)
    swap(store, {spec.path: receipt.blob for spec, receipt in moves.items()}, manifest)
    return list(moves)
