"""The input video with the detected skeleton drawn into it, as H.264 that browsers play."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from humanpose3d.formats.atomic import replacing
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks
from humanpose3d.video.reader import Frame

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

__all__ = ["BONES", "draw_skeleton", "encode_video", "write_overlay"]

Picture = npt.NDArray[np.uint8]

# Okabe & Ito (2008): these two differ for every kind of colour vision, and in grey.
_COLOURS = {"left": (0, 114, 178), "right": (213, 94, 0), "": (240, 240, 240)}
_OUTLINE = (20, 20, 20)

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

_TICKS_PER_SECOND = 90_000  # MPEG's clock; the rates of cameras are whole numbers of its ticks
_SAME_FRAME_S = 5e-4
_CODEC = "libx264"
_QUALITY = "25"  # a constant rate factor of x264
_OPTIONS = {"preset": "veryfast", "bf": "0"}  # without B-frames every player seeks to the right frame
_BT709 = 1
_LIMITED_RANGE = 1


def write_overlay(
    target: Path,
    frames: Iterable[Frame],
    landmarks: Landmarks,
    *,
    rate: float | None = None,
    long_side: int = 1280,
    slow_motion_factor: float = 1.0,
) -> None:
    """Write the frames with the skeleton drawn in, silent, each at its own time.

    One frame is held at a time. A frame without landmarks of its time is shown as it is.

    Parameters
    ----------
    target : Path
        An ``.mp4`` file, which is replaced when the new one is complete.
    frames : iterable of Frame
        As :meth:`humanpose3d.video.reader.VideoReader.frames` gives them.
    landmarks : Landmarks
        In fractions of the same upright picture.
    rate : float, optional
        Nominal frames/s, a hint for the encoder and the length of the last frame.
    long_side : int
        Larger pictures are scaled down to this many pixels.
    slow_motion_factor : float
        How many times slower than life the video plays; the landmarks' times are those of life.

    Raises
    ------
    ValueError
        There is no frame.
    OSError
        The file cannot be written.

    Notes
    -----
    Times are kept to 1/90000 s, with constant and variable frame rate alike. The picture has even sides, 4:2:0
    chroma and BT.709 colours, and the index stands first, so that browsers play it while it loads.
    """
    with replacing(target, "bytes") as file:
        as_filmed = replace(landmarks, times=landmarks.times * slow_motion_factor)
        encode_video(Path(file.name), frames, rate=rate or 30.0, long_side=long_side, landmarks=as_filmed)


def draw_skeleton(picture: Picture, image: FloatArray, visibility: FloatArray, names: Sequence[str]) -> Picture:
    """Draw one person's landmarks: fainter, the less sure the model was; nothing where there is no landmark.

    Parameters
    ----------
    picture : ndarray of uint8, shape (H, W, 3)
        RGB; left as it is.
    image : ndarray, shape (L, 2)
        Fractions of width and height.
    visibility : ndarray, shape (L,)
        0 to 1.
    names : sequence of L str

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    import cv2

    height, width = picture.shape[:2]
    index = {name: i for i, name in enumerate(names)}
    points = image * (width, height)
    # Lines that leave the picture by far are cut by OpenCV, but its coordinates are 16 bits of whole pixels.
    usable = np.isfinite(points).all(axis=-1) & (np.abs(points) < 20_000).all(axis=-1) & np.isfinite(visibility)
    thickness = max(2, round(min(width, height) / 180))

    drawn: Picture = picture.copy()
    lower = -1.0
    for limit, opacity in _OPACITIES:
        layer = drawn.copy() if opacity < 1 else drawn
        found = False
        for start, end, side in BONES:
            if start not in index or end not in index or not (usable[index[start]] and usable[index[end]]):
                continue
            if lower <= min(visibility[index[start]], visibility[index[end]]) < limit:
                _draw_bone(layer, points[index[start]], points[index[end]], _COLOURS[side], thickness)
                found = True
        if found and layer is not drawn:
            cv2.addWeighted(layer, opacity, drawn, 1 - opacity, 0, dst=drawn)
        lower = limit
    return drawn


def _draw_bone(picture: Picture, start: FloatArray, end: FloatArray, colour: tuple[int, ...], thickness: int) -> None:
    import cv2

    shift = 4  # bits of a fraction of a pixel, so that slow movement does not jump
    first, last = ((round(x * 2**shift), round(y * 2**shift)) for x, y in (start.tolist(), end.tolist()))
    for shade, width in ((_OUTLINE, thickness + 2), (colour, thickness)):
        cv2.line(picture, first, last, shade, width, cv2.LINE_AA, shift)
    for point in (first, last):
        cv2.circle(picture, point, (thickness + 1) << shift, _OUTLINE, -1, cv2.LINE_AA, shift)
        cv2.circle(picture, point, thickness << shift, colour, -1, cv2.LINE_AA, shift)


def encode_video(
    path: Path,
    frames: Iterable[Frame],
    *,
    rate: float,
    long_side: int,
    landmarks: Landmarks | None = None,
    bits_per_second: int | None = None,
) -> None:
    """Encode frames as described at :func:`write_overlay`, but straight to `path`; by default with constant quality."""
    import av

    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream: VideoStream | None = None
        for frame in frames:
            picture = _scaled(frame.rgb, long_side)
            if stream is None:
                stream = _add_stream(container, picture.shape[1], picture.shape[0], rate, bits_per_second)
            row = None if landmarks is None else _row_at(landmarks.times, frame.time)
            if landmarks is not None and row is not None:
                picture = draw_skeleton(picture, landmarks.image[row], landmarks.visibility[row], landmarks.names)
            container.mux(stream.encode(_video_frame(picture, frame.time, rate)))
        if stream is None:
            raise ValueError("there is no frame to draw on")
        container.mux(stream.encode())


def _scaled(picture: Picture, long_side: int) -> Picture:
    """Scale down to `long_side`, and to even sides, which 4:2:0 chroma needs."""
    import cv2

    height, width = picture.shape[:2]
    factor = min(1.0, long_side / max(height, width))
    size = (max(2, int(width * factor) // 2 * 2), max(2, int(height * factor) // 2 * 2))
    if size == (width, height):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _add_stream(
    container: "OutputContainer", width: int, height: int, rate: float, bits_per_second: int | None
) -> "VideoStream":
    options, fps = dict(_OPTIONS), Fraction(rate).limit_denominator(1001)
    if bits_per_second is None:
        options["crf"] = _QUALITY
    else:
        options |= {"maxrate": str(bits_per_second), "bufsize": str(2 * bits_per_second)}
    stream = cast("VideoStream", container.add_stream(_CODEC, rate=fps, options=options))
    context = stream.codec_context
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.time_base = context.time_base = Fraction(1, _TICKS_PER_SECOND)
    if bits_per_second is not None:
        context.bit_rate = bits_per_second
    context.gop_size = max(1, round(rate))  # a key frame each second, to jump to
    context.thread_count = min(4, os.cpu_count() or 1)
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED_RANGE
    return stream


def _video_frame(picture: Picture, time: float, rate: float) -> "VideoFrame":
    import av
    from av.video.reformatter import Colorspace

    frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
    frame.time_base = Fraction(1, _TICKS_PER_SECOND)
    frame.pts = round(time * _TICKS_PER_SECOND)
    frame.duration = max(1, round(_TICKS_PER_SECOND / rate))
    return frame


def _row_at(times: FloatArray, time: float) -> int | None:
    """Find the row of landmarks that belongs to the frame at `time`."""
    row = int(np.abs(times - time).argmin())
    return row if abs(times[row] - time) < _SAME_FRAME_S else None
