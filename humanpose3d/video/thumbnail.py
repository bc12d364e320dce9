"""Pictures of videos as JPEG: small ones for lists, and frames at a time."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from humanpose3d.video.reader import VideoReader

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["frame_at", "thumbnail"]

_LONG_SIDE = 200
_SHORTEST_US = 500_000  # a still picture cannot be searched


def thumbnail(path: Path) -> bytes | None:
    """Return a frame near the middle of a video, or a picture, as a small JPEG; None where there is none to be read."""
    import av

    try:
        with av.open(str(path)) as container:
            if container.duration and container.duration > _SHORTEST_US:
                container.seek(container.duration // 2)  # goes on from the key frame before
            frame = next(container.decode(video=0), None)
            if frame is None:
                return None
            return _jpeg(frame, _LONG_SIDE)
    except (av.FFmpegError, IndexError, OSError):
        return None


def frame_at(path: Path, seconds: float, long_side: int) -> bytes:
    """Return the first frame from a time on, in seconds from the first one, upright, as a JPEG.

    Raises
    ------
    PipelineError
        The video cannot be read, or has no frame there.
    """
    with VideoReader(path, start=seconds) as reader:
        return _jpeg(next(reader.yuv_frames(long_side)).picture, long_side)


def _jpeg(frame: "VideoFrame", long_side: int) -> bytes:
    import av

    scale = min(1.0, long_side / max(frame.width, frame.height))
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (frame.width, frame.height))
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    small = frame.reformat(width, height, "yuvj420p")
    small.pts = None
    return b"".join(map(bytes, [*encoder.encode(small), *encoder.encode(None)]))
