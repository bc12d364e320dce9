"""One download, the remotes that it tries one after the other, and how often it tries each."""

from __future__ import annotations

import contextlib
import errno
import random
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from humanpose3d.model_assets.disk.scratch import scratch_folder
from humanpose3d.model_assets.download.interrupts import LinkedEvent, cancelled_at_exit
from humanpose3d.model_assets.errors import (
    DownloadError,
    DownloadTimeoutError,
    IntegrityError,
    ModelAssetError,
    RepositoryLayoutError,
    RevisionNotFoundError,
)
from humanpose3d.model_assets.locking import HomeLock
from humanpose3d.model_assets.progress import Progress
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.status import fault_of
from humanpose3d.model_assets.store.storage import disk_full
from humanpose3d.model_assets.transports.git.process import Git
from humanpose3d.model_assets.transports.git.transport import GitTransport

FAULTS_OF_A_REMOTE = (DownloadError, DownloadTimeoutError, IntegrityError, RepositoryLayoutError)
"""The next remote may do better; a full disk is not among them."""

ATTEMPTS = 4
_FIRST_PAUSE = 0.5  # s
_LONGEST_PAUSE = 10.0  # s
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Job:
    """One download into one home, by the holder of its lock."""

    specs: Collection[ModelSpec]  # the models that were asked for
    store: ModelStore
    settings: Settings
    progress: Progress
    lock: HomeLock
    force: bool  # whether to move the whole set to the newest commit
    stop: threading.Event  # set by another thread to end it

    def sound(self) -> list[ModelSpec]:
        """Return the models of the home that can be used; for an update, every byte is read."""
        return [spec for spec in MODELS.values() if fault_of(spec, self.store, verify=self.force) is None]

    def missing(self) -> list[ModelSpec]:
        """Return the models to be fetched where the set stays as it is."""
        return [spec for spec in self.specs if fault_of(spec, self.store) is not None]


@dataclass(frozen=True, slots=True)
class Source:
    """One attempt with one remote."""

    transport: GitTransport
    cancelled: threading.Event  # set when the attempt has to end
    refusal: RevisionNotFoundError | None  # the commit of the set can't be had; the same files in another one will do


def try_remotes(job: Job, download: Callable[[Job, Source], None]) -> None:
    """Do the download from the first remote that can serve it, or raise the first error with what the others said."""
    git = Git.find(job.settings.stall_timeout)
    failures: list[ModelAssetError] = []
    for remote in job.settings.remotes:
        try:
            return _try(job, remote, git, download)
        except FAULTS_OF_A_REMOTE as error:
            failures.append(error)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise disk_full(job.store, job.missing() or job.specs) from error
            raise
    raise _combined(failures)


def _try(job: Job, remote: str, git: Git, download: Callable[[Job, Source], None]) -> None:
    try:
        with _source(job, remote, git) as source:
            return download(job, source)
    except RevisionNotFoundError as error:
        if job.force or (job.store.manifest().snapshot is None and job.store.pinned_commit is None):
            raise
        # The remote does not have the recorded or pinned commit, but perhaps the same files in another one.
        with _source(job, remote, git, refusal=error) as source:
            download(job, source)


@contextlib.contextmanager
def _source(job: Job, remote: str, git: Git, refusal: RevisionNotFoundError | None = None) -> Iterator[Source]:
    cancelled = LinkedEvent(job.stop)  # one for each attempt: it stays set after a fault
    with cancelled_at_exit(cancelled), scratch_folder(job.store.work_folder) as scratch:
        transport = GitTransport(remote, list(MODELS.values()), scratch, replace(git, cancelled=cancelled))
        yield Source(transport, cancelled, refusal)


def _combined(failures: list[ModelAssetError]) -> ModelAssetError:
    first, *others = failures
    if not others:
        return first
    details = " ".join(f"[{number}] {error.message}" for number, error in enumerate(others, start=2))
    combined = type(first)(f"{first.message} The other remotes failed too: {details}")
    combined.__dict__.update({key: value for key, value in first.__dict__.items() if key != "message"})
    return combined


def pauses(attempts: int, chance: random.Random) -> Iterator[float]:
    """Yield the pauses between attempts in seconds: doubled each time, bounded, each cut by up to a half."""
    for number in range(attempts - 1):
        yield min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number) * (1 - chance.random() / 2)


def with_retries(
    work: Callable[[], _T], *, cancelled: threading.Event, announce: Callable[[str], None], attempts: int = ATTEMPTS
) -> _T:
    """Do `work`, and do it again after a transient `DownloadError`; any other error is final at once."""
    for pause in pauses(attempts, random.Random()):
        try:
            return work()
        except DownloadError as error:
            if not error.transient or cancelled.is_set():
                raise
            announce(f"{error.message.split(' (')[0]}; trying again in {pause:.1f} s")
        cancelled.wait(pause)
    return work()
