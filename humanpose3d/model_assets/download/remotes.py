"""One download: its remotes, tried one after the other, how often each is tried, and the failure of all of them."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from humanpose3d.model_assets import errors
from humanpose3d.model_assets.disk.files import read_text, write_text_atomically
from humanpose3d.model_assets.disk.scratch import scratch_folder
from humanpose3d.model_assets.download.interrupts import LinkedEvent, cancelled_at_exit
from humanpose3d.model_assets.locking import HomeLock
from humanpose3d.model_assets.progress import Progress
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.status import fault_of
from humanpose3d.model_assets.store.storage import disk_full
from humanpose3d.model_assets.transports import Snapshot
from humanpose3d.model_assets.transports.choice import find_git
from humanpose3d.model_assets.transports.git.process import Git
from humanpose3d.model_assets.transports.git.remote import hide_credentials
from humanpose3d.model_assets.transports.git.transport import GitTransport

FAULTS_OF_A_REMOTE = (
    errors.DownloadError,
    errors.DownloadTimeoutError,
    errors.IntegrityError,
    errors.RepositoryLayoutError,
)
"""The next remote may do better; a full disk is not among them."""
_OF_THE_NETWORK = (errors.ConnectionFailedError, errors.DownloadTimeoutError)  # for every model and caller

NO_NEWER_OFFLINE = (
    "Offline (HUMANPOSE3D_OFFLINE is set), so no newer models can be fetched; those that are there stay. "
    "Unset the variable and try again."
)
ATTEMPTS = 4
_FIRST_PAUSE = 0.5  # s
_LONGEST_PAUSE = 10.0  # s
_LOOK_SECONDS = 20.0  # without one byte, after which a mere question is given up
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
    # The commit of the set can't be had; the same files in another one will do.
    refusal: errors.RevisionNotFoundError | None


def try_remotes(job: Job, download: Callable[[Job, Source], None]) -> None:
    """Do the download from the first remote that can serve it."""
    git = find_git(job.settings.stall_timeout)
    try:
        _first_answer(job.settings, lambda remote: _try(job, remote, git, download))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise disk_full(job.store, job.missing() or job.specs) from error


def _first_answer(settings: Settings, ask: Callable[[str], _T]) -> _T:
    """Ask one remote after the other; where none can serve, raise the first error with what the others said."""
    failures: list[errors.ModelAssetError] = []
    for remote in settings.remotes:
        try:
            return ask(remote)
        except FAULTS_OF_A_REMOTE as error:
            failures.append(error)
    first, *others = failures
    if not others:
        raise first
    details = " ".join(f"[{number}] {error.message}" for number, error in enumerate(others, start=2))
    combined = type(first)(f"{first.message} The other remotes failed too: {details}")
    combined.__dict__.update({key: value for key, value in vars(first).items() if key != "message"})
    raise combined


def _try(job: Job, remote: str, git: Git, download: Callable[[Job, Source], None]) -> None:
    try:
        with _source(job, remote, git) as source:
            return download(job, source)
    except errors.RevisionNotFoundError as error:
        if job.force or (job.store.manifest().snapshot is None and job.store.pinned_commit is None):
            raise
        # The remote does not have the recorded or pinned commit, but perhaps the same files in another one.
        with _source(job, remote, git, refusal=error) as source:
            download(job, source)


@contextlib.contextmanager
def _source(job: Job, remote: str, git: Git, refusal: errors.RevisionNotFoundError | None = None) -> Iterator[Source]:
    cancelled = LinkedEvent(job.stop)  # one for each attempt: it stays set after a fault
    with cancelled_at_exit(cancelled), scratch_folder(job.store.work_folder) as scratch:
        transport = GitTransport(remote, list(MODELS.values()), scratch, replace(git, cancelled=cancelled))
        yield Source(transport, cancelled, refusal)


def look_up(remote: str, settings: Settings) -> Snapshot:
    """Return the newest commit of a remote; nothing is fetched."""
    with tempfile.TemporaryDirectory(prefix="humanpose3d-") as scratch:
        git = find_git(min(settings.stall_timeout, _LOOK_SECONDS))
        return GitTransport(remote, list(MODELS.values()), Path(scratch), git).snapshot(settings.revision)


def newest_snapshot(settings: Settings) -> Snapshot:
    """Return the newest commit of the first remote that answers."""
    if settings.offline:
        raise errors.OfflineError(NO_NEWER_OFFLINE)
    return _first_answer(settings, lambda remote: look_up(remote, settings))


def pauses(attempts: int, chance: random.Random) -> Iterator[float]:
    """Yield the pauses between attempts in seconds: doubled each time, bounded, each cut by up to a half."""
    for number in range(attempts - 1):
        yield min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number) * (1 - chance.random() / 2)


def with_retries(work: Callable[[], _T], *, cancelled: threading.Event, announce: Callable[[str], None]) -> _T:
    """Do `work`, and do it again after a transient `DownloadError`; any other error is final at once."""
    for pause in pauses(ATTEMPTS, random.Random()):
        try:
            return work()
        except errors.DownloadError as error:
            if not error.transient or cancelled.is_set():
                raise
            announce(f"{error.message.split(' (')[0]}; trying again in {pause:.1f} s")
        cancelled.wait(pause)
    return work()


class SharedFailure:
    """The note of the last failure in a home, so that those who waited for a process need not meet it again.

    Only one that is written after this object was made counts. No clock decides, since those of two machines differ. A
    failure of a download with other settings is none of ours.
    """

    def __init__(self, specs: Collection[ModelSpec], store: ModelStore, settings: Settings, *, force: bool) -> None:
        self._file = store.work_folder / "failure.json"
        self._wanted = sorted(spec.name for spec in specs)
        self._has_login = any(hide_credentials(remote) != remote for remote in settings.remotes)
        self._question = {
            "remotes": settings.shown_remotes,
            "revision": settings.revision,
            "stall_timeout": settings.stall_timeout,
            "force": force,
            "pins": dict(store.pins),
            "proxies": {
                name: hide_credentials(value) for name, value in os.environ.items() if name.lower().endswith("_proxy")
            },
        }
        self._known = self._read().get("id")

    def raise_if_new(self) -> None:
        """Raise the error that another process met since we began to wait, if it concerns us too."""
        note = self._read()
        if note.get("id") in (None, self._known) or note.get("question") != self._question:
            return
        kind, message = getattr(errors, str(note.get("error")), None), str(note.get("message"))
        if not (isinstance(kind, type) and issubclass(kind, FAULTS_OF_A_REMOTE) and message.isprintable()):
            return  # not ours: in a shared home others may write
        if issubclass(kind, _OF_THE_NETWORK) or set(self._wanted) <= set(map(str, note.get("wanted") or ())):
            raise kind(message, **dict(note.get("details") or {}))

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Leave a note of an error of the remotes that leaves the context, and none where there is none."""
        try:
            yield
        except FAULTS_OF_A_REMOTE as error:
            # Another login may well be let in.
            if not self._has_login or isinstance(error, _OF_THE_NETWORK):
                self._write(error)
            raise
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            note = json.loads(read_text(self._file))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def _write(self, error: errors.ModelAssetError) -> None:
        plain = (str, int, float, bool)
        note = {
            "id": os.urandom(8).hex(),
            "question": self._question,
            "wanted": self._wanted,
            "error": type(error).__name__,
            "message": error.message,
            "details": {key: item for key, item in vars(error).items() if key != "message" and isinstance(item, plain)},
        }
        with contextlib.suppress(OSError):  # then each finds out for itself
            write_text_atomically(self._file, json.dumps(note), durable=False)
