"""A video file as a stream of decoded frames, from any moment on."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humanpose3d.errors import VideoReadError
from humanpose3d.video.camera_tags import CameraTags, camera_tags
from humanpose3d.video.container import Declared, open_container, picture_stream, reason

if TYPE_CHECKING:
    from av import Packet, VideoFrame

__all__ = ["Recording"]

# A file may end this much before its declared end (rounded durations) without being called cut off.
_TOLERATED_MISSING_FRAMES = 3


class Recording:
    """An open video file; close it after use.

    Parameters
    ----------
    path : Path
    threads : int
        Most threads that decode.

    Attributes
    ----------
    declared : Declared
    codec : str
    pixel_aspect : Fraction or None
        Width of a pixel divided by its height.
    camera_tags : CameraTags
    """

    def __init__(self, path: Path, threads: int) -> None:
        self._path, self._threads = path, threads
        self._container = open_container(path)
        try:
            self._stream = picture_stream(path, self._container)
            self._stream.thread_type = "AUTO"
            self._stream.codec_context.thread_count = threads
            self.declared = Declared.by(self._container, self._stream)
            self.codec: str = self._stream.codec_context.name
            self.pixel_aspect: Fraction | None = self._stream.sample_aspect_ratio
            self.camera_tags: CameraTags = camera_tags(path, self._container, self._stream)
        except BaseException:
            self._container.close()
            raise
        self._seen_end = 0.0

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def frames_from(self, moment: float) -> "Iterator[VideoFrame] | None":
        """Decode from the nearest key frame at or before a presentation time (s) on; None if that can't be found."""
        from av import FFmpegError

        if self._stream.time_base is None:
            return None
        try:
            self._container.seek(int(moment / self._stream.time_base), stream=self._stream, backward=True)
        except FFmpegError:
            return None
        frames = self.frames()
        first = next(frames, None)
        if first is None or first.time is None or first.time > moment:  # the index of the file is not exact
            return None
        return _with_first(first, frames)

    def reopened(self) -> "Recording":
        """Return the same file, opened once more, at its beginning."""
        self.close()
        return Recording(self._path, self._threads)

    def frames(self) -> "Iterator[VideoFrame]":
        """Decode to the end.

        Raises
        ------
        VideoReadError
            The file breaks off, or is damaged.
        """
        from av import FFmpegError

        count = 0
        try:
            for packet in self._packets():
                if packet.is_corrupt and self.declared.end is not None:
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

    def refuse_cut_file(self, frames: int, period: float) -> None:
        """Raise if the file ended early and its demuxer reported no error, as those of Matroska and AVI."""
        end = self.declared.end
        if end is not None and end - self._seen_end > _TOLERATED_MISSING_FRAMES * period:
            raise self._cut_off(frames, f"it ends after {self._seen_end:.2f} of {end:.2f} s")

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

    def _cut_off(self, frames: int, why: str) -> VideoReadError:
        declared = self.declared.frames or "an unknown number of"
        return VideoReadError(
            f"{self._path} is damaged or cut off: only {frames} of {declared} frames can be read ({why}); "
            "copy or export it again."
        )


def _with_first(first: "VideoFrame", rest: "Iterator[VideoFrame]") -> "Iterator[VideoFrame]":
    yield first
    yield from rest
