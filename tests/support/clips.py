"""Small videos made for the tests."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Colorspace

from humanpose3d.video.reader import YuvFrame

Rgb = np.ndarray

TICKS = 90_000  # of the time base in which frames are stamped


def pattern(width: int = 96, height: int = 64) -> Rgb:
    """A picture that looks different in each of its eight orientations."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (220, 30, 30)
    picture[: height // 2, width // 2 :] = (30, 220, 30)
    picture[height // 2 :, : width // 2] = (30, 30, 220)
    picture[height // 2 :, width // 2 :] = (230, 230, 230)
    return picture


def moving_shapes(frames: int, width: int = 160, height: int = 120) -> list[Rgb]:
    """A video with nobody in it: a light square that wanders over a gradient."""
    background = np.linspace(40, 160, width, dtype=np.uint8)[None, :, None].repeat(height, 0).repeat(3, 2)
    pictures = []
    for i in range(frames):
        picture = background.copy()
        x = (3 * i) % (width - 20)
        picture[40:60, x : x + 20] = 230
        pictures.append(picture)
    return pictures


def encode(
    path: Path,
    pictures: Iterable[Rgb],
    *,
    times: Sequence[float] | None = None,
    rate: int = 30,
    codec: str = "libx264",
    format: str | None = None,
    container_options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
    pixel_aspect: Fraction | None = None,
    sound_seconds: float = 0.0,
    pixel_format: str = "yuv420p",
    tags: Mapping[str, str] | None = None,
) -> Path:
    """Write a video; `times` stamps the frames one by one, else they come at `rate`."""
    pictures = list(pictures)
    with av.open(str(path), "w", format=format, options=container_options or {}) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate, options=codec_options or {})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixel_format
        if times is not None:
            stream.codec_context.time_base = Fraction(1, TICKS)
            stream.time_base = Fraction(1, TICKS)
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        sound = container.add_stream("aac", 44_100, layout="mono") if sound_seconds else None
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = round(times[i] * TICKS), Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            samples = av.AudioFrame.from_ndarray(
                np.zeros((1, int(44_100 * sound_seconds)), np.float32), format="fltp", layout="mono"
            )
            samples.sample_rate, samples.pts = 44_100, 0
            container.mux(sound.encode(samples))
            container.mux(sound.encode())
    return path


def remux(source: Path, target: Path, container_options: dict[str, str] | None = None) -> Path:
    """Put the same packets into another container."""
    with av.open(str(source)) as given, av.open(str(target), "w", options=container_options or {}) as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for packet in given.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                made.mux(packet)
    return target


def set_display_matrix(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Write the matrix ((a, b), (c, d)) into the track header of an MP4 file, as a phone does."""
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    one = 1 << 16
    content[start : start + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    return path


def cut(source: Path, target: Path, share: float) -> Path:
    """Copy the first part of a file, as an interrupted copy would."""
    content = source.read_bytes()
    target.write_bytes(content[: int(len(content) * share)])
    return target


def yuv_frame(time: float, picture: Rgb) -> YuvFrame:
    """The same picture as the reader gives it to encoders."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
    return YuvFrame(time, frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709))


def rgb_of(picture: av.VideoFrame) -> Rgb:
    """A picture in BT.709 as RGB."""
    return picture.reformat(format="rgb24", src_colorspace=Colorspace.ITU709).to_ndarray()
