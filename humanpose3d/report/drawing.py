"""Draw a person's landmarks into a picture, on the planes that video encoders take.

Only the part around the person is touched, and nothing is converted to RGB and back.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["BONES", "draw_skeleton"]

Plane = npt.NDArray[np.uint8]

_LIMBS = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("wrist", "index"),
    ("wrist", "thumb"),
    ("shoulder", "hip"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "heel"),
    ("heel", "foot_index"),
    ("ankle", "foot_index"),
)
BONES = (
    *((f"{side}_{start}", f"{side}_{end}", side) for side in ("left", "right") for start, end in _LIMBS),
    ("left_shoulder", "right_shoulder", ""),
    ("left_hip", "right_hip", ""),
    ("left_ear", "left_eye", "left"),
    ("left_eye", "nose", "left"),
    ("right_ear", "right_eye", "right"),
    ("right_eye", "nose", "right"),
)
"""The lines that are drawn: from a landmark to a landmark, and the person's side that they belong to."""

# Opacity of a line by the visibility of its less visible end: the first entry whose limit it does not reach.
_OPACITIES = ((0.3, 0.2), (0.5, 0.4), (0.7, 0.7), (2.0, 1.0))

# Lines that leave the picture by far are cut by OpenCV, but its coordinates are 16 bits of whole pixels.
_FARTHEST = 20_000


def _bt709(red: int, green: int, blue: int) -> tuple[int, int, int]:
    """Return Y, Cb and Cr of a colour in 8 bits of limited range (ITU-R BT.709-6, sections 3 and 4)."""
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    blueness, redness = (blue - luma) / 1.8556, (red - luma) / 1.5748
    return round(16 + 219 / 255 * luma), round(128 + 224 / 255 * blueness), round(128 + 224 / 255 * redness)


# Okabe & Ito (2008): these two differ for every kind of colour vision, and in grey.
_COLOURS = {"left": _bt709(0, 114, 178), "right": _bt709(213, 94, 0), "": _bt709(240, 240, 240)}
_OUTLINE = _bt709(20, 20, 20)


class _Line(NamedTuple):
    start: FloatArray
    end: FloatArray
    side: str


def draw_skeleton(planes: Sequence[Plane], image: FloatArray, visibility: FloatArray, names: Sequence[str]) -> None:
    """Draw one person's landmarks: fainter, the less sure the model was; nothing where there is no landmark.

    Drawn on are the planes Y of shape (H, W), Cb and Cr of shape (H / 2, W / 2): BT.709, limited range. `image`, shape
    (L, 2), is in fractions of width and height, `visibility`, shape (L,), is 0 to 1.
    """
    height, width = planes[0].shape
    thickness = max(2, round(min(width, height) / 180))
    groups = _lines(image * (width, height), visibility, names)
    place = _surroundings([line for _, lines in groups for line in lines], (width, height), thickness)
    if place is None:
        return
    columns, rows = place
    picture = _full_chroma(planes, columns, rows)
    for opacity, lines in groups:
        _blend(picture, lines, np.array([columns.start, rows.start]), thickness, opacity)
    _write_back(picture, planes, columns, rows)


def _lines(points: FloatArray, visibility: FloatArray, names: Sequence[str]) -> list[tuple[float, list[_Line]]]:
    """Group the lines that can be drawn by their opacity, the faintest first."""
    index = {name: i for i, name in enumerate(names)}
    usable = np.isfinite(points).all(axis=-1) & (np.abs(points) < _FARTHEST).all(axis=-1) & np.isfinite(visibility)
    groups: list[tuple[float, list[_Line]]] = [(opacity, []) for _, opacity in _OPACITIES]
    for start, end, side in BONES:
        if start not in index or end not in index:
            continue
        first, last = index[start], index[end]
        if usable[first] and usable[last]:
            sureness = min(visibility[first], visibility[last])
            group = next(i for i, (limit, _) in enumerate(_OPACITIES) if sureness < limit)
            groups[group][1].append(_Line(points[first], points[last], side))
    return [group for group in groups if group[1]]


def _surroundings(lines: Sequence[_Line], size: tuple[int, int], thickness: int) -> tuple[slice, slice] | None:
    """Return the columns and rows that the lines may touch, in pairs that share their chroma; None if outside."""
    if not lines:
        return None
    ends = np.array([(line.start, line.end) for line in lines])
    margin = thickness + 3
    low = np.clip(np.floor(ends.min(axis=(0, 1))).astype(int) - margin, 0, size) // 2 * 2
    high = np.clip(np.ceil(ends.max(axis=(0, 1))).astype(int) + margin, 0, size) // 2 * 2
    if (high <= low).any():
        return None
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def _full_chroma(planes: Sequence[Plane], columns: slice, rows: slice) -> Plane:
    """Copy a part of the planes into one array of shape (H, W, 3), each sample of chroma for four pixels."""
    import cv2

    luma = planes[0][rows, columns]
    size = luma.shape[::-1]
    chroma = [
        cv2.resize(plane[_half(rows), _half(columns)], size, interpolation=cv2.INTER_NEAREST) for plane in planes[1:]
    ]
    return np.asarray(cv2.merge([luma, *chroma]), np.uint8)


def _write_back(picture: Plane, planes: Sequence[Plane], columns: slice, rows: slice) -> None:
    """Undo :func:`_full_chroma`; where nothing was drawn, the means over four pixels are what they were."""
    import cv2

    luma, *chroma = cv2.split(picture)
    planes[0][rows, columns] = luma
    size = (luma.shape[1] // 2, luma.shape[0] // 2)
    for plane, values in zip(planes[1:], chroma, strict=True):
        plane[_half(rows), _half(columns)] = cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def _half(part: slice) -> slice:
    return slice(part.start // 2, part.stop // 2)


def _blend(picture: Plane, lines: Sequence[_Line], origin: FloatArray, thickness: int, opacity: float) -> None:
    import cv2

    layer = picture.copy() if opacity < 1 else picture
    for line in lines:
        _draw_line(layer, line.start - origin, line.end - origin, _COLOURS[line.side], thickness)
    if layer is not picture:
        cv2.addWeighted(layer, opacity, picture, 1 - opacity, 0, dst=picture)


def _draw_line(picture: Plane, start: FloatArray, end: FloatArray, colour: tuple[int, ...], thickness: int) -> None:
    import cv2

    bits = 4  # of a fraction of a pixel, so that slow movement does not jump
    first, last = ((round(x * 2**bits), round(y * 2**bits)) for x, y in (start.tolist(), end.tolist()))
    for shade, width in ((_OUTLINE, thickness + 2), (colour, thickness)):
        cv2.line(picture, first, last, shade, width, cv2.LINE_AA, bits)
    for point in (first, last):
        cv2.circle(picture, point, (thickness + 1) << bits, _OUTLINE, -1, cv2.LINE_AA, bits)
        cv2.circle(picture, point, thickness << bits, colour, -1, cv2.LINE_AA, bits)
