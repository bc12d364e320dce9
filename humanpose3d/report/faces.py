"""Blur the face of the person in the pictures of a video."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["blur_face", "face_circles"]

_FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "mouth_left", "mouth_right")
_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_BEYOND_THE_LANDMARKS = 1.8
"""Radius of a head in distances of its farthest landmark from their middle: forehead, chin and hair lie outside."""
_OF_TORSO = 0.35
"""Radius in lengths of the torso, from mid-shoulder to mid-hip; a head is half as high as a torso."""
_UNSEEN = 1.5
"""Growth of the circle in frames in which the face was not found, and its place is that of the frames beside it."""
_PATCHES = 5  # across the circle: too few to know anybody by


def face_circles(landmarks: Landmarks, width: int, height: int) -> FloatArray:
    """Return the middle and the radius of the face in each frame, in pixels, shape (T, 3); NaN if it is in none.

    In a frame without landmarks it lies between its places in the frames before and after.
    """
    points = landmarks.image * (width, height)
    face, torso = (points[:, [landmarks.names.index(name) for name in names]] for names in (_FACE, _TORSO))
    middle = face.mean(axis=1)
    spread = np.linalg.norm(face - middle[:, np.newaxis], axis=-1).max(axis=1)
    length = np.linalg.norm(torso[:, :2].mean(axis=1) - torso[:, 2:].mean(axis=1), axis=-1)
    radius = np.fmax(_BEYOND_THE_LANDMARKS * spread, _OF_TORSO * length)
    circles = np.column_stack([middle, radius])
    seen = np.isfinite(circles).all(axis=1)
    if seen.any() and not seen.all():
        for column in range(3):
            circles[~seen, column] = np.interp(landmarks.times[~seen], landmarks.times[seen], circles[seen, column])
        circles[~seen, 2] *= _UNSEEN
    return circles


def blur_face(planes: Sequence[npt.NDArray[np.uint8]], circle: FloatArray) -> None:
    """Blur a circle, in pixels, on the planes Y, Cb and Cr of a picture; nothing where it is unknown."""
    if not np.isfinite(circle).all():
        return
    full = planes[0].shape[0]
    for plane in planes:
        _blur(plane, circle * plane.shape[0] / full)


def _blur(plane: npt.NDArray[np.uint8], circle: FloatArray) -> None:
    import cv2

    size = np.array(plane.shape[::-1])
    low, high = (np.clip(edge, 0, size).astype(int) for edge in (circle[:2] - circle[2], circle[:2] + circle[2] + 1))
    if (high - low < 2).any():
        return
    part = plane[low[1] : high[1], low[0] : high[0]]
    coarse = cv2.resize(np.ascontiguousarray(part), (_PATCHES, _PATCHES), interpolation=cv2.INTER_AREA)
    blurred = cv2.resize(coarse, part.shape[::-1], interpolation=cv2.INTER_LINEAR)
    rows, columns = np.ogrid[low[1] : high[1], low[0] : high[0]]
    inside = np.hypot(columns + 0.5 - circle[0], rows + 0.5 - circle[1]) <= circle[2]
    part[inside] = blurred[inside]
