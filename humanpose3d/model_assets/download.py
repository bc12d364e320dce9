"""Doing what was planned: from remotes, through scratch space and checks, to the models folder."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from humanpose3d.model_assets.errors import (
    DownloadError,
    DownloadTimeoutError,
    IntegrityError,
    ModelAssetError,
    RepositoryLayoutError,
    StorageError,
)
from humanpose3d.model_assets.files import digest_file, replace_file
from humanpose3d.model_assets.git_process import Git
from humanpose3d.model_assets.git_transport import GitTransport
from humanpose3d.model_assets.locking import HomeLock
from humanpose3d.model_assets.manifest import Manifest, Receipt
from humanpose3d.model_assets.plan import Plan, plan_missing, plan_update, revision_to_look_up
from humanpose3d.model_assets.progress import Progress, format_bytes
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.retry import with_retries
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store import ModelStore
from humanpose3d.model_assets.swap import keep_manual_copy, swap
from humanpose3d.model_assets.transport import FetchedBlob, Snapshot, Transport
from humanpose3d.model_assets.validation import check_structure

# Faults of one remote; the next one may do better. A full disk is not among them.
_FAULTS_OF_A_REMOTE = (DownloadError, DownloadTimeoutError, RepositoryLayoutError, IntegrityError)
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
    """

    store: ModelStore
    settings: Settings
    progress: Progress
    lock: HomeLock
    force: bool = False

    def run(self, wanted: Collection[ModelSpec]) -> None:
        """Fetch what is missing of `wanted`, from the first remote that can give it.

        Raises
        ------
        ModelAssetError
            If no remote could; the error of the first one, with what the others said.
        """
        cancelled = threading.Event()
        git = Git.find(self.settings.stall_timeout, cancelled)
        failures: list[ModelAssetError] = []
        for remote in self.settings.remotes:
            with self.store.scratch() as scratch:
                transport = GitTransport(remote, list(MODELS.values()), scratch, git)
                try:
                    self._from(transport, wanted, scratch, cancelled)
                except _FAULTS_OF_A_REMOTE as error:
                    failures.append(error)
                else:
                    return
        raise _combined(failures)

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
        if not self.force and snapshot != manifest.snapshot:
            self.store.record_snapshot(snapshot)
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
        waiting = [spec for spec, blob in plan.fetch.items() if self._staged(blob) is None]
        self._require_space({spec: sizes[spec] for spec in waiting})
        self.progress.begin({spec.name: sizes[spec] for spec in plan.fetch})
        task = _Task(self, plan, transport, scratch, cancelled)
        with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="humanpose3d-fetch") as pool:
            fetches = {pool.submit(task.fetch, spec): spec for spec in plan.fetch}
            try:
                receipts = self._collect(fetches)
            except BaseException:
                cancelled.set()  # ends the other transfer at once; leaving the pool waits for it
                for fetch in fetches:
                    fetch.cancel()
                raise
        if self.force:
            self._swap(plan, receipts)

    def _collect(self, fetches: dict[Future[Receipt], ModelSpec]) -> dict[ModelSpec, Receipt]:
        """Install each model as it arrives (or leave it staged, where the whole set moves)."""
        receipts = {}
        pending = set(fetches)
        while pending:
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_EXCEPTION)
            for fetch in done:
                spec, receipt = fetches[fetch], fetch.result()
                staged = self.store.staging_folder / receipt.blob
                if not self.force:
                    self.store.install(staged, spec, receipt)
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

    def _require_space(self, sizes: dict[ModelSpec, int]) -> None:
        needed, free = sum(sizes.values()), shutil.disk_usage(self.store.folder).free
        if needed > free:
            raise StorageError(
                f"File system error during download: {', '.join(spec.name for spec in sizes)} need "
                f"{format_bytes(needed)} and {self.store.folder} has {format_bytes(free)} free. "
                "Free some space, or set HUMANPOSE3D_HOME to another disk.",
                needed=needed,
                free=free,
            )

    def _staged(self, blob: str) -> Path | None:
        staged = self.store.staging_folder / blob
        return staged if staged.exists() else None


@dataclass(frozen=True, slots=True)
class _Task:
    """Fetching one model of a plan into the staging folder; runs in a worker thread."""

    download: Download
    plan: Plan
    transport: Transport
    scratch: Path
    cancelled: threading.Event

    def fetch(self, spec: ModelSpec) -> Receipt:
        blob = self.plan.fetch[spec]
        staged = self.download.store.staging_folder / blob
        label = f"Model {spec.name!r} from {self.transport.remote}"
        if staged.exists():
            check_structure(staged, spec.suffix, label=label)
            return self._receipt(staged, blob)
        part = self.scratch / f"{blob}.part"
        fetched = with_retries(
            lambda: self._transfer(spec, blob, part),
            cancelled=self.cancelled,
            announce=self.download.progress.say,
        )
        if fetched.blob != blob:
            raise IntegrityError(
                f"{label} is not what its id says: expected blob {blob}, received {fetched.blob}. "
                "Try again, or use another remote (HUMANPOSE3D_MODELS_URL).",
                model=spec.name,
            )
        check_structure(part, spec.suffix, label=label)
        pin = self.download.store.pins.get(spec.path, fetched.sha256)
        if fetched.sha256 != pin:
            raise IntegrityError(
                f"{label} is not the one in the lock file: expected sha256 {pin}, received {fetched.sha256}. "
                "Use another remote (HUMANPOSE3D_MODELS_URL), or make a new lock file if the change is meant.",
                model=spec.name,
            )
        replace_file(part, staged)
        return self._receipt(staged, blob, fetched.sha256)

    def _transfer(self, spec: ModelSpec, blob: str, part: Path) -> FetchedBlob:
        part.unlink(missing_ok=True)
        return self.transport.fetch(self.plan.snapshot, blob, part, lambda done: self._observe(spec, done))

    def _observe(self, spec: ModelSpec, done: int) -> None:
        self.download.progress.update(spec.name, done)
        self.download.lock.note_progress(f"{spec.name} {format_bytes(done)}")

    def _receipt(self, staged: Path, blob: str, sha256: str | None = None) -> Receipt:
        snapshot = self.plan.snapshot
        facts = staged.stat()
        if sha256 is None:
            found, sha256 = digest_file(staged)
            if found != blob:
                staged.unlink()
                raise IntegrityError(f"The staged file {staged} had changed and was removed. Try again.", blob=blob)
        return Receipt("git", snapshot.remote, snapshot.commit, blob, facts.st_size, sha256, facts.st_mtime_ns)


def _combined(failures: list[ModelAssetError]) -> ModelAssetError:
    first, *others = failures
    if not others:
        return first
    details = " ".join(f"[{number}] {error.message}" for number, error in enumerate(others, start=2))
    combined = type(first)(f"{first.message} The other remotes failed too: {details}")
    combined.__dict__.update({key: value for key, value in first.__dict__.items() if key != "message"})
    return combined
