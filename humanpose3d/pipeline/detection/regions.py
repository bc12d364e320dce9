"""Rectangles of a picture that the pose model looks at."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["Region", "Rgb", "around", "tiles"]

Rgb = npt.NDArray[np.uint8]
"""Shape (height, width, 3)."""

# The pose model finds people whose height is between a quarter and four fifths of the side of what it sees.
_SIDES = (1.0, 0.5, 1 / 3)  # of the shorter side of the picture
_LEAST_SIDE = 200.0  # pixels: smaller tiles would show people below 50 pixels, too small to measure
_STEP = 0.55  # of a side


class Region(NamedTuple):
    """A rectangle in whole pixels, inside the picture."""

    left: int
    top: int
    width: int
    height: int

    def of(self, picture: Rgb) -> Rgb:
        """Return this part of a picture."""
        return picture[self.top : self.top + self.height, self.left : self.left + self.width]

    def in_picture(self, points: FloatArray) -> FloatArray:
        """Return points (..., 2), fractions of the region, in pixels of the picture."""
        return points * [self.width, self.height] + [self.left, self.top]

    def surrounds(self, points: FloatArray, size: tuple[int, int], margin: float) -> bool:
        """Tell whether points (N, 2) keep away from those sides of the region that are not sides of the picture."""
        low, high = points.min(axis=0), points.max(axis=0)
        begins, ends = np.array(self[:2]), np.array(self[:2]) + self[2:]
        return bool(
            ((low >= begins + margin) | (begins <= 0)).all() and ((high <= ends - margin) | (ends >= size)).all()
        )


def around(centre: FloatArray, side: float, size: tuple[int, int]) -> Region:
    """Return the square region about a point, moved and clipped to lie in a picture of a size (width, height)."""
    width, height = (max(1, min(round(side), length)) for length in size)
    left = int(np.clip(round(centre[0] - width / 2), 0, size[0] - width))
    top = int(np.clip(round(centre[1] - height / 2), 0, size[1] - height))
    return Region(left, top, width, height)


def tiles(size: tuple[int, int], *, thorough: bool) -> Iterator[Region]:
    """Yield the whole picture, then square tiles of it that overlap, the large ones first.

    Parameters
    ----------
    size : tuple of int
        Width and height of the picture.
    thorough : bool
        Whether to look for people of less than a quarter of the picture's shorter side, too.
    """
    yield Region(0, 0, *size)
    shorter = min(size)
    for share in _SIDES if thorough else _SIDES[:1]:
        side = round(share * shorter)
        if side < _LEAST_SIDE or size == (side, side):
            continue
        for top in _starts(size[1], side):
            for left in _starts(size[0], side):
                yield Region(left, top, side, side)


def _starts(length: int, side: int) -> list[int]:
    count = 1 + ceil((length - side) / (_STEP * side))
    return [round(start) for start in np.linspace(0, length - side, count)]
