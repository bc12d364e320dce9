"""The input video with the detected skeleton drawn into it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from humanpose3d.formats.atomic import replacing
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks
from humanpose3d.report.drawing import Plane, draw_skeleton
from humanpose3d.report.faces import blur_face, face_circles
from humanpose3d.video.encoder import encode_video
from humanpose3d.video.reader import YuvFrame

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["LONG_SIDE", "planes_of", "write_overlay"]

LONG_SIDE = 1280
"""Pixels to which larger videos are scaled down for the overlay."""

_SAME_FRAME_S = 5e-4


def write_overlay(
    target: Path,
    frames: Iterable[YuvFrame],
    landmarks: Landmarks,
    *,
    rate: float | None = None,
    slow_motion_factor: float = 1.0,
    faces: Sequence[Landmarks] = (),
) -> None:
    """Write the frames of an upright video to an ``.mp4`` file, the skeleton drawn in, silent, at their own intervals.

    The first frame is at time 0. A few frames are held at a time, whatever the length. A frame without landmarks of its
    time is shown as it is; the landmarks' times are those of life. The nominal `rate`, frames/s, decides the length
    of the last frame. The face of each of `faces` is blurred.

    Raises
    ------
    ValueError
        There is no frame.
    OSError
        The file cannot be written.
    """
    as_filmed, *blurred = (replace(each, times=each.times * slow_motion_factor) for each in (landmarks, *faces))
    with replacing(target, "bytes") as file:
        encode_video(Path(file.name), _drawn(_blurred(frames, blurred), as_filmed), rate=rate or 30.0)


def _drawn(frames: Iterable[YuvFrame], landmarks: Landmarks) -> Iterator[YuvFrame]:
    begin: float | None = None
    for frame in frames:
        begin = frame.time if begin is None else begin
        row = _row_at(landmarks.times, frame.time)
        if row is not None:
            draw_skeleton(planes_of(frame.picture), landmarks.image[row], landmarks.visibility[row], landmarks.names)
        yield frame._replace(time=frame.time - begin)


def _blurred(frames: Iterable[YuvFrame], faces: Sequence[Landmarks]) -> Iterator[YuvFrame]:
    circles: list[FloatArray] = []
    for frame in frames:
        planes = planes_of(frame.picture) if faces else []
        circles = circles or [face_circles(each, *planes[0].shape[::-1]) for each in faces]
        for each, places in zip(faces, circles, strict=True):
            blur_face(planes, places[int(np.abs(each.times - frame.time).argmin())])
        yield frame


def planes_of(picture: "VideoFrame") -> list[Plane]:
    """Return views of the picture's planes without the gaps between their rows."""
    planes: Sequence[Any] = picture.planes  # buffers, which the types of PyAV do not say
    return [np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width] for plane in planes]


def _row_at(times: FloatArray, time: float) -> int | None:
    """Find the row of landmarks that belongs to the frame at `time`."""
    row = int(np.abs(times - time).argmin())
    return row if abs(times[row] - time) < _SAME_FRAME_S else None
