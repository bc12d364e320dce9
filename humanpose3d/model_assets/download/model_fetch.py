"""One model on its way: arrived before or to be transferred, then checked, then left waiting under its blob id."""

from __future__ import annotations

import contextlib
import functools
import threading
from dataclasses import dataclass
from pathlib import Path

from humanpose3d.model_assets.download.plan import Plan
from humanpose3d.model_assets.download.retry import with_retries
from humanpose3d.model_assets.errors import IntegrityError
from humanpose3d.model_assets.locking.home_lock import HomeLock
from humanpose3d.model_assets.progress import Progress, format_bytes
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.store.digests import digest_file
from humanpose3d.model_assets.store.files import replace_file
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Receipt
from humanpose3d.model_assets.transports import FetchedBlob, Transport


@dataclass(frozen=True, slots=True)
class ModelFetch:
    """Fetching the models of a plan into the staging folder, each in a worker thread.

    Attributes
    ----------
    store, progress, lock
        Where to, and whom to tell.
    plan : Plan
        What is to be fetched.
    transport : Transport
        Where from.
    scratch : Path
        A folder of ours for what arrives.
    cancelled : threading.Event
        Set by somebody else to end the transfers.
    """

    store: ModelStore
    progress: Progress
    lock: HomeLock
    plan: Plan
    transport: Transport
    scratch: Path
    cancelled: threading.Event

    def fetch(self, spec: ModelSpec) -> Receipt:
        """Fetch one model, unless an earlier run left it waiting; it is in the staging folder then.

        Raises
        ------
        DownloadError, DownloadTimeoutError, IntegrityError, StorageError, OSError, CancelledError
        """
        blob = self.plan.fetch[spec]
        staged = self.store.staged_path(spec.path, blob)
        with contextlib.suppress(FileNotFoundError):  # where locks do not work, somebody may install it meanwhile
            if (arrived := _arrived_before(staged, blob)) is not None:
                return self._checked(spec, staged, arrived)
        part = self.scratch / f"{staged.name}.part"
        receipt = self._checked(spec, part, self._transfer_with_retries(spec, part))
        replace_file(part, staged)
        return receipt

    def _checked(self, spec: ModelSpec, path: Path, arrived: FetchedBlob) -> Receipt:
        """Return the receipt of a file that has arrived, if it is the model."""
        self._require_model(spec, path, arrived)
        remote, commit, modified = self.transport.remote, self.plan.snapshot.commit, path.stat().st_mtime_ns
        return Receipt("git", remote, commit, arrived.blob, arrived.size, arrived.sha256, modified)

    def _require_model(self, spec: ModelSpec, path: Path, arrived: FetchedBlob) -> None:
        label = f"Model {spec.name!r} from {self.transport.remote}"
        blob = self.plan.fetch[spec]
        if arrived.blob != blob:
            raise IntegrityError(
                f"{label} is not what its id says: expected blob {blob}, received {arrived.blob}. "
                "Try again, or use another remote (HUMANPOSE3D_MODELS_URL).",
                model=spec.name,
            )
        pin = self.store.pins.get(spec.path, arrived.sha256)
        if arrived.sha256 != pin:
            raise IntegrityError(
                f"{label} is not the one in the lock file: expected sha256 {pin}, received {arrived.sha256}. "
                "Use another remote (HUMANPOSE3D_MODELS_URL), or make a new lock file if the change is meant.",
                model=spec.name,
            )
        from humanpose3d.model_assets.validation import find_fault

        if fault := find_fault(path, spec.suffix):
            raise IntegrityError(
                f"{label} is not the model: {fault}. It was received as commit {self.plan.snapshot.commit} has it. "
                "Use another remote (HUMANPOSE3D_MODELS_URL); when the repository has been mended, "
                "'humanpose3d models download --force' fetches the new one.",
                model=spec.name,
                reason=fault,
            )

    def _transfer_with_retries(self, spec: ModelSpec, part: Path) -> FetchedBlob:
        def transfer() -> FetchedBlob:
            part.unlink(missing_ok=True)
            observe = functools.partial(self._observe, spec)
            return self.transport.fetch(self.plan.snapshot, self.plan.fetch[spec], part, observe)

        return with_retries(transfer, cancelled=self.cancelled, announce=self.progress.say)

    def _observe(self, spec: ModelSpec, done: int) -> None:
        self.progress.update(spec.name, done)
        self.lock.note_progress(f"{spec.name} {format_bytes(done)}")


def _arrived_before(staged: Path, blob: str) -> FetchedBlob | None:
    """Return the facts of a file that an earlier run left waiting; one that has changed is removed."""
    if not staged.exists():
        return None
    found, sha256 = digest_file(staged)
    if found != blob:
        staged.unlink()
        return None
    return FetchedBlob(blob, staged.stat().st_size, sha256)
