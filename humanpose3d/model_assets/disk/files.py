"""Single files: whole or not there (write beside, sync, replace), and their digests."""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_WINDOWS_RETRIES = 20
_CHUNK = 1 << 20


def replace_file(source: Path, target: Path) -> None:
    """Move `source` over `target` in one step.

    Windows refuses for a moment while a virus scanner or an indexer holds the target; that is waited out.
    """
    for attempt in range(_WINDOWS_RETRIES):
        try:
            source.replace(target)
        except PermissionError:
            if os.name != "nt" or attempt == _WINDOWS_RETRIES - 1:
                raise
            if target.exists():
                target.chmod(target.stat().st_mode | stat.S_IWRITE)
            time.sleep(0.05 * (attempt + 1))
        else:
            return


@contextlib.contextmanager
def synced(path: Path) -> Iterator[None]:
    """Bring the bytes of a file to the disk meanwhile; they are there when the context ends without an error."""
    faults: list[OSError] = []

    def sync() -> None:
        try:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        except OSError as error:
            faults.append(error)

    thread = threading.Thread(target=sync)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if faults:
        raise faults[0]


def write_text_atomically(target: Path, text: str, *, durable: bool = True) -> None:
    """Replace the content of `target`; a reader sees the old text or the new one, never a part.

    Without `durable`, a crash of the machine may take the new text back; that is for notes which only the living read.
    """
    beside = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        replace_file(beside, target)
    finally:
        put_away(lambda: beside.unlink(missing_ok=True))


def read_text(path: Path) -> str:
    """Return the text of a file of ours; ValueError where it is no regular file (a pipe would block), or no text."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is no regular file")
    return path.read_text(encoding="utf-8")


def name_aside(path: Path, suffix: str, *, at_most: int | None = None) -> Path:
    """Return a free name beside `path`: its own with `suffix`, or with ``suffix.2``, ``suffix.3`` ...

    Where there are `at_most` copies, the last one is removed.
    """
    aside, number = path.with_name(path.name + suffix), 2
    while os.path.lexists(aside):
        if at_most is not None and number > at_most:
            remove_any(aside)
            break
        aside, number = path.with_name(f"{path.name}{suffix}.{number}"), number + 1
    return aside


def keep_copy(path: Path, suffix: str, *, at_most: int | None = None) -> Path:
    """Keep what is at `path` under a second name beside it, so that it can be replaced in one step.

    The file stays in place. Only a folder is moved: no file can be put over one.
    """
    first = path.with_name(path.name + suffix)
    if first.exists() and path.exists() and first.samefile(path):
        return first  # a process that was killed had come as far as this
    aside = name_aside(path, suffix, at_most=at_most)
    if path.is_dir() and not path.is_symlink():
        replace_file(path, aside)
        return aside
    try:
        os.link(path, aside, follow_symlinks=False)
    except (OSError, NotImplementedError):  # no hard links here, or the file belongs to another user
        try:
            shutil.copy2(path, aside, follow_symlinks=False)
        except OSError:
            aside.unlink(missing_ok=True)
            replace_file(path, aside)  # it can't be read, or there is no room for a second one
    return aside


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours; git's packs are read-only files, which Windows does not delete."""
    for path in folder.rglob("*") if os.name == "nt" else ():
        if path.is_file() and not path.is_symlink():
            path.chmod(stat.S_IREAD | stat.S_IWRITE)
    shutil.rmtree(folder)


def remove_any(path: Path) -> None:
    """Remove a file, a link, or a folder of ours."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink()


def dangling_link(path: Path) -> Path | None:
    """Return the link on the way to `path` whose target is not there, if there is one."""
    for part in (path, *path.parents):
        try:
            part.stat()
        except FileNotFoundError:
            if part.is_symlink():
                return part
        except OSError:
            return None
    return None


def existing_folder(path: Path) -> Path:
    """Return `path`, or the nearest folder above it that exists; also where it can't be, or may not be looked at."""
    while not os.path.isdir(path) and path != path.parent:  # noqa: PTH112  (Path.is_dir raises where we may not look)
        path = path.parent
    return path


def put_away(step: Callable[[], object]) -> None:
    """Run a clean-up step to its end: a request to end that comes in its middle is raised after it."""
    try:
        step()
    except (KeyboardInterrupt, SystemExit):
        step()
        raise


class Digests:
    """Both digests of bytes that come in pieces, computed in a thread of their own while the next piece comes.

    Leaving the context ends the thread.
    """

    def __init__(self, size: int) -> None:
        # Git's id begins with the number of bytes to come.
        self._blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._pieces: queue.Queue[bytes] = queue.Queue(maxsize=2)
        self._thread = threading.Thread(target=self._work, daemon=True)

    def update(self, piece: bytes) -> None:
        """Take the next bytes; an empty piece would be the end."""
        if piece:
            self._pieces.put(piece)

    def result(self) -> tuple[str, str]:
        """Return the blob id and the SHA-256 of all bytes; none may follow."""
        self._end()
        return self._blob.hexdigest(), self._sha256.hexdigest()

    def __enter__(self) -> Digests:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._thread.is_alive():
            self._pieces.put(b"")
            self._thread.join()

    def _work(self) -> None:
        while piece := self._pieces.get():
            self._blob.update(piece)
            self._sha256.update(piece)


def digest_file(path: Path) -> tuple[str, str]:
    """Return git's blob id and the SHA-256 of a file's content."""
    with path.open("rb") as file, Digests(os.fstat(file.fileno()).st_size) as digests:
        while piece := file.read(_CHUNK):
            digests.update(piece)
        return digests.result()
