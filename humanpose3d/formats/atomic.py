"""Write files atomically: a file appears whole or not at all."""

import os
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any, Literal, TextIO, overload

from humanpose3d.model_assets.disk.files import replace_file

__all__ = ["replaced_by", "replacing", "writing_text"]


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
    with (
        replaced_by(path) as temporary,
        temporary.open("xb") if mode == "bytes" else temporary.open("x", encoding="utf-8", newline="\n") as file,
    ):
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replaced_by(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, for writers that open files by name; it replaces `path` at the end."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        yield temporary
        replace_file(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def writing_text(target: Path | TextIO) -> AbstractContextManager[TextIO]:
    """Return a text stream for `target`: a path is replaced atomically, an open stream is used as it is."""
    return replacing(target) if isinstance(target, Path) else nullcontext(target)
