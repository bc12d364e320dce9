"""The input of a run as a file or folder: its digest and size, and a file for what comes from standard input."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from humanpose3d.errors import VideoNotFoundError
from humanpose3d.model_assets.disk.files import digest_file
from humanpose3d.video.pictures import numbered_pictures

__all__ = ["STANDARD_INPUT", "input_digest", "input_size", "local_video"]

STANDARD_INPUT = Path("-")
"""Stands for a video that is piped in."""


def input_digest(video: Path) -> str:
    """Return the SHA-256 of a video, or of the numbers and contents of a folder of pictures."""
    if not video.is_dir():
        return digest_file(video)[1]
    lines = (f"{number} {digest_file(path)[1]}\n" for number, path in numbered_pictures(video))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def input_size(video: Path) -> int:
    """Return the bytes of a video, or of the pictures of a folder."""
    files = [path for _, path in numbered_pictures(video)] if video.is_dir() else [video]
    return sum(path.stat().st_size for path in files)


@contextmanager
def local_video(video: Path) -> Iterator[Path]:
    """Yield the video, or for standard input a temporary file with what is read from there: it is read twice.

    Raises
    ------
    VideoNotFoundError
        Nothing is piped in.
    """
    if video != STANDARD_INPUT:
        yield video
        return
    with tempfile.TemporaryDirectory(prefix="humanpose3d-") as folder:
        copy = Path(folder) / "stdin"
        with copy.open("wb") as file:
            if sys.stdin is not None and not sys.stdin.isatty():
                shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
        if not copy.stat().st_size:
            raise VideoNotFoundError("The video - is standard input, and nothing is piped in; give a file's name.")
        yield copy
