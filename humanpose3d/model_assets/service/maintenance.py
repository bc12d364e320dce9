"""Pin models in a lock file, export them to one file and import from it, and remove them."""

from __future__ import annotations

import contextlib
import errno
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from humanpose3d.model_assets.disk.files import (
    Digests,
    digest_file,
    existing_folder,
    replace_file,
    synced,
    write_text_atomically,
)
from humanpose3d.model_assets.disk.scratch import remove_abandoned, scratch_folder
from humanpose3d.model_assets.download.interrupts import termination_raises
from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError, StorageError
from humanpose3d.model_assets.locking import exclusive
from humanpose3d.model_assets.progress import make_progress
from humanpose3d.model_assets.registry import MODELS, ModelSpec, select_models
from humanpose3d.model_assets.resolver import check_in, store_in
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Manifest, ModelsLock, Receipt, make_lock, parse_manifest
from humanpose3d.model_assets.store.status import holder_of
from humanpose3d.model_assets.store.storage import remove_leftovers, require_space, storage_errors, temporaries
from humanpose3d.model_assets.store.swap import swap
from humanpose3d.model_assets.validation import find_fault
from humanpose3d.model_assets.validation.archive import check_listing

_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_SCRATCH = ".humanpose3d-export-"


def write_lock(target: Path) -> ModelsLock:
    """Write the lock file that pins the models that are there now; all five have to be."""
    manifest, _ = _all_models("A lock file pins", "pinned", verify=False)
    lock = make_lock(manifest)
    with _written(target):
        write_text_atomically(target, lock.to_json())
    return lock


def export_to(target: Path) -> None:
    """Write all models to the one file `target`, for a machine without a network; all five have to be sound."""
    # Every byte is verified on the way out, so that a fault is found here and not on the other machine.
    manifest, files = _all_models("An export holds", "exported", verify=True)
    with _written(target):
        remove_abandoned(target.parent, _SCRATCH)
        with scratch_folder(target.parent, _SCRATCH) as scratch:
            part = scratch / target.name
            with zipfile.ZipFile(part, "x", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
                archive.writestr(_MANIFEST, manifest.to_json())
                for spec, path in files.items():
                    archive.write(path, spec.path)
            replace_file(part, target)


def import_from(source: Path, pinned: ModelsLock | None = None) -> list[str]:
    """Verify and install the models of an exported file, without git and without a network.

    Return the names of those that were not there before in this form. Where anything in the file is not what it
    should be, nothing is installed.
    """
    settings = Settings.from_environment()
    store = store_in(settings, pinned)
    if not source.is_file():
        raise StorageError(f"There is no file {source} to import. Check the path.", path=str(source))
    with _exclusive(store, settings, doing="import"):
        return [spec.name for spec in _import(store, source)]


def remove_models(names: Iterable[str] | None = None, *, leftovers: bool = False) -> list[Path]:
    """Remove models (by default all five), their receipts, and what interrupted downloads left; return what is gone.

    With `leftovers`, no model is removed, only what interrupted downloads left, whatever its age.
    """
    settings = Settings.from_environment()
    store = store_in(settings)
    if existing_folder(store.folder) != store.folder:
        return []
    specs = [] if leftovers else select_models(names)
    everything = len(specs) == len(MODELS)
    with _exclusive(store, settings, doing="removal"):
        paths = [path for spec in specs if (path := store.path_of(spec)).is_file() or path.is_symlink()]
        if specs:
            manifest, removed = store.manifest(), {spec.path for spec in specs}
            for path in paths:
                path.unlink()
            kept = {path: receipt for path, receipt in manifest.receipts.items() if path not in removed}
            # Where nothing of the set is left, the next download may begin a new one.
            store.write_manifest(Manifest(None if everything else manifest.snapshot, kept))
        if everything:
            store.swap_note.unlink(missing_ok=True)
        waiting = temporaries(store)
        if everything or leftovers:
            remove_leftovers(store, at_once=True)
        gone = [path for path in waiting if not path.exists()] if leftovers else []
    return paths + gone


def _all_models(what: str, verb: str, *, verify: bool) -> tuple[Manifest, dict[ModelSpec, Path]]:
    """Return the receipts and files of all five models, wherever they are taken from."""
    settings = Settings.from_environment()
    store = store_in(settings)
    statuses = dict(zip(MODELS.values(), check_in(settings, verify=verify), strict=True))
    missing = [status.name for status in statuses.values() if status.state == "missing"]
    if missing:
        raise ModelAssetError(
            f"{what} all models, and missing are: {', '.join(missing)}. Run 'humanpose3d models download' first.",
            models=missing,
        )
    manifest, files = Manifest(store.manifest().snapshot), {}
    for spec, status in statuses.items():
        if status.reason:
            raise IntegrityError(
                f"Model {spec.name!r} at {status.path} can't be {verb}: {status.reason}. "
                "Run 'humanpose3d models download' to fetch it again.",
                model=spec.name,
            )
        holder = holder_of(spec, store, settings) or store
        manifest = manifest.with_receipt(spec.path, holder.receipt_of(spec))
        files[spec] = holder.path_of(spec)
    return manifest, files


@contextlib.contextmanager
def _written(target: Path) -> Iterator[None]:
    try:
        with termination_raises():
            yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"{target} can't be written ({error.strerror or error}). Choose another file.", path=str(target)
        ) from error


@contextlib.contextmanager
def _exclusive(store: ModelStore, settings: Settings, *, doing: str) -> Iterator[None]:
    """Hold the lock of a models folder for the length of the context."""
    progress = make_progress(settings.progress)
    with storage_errors(store, doing=doing), termination_raises(), exclusive(store, settings.lock_timeout, progress):
        yield


def _import(store: ModelStore, source: Path) -> list[ModelSpec]:
    """Verify all models of an exported file, then move to their places, and return, those that are not there yet."""
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
        blob, sha256 = digests.result()
    if sha256 != receipt.sha256 or sha256 != pin:
        message = f"{label} has the wrong digest: expected sha256 {pin}, found {sha256}. Copy the file again."
        raise IntegrityError(message, model=spec.name)
    with synced(part):
        if fault := find_fault(part, spec.suffix):
            raise IntegrityError(f"{label} is not the model: {fault}.", reason=fault, path=str(part))
    facts = part.stat()
    return replace(receipt, origin="import", blob=blob, size=facts.st_size, mtime_ns=facts.st_mtime_ns, fault=None)


def _digest_of(path: Path) -> str | None:
    try:
        return digest_file(path)[1] if path.is_file() else None
    except OSError:
        return None
