"""The models folder of one home: where each file belongs, what can be trusted unread, and the receipts."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import time
from collections.abc import Mapping
from pathlib import Path

from humanpose3d.model_assets.disk.files import digest_file, name_aside, read_text, replace_file, write_text_atomically
from humanpose3d.model_assets.errors import StorageError
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.store.manifest import Manifest, ModelsLock, Origin, Receipt, packaged_lock, parse_manifest

KEPT_COPIES = 3
"""How many copies of one file are kept as ``*.corrupt``, and of the receipts as ``*.unreadable``."""

_WORK = ".resolver"
_READ_ATTEMPTS = 3
_READ_PAUSE = 0.05
_Signature = tuple[int, int, int]


class ModelStore:
    """A models folder, for example ``~/.humanpose3d/models``. Making a store neither reads nor writes.

    With `pinned`, no other content is accepted. A further folder, which is only read, has a `home`: in its receipts is
    noted what was found bad here.
    """

    def __init__(self, folder: Path, pinned: ModelsLock | None = None, home: ModelStore | None = None) -> None:
        self.folder = folder
        self._home = home
        self._pinned = pinned
        self.pins: Mapping[str, str] = pinned.sha256 if pinned else {}
        self.pinned_commit = pinned.commit if pinned else None
        self.work_folder = folder / _WORK
        self.swap_note = self.work_folder / "swap.json"
        self._manifest_file = folder / "manifest.json"
        self._manifest_name = str(self._manifest_file)
        self._paths: dict[str, tuple[Path, str]] = {}
        self._read: tuple[_Signature | None, Manifest] = (None, Manifest())
        self._findings: dict[str, tuple[int, int, Receipt | None, str]] = {}
        self._further: dict[Path, ModelStore] = {}

    # -- a warm call: a few stats, nothing else ----------------------------------------------------------------------

    def path_of(self, spec: ModelSpec) -> Path:
        """Where the model belongs, whether or not it is there."""
        return self._place(spec)[0]

    def is_trusted(self, spec: ModelSpec) -> bool:
        """Whether the file has the size and the time of its receipt, or was found sound by this process.

        This is all that a warm call does.
        """
        try:
            facts = os.stat(self._place(spec)[1])  # noqa: PTH116  (a Path costs as much as the call itself)
        except OSError:  # not there, or nowhere that we may look; a download will say which
            return False
        found = self.finding(spec, facts)
        if found is not None:
            return not found
        receipt = self.manifest().receipts.get(spec.path)
        pinned = receipt is not None and self.pins.get(spec.path, receipt.sha256) == receipt.sha256
        return receipt is not None and pinned and receipt.describes(facts)

    def manifest(self) -> Manifest:
        """Return the receipts, read again when the file has changed; none where it is not there, or not ours."""
        signature: _Signature | None = None
        try:
            facts = os.stat(self._manifest_name)  # noqa: PTH116
            signature = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        except (FileNotFoundError, NotADirectoryError):
            return Manifest()
        except OSError:
            pass  # reading it tries again, and says why it fails
        if signature is None or self._read[0] != signature:
            self._read = (signature, self._load_manifest() or Manifest())
        return self._read[1]

    def _place(self, spec: ModelSpec) -> tuple[Path, str]:
        place = self._paths.get(spec.path)
        if place is None:
            path = self.folder / spec.path
            self._paths[spec.path] = place = (path, str(path))
        return place

    # -- looking further ---------------------------------------------------------------------------------------------

    def finding(self, spec: ModelSpec, facts: os.stat_result) -> str | None:
        """Return what reading a file of this size and time has shown, here or as noted in the home; None if nothing."""
        found = self._findings.get(spec.path)
        if found and found[:3] == (facts.st_size, facts.st_mtime_ns, self.manifest().receipts.get(spec.path)):
            return found[3]
        return None if self._home is None else self.recorded_fault(spec, facts)

    def note_key(self, spec: ModelSpec) -> str:
        """Return the key of the model's receipt in the home: for a file of a further folder, its full path."""
        return spec.path if self._home is None else str(self.path_of(spec))

    def recorded_fault(self, spec: ModelSpec, facts: os.stat_result) -> str | None:
        """Return the fault that the home's receipts have for a file of this size and time."""
        home, note = self._home or self, None
        with contextlib.suppress(StorageError):  # a home that can't be read does not keep others from being used
            if os.path.exists(home._manifest_name):  # noqa: PTH110  (reading tries several times)
                note = home.manifest().receipts.get(self.note_key(spec))
        return note.fault if note is not None and note.has_size_and_time_of(facts) else None

    def remember(self, spec: ModelSpec, facts: os.stat_result, finding: str) -> None:
        """Keep what reading a file has shown, "" for nothing wrong, until the file or its receipt changes."""
        receipt = self.manifest().receipts.get(spec.path)
        self._findings[spec.path] = (facts.st_size, facts.st_mtime_ns, receipt, finding)

    def receipt_of(self, spec: ModelSpec) -> Receipt:
        """Return the receipt of the file that is there, made by hashing where none describes it.

        A file without a receipt counts as git's if its content is the blob of the recorded commit, else as put there
        by hand.
        """
        path = self.path_of(spec)
        facts, manifest = path.stat(), self.manifest()
        receipt, snapshot = manifest.receipts.get(spec.path), manifest.snapshot
        if receipt is not None and receipt.describes(facts):
            return receipt
        blob, sha256 = digest_file(path)
        origin: Origin = "manual"
        remote = commit = None
        if receipt is not None and receipt.sha256 == sha256:
            origin, remote, commit = receipt.origin, receipt.remote, receipt.commit
        elif snapshot is not None and snapshot.blobs.get(spec.path) == blob:
            origin, remote, commit = "git", snapshot.remote, snapshot.commit
        return Receipt(origin, remote, commit, blob, facts.st_size, sha256, facts.st_mtime_ns)

    def further(self, folder: Path) -> ModelStore:
        """Return the store of another folder, to be read only, where the same content is accepted."""
        return self._further.setdefault(folder, ModelStore(folder, self._pinned, self))

    def places(self) -> list[Path]:
        """Return the folders that models lie in. Each may be a link, or the root of another file system."""
        return list(dict.fromkeys([self.folder, *(self.path_of(spec).parent for spec in MODELS.values())]))

    def work_folder_of(self, spec: ModelSpec) -> Path:
        """Return the folder for temporary files of a model: beside it, so that one rename puts a file in place."""
        return self.path_of(spec).parent / _WORK

    def staged_path(self, spec: ModelSpec, blob: str) -> Path:
        """Return where a checked file waits for its place: two models may have the same content, so by both."""
        return self.work_folder_of(spec) / "staging" / f"{blob}-{spec.filename}"

    def swap_is_pending(self) -> bool:
        """Whether an exchange of models was begun and not completed (see :mod:`.swap`)."""
        return os.path.exists(self.swap_note)  # noqa: PTH110  (Path.exists raises where we may not look)

    # -- writing: only while the lock is held ------------------------------------------------------------------------

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the receipts. A file in their place that is not ours is kept beside them.

        StorageError says that what is there can't be read now: nothing is written over what may be receipts.
        """
        if self._load_manifest() is None:
            replace_file(self._manifest_file, name_aside(self._manifest_file, ".unreadable", at_most=KEPT_COPIES))
        write_text_atomically(self._manifest_file, manifest.to_json())

    def _load_manifest(self) -> Manifest | None:
        """Read the receipts; None where what is there is not ours."""
        for attempt in range(1, _READ_ATTEMPTS + 1):
            try:
                return parse_manifest(read_text(self._manifest_file))
            except (FileNotFoundError, NotADirectoryError):
                return Manifest()
            except ValueError:
                return None
            except OSError as error:
                if attempt == _READ_ATTEMPTS:
                    path = str(self._manifest_file)
                    words = f"The receipts of the models can't be read now: {error.strerror or error} ({path})."
                    raise StorageError(f"{words} Nothing was changed. {_advice(error)}", path=path) from error
            time.sleep(_READ_PAUSE)
        raise AssertionError("the last attempt returns or raises")


def _advice(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "Use your own home (HUMANPOSE3D_HOME), or ask for the right to read that file."
    return "Try again, with fewer programs open." if error.errno in (errno.EMFILE, errno.ENFILE) else "Try again."


@functools.lru_cache(maxsize=16)
def store_at(base: str) -> ModelStore:
    """Return the store of a base folder; one for each, so that what it has read is read once."""
    return ModelStore(Path(base) / "models", packaged_lock())
