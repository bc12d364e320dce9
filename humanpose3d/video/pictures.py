"""A folder of numbered pictures as a stream of frames."""

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from humanpose3d.errors import VideoReadError, explained_imports
from humanpose3d.video.camera_tags import CameraTags
from humanpose3d.video.container import Declared, reason

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["PictureFolder", "numbered_pictures"]

_ENDINGS = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_NUMBER = re.compile(r"(\d+)\D*$")


def numbered_pictures(folder: Path) -> list[tuple[int, Path]]:
    """Return the pictures of a folder with their numbers, in ascending order.

    The number is the last one in the name before the ending.

    Raises
    ------
    VideoReadError
        There are none, one has no number, or two have the same.
    """
    files = [path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS and not path.name.startswith(".")]
    numbered = [(int(match[1]), path) for path in files if (match := _NUMBER.search(path.stem))]
    if not files:
        raise VideoReadError(f"{folder} is a folder without pictures; give a video, or a folder of numbered pictures.")
    if len(numbered) < len(files):
        odd = min(set(files) - {path for _, path in numbered})
        raise VideoReadError(f"{odd} has no number in its name; number all pictures of the folder in their order.")
    (number, count), *_ = Counter(number for number, _ in numbered).most_common(1)
    if count > 1:
        raise VideoReadError(f"{folder} has {count} pictures with the number {number}; keep those of one recording.")
    return sorted(numbered)


class PictureFolder:
    """Numbered pictures, recorded at a constant rate; a missing number leaves a gap in time.

    It is used as a :class:`~humanpose3d.video.recording.Recording` is.
    """

    pixel_aspect: Fraction | None = None
    camera_tags = CameraTags(None, None)

    def __init__(self, path: Path, rate: float) -> None:
        self._rate = Fraction(rate).limit_denominator(100_000)
        self._pictures = numbered_pictures(path)
        self._first_number = self._pictures[0][0]
        self.codec = self._pictures[0][1].suffix[1:].lower()
        duration = (self._pictures[-1][0] - self._first_number + 1) / rate
        self.declared = Declared(rate, len(self._pictures), duration, None)

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def frames_from(self, moment: float) -> "Iterator[VideoFrame] | None":
        """Decode the pictures from a time (s) on."""
        return self._decoded(self._first_number + int(moment * self._rate))

    def reopened(self) -> "PictureFolder":
        """Return itself: it can be read again."""
        return self

    def frames(self) -> "Iterator[VideoFrame]":
        """Decode all pictures.

        Raises
        ------
        VideoReadError
            A file is no picture.
        """
        return self._decoded(self._first_number)

    def refuse_cut_file(self, frames: int, period: float) -> None:
        """Do nothing: pictures are whole, or are refused when they are decoded."""

    def _decoded(self, first: int) -> "Iterator[VideoFrame]":
        for number, path in self._pictures:
            if number >= first:
                frame = _decoded_picture(path)
                frame.pts, frame.time_base = number - self._first_number, 1 / self._rate
                yield frame


def _decoded_picture(path: Path) -> "VideoFrame":
    with explained_imports("av"):
        import av
    try:
        with path.open("rb") as file, av.open(file) as container:
            frames: Iterator[VideoFrame] = container.decode(container.streams.video[0])
            for frame in frames:
                return frame
        why = "it holds no picture"
    except (av.FFmpegError, OSError, IndexError) as error:
        why = reason(error)
    raise VideoReadError(f"{path} is not a picture ({why}); copy or export it again.")
