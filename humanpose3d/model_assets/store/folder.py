"""The models folder of one home: what is there, what can be trusted, and how files get in and out."""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.store.digests import digest_file
from humanpose3d.model_assets.store.files import (
    put_away,
    remove_any,
    remove_tree,
    replace_file,
    unused_name,
    write_text_atomically,
)
from humanpose3d.model_assets.store.manifest import Manifest, Origin, Receipt, parse_manifest
from humanpose3d.model_assets.store.pins import ModelsLock, packaged_lock
from humanpose3d.model_assets.transports import Snapshot

_DAY = 86400.0
_WEEK = 7 * _DAY
Standing = Literal["absent", "trusted", "unrecorded", "changed"]


@dataclass(frozen=True, slots=True)
class _ReadManifest:
    signature: tuple[int, int, int] | None
    manifest: Manifest


class ModelStore:
    """A models folder.

    Parameters
    ----------
    folder : Path
        The folder, for example ``~/.humanpose3d/models``. Making a store neither reads nor writes.
    pinned : ModelsLock, optional
        The only content that is accepted.
    """

    def __init__(self, folder: Path, pinned: ModelsLock | None = None) -> None:
        self.folder = folder
        self._pinned = pinned
        self.pins: Mapping[str, str] = pinned.sha256 if pinned else {}
        self.pinned_commit = pinned.commit if pinned else None
        self.work_folder = folder / ".resolver"
        self.staging_folder = self.work_folder / "staging"
        self._manifest_file = folder / "manifest.json"
        self._manifest_name = str(self._manifest_file)
        self._paths: dict[str, tuple[Path, str]] = {}
        self._read = _ReadManifest(None, Manifest())
        self._examined: dict[str, tuple[int, int, Receipt | None]] = {}
        self._further: dict[Path, ModelStore] = {}

    # -- looking: a few stats, nothing else --------------------------------------------------------------------------

    def path_of(self, spec: ModelSpec) -> Path:
        """Where the model belongs, whether or not it is there."""
        return self._place(spec)[0]

    def standing(self, spec: ModelSpec) -> Standing:
        """Whether the file is there and is the one that its receipt describes, by size and time of change."""
        name = self._place(spec)[1]
        try:
            facts = os.stat(name)  # noqa: PTH116  (the warm call; a Path costs as much as the call itself)
        except OSError:  # not there, or nowhere that we may look; a download will say which
            return "absent"
        receipt = self.manifest().receipts.get(spec.path)
        pinned = receipt is not None and self.pins.get(spec.path, receipt.sha256) == receipt.sha256
        if receipt is not None and pinned and receipt.describes(facts):
            return "trusted"
        if self._examined.get(spec.path) == (facts.st_size, facts.st_mtime_ns, receipt):
            return "trusted"
        return "unrecorded" if receipt is None else "changed"

    def trusted_path(self, spec: ModelSpec) -> Path | None:
        """Return the model's path if it can be used as it is. This is all that a warm call does."""
        return self._place(spec)[0] if self.standing(spec) == "trusted" else None

    def receipt_of(self, spec: ModelSpec) -> Receipt:
        """Return the receipt of the file that is there; one that does not describe it is made anew, by hashing."""
        receipt = self.manifest().receipts.get(spec.path)
        return receipt if receipt is not None and receipt.describes(self.path_of(spec).stat()) else self.examine(spec)

    def further(self, folder: Path) -> ModelStore:
        """Return the store of another folder, to be read only, where the same content is accepted."""
        return self._further.setdefault(folder, ModelStore(folder, self._pinned))

    def manifest(self) -> Manifest:
        """Return the receipts, read again when the file has changed. What can't be read counts as empty."""
        try:
            facts = os.stat(self._manifest_name)  # noqa: PTH116
        except OSError:
            return Manifest()
        signature = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        read = self._read
        if read.signature != signature:
            try:
                manifest = parse_manifest(self._manifest_file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                manifest = Manifest()
            self._read = read = _ReadManifest(signature, manifest)
        return read.manifest

    def _place(self, spec: ModelSpec) -> tuple[Path, str]:
        place = self._paths.get(spec.path)
        if place is None:
            path = self.folder / spec.path
            self._paths[spec.path] = place = (path, str(path))
        return place

    # -- writing: only while the lock is held ------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the folders that a download needs."""
        self.staging_folder.mkdir(parents=True, exist_ok=True)

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the receipts. A manifest that we can't read is kept beside."""
        if self._manifest_file.exists():
            try:
                parse_manifest(self._manifest_file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                replace_file(self._manifest_file, unused_name(self._manifest_file.with_suffix(".json.unreadable")))
        write_text_atomically(self._manifest_file, manifest.to_json())

    def staged_path(self, path: str, blob: str) -> Path:
        """Return where a checked file waits for its place: two models may have the same content, so by both."""
        return self.staging_folder / f"{blob}-{Path(path).name}"

    def install(self, source: Path, spec: ModelSpec, receipt: Receipt, snapshot: Snapshot) -> Path:
        """Move a checked file to its place and write its receipt; the set is from `snapshot` from now on."""
        target = self.path_of(spec)
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.manifest().snapshot != snapshot:
            # Before the file: found without a receipt, after a kill between the two, it is then known as git's.
            self.write_manifest(replace(self.manifest(), snapshot=snapshot))
        try:
            replace_file(source, target)
        except FileNotFoundError:
            # Where locks do not work, another process may have installed the same bytes first.
            if digest_file(target)[1] != receipt.sha256:
                raise
        receipt = replace(receipt, mtime_ns=target.stat().st_mtime_ns)
        self.write_manifest(self.manifest().with_receipt(spec.path, receipt))
        return target

    def examine(self, spec: ModelSpec) -> Receipt:
        """Hash the file that is there and return the receipt it deserves.

        It counts as git's if its content is the blob that the recorded commit has, else as put there by hand.
        """
        path = self.path_of(spec)
        facts = path.stat()
        blob, sha256 = digest_file(path)
        snapshot = self.manifest().snapshot
        origin: Origin = "manual"
        remote = commit = None
        if snapshot is not None and snapshot.blobs.get(spec.path) == blob:
            origin, remote, commit = "git", snapshot.remote, snapshot.commit
        return Receipt(origin, remote, commit, blob, facts.st_size, sha256, facts.st_mtime_ns)

    def remember(self, spec: ModelSpec, size: int, mtime_ns: int) -> None:
        """Trust a file in this process that was found good and can't be recorded, as in a read-only home.

        The trust ends when the receipt changes: an update writes the new ones before it moves the files.
        """
        self._examined[spec.path] = (size, mtime_ns, self.manifest().receipts.get(spec.path))

    def forget(self) -> None:
        """Trust nothing but receipts from now on: they can be written."""
        self._examined.clear()

    def set_aside(self, spec: ModelSpec, suffix: str) -> Path:
        """Rename a file that is not to be used, so that nothing the user had is lost."""
        path = self.path_of(spec)
        aside = unused_name(path.with_name(path.name + suffix))
        replace_file(path, aside)
        self.write_manifest(self.manifest().without(spec.path))
        return aside

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """Yield a folder of our own on the same file system, removed at the end."""
        folder = self.work_folder / f"tmp-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(6)}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            # A file that is still held (a virus scanner, NFS) is no reason to fail; it is a stray then.
            with contextlib.suppress(OSError):
                put_away(lambda: remove_tree(folder))

    def clean_strays(self) -> None:
        """Remove temporaries older than a day whose process is gone, and whole files that nobody came back for."""
        folders = [(folder, _DAY) for folder in self.work_folder.glob("tmp-*") if not _has_owner(folder.name)]
        beside = [*self.folder.glob(".manifest.json.*"), *self.work_folder.glob(".*.json.*")]
        staged = [(file, _WEEK) for file in self.staging_folder.glob("*")]
        for path, age in [*folders, *((file, _DAY) for file in beside), *staged]:
            # What can't be removed belongs to another user of a shared home, or is gone already.
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > age:
                    remove_any(path)


@functools.lru_cache(maxsize=16)
def store_at(base: str) -> ModelStore:
    """Return the store of a base folder; one for each, so that what it has read is read once."""
    return ModelStore(Path(base) / "models", packaged_lock())


def _has_owner(name: str) -> bool:
    host, _, rest = name.removeprefix("tmp-").rpartition("-")[0].rpartition("-")
    return host == socket.gethostname() and rest.isdigit() and _is_alive(int(rest))


def _is_alive(pid: int) -> bool:
    if os.name == "nt":  # signal 0 would end the process there; a day is long enough for any download
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
