"""Orientation of a stored picture, from its display matrix."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["Orientation"]


@dataclass(frozen=True)
class Orientation:
    """The operations that make a stored picture upright: a transposition, then flips.

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
