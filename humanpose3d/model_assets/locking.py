"""One process at a time in one models folder: its lock, and the receipts that only its holder writes."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import socket
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from humanpose3d.model_assets.disk.files import put_away, read_text, write_text_atomically
from humanpose3d.model_assets.errors import DownloadTimeoutError, ModelAssetError
from humanpose3d.model_assets.progress import Progress
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Manifest
from humanpose3d.model_assets.store.status import fault_of, pin_fault
from humanpose3d.model_assets.store.storage import remove_leftovers
from humanpose3d.model_assets.store.swap import finish_swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    import filelock

logger = logging.getLogger("humanpose3d.model_assets")

_POLL_SECONDS = 0.1
# What file systems answer that do not implement flock: FUSE, Lustre, some NFS (524 is the kernel's ENOTSUPP).
_LOCKS_DO_NOT_WORK = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EIO, 524}
_OLDEST_FILELOCK = (3, 30)  # a plain checkout may meet any; older ones know locks that a killed process leaves behind
_warned: set[Path] = set()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock since when (seconds since the epoch), and how far it is, as in ``"gru 43 %"``."""

    host: str
    pid: int
    since: float
    progress: str = ""

    def __str__(self) -> str:
        age = max(0.0, time.time() - self.since)
        progress = f", {self.progress}" if self.progress else ""
        return f"process {self.pid} on {self.host}, at it for {age:.0f} s{progress}"


class HomeLock:
    """The lock of one folder, by default one of models.

    The names of the lock file and the holder's note begin with `prefix`; `unlocked` is what people should know where
    file locks do not work.
    """

    def __init__(
        self,
        folder: Path,
        *,
        prefix: str = "",
        unlocked: str = "processes that start at the same moment may each download. The files stay correct.",
    ) -> None:
        self._file = folder / f"{prefix}lock"
        self._note = folder / f"{prefix}holder.json"
        self._unlocked = unlocked
        self._holder = Holder(socket.gethostname(), os.getpid(), time.time())
        self._noted = 0.0

    @contextlib.contextmanager
    def hold(self, timeout: float, enough: Callable[[Holder | None], bool]) -> Iterator[bool]:
        """Hold the lock for the length of the context; True also where locks do not work.

        `enough` is called while another process holds the lock, with what is known of it; true ends the wait, and
        False is yielded. A wait longer than `timeout` in seconds raises DownloadTimeoutError.
        """
        lock = self._lock()
        if not self._acquire(lock, timeout, enough):
            yield False
            return
        try:
            self.note_progress("starting", now=True)
            yield True
        finally:
            put_away(lambda: self._note.unlink(missing_ok=True))
            lock.release()

    def note_progress(self, progress: str, *, now: bool = False) -> None:
        """Tell the waiters how far the download is, at most twice a second."""
        if now or time.monotonic() - self._noted > 0.5:
            self._noted = time.monotonic()
            self._holder = Holder(self._holder.host, self._holder.pid, self._holder.since, progress)
            write_text_atomically(self._note, json.dumps(asdict(self._holder)), durable=False)

    def holder(self) -> Holder | None:
        """Return what the holder noted, or None where there is no (readable) note."""
        try:
            note = json.loads(read_text(self._note))
            holder = Holder(str(note["host"]), int(note["pid"]), float(note["since"]), str(note["progress"]))
            return holder if str(holder).isprintable() else None  # not ours: in a shared home others may write
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _lock(self) -> filelock.BaseFileLock:
        import filelock

        if tuple(map(int, filelock.__version__.split(".")[:2])) < _OLDEST_FILELOCK:
            raise ModelAssetError(
                f"The package filelock {filelock.__version__} is too old; run "
                "'python -m pip install --upgrade filelock'."
            )
        return filelock.FileLock(self._file, fallback_to_soft=False)

    def _acquire(self, lock: filelock.BaseFileLock, timeout: float, enough: Callable[[Holder | None], bool]) -> bool:
        import filelock

        start = time.monotonic()
        while True:
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                holder = self.holder()
            except (OSError, NotImplementedError) as error:
                self._go_on_without(error)
                return True
            else:
                return True
            if enough(holder):
                return False
            if time.monotonic() - start > timeout:
                raise DownloadTimeoutError(
                    f"Waited {timeout:g} s for another download into {self._file.parent.parent}: "
                    f"{holder or 'a process that left no note'}. End it if it hangs, or allow more time with "
                    "HUMANPOSE3D_LOCK_TIMEOUT.",
                    holder=holder,
                )
            time.sleep(_POLL_SECONDS)

    def _go_on_without(self, error: OSError | NotImplementedError) -> None:
        number = getattr(error, "errno", errno.ENOSYS)
        if isinstance(error, OSError) and number not in _LOCKS_DO_NOT_WORK:
            raise error
        if self._file not in _warned:
            _warned.add(self._file)
            logger.warning("File locks do not work in %s (%s): %s", self._file.parent, error, self._unlocked)


