"""Pin models in a lock file, export, import and remove them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from humanpose3d.model_assets.disk.files import existing_folder, write_text_atomically
from humanpose3d.model_assets.download.interrupts import termination_raises
from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError, StorageError
from humanpose3d.model_assets.locking import exclusive
from humanpose3d.model_assets.progress import make_progress
from humanpose3d.model_assets.registry import MODELS, ModelSpec, select_models
from humanpose3d.model_assets.resolver import check_in, store_in
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.archive import export_models, import_models
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Manifest, ModelsLock, make_lock
from humanpose3d.model_assets.store.status import holder_of
from humanpose3d.model_assets.store.storage import remove_leftovers, storage_errors, temporaries


def write_lock(target: Path) -> ModelsLock:
    """Write the lock file that pins the models that are there now; all five have to be."""
    settings = Settings.from_environment()
    store = store_in(settings.paths)
    manifest, _ = _all_models(store, settings, "A lock file pins", "pinned", verify=False)
    lock = make_lock(manifest)
    with _written(target):
        write_text_atomically(target, lock.to_json())
    return lock


def export_to(target: Path) -> None:
    """Write all models to the one file `target`, for a machine without a network; all five have to be sound."""
    settings = Settings.from_environment()
    store = store_in(settings.paths)
    # Every byte is verified on the way out, so that a fault is found here and not on the other machine.
    manifest, files = _all_models(store, settings, "An export holds", "exported", verify=True)
    with _written(target):
        export_models(manifest, files, target)


def import_from(source: Path, pinned: ModelsLock | None = None) -> list[str]:
    """Verify and install the models of an exported file, without git and without a network.

    Return the names of those that were not there before in this form. Where anything in the file is not what it
    should be, nothing is installed.
    """
    settings = Settings.from_environment()
    store = store_in(settings.paths, pinned)
    if not source.is_file():
        raise StorageError(f"There is no file {source} to import. Check the path.", path=str(source))
    with _exclusive(store, settings, doing="import"):
        return [spec.name for spec in import_models(store, source)]


def remove_models(names: Iterable[str] | None = None, *, leftovers: bool = False) -> list[Path]:
    """Remove models (by default all five), their receipts, and what interrupted downloads left; return what is gone.

    With `leftovers`, no model is removed, only what interrupted downloads left, whatever its age.
    """
    settings = Settings.from_environment()
    store = store_in(settings.paths)
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


def _all_models(
    store: ModelStore, settings: Settings, what: str, verb: str, *, verify: bool
) -> tuple[Manifest, dict[ModelSpec, Path]]:
    """Return the receipts and files of all five models, wherever they are taken from."""
    statuses = dict(zip(MODELS.values(), check_in(settings.paths, settings, verify=verify), strict=True))
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
