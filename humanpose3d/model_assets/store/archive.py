"""Export to one file and import from it, for a machine without a network."""

from __future__ import annotations

import contextlib
import errno
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from humanpose3d.model_assets.disk.files import Digests, digest_file, replace_file
from humanpose3d.model_assets.disk.scratch import remove_abandoned, scratch_folder
from humanpose3d.model_assets.errors import IntegrityError
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Manifest, Receipt, parse_manifest
from humanpose3d.model_assets.store.storage import require_space
from humanpose3d.model_assets.store.swap import swap
from humanpose3d.model_assets.validation import check_structure
from humanpose3d.model_assets.validation.archive import check_listing

_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_SCRATCH = ".humanpose3d-export-"


def export_models(manifest: Manifest, files: Mapping[ModelSpec, Path], target: Path) -> None:
    """Write the receipts and files of all five models to one file."""
    remove_abandoned(target.parent, _SCRATCH)
    with scratch_folder(target.parent, _SCRATCH) as scratch:
        part = scratch / target.name
        with zipfile.ZipFile(part, "x", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
            archive.writestr(_MANIFEST, manifest.to_json())
            for spec, path in files.items():
                archive.write(path, spec.path)
        replace_file(part, target)


def import_models(store: ModelStore, source: Path) -> list[ModelSpec]:
    """Verify and install the models of an exported file, and return those that were not the same already.

    All of them are verified before the first one is moved to its place. The store's lock is held.
    """
    with contextlib.ExitStack() as stack:
        parts = {}
        for spec in MODELS.values():
            work = store.work_folder_of(spec)
            work.mkdir(parents=True, exist_ok=True)
            parts[spec] = stack.enter_context(scratch_folder(work)) / spec.filename
        try:
            with zipfile.ZipFile(source) as archive:
                check_listing(archive, source.stat().st_size)
                manifest = parse_manifest(archive.read(_MANIFEST).decode("utf-8"))
                sizes = {spec: archive.getinfo(spec.path).file_size for spec in MODELS.values()}
                require_space(store, sizes, doing="import")
                receipts = {spec: _unpack(archive, spec, part, manifest, store, source) for spec, part in parts.items()}
        except IntegrityError:
            raise
        except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, NotImplementedError, OSError) as error:
            if isinstance(error, OSError) and error.errno != errno.EINVAL:  # it points to before its beginning
                raise
            advice = "Make it again with 'humanpose3d models export FILE'."
            message = f"{source} is no export of models, or is cut short ({error}). {advice}"
            raise IntegrityError(message, path=str(source)) from error
        present = store.manifest()
        changed = [spec for spec, it in receipts.items() if _digest_of(store.path_of(spec)) != it.sha256]
        receipts_after = {**present.receipts, **{spec.path: receipts[spec] for spec in changed}}
        after = Manifest(manifest.snapshot or present.snapshot, receipts_after)
        swap(store, {spec: parts[spec] for spec in changed}, after)
        return changed


def _unpack(
    archive: zipfile.ZipFile, spec: ModelSpec, part: Path, manifest: Manifest, store: ModelStore, source: Path
) -> Receipt:
    """Copy one model to `part` while hashing it, and check it."""
    receipt = manifest.receipts[spec.path]
    label = f"Model {spec.name!r} in {source}"
    pin = store.pins.get(spec.path, receipt.sha256)
    size = archive.getinfo(spec.path).file_size
    with archive.open(spec.path) as member, part.open("xb") as file, Digests(size) as digests:
        while chunk := member.read(_CHUNK):
            digests.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
        blob, sha256 = digests.result()
    if sha256 != receipt.sha256 or sha256 != pin:
        message = f"{label} has the wrong digest: expected sha256 {pin}, found {sha256}. Copy the file again."
        raise IntegrityError(message, model=spec.name)
    check_structure(part, spec.suffix, label=label)
    facts = part.stat()
    return replace(receipt, origin="import", blob=blob, size=facts.st_size, mtime_ns=facts.st_mtime_ns, fault=None)


def _digest_of(path: Path) -> str | None:
    try:
        return digest_file(path)[1] if path.is_file() else None
    except OSError:
        return None