_RECORD_PATIENCE = 10.0  # s
_SECONDS_BETWEEN_WORDS = 5.0


def lock_of(store: ModelStore) -> HomeLock:
    """Return the lock of a models folder, which is made if it is not there."""
    store.work_folder.mkdir(parents=True, exist_ok=True)
    return HomeLock(store.work_folder)


@contextlib.contextmanager
def exclusive(
    store: ModelStore, timeout: float, progress: Progress, settled: Callable[[], bool] = lambda: False
) -> Iterator[HomeLock | None]:
    """Hold the lock of a models folder, in which nothing is left of killed processes.

    None in its place says that the wait has ended because `settled` has become true.
    """
    lock, next_words = lock_of(store), 0.0

    def enough(holder: Holder | None) -> bool:
        nonlocal next_words
        if settled():
            return True
        if time.monotonic() >= next_words:
            next_words = time.monotonic() + _SECONDS_BETWEEN_WORDS
            progress.say(f"Waiting for another download: {holder or 'it has just begun'}")
        return False

    with lock.hold(timeout, enough) as held:
        if held:
            finish_swap(store)
            remove_leftovers(store)
        yield lock if held else None


def record_sound_files(specs: Iterable[ModelSpec], store: ModelStore) -> None:
    """Write the receipts of usable files that have none yet; the store's lock is held."""
    for spec in specs:
        if fault_of(spec, store) is None:
            receipt = store.receipt_of(spec)
            if store.manifest().receipts.get(spec.path) != receipt:
                store.write_manifest(store.manifest().with_receipt(spec.path, receipt))


def try_to_record(store: ModelStore, change: Callable[[Manifest], Manifest], *, patience: float = 0.0) -> None:
    """Change the receipts if the lock can be had within `patience` seconds; in a read-only home, do nothing."""
    with contextlib.suppress(OSError), lock_of(store).hold(patience, lambda _holder: patience == 0) as held:
        if held:
            store.write_manifest(change(store.manifest()))


def record_findings(specs: Collection[ModelSpec], store: ModelStore, settings: Settings) -> None:
    """Write into the receipts what reading every byte of these models has shown, so that it counts for everybody.

    What was found in a further folder, which is only read, is noted in the home.
    """
    found = {}
    for holder in (store, *(store.further(folder) for folder in settings.search_path)):
        for spec in specs:
            with contextlib.suppress(OSError):
                facts = holder.path_of(spec).stat()
                finding = holder.finding(spec, facts)
                if finding in (None, pin_fault(spec, store), holder.recorded_fault(spec, facts) or ""):
                    continue
                receipt = holder.manifest().receipts.get(spec.path)
                if receipt is not None and receipt.has_size_and_time_of(facts):
                    found[holder.note_key(spec)] = replace(receipt, fault=finding or None)
    if found:
        try_to_record(store, lambda m: replace(m, receipts={**m.receipts, **found}), patience=_RECORD_PATIENCE)
