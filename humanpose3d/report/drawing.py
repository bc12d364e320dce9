"""Draw a person's landmarks into a picture, on the planes that video encoders take.

A line drawn in each plane costs a tenth of converting the picture to RGB and back.
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

_FRACTION_BITS = 4  # of a pixel, so that slow movement does not jump

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

    Parameters
    ----------
    planes : sequence of three ndarray of uint8
        Y of shape (H, W), Cb and Cr of shape (H / 2, W / 2): BT.709, limited range. They are drawn on.
    image : ndarray, shape (L, 2)
        Fractions of width and height.
    visibility : ndarray, shape (L,)
        0 to 1.
    names : sequence of L str
    """
    height, width = planes[0].shape
    points = image * (width, height)
    thickness = max(2, round(min(width, height) / 180))
    for opacity, lines in _lines(points, visibility, names):
        for component, plane in enumerate(planes):
            _blend(plane, lines, component, thickness, opacity)


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


def _blend(plane: Plane, lines: Sequence[_Line], component: int, thickness: int, opacity: float) -> None:
    """Draw lines into one plane, which has half the pixels each way unless it is the first."""
    import cv2

    halved = component > 0
    ends = np.array([(line.start, line.end) for line in lines])
    if halved:  # H.264's default: chroma lies on the left one of two columns, between two rows
        ends = (ends - (0, 0.5)) / 2
    # No more than the part that the lines touch is copied.
    margin = thickness + 3
    low = np.clip(np.floor(ends.min(axis=(0, 1))).astype(int) - margin, 0, plane.shape[::-1])
    high = np.clip(np.ceil(ends.max(axis=(0, 1))).astype(int) + margin, 0, plane.shape[::-1])
    if (high <= low).any():
        return
    part = plane[low[1] : high[1], low[0] : high[0]]
    layer = part.copy() if opacity < 1 else part
    for line, (start, end) in zip(lines, ends - low, strict=True):
        _draw_line(layer, start, end, _COLOURS[line.side][component], _OUTLINE[component], thickness, halved)
    if layer is not part:
        cv2.addWeighted(layer, opacity, part, 1 - opacity, 0, dst=part)


def _draw_line(
    plane: Plane, start: FloatArray, end: FloatArray, shade: int, outline: int, thickness: int, halved: bool
) -> None:
    import cv2

    first, last = ((round(x * 2**_FRACTION_BITS), round(y * 2**_FRACTION_BITS)) for x, y in (start, end))
    fine = 2 ** (_FRACTION_BITS - halved)
    for value, width in ((outline, thickness + 2), (shade, thickness)):
        # Colour may be wider than its line by less than a pixel: the dark outline hides it.
        cv2.line(plane, first, last, value, (width + halved) >> halved, cv2.LINE_AA, _FRACTION_BITS)
    for point in (first, last):
        cv2.circle(plane, point, (thickness + 1) * fine, outline, -1, cv2.LINE_AA, _FRACTION_BITS)
        cv2.circle(plane, point, thickness * fine, shade, -1, cv2.LINE_AA, _FRACTION_BITS)
