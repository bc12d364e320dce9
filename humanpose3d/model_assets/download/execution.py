"""Doing what was planned: from remotes, through scratch space and checks, to the models folder."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from humanpose3d.model_assets.download.model_fetch import ModelFetch
from humanpose3d.model_assets.download.parallel import in_parallel
from humanpose3d.model_assets.download.plan import Plan, plan_missing, plan_update, revision_to_look_up
from humanpose3d.model_assets.download.retry import with_retries
from humanpose3d.model_assets.errors import (
    DownloadError,
    DownloadTimeoutError,
    IntegrityError,
    ModelAssetError,
    RepositoryLayoutError,
    StorageError,
)
from humanpose3d.model_assets.interrupts import LinkedEvent, cancelled_at_exit
from humanpose3d.model_assets.locking.exclusive import require_space
from humanpose3d.model_assets.locking.home_lock import HomeLock
from humanpose3d.model_assets.progress import Progress, format_bytes
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Manifest, Receipt
from humanpose3d.model_assets.store.swap import keep_manual_copy, swap
from humanpose3d.model_assets.transports import Snapshot, Transport
from humanpose3d.model_assets.transports.git.process import Git
from humanpose3d.model_assets.transports.git.transport import GitTransport

# Faults of one remote; the next one may do better. A full disk is not among them.
_FAULTS_OF_A_REMOTE = (DownloadError, DownloadTimeoutError, RepositoryLayoutError, IntegrityError)
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_AT_A_TIME = 2


@dataclass(frozen=True, slots=True)
class Download:
    """One download into one home, by the holder of its lock.

    Attributes
    ----------
    store, settings, progress, lock
        Where to, how, and whom to tell.
    force : bool
        Whether to move the whole set to the newest commit.
    stop : threading.Event
        Set by somebody else to end it.
    """

    store: ModelStore
    settings: Settings
    progress: Progress
    lock: HomeLock
    force: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, wanted: Collection[ModelSpec]) -> None:
        """Fetch what is missing of `wanted`, from the first remote that can give it.

        Raises
        ------
        ModelAssetError
            If no remote could; the error of the first one, with what the others said.
        """
        git = Git.find(self.settings.stall_timeout)
        failures: list[ModelAssetError] = []
        for remote in self.settings.remotes:
            try:
                return self._try(remote, git, wanted)
            except _FAULTS_OF_A_REMOTE as error:
                failures.append(error)
            except OSError as error:
                if error.errno in _DISK_FULL:
                    raise self._disk_full(wanted) from error
                raise
        raise _combined(failures)

    def _try(self, remote: str, git: Git, wanted: Collection[ModelSpec]) -> None:
        cancelled = LinkedEvent(self.stop)  # each remote's own: it stays set after a fault
        with cancelled_at_exit(cancelled), self.store.scratch() as scratch:
            transport = GitTransport(remote, list(MODELS.values()), scratch, replace(git, cancelled=cancelled))
            self._from(transport, wanted, scratch, cancelled)

    def _from(
        self, transport: Transport, wanted: Collection[ModelSpec], scratch: Path, cancelled: threading.Event
    ) -> None:
        manifest = self.store.manifest()
        missing = [spec for spec in wanted if self.store.trusted_path(spec) is None]
        revision = revision_to_look_up(
            manifest, missing, self.settings.revision, force=self.force, pinned=self.store.pinned_commit
        )
        snapshot = manifest.snapshot
        if revision is not None:
            snapshot = with_retries(
                lambda: transport.snapshot(revision), cancelled=cancelled, announce=self.progress.say
            )
            if manifest.snapshot is not None and not self.force:
                # The set keeps the revision it was asked for under, not the commit id it is looked up by.
                snapshot = replace(snapshot, revision=manifest.snapshot.revision)
        assert snapshot is not None
        plan = self._plan(snapshot, manifest, wanted, missing)
        self._carry_out(plan, transport, scratch, cancelled)

    def _plan(
        self,
        snapshot: Snapshot,
        manifest: Manifest,
        wanted: Collection[ModelSpec],
        missing: Sequence[ModelSpec],
    ) -> Plan:
        if not self.force:
            return plan_missing(snapshot, missing)
        usable = [spec for spec in MODELS.values() if self.store.trusted_path(spec) is not None]
        return plan_update(snapshot, manifest, wanted, MODELS.values(), usable)

    def _carry_out(self, plan: Plan, transport: Transport, scratch: Path, cancelled: threading.Event) -> None:
        sizes = {
            spec: transport.size_of(plan.snapshot, blob) or spec.published_size for spec, blob in plan.fetch.items()
        }
        waiting = [spec for spec, blob in plan.fetch.items() if not self.store.staged_path(spec.path, blob).exists()]
        require_space(self.store, {spec: sizes[spec] for spec in waiting})
        self.progress.begin({spec.name: sizes[spec] for spec in plan.fetch})
        task = ModelFetch(self.store, self.progress, self.lock, plan, transport, scratch, cancelled)
        with in_parallel(task.fetch, plan.fetch, at_a_time=_AT_A_TIME, cancelled=cancelled) as fetches:
            receipts = self._collect(plan, fetches)
        if self.force:
            self._swap(plan, receipts)

    def _collect(self, plan: Plan, fetches: dict[Future[Receipt], ModelSpec]) -> dict[ModelSpec, Receipt]:
        """Install each model as it arrives (or leave it staged, where the whole set moves)."""
        import humanpose3d.model_assets.validation  # noqa: F401  (needed at the end, and there is time now)

        receipts = {}
        pending = set(fetches)
        while pending:
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for fetch in done:
                spec, receipt = fetches[fetch], fetch.result()
                staged = self.store.staged_path(spec.path, receipt.blob)
                if not self.force:
                    self.store.install(staged, spec, receipt, plan.snapshot)
                receipts[spec] = receipt
                self.progress.finish(spec.name, receipt.size)
        return receipts

    def _swap(self, plan: Plan, receipts: dict[ModelSpec, Receipt]) -> None:
        manifest = replace(self.store.manifest(), snapshot=plan.snapshot)
        for path, receipt in manifest.receipts.items():
            if receipt.origin == "git":
                moved = replace(receipt, remote=plan.snapshot.remote, commit=plan.snapshot.commit)
                manifest = manifest.with_receipt(path, moved)
        for spec, receipt in receipts.items():
            copy = keep_manual_copy(self.store, spec)
            if copy is not None:
                self.progress.say(f"{spec.filename}, which was put there by hand, is kept as {copy.name}")
            manifest = manifest.with_receipt(spec.path, receipt)
        swap(self.store, {spec.path: receipt.blob for spec, receipt in receipts.items()}, manifest)

    def _disk_full(self, wanted: Collection[ModelSpec]) -> StorageError:
        missing = [spec for spec in wanted if self.store.trusted_path(spec) is None] or wanted
        needed, free = sum(spec.published_size for spec in missing), shutil.disk_usage(self.store.folder).free
        return StorageError(
            f"File system error during download: No space left on device; {format_bytes(needed)} needed for "
            f"{', '.join(spec.name for spec in missing)}, twice as much while a file arrives, and {self.store.folder} "
            f"has {format_bytes(free)} free. Free some space, or set HUMANPOSE3D_HOME to another disk.",
            needed=needed,
            free=free,
        )


def _combined(failures: list[ModelAssetError]) -> ModelAssetError:
    first, *others = failures
    if not others:
        return first
    details = " ".join(f"[{number}] {error.message}" for number, error in enumerate(others, start=2))
    combined = type(first)(f"{first.message} The other remotes failed too: {details}")
    combined.__dict__.update({key: value for key, value in first.__dict__.items() if key != "message"})
    return combined
