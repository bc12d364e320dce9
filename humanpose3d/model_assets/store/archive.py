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

from humanpose3d.model_assets.disk.digests import Digests, digest_file
from humanpose3d.model_assets.disk.files import replace_file
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
        works = dict.fromkeys(store.work_folder_of(spec) for spec in MODELS.values())
        for work in works:
            work.mkdir(parents=True, exist_ok=True)
        scratch = {work: stack.enter_context(scratch_folder(work)) for work in works}
        parts = {spec: scratch[store.work_folder_of(spec)] / spec.filename for spec in MODELS.values()}
        try:
            with zipfile.ZipFile(source) as archive:
                manifest = _read_manifest(archive, source.stat().st_size)
                sizes = {spec: archive.getinfo(spec.path).file_size for spec in MODELS.values()}
                require_space(store, sizes, doing="import")
                receipts = {spec: _unpack(archive, spec, part, manifest, store, source) for spec, part in parts.items()}
        except IntegrityError:
            raise
        except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, NotImplementedError, OSError) as error:
            if isinstance(error, OSError) and error.errno != errno.EINVAL:  # it points to before its beginning
                raise
            raise IntegrityError(
                f"{source} is no export of models, or is cut short ({error}). "
                "Make it again with 'humanpose3d models export FILE'.",
                path=str(source),
            ) from error
        return _install(store, manifest, parts, receipts)


def _read_manifest(archive: zipfile.ZipFile, size: int) -> Manifest:
    check_listing(archive, size)
    return parse_manifest(archive.read(_MANIFEST).decode("utf-8"))


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
        raise IntegrityError(
            f"{label} has the wrong digest: expected sha256 {pin}, found {sha256}. Copy the file again.",
            model=spec.name,
        )
    check_structure(part, spec.suffix, label=label)
    facts = part.stat()
    return replace(receipt, origin="import", blob=blob, size=facts.st_size, mtime_ns=facts.st_mtime_ns, fault=None)


def _install(
    store: ModelStore, imported: Manifest, parts: Mapping[ModelSpec, Path], receipts: Mapping[ModelSpec, Receipt]
) -> list[ModelSpec]:
    present = store.manifest()
    manifest = replace(present, snapshot=imported.snapshot or present.snapshot)
    moves = {}
    for spec, receipt in receipts.items():
        if _digest_of(store.path_of(spec)) != receipt.sha256:
            moves[spec] = parts[spec]
            manifest = manifest.with_receipt(spec.path, receipt)
    swap(store, moves, manifest)
    return list(moves)


def _digest_of(path: Path) -> str | None:
    try:
        return digest_file(path)[1] if path.is_file() else None
    except OSError:
        return None
