"""Fetch the models of a plan. Each is checked, and then waits beside its place under its blob id."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from pathlib import Path

from humanpose3d.model_assets.download.job import Job
from humanpose3d.model_assets.download.parallel import in_parallel
from humanpose3d.model_assets.download.plan import Plan
from humanpose3d.model_assets.download.retry import with_retries
from humanpose3d.model_assets.errors import IntegrityError, StorageError
from humanpose3d.model_assets.progress import format_bytes
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.store.digests import digest_file
from humanpose3d.model_assets.store.files import replace_file
from humanpose3d.model_assets.store.leftovers import remove_staged
from humanpose3d.model_assets.store.manifest import Receipt
from humanpose3d.model_assets.store.scratch import scratch_folder
from humanpose3d.model_assets.store.storage import require_space
from humanpose3d.model_assets.transports import FetchedBlob, Transport

_AT_A_TIME = 2


def fetch_and_check(
    job: Job, plan: Plan, transport: Transport, cancelled: threading.Event
) -> Generator[tuple[ModelSpec, Receipt], None, None]:
    """Fetch the models of a plan, two at a time, and yield each as it arrives, with its receipt.

    Raises
    ------
    DownloadError, DownloadTimeoutError, IntegrityError, StorageError, OSError, CancelledError
    """
    sizes = {spec: transport.size_of(plan.snapshot, blob) or spec.published_size for spec, blob in plan.fetch.items()}
    _make_room(job, plan, sizes)
    job.progress.begin({spec.name: size for spec, size in sizes.items()})
    task = _Fetch(job, plan, transport, cancelled)
    with in_parallel(task.fetch, plan.fetch, at_a_time=_AT_A_TIME, cancelled=cancelled) as fetches:
        import humanpose3d.model_assets.validation  # noqa: F401  (needed at the end, and there is time now)

        pending = set(fetches)
        while pending:
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for fetch in done:
                spec, receipt = fetches[fetch], fetch.result()
                yield spec, receipt
                job.progress.finish(spec.name, receipt.size)


def _make_room(job: Job, plan: Plan, sizes: dict[ModelSpec, int]) -> None:
    """Raise `StorageError` unless there is room; files that wait and are no part of the plan give way."""
    waiting = {job.store.staged_path(spec, blob): spec for spec, blob in plan.fetch.items()}
    needed = {spec: sizes[spec] for path, spec in waiting.items() if not path.exists()}
    try:
        require_space(job.store, needed)
    except StorageError:
        remove_staged(job.store, but=waiting)
        require_space(job.store, needed)


@dataclass(frozen=True, slots=True)
class _Fetch:
    job: Job
    plan: Plan
    transport: Transport
    cancelled: threading.Event

    def fetch(self, spec: ModelSpec) -> Receipt:
        """Fetch one model, unless an earlier run left it waiting."""
        blob, store = self.plan.fetch[spec], self.job.store
        staged = store.staged_path(spec, blob)
        with contextlib.suppress(FileNotFoundError):  # where locks do not work, somebody may install it meanwhile
            if (arrived := _arrived_before(staged, blob)) is not None:
                return self._check(spec, staged, arrived)
        staged.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(store.work_folder_of(spec)) as scratch:
            part = scratch / f"{blob}.part"
            receipt = self._check(spec, part, self._transfer(spec, part))
            replace_file(part, staged)
        return receipt

    def _transfer(self, spec: ModelSpec, part: Path) -> FetchedBlob:
        def transfer() -> FetchedBlob:
            part.unlink(missing_ok=True)
            observe = functools.partial(self._observe, spec)
            return self.transport.fetch(self.plan.snapshot, self.plan.fetch[spec], part, observe)

        return with_retries(transfer, cancelled=self.cancelled, announce=self.job.progress.say)

    def _observe(self, spec: ModelSpec, done: int) -> None:
        self.job.progress.update(spec.name, done)
        self.job.lock.note_progress(f"{spec.name} {format_bytes(done)}")

    def _check(self, spec: ModelSpec, path: Path, arrived: FetchedBlob) -> Receipt:
        """Return the receipt of a file that has arrived, if it is the model."""
        label = f"Model {spec.name!r} from {self.transport.remote}"
        blob, pins = self.plan.fetch[spec], self.job.store.pins
        if arrived.blob != blob:
            raise IntegrityError(
                f"{label} is not what its id says: expected blob {blob}, received {arrived.blob}. "
                "Try again, or use another remote (HUMANPOSE3D_MODELS_URL).",
                model=spec.name,
            )
        pin = pins.get(spec.path, arrived.sha256)
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
        remote, commit, modified = self.transport.remote, self.plan.recorded.commit, path.stat().st_mtime_ns
        return Receipt("git", remote, commit, arrived.blob, arrived.size, arrived.sha256, modified)


def _arrived_before(staged: Path, blob: str) -> FetchedBlob | None:
    """Return the facts of a file that an earlier run left waiting; one that has changed is removed."""
    if not staged.exists():
        return None
    found, sha256 = digest_file(staged)
    if found != blob:
        staged.unlink()
        return None
    return FetchedBlob(blob, staged.stat().st_size, sha256)
