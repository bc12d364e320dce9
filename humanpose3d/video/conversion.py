"""Convert decoded frames to upright pictures with square pixels: RGB arrays or YUV frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from av import VideoFrame
    from av.filter import Graph

__all__ = ["Orientation", "UprightConverter"]

Filter = tuple[str, str]

# Matrix coefficients of ITU-T H.273 by their code there, as FFmpeg's scaler names them.
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
_FULL_RANGE = 2
# Players take an untagged video of this many lines and more for BT.709, a smaller one for BT.601.
_LEAST_LINES_OF_HD = 720


@dataclass(frozen=True)
class Orientation:
    """The operations that make a stored picture upright: a transposition, then flips in x and in y."""

    transposed: bool = False
    flipped_x: bool = False
    flipped_y: bool = False

    @classmethod
    def of(cls, frame: "VideoFrame") -> "Orientation":
        """Read the display matrix of a frame; without one, the picture is upright.

        Notes
        -----
        The matrix (QuickTime file format, "matrix structures") maps a stored point by x' = a x + c y, y' = b x + d y,
        with y down, and is stored by rows as a, b, u, c, d, v, x, y, w. Cameras use only multiples of 90 degrees,
        with or without a mirror; anything between is taken as the nearest.
        """
        matrix: Any = frame.side_data.get("DISPLAYMATRIX")
        if matrix is None:
            return cls()
        a, b, _, c, d, *_ = np.frombuffer(matrix, np.int32).tolist()
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(False, a < 0, d < 0)
        return cls(True, c < 0, b < 0)

    @property
    def mirrored(self) -> bool:
        """Whether the upright picture is also a mirror image of the stored one."""
        return self.transposed ^ self.flipped_x ^ self.flipped_y

    @property
    def rotation(self) -> int:
        """Degrees clockwise by which the stored picture is turned, before any mirroring left to right."""
        if self.transposed:
            return 270 if self.flipped_y else 90
        return 180 if self.flipped_y else 0

    @property
    def filters(self) -> tuple[Filter, ...]:
        """FFmpeg's filters, with their arguments, that do it."""
        if self.transposed:
            directions = {
                (False, False): "cclock_flip",
                (True, False): "clock",
                (False, True): "cclock",
                (True, True): "clock_flip",
            }
            return (("transpose", directions[self.flipped_x, self.flipped_y]),)
        flips = (("hflip", self.flipped_x), ("vflip", self.flipped_y))
        return tuple((name, "") for name, wanted in flips if wanted)


class UprightConverter:
    """Converts the frames of one video, in the thread of the caller.

    FFmpeg's filters turn the picture in its own pixel format, which is about twenty times faster than turning the
    RGB array with NumPy.
    """

    def __init__(self, orientation: Orientation, pixel_aspect: Fraction | None) -> None:
        from av.video.reformatter import VideoReformatter

        self.orientation = orientation
        self._pixel_aspect = pixel_aspect or Fraction(1)
        self._filters = _FilterChain()
        self._reformatter = VideoReformatter()

    def size(self, frame: "VideoFrame") -> tuple[int, int]:
        """Return width and height of the upright picture."""
        return self._turned(self._square_size(frame))

    def rgb(self, frame: "VideoFrame") -> npt.NDArray[np.uint8]:
        """Return an array of shape (height, width, 3), rows without gaps between them."""
        filters = list(self.orientation.filters)
        if self._pixel_aspect != 1:
            filters.insert(0, ("scale", "{}:{}".format(*self._square_size(frame))))
        if filters:
            frame = self._filters(frame, filters)
        return np.ascontiguousarray(self._reformatter.reformat(frame, format="rgb24").to_ndarray())

    def yuv(self, frame: "VideoFrame", long_side: int) -> "VideoFrame":
        """Return a frame that may be written to, in the format that H.264 players expect.

        It is ``yuv420p``, BT.709, limited range, with even sides of at most `long_side`, without side data.
        """
        width, height = self.size(frame)
        factor = min(1.0, long_side / max(width, height))
        width, height = self._turned((_even(width * factor), _even(height * factor)))
        scale = f"{width}:{height}:flags=area:threads=1:out_color_matrix=bt709:out_range=tv{_source_colours(frame)}"
        converted = self._filters(
            frame,
            [("scale", scale), ("format", "yuv420p"), *self.orientation.filters, ("sidedata", "mode=delete")],
        )
        converted.make_writable()  # without any filter it is the decoder's own picture
        return converted

    def _square_size(self, frame: "VideoFrame") -> tuple[int, int]:
        """Return the size with square pixels; only the width changes, so that no row is lost."""
        return max(1, round(frame.width * self._pixel_aspect)), frame.height

    def _turned(self, size: tuple[int, int]) -> tuple[int, int]:
        return size[::-1] if self.orientation.transposed else size


class _FilterChain:
    """A graph of FFmpeg filters in a row, built on first use, and again when the frames or the filters change."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._built_for: object = None

    def __call__(self, frame: "VideoFrame", filters: Sequence[Filter]) -> "VideoFrame":
        wanted = (frame.width, frame.height, frame.format.name, tuple(filters))
        if self._graph is None or self._built_for != wanted:
            self._graph, self._built_for = _graph(frame, filters), wanted
        self._graph.push(frame)
        return self._graph.vpull()


def _graph(frame: "VideoFrame", filters: Sequence[Filter]) -> "Graph":
    from av.filter import Graph

    graph = Graph()
    node = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    for name, arguments in (*filters, ("buffersink", "")):
        following = graph.add(name, arguments or None)
        node.link_to(following)
        node = following
    graph.configure()
    return graph


def _source_colours(frame: "VideoFrame") -> str:
    """Return the scaler's options for the colour space of a YUV frame; RGB needs none."""
    if frame.format.is_rgb:
        return ""
    untagged = "bt709" if min(frame.width, frame.height) >= _LEAST_LINES_OF_HD else "bt601"
    full = frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj")
    return f":in_color_matrix={_MATRICES.get(frame.colorspace, untagged)}:in_range={'pc' if full else 'tv'}"


def _even(length: float) -> int:
    """Shorten to an even number, which 4:2:0 chroma needs."""
    return max(2, int(length) // 2 * 2)
