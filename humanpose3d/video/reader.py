"""Video files as streams of upright frames with their presentation times."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import VideoReadError
from humanpose3d.threads import usable_cores
from humanpose3d.video.camera_tags import camera_tags
from humanpose3d.video.container import Declared, open_container, picture_stream, reason
from humanpose3d.video.conversion import Orientation, UprightConverter

if TYPE_CHECKING:
    from av import Packet, VideoFrame

__all__ = ["Frame", "VideoInfo", "VideoReader", "YuvFrame"]

# Each thread holds a frame of its own; a few keep up with 4K.
_MOST_DECODER_THREADS = 8

# A file may end this much before its declared end (rounded durations) without being called cut off.
_TOLERATED_MISSING_FRAMES = 3


class Frame(NamedTuple):
    """One picture of a video."""

    time: float
    """Presentation time in seconds from the first frame."""
    rgb: npt.NDArray[np.uint8]
    """Shape (height, width, 3); upright."""


class YuvFrame(NamedTuple):
    """One picture of a video, in the format for encoders."""

    time: float
    """Presentation time in seconds from the first frame."""
    picture: "VideoFrame"
    """Upright and free to be drawn on: ``yuv420p``, BT.709, limited range, even sides."""


@dataclass(frozen=True)
class VideoInfo:
    """Properties of a video."""

    width: int
    height: int
    """Size of the upright picture in square pixels, as :meth:`VideoReader.frames` gives it."""
    rotation: int
    """Degrees clockwise, 0, 90, 180 or 270, by which the stored picture is turned to be upright."""
    mirrored: bool
    """Whether the stored picture is also mirrored left to right, after the turn."""
    codec: str
    """For example ``h264``."""
    nominal_rate: float | None
    """Frames per second as declared; for information only, times come from the frames."""
    declared_frames: int | None
    """Number of frames as declared or, failing that, reckoned from duration and rate."""
    duration: float | None
    """Declared seconds."""
    start_time: float
    """Presentation time in the file of the first frame, which is time 0 here."""
    focal_length_35mm: float | None = None
    """Focal length in millimetres in terms of 35 mm film, as the file states it."""
    lens: str | None = None
    """Name of the lens, as the file states it."""


class VideoReader:
    """An open video file; use it as a context manager.

    Opening decodes the first frame, so that a file that cannot be read fails before any work is done.

    Parameters
    ----------
    path : Path
    cores_left : int
        Cores that decoding leaves to the user of the frames. The pose model needs most of one for each frame, and is
        what everything waits for.

    Raises
    ------
    VideoNotFoundError
        There is no such file.
    VideoReadError
        It is a folder, empty, no video, has no picture, or is cut off before its first frame.

    Attributes
    ----------
    info : VideoInfo
    skipped_frames : int
        Frames that were left out so far, because their time does not come after that of the frame before.
    """

    def __init__(self, path: Path, *, cores_left: int = 1) -> None:
        self.path = path
        self.skipped_frames = 0
        self._container = open_container(path)
        try:
            self._stream = picture_stream(path, self._container)
            self._stream.thread_type = "AUTO"
            threads = min(max(1, usable_cores() - cores_left), _MOST_DECODER_THREADS)
            self._stream.codec_context.thread_count = threads
            self._declared = Declared.by(self._container, self._stream)
            self._seen_end = 0.0
            self._decoded = self._decode()
            first = self._first_frame()
            self._converter = UprightConverter(Orientation.of(first), self._stream.sample_aspect_ratio)
            self._start = first.time or 0.0
            self.info = self._describe(first)
            self._unread: VideoFrame | None = first
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *_error: object) -> None:
        self._container.close()

    def frames(self) -> Iterator[Frame]:
        """Yield each frame once, in order of presentation, with strictly increasing times.

        Raises
        ------
        VideoReadError
            The file breaks off, or is damaged.
        """
        return (Frame(time, self._converter.rgb(decoded)) for time, decoded in self._timed())

    def yuv_frames(self, long_side: int) -> Iterator[YuvFrame]:
        """Yield the frames as :meth:`frames` does, for encoding: at most `long_side` pixels long."""
        return (YuvFrame(time, self._converter.yuv(decoded, long_side)) for time, decoded in self._timed())

    def _timed(self) -> "Iterator[tuple[float, VideoFrame]]":
        first, self._unread = self._unread, None
        if first is None:
            raise RuntimeError("the frames of a VideoReader can be read only once")
        yield 0.0, first
        count, last_time = 1, 0.0
        period = 1 / (self.info.nominal_rate or 25.0)
        for decoded in self._decoded:
            time: float | None = decoded.time
            time = last_time + period if time is None else time - self._start
            if time <= last_time:
                self.skipped_frames += 1
                continue
            yield time, decoded
            count, last_time = count + 1, time
        self._refuse_cut_file(count, period)

    def _first_frame(self) -> "VideoFrame":
        for frame in self._decoded:
            return frame
        raise VideoReadError(f"{self.path} holds no frame that can be decoded; record or export it again.")

    def _decode(self) -> "Iterator[VideoFrame]":
        from av import FFmpegError

        count = 0
        try:
            for packet in self._packets():
                if packet.is_corrupt and self._declared.end is not None:
                    raise self._cut_off(count, "the file ends within a frame")
                try:
                    frames = packet.decode()
                except FFmpegError:
                    if count == 0:  # a recording cut out of a longer one starts between two key frames
                        continue
                    raise
                for frame in frames:
                    count += 1
                    yield frame
        except FFmpegError as error:
            raise self._cut_off(count, reason(error)) from error

    def _packets(self) -> "Iterator[Packet[Any]]":
        """Yield the packets of the video stream, and record how far they reach."""
        streams: list[Any] = [self._stream]
        if self._stream.duration is None:  # then only the length of the whole recording is known
            streams += self._container.streams.audio
        for packet in self._container.demux(streams):
            if packet.pts is not None and packet.time_base is not None:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                self._seen_end = max(self._seen_end, end)
            if packet.stream is self._stream:
                yield packet

    def _describe(self, first: "VideoFrame") -> VideoInfo:
        width, height = self._converter.size(first)
        tags = camera_tags(self.path, self._container, self._stream)
        return VideoInfo(
            width=width,
            height=height,
            rotation=self._converter.orientation.rotation,
            mirrored=self._converter.orientation.mirrored,
            codec=self._stream.codec_context.name,
            nominal_rate=self._declared.rate,
            declared_frames=self._declared.frames,
            duration=self._declared.duration,
            start_time=self._start,
            focal_length_35mm=tags.focal_length_35mm,
            lens=tags.lens,
        )

    def _refuse_cut_file(self, frames: int, period: float) -> None:
        """Raise if the file ended early and its demuxer reported no error, as those of Matroska and AVI."""
        end = self._declared.end
        if end is not None and end - self._seen_end > _TOLERATED_MISSING_FRAMES * period:
            raise self._cut_off(frames, f"it ends after {self._seen_end:.2f} of {end:.2f} s")

    def _cut_off(self, frames: int, why: str) -> VideoReadError:
        declared = self._declared.frames or "an unknown number of"
        return VideoReadError(
            f"{self.path} is damaged or cut off: only {frames} of {declared} frames can be read ({why}); "
            "copy or export it again."
        )
