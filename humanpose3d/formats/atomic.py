"""Files that appear whole or not at all."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any, Literal, TextIO, overload

__all__ = ["replacing", "writing_text"]

# A virus scanner on Windows may hold a new file open for a moment.
_WINDOWS_RETRY_DELAYS_S = (0.05, 0.1, 0.2, 0.4, 0.8)


@overload
def replacing(path: Path, mode: Literal["text"] = ...) -> AbstractContextManager[TextIO]: ...
@overload
def replacing(path: Path, mode: Literal["bytes"]) -> AbstractContextManager[IO[bytes]]: ...
@contextmanager
def replacing(path: Path, mode: Literal["text", "bytes"] = "text") -> Iterator[Any]:
    """Open a temporary file beside `path` that takes its place when the block ends well.

    When the block raises anything, Ctrl-C included, the temporary file is removed and `path` is as it was.
    Several files become one set by nesting the blocks: nothing is replaced before all are written, and the
    first one opened is the last one replaced.

    Parameters
    ----------
    path : Path
        The file to write; its folder must exist. The umask decides its permissions.
    mode : {"text", "bytes"}
        Text is UTF-8 with newline characters as line ends on every system.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        with temporary.open("xb") if mode == "bytes" else temporary.open("x", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def writing_text(target: Path | TextIO) -> AbstractContextManager[TextIO]:
    """Give a text stream for `target`: a path is replaced atomically, an open stream is used as it is."""
    return replacing(target) if isinstance(target, Path) else nullcontext(target)


def _replace(source: Path, target: Path) -> None:
    for delay in _WINDOWS_RETRY_DELAYS_S if os.name == "nt" else ():
        try:
            source.replace(target)
        except PermissionError:
            time.sleep(delay)
        else:
            return
    source.replace(target)
