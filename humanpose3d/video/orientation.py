"""Turn decoded frames upright: display matrix, mirror image, pixels that are not square."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from av import VideoFrame
    from av.filter import Graph

__all__ = ["Orientation", "UprightConverter"]


@dataclass(frozen=True)
class Orientation:
    """How a stored picture must be turned to be upright: transposed first, then flipped.

    Attributes
    ----------
    transposed : bool
        Rows become columns.
    flipped_x, flipped_y : bool
        Left becomes right; top becomes bottom.
    """

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
    def filters(self) -> tuple[tuple[str, str], ...]:
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
    """Makes upright RGB arrays with square pixels from decoded frames.

    FFmpeg's filters turn the picture in its own pixel format, which is about twenty times faster than turning the
    RGB array with NumPy.
    """

    def __init__(self, orientation: Orientation, pixel_aspect: Fraction | None) -> None:
        self.orientation = orientation
        self._pixel_aspect = pixel_aspect or Fraction(1)
        self._graph: Graph | None = None
        self._graph_input: tuple[int, int, str] | None = None

    def size(self, frame: "VideoFrame") -> tuple[int, int]:
        """Return width and height of the upright picture."""
        width, height = self._square_size(frame)
        return (height, width) if self.orientation.transposed else (width, height)

    def __call__(self, frame: "VideoFrame") -> npt.NDArray[np.uint8]:
        """Return an array of shape (height, width, 3), rows without gaps between them."""
        if self.orientation != Orientation() or self._pixel_aspect != 1:
            graph = self._graph_for(frame)
            graph.push(frame)
            frame = graph.vpull()
        return np.ascontiguousarray(frame.to_ndarray(format="rgb24"))

    def _square_size(self, frame: "VideoFrame") -> tuple[int, int]:
        """Widen rather than shorten, so that no row of the picture is lost."""
        return max(1, round(frame.width * self._pixel_aspect)), frame.height

    def _graph_for(self, frame: "VideoFrame") -> "Graph":
        """Build the filters on first use, and again should the picture change its size or format."""
        properties = (frame.width, frame.height, frame.format.name)
        if self._graph is None or self._graph_input != properties:
            from av.filter import Graph

            graph = Graph()
            node = graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
            )
            steps = [*self.orientation.filters, ("buffersink", "")]
            if self._pixel_aspect != 1:
                steps.insert(0, ("scale", "{}:{}".format(*self._square_size(frame))))
            for name, arguments in steps:
                following = graph.add(name, arguments or None)
                node.link_to(following)
                node = following
            graph.configure()
            self._graph, self._graph_input = graph, properties
        return self._graph
