"""Fetch single files with git: from http(s), ssh, a path, or a bundle."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path

from humanpose3d.model_assets.disk.files import Digests, remove_tree
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.transports import ByteObserver, FetchedBlob, Snapshot
from humanpose3d.model_assets.transports.git.child import GitFailedError, LimitExceededError
from humanpose3d.model_assets.transports.git.diagnosis import translated_git_errors
from humanpose3d.model_assets.transports.git.process import Git
from humanpose3d.model_assets.transports.git.remote import (
    WITHOUT_COMMIT,
    GitRemote,
    choose_commit,
    is_full_commit_id,
    parse_remote,
)
from humanpose3d.model_assets.transports.git.repository import (
    forget_promisor,
    list_folders,
    new_repository,
    size_of_objects,
)
from humanpose3d.model_assets.transports.git.tree import find_models, folders_of, name_of_blob

_LARGEST_RATIO = 10  # of what is received to what was published: a model may grow, and not without bounds
# What git says where a server can't do what is asked: protocol v0 without any-SHA1, and plain file servers.
_NO_SINGLE_BLOBS = "unadvertised object"
_DUMB_SERVER = "dumb http transport"
_UNKNOWN_OPTION = "unknown option"
_NO_SUCH_COMMIT = (_NO_SINGLE_BLOBS, "not our ref", "bad object", "Needed a single revision", "expected commit type")


class GitTransport:
    """A git remote as a source of models.

    One blob travels at a time, by its id, into a repository of its own: that needs two requests, moves nothing
    else, and leaves a growing file to watch. Where the server can't do that, the whole revision is fetched once.
    `scratch` is a folder on the file system of the models, which the caller removes.
    """

    def __init__(self, remote: str, specs: Sequence[ModelSpec], scratch: Path, git: Git) -> None:
        self._remote: GitRemote = parse_remote(remote)
        self._specs = specs
        self._scratch = scratch
        self._git = git if self._remote.at_hand or self._remote.is_http else git.for_ssh()
        if self._remote.credentials is not None:
            self._git = git.with_credentials(self._remote.credentials)
        self._index = scratch / "index.git"
        self._lock = threading.Lock()
        self._complete = False

    @property
    def remote(self) -> str:
        """Where this source is, without credentials."""
        return self._remote.shown

    def snapshot(self, revision: str) -> Snapshot:
        """Look up `revision`: its commit, and which blob is which model. A few kB where the server can filter."""
        with self._errors_about(f"revision {revision!r}"):
            try:
                found = self._find_at_hand(revision) if self._remote.at_hand else self._look_up(revision)
                commit, entries = list_folders(self._git, self._index, found, folders_of(self._specs))
            except GitFailedError as error:
                if is_full_commit_id(revision) and any(part in error.stderr for part in _NO_SUCH_COMMIT):
                    raise GitFailedError(f"fatal: {WITHOUT_COMMIT}\n{error.stderr}") from None
                raise
        return Snapshot(self.remote, revision, commit, find_models(entries, self._specs, self.remote))

    def size_of(self, snapshot: Snapshot, blob: str) -> int | None:
        """Size of `blob` in bytes where its content is at hand, else None."""
        if not self._remote.at_hand:
            return None
        with self._errors_about(name_of_blob(snapshot, blob)):
            self._bring(snapshot.commit)
            return int(self._git.run(f"--git-dir={self._index}", "cat-file", "-s", blob))

    def fetch(self, snapshot: Snapshot, blob: str, destination: Path, observe: ByteObserver) -> FetchedBlob:
        """Write `blob` to the new file `destination`."""
        specs = [spec for spec in self._specs if snapshot.blobs.get(spec.path) == blob]
        largest = _LARGEST_RATIO * max(spec.published_size for spec in specs or self._specs)
        with self._errors_about(name_of_blob(snapshot, blob)):
            if self._remote.at_hand:
                self._bring(snapshot.commit)
            elif not self._complete:
                repository = destination.with_suffix(".git")  # two models may have the same blob
                new_repository(repository, alternates=self._index / "objects" if self._index.exists() else None)
                try:
                    self._transfer_blob(repository, blob, observe, largest)
                    return self._copy(repository, blob, destination, observe, largest)
                except GitFailedError as error:
                    if _NO_SINGLE_BLOBS not in error.stderr and _DUMB_SERVER not in error.stderr:
                        raise
                finally:
                    remove_tree(repository)
                self._fetch_everything(snapshot, observe)
            return self._copy(self._index, blob, destination, observe, largest)

    def _find_at_hand(self, revision: str) -> str:
        """Find the commit of a revision in a repository or bundle in this file system."""
        commit: str | None = revision
        if not is_full_commit_id(revision):
            with self._lock:
                self._prepare_index()
            # In a repository of ours, so that the one of the current folder has no say.
            command = (f"--git-dir={self._index}", "ls-remote", "--", self._remote.address)
            listing = self._git.transfer(*command)
            commit = choose_commit(listing.decode("utf-8", "replace"), revision)
        if commit is None:
            raise GitFailedError(f"fatal: couldn't find remote ref {revision}")
        self._bring(commit)
        return commit

    def _look_up(self, revision: str) -> str:
        """Fetch the commit of a revision and its trees, without the files."""
        with self._lock:
            if self._transfer_to_index(revision, "--depth=1", "--filter=blob:none"):
                forget_promisor(self._index)
            else:
                self._complete = True
        return "FETCH_HEAD"

    def _bring(self, commit: str) -> None:
        """Make everything that is in this file system readable through the index."""
        with self._lock:
            self._prepare_index()
            if self._remote.bundle and not self._complete:
                self._transfer(self._index, commit)
            self._complete = True

    def _prepare_index(self) -> None:
        if not self._index.exists():
            new_repository(self._index, alternates=self._remote.objects)

    def _transfer_blob(self, repository: Path, blob: str, observe: ByteObserver, largest: int) -> None:
        try:
            # To write FETCH_HEAD git would read the whole blob once more.
            self._transfer(repository, blob, "--no-write-fetch-head", observe=observe, largest=largest)
        except GitFailedError as error:
            if _UNKNOWN_OPTION not in error.stderr:  # git older than 2.29
                raise
            self._transfer(repository, blob, observe=observe, largest=largest)

    def _fetch_everything(self, snapshot: Snapshot, observe: ByteObserver) -> None:
        """For servers that hand out no single blob: the whole revision, once, into the shared index."""
        with self._lock:
            if not self._complete:
                self._transfer_to_index(snapshot.revision, "--depth=1", observe=observe)
                self._complete = True

    def _transfer_to_index(self, revision: str, *options: str, observe: ByteObserver | None = None) -> bool:
        """Fetch a revision; False where the server knows no options, and sent all of it."""
        self._prepare_index()
        try:
            self._transfer(self._index, revision, *options, observe=observe)
        except GitFailedError as error:
            if _DUMB_SERVER not in error.stderr:
                raise
            self._transfer(self._index, revision, observe=observe)
            return False
        return True

    def _transfer(
        self,
        repository: Path,
        wanted: str,
        *options: str,
        observe: ByteObserver | None = None,
        largest: int | None = None,
    ) -> None:
        def measure() -> int:
            size = size_of_objects(repository, in_packs=bool(options))  # servers that know none give single ones too
            if observe is not None:
                observe(size)
            return size

        if largest is None:
            largest = _LARGEST_RATIO * sum(spec.published_size for spec in self._specs)
        command = (f"--git-dir={repository}", "fetch", "-q", "--no-tags", "--no-write-commit-graph", *options)
        self._git.transfer(
            *(*command, "--", self._remote.address, wanted), measure=measure, largest=largest, http=self._remote.is_http
        )

    def _copy(self, repository: Path, blob: str, destination: Path, observe: ByteObserver, largest: int) -> FetchedBlob:
        """Copy a blob into a file, byte for byte, without filters and attributes."""
        head, received, size = b"", 0, -1
        with destination.open("xb") as file, contextlib.ExitStack() as stack:
            digests: Digests

            def write(piece: bytes) -> None:
                nonlocal head, received, size, digests
                if size < 0:  # the first line tells it
                    line, newline, piece = (head + piece).partition(b"\n")
                    head = line
                    if not newline:
                        return
                    size = _size_in(line, largest)
                    digests = stack.enter_context(Digests(size))
                piece = piece[: size - received]  # without the line end that follows
                file.write(piece)
                digests.update(piece)
                received += len(piece)
                observe(received)

            self._git.run(f"--git-dir={repository}", "cat-file", "--batch", given=f"{blob}\n".encode(), take=write)
            object_id, sha256 = digests.result()
        return FetchedBlob(object_id, received, sha256)

    def _errors_about(self, subject: str) -> contextlib.AbstractContextManager[None]:
        return translated_git_errors(self._remote, subject, self._git, self._scratch)


def _size_in(line: bytes, largest: int) -> int:
    """Return the size of the blob that ``git cat-file --batch`` announces."""
    *_, kind, size = line.decode("ascii", "replace").split()
    if kind != "blob":
        raise GitFailedError(f"fatal: missing blob: {line.decode('ascii', 'replace')}")
    if int(size) > largest:
        expected = f"at most {largest / 1e6:.0f} are expected"
        raise LimitExceededError(f"the file has {int(size) / 1e6:.0f} MB, and {expected}")
    return int(size)
