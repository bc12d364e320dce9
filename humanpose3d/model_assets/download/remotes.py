"""Which remote, and which commit of it."""

from __future__ import annotations

import contextlib
import errno
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from humanpose3d.model_assets.download.interrupts import LinkedEvent, cancelled_at_exit
from humanpose3d.model_assets.download.job import Job
from humanpose3d.model_assets.download.plan import (
    Plan,
    plan_from_mirror,
    plan_missing,
    plan_update,
    revision_to_look_up,
)
from humanpose3d.model_assets.download.retry import with_retries
from humanpose3d.model_assets.errors import (
    DownloadError,
    DownloadTimeoutError,
    IntegrityError,
    ModelAssetError,
    RepositoryLayoutError,
    RevisionNotFoundError,
    StorageError,
)
from humanpose3d.model_assets.progress import format_bytes
from humanpose3d.model_assets.registry import MODELS
from humanpose3d.model_assets.store.scratch import scratch_folder
from humanpose3d.model_assets.transports import Transport
from humanpose3d.model_assets.transports.git.process import Git
from humanpose3d.model_assets.transports.git.transport import GitTransport

# Faults of one remote; the next one may do better. A full disk is not among them.
_FAULTS_OF_A_REMOTE = (DownloadError, DownloadTimeoutError, RepositoryLayoutError, IntegrityError)


Work = Callable[[Job, Plan, Transport, threading.Event], None]


def try_remotes(job: Job, work: Work) -> None:
    """Plan and do `work` with the first remote that can serve it.

    Raises
    ------
    ModelAssetError
        If no remote could; the error of the first one, with what the others said.
    """
    git = Git.find(job.settings.stall_timeout)
    failures: list[ModelAssetError] = []
    for remote in job.settings.remotes:
        try:
            return _try(job, remote, git, work)
        except _FAULTS_OF_A_REMOTE as error:
            failures.append(error)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise _disk_full(job) from error
            raise
    raise _combined(failures)


def _try(job: Job, remote: str, git: Git, work: Work) -> None:
    try:
        with _source(job, remote, git) as (transport, cancelled):
            return work(job, _plan(job, transport, cancelled), transport, cancelled)
    except RevisionNotFoundError:
        if job.force or (job.store.manifest().snapshot is None and job.store.pinned_commit is None):
            raise
        # The remote does not have the recorded or pinned commit, but perhaps the same files in another one.
        with _source(job, remote, git) as (transport, cancelled):
            plan = _plan_from_mirror(job, transport)
            if plan is None:
                raise
            work(job, plan, transport, cancelled)


@contextlib.contextmanager
def _source(job: Job, remote: str, git: Git) -> Iterator[tuple[Transport, threading.Event]]:
    cancelled = LinkedEvent(job.stop)  # one for each attempt: it stays set after a fault
    with cancelled_at_exit(cancelled), scratch_folder(job.store.work_folder) as scratch:
        yield GitTransport(remote, list(MODELS.values()), scratch, replace(git, cancelled=cancelled)), cancelled


def _plan(job: Job, transport: Transport, cancelled: threading.Event) -> Plan:
    manifest, missing = job.store.manifest(), job.missing()
    snapshot, pinned = manifest.snapshot, job.store.pinned_commit
    revision = revision_to_look_up(manifest, missing, job.settings.revision, force=job.force, pinned=pinned)
    if revision is not None:
        snapshot = with_retries(lambda: transport.snapshot(revision), cancelled=cancelled, announce=job.progress.say)
        if manifest.snapshot is not None and not job.force:
            # The set keeps the revision it was asked for under, not the commit id it is looked up by.
            snapshot = replace(snapshot, revision=manifest.snapshot.revision)
    assert snapshot is not None
    return plan_update(snapshot, manifest, job.specs, job.sound()) if job.force else plan_missing(snapshot, missing)


def _plan_from_mirror(job: Job, transport: Transport) -> Plan | None:
    with contextlib.suppress(*_FAULTS_OF_A_REMOTE):
        found = transport.snapshot(job.settings.revision)
        return plan_from_mirror(found, job.store.manifest().snapshot, job.missing(), job.store.pins)
    return None


def _disk_full(job: Job) -> StorageError:
    missing = job.missing() or job.specs
    needed, free = sum(spec.published_size for spec in missing), shutil.disk_usage(job.store.folder).free
    return StorageError(
        f"File system error during download: No space left on device; {format_bytes(needed)} needed for "
        f"{', '.join(spec.name for spec in missing)}, twice as much while a file arrives, and {job.store.folder} "
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
