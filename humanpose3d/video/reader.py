"""Videos as streams of upright frames with their presentation times."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import InvalidSettingError, VideoReadError
from humanpose3d.threads import usable_cores
from humanpose3d.video.conversion import Orientation, UprightConverter
from humanpose3d.video.pictures import PictureFolder, numbered_pictures
from humanpose3d.video.recording import Recording

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["Frame", "VideoInfo", "VideoReader", "YuvFrame"]

# Each thread holds a frame of its own; a few keep up with 4K.
_MOST_DECODER_THREADS = 8
_SAME_TIME_S = 1e-3  # some files round their times to milliseconds


class Frame(NamedTuple):
    """One picture of a video."""

    time: float
    """Presentation time in seconds from the first frame of the file."""
    rgb: npt.NDArray[np.uint8]
    """Shape (height, width, 3); upright."""


class YuvFrame(NamedTuple):
    """One picture of a video, in the format for encoders."""

    time: float
    """Presentation time in seconds from the first frame of the file."""
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
    """An open video file, or folder of numbered pictures; use it as a context manager.

    Opening decodes the first frame, so that what cannot be read fails before any work is done.

    Parameters
    ----------
    path : Path
    start : float
        Seconds from the first frame of the file; frames before are left out.
    end : float, optional
        Seconds from the first frame of the file; frames after it are left out.
    rate : float, optional
        Pictures per second, for a folder of pictures.
    cores_left : int
        Cores that decoding leaves to the user of the frames. The pose model needs most of one for each frame, and is
        what everything waits for.

    Raises
    ------
    VideoNotFoundError
        There is no such file.
    VideoReadError
        It is empty, no video, has no picture, or is cut off before its first frame.
    InvalidSettingError
        There is no frame between `start` and `end`, or a folder of pictures has no `rate`.

    Attributes
    ----------
    info : VideoInfo
        Of the whole file.
    skipped_frames : int
        Frames that were left out so far, because their time does not come after that of the frame before.
    """

    def __init__(
        self,
        path: Path,
        *,
        start: float = 0.0,
        end: float | None = None,
        rate: float | None = None,
        cores_left: int = 1,
    ) -> None:
        self.path, self.start, self.end = path, start, math.inf if end is None else end
        self.skipped_frames = 0
        self._source = _open(path, rate, min(max(1, usable_cores() - cores_left), _MOST_DECODER_THREADS))
        try:
            decoded = self._source.frames()
            first = self._first_frame(decoded)
            self._converter = UprightConverter(Orientation.of(first), self._source.pixel_aspect)
            self._zero = first.time or 0.0
            self._period = 1 / (self._source.declared.rate or 25.0)
            self.info = self._describe(first)
            frames = self._timed(self._from_start(chain([first], decoded)))
            self._frames: Iterator[tuple[float, VideoFrame]] | None = chain([self._first_of(frames)], frames)
        except BaseException:
            self._source.close()
            raise

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *_error: object) -> None:
        self._source.close()

    @property
    def expected_frames(self) -> int | None:
        """Number of frames between start and end, as far as the header says it."""
        declared = self.info.declared_frames
        if declared is None or (self.start == 0 and self.end == math.inf):
            return declared
        rate = declared / (self.info.duration or declared * self._period)
        first = math.ceil((self.start - _SAME_TIME_S) * rate)
        last = math.floor(min((self.end + _SAME_TIME_S) * rate, declared - 1))
        return max(1, last - first + 1)

    def frames(self) -> Iterator[Frame]:
        """Yield each frame once, in order of presentation, with strictly increasing times.

        Raises
        ------
        VideoReadError
            The file breaks off, or is damaged.
        """
        return (Frame(time, self._converter.rgb(decoded)) for time, decoded in self._once())

    def yuv_frames(self, long_side: int) -> Iterator[YuvFrame]:
        """Yield the frames as :meth:`frames` does, for encoding: at most `long_side` pixels long."""
        return (YuvFrame(time, self._converter.yuv(decoded, long_side)) for time, decoded in self._once())

    def _first_frame(self, decoded: "Iterator[VideoFrame]") -> "VideoFrame":
        for frame in decoded:
            return frame
        raise VideoReadError(f"{self.path} holds no frame that can be decoded; record or export it again.")

    def _once(self) -> "Iterator[tuple[float, VideoFrame]]":
        frames, self._frames = self._frames, None
        if frames is None:
            raise RuntimeError("the frames of a VideoReader can be read only once")
        return frames

    def _from_start(self, decoded: "Iterator[VideoFrame]") -> "Iterator[VideoFrame]":
        """Return the frames from the start on, or from an earlier one if the file can't be entered there."""
        if self.start <= self._period:
            return decoded
        later = self._source.frames_from(self._zero + self.start - _SAME_TIME_S)
        if later is None:
            self._source = self._source.reopened()
            later = self._source.frames()
        return later

    def _timed(self, decoded: "Iterator[VideoFrame]") -> "Iterator[tuple[float, VideoFrame]]":
        count, last_time = 0, -math.inf
        for frame in decoded:
            time: float | None = frame.time
            if time is None:
                time = last_time + self._period if count else 0.0
            else:
                time -= self._zero
            count += 1
            if time > self.end + _SAME_TIME_S:
                return
            late = time > last_time
            last_time = max(last_time, time)
            if time < self.start - _SAME_TIME_S:
                continue
            if late:
                yield time, frame
            else:
                self.skipped_frames += 1
        self._source.refuse_cut_file(count, self._period)

    def _first_of(self, frames: "Iterator[tuple[float, VideoFrame]]") -> "tuple[float, VideoFrame]":
        for found in frames:
            return found
        if self.end < math.inf:
            raise InvalidSettingError(
                f"{self.path} has no frame between {self.start:g} and {self.end:g} s; choose other times."
            )
        raise InvalidSettingError(
            f"{self.path} has no frame from {self.start:g} s on; its length is {self.info.duration or 0:.2f} s."
        )

    def _describe(self, first: "VideoFrame") -> VideoInfo:
        width, height = self._converter.size(first)
        declared = self._source.declared
        tags = self._source.camera_tags
        return VideoInfo(
            width=width,
            height=height,
            rotation=self._converter.orientation.rotation,
            mirrored=self._converter.orientation.mirrored,
            codec=self._source.codec,
            nominal_rate=declared.rate,
            declared_frames=declared.frames,
            duration=declared.duration,
            start_time=self._zero,
            focal_length_35mm=tags.focal_length_35mm,
            lens=tags.lens,
        )


def _open(path: Path, rate: float | None, threads: int) -> Recording | PictureFolder:
    if not path.is_dir():
        return Recording(path, threads)
    if rate is None:
        numbered_pictures(path)  # a folder of something else needs no rate
        raise InvalidSettingError(f"{path} is a folder of pictures; say how many a second with --rate.")
    return PictureFolder(path, rate)
