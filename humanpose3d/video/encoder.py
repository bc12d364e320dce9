"""Encode frames as H.264 video that browsers can play."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from humanpose3d.threads import usable_cores
from humanpose3d.video.prefetch import running_ahead
from humanpose3d.video.reader import YuvFrame

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

__all__ = ["encode_video"]

_TICKS_PER_SECOND = 90_000  # MPEG's clock; the rates of cameras are whole numbers of its ticks
_CODEC = "libx264"
_QUALITY = "25"  # a constant rate factor of x264
_OPTIONS = {
    "preset": "superfast",
    # As "veryfast" distributes its bits, without its finer search: two thirds of the time, a tenth more bytes, and no
    # difference in PSNR and SSIM on walking people.
    "x264-params": "mbtree=1:rc-lookahead=10",
    "bf": "0",  # without B-frames every player seeks to the right frame
}
_BT709 = 1
_LIMITED_RANGE = 1
_MOST_THREADS = 4


def encode_video(path: Path, frames: Iterable[YuvFrame], *, rate: float, bits_per_second: int | None = None) -> None:
    """Write a silent MP4 file, each frame at its own time.

    Frames are made in a thread of their own while those before are encoded; six of them exist at once.

    Parameters
    ----------
    path : Path
    frames : iterable of YuvFrame
        Of one size.
    rate : float
        Nominal frames/s, a hint for the encoder and the length of the last frame.
    bits_per_second : int, optional
        On average; by default the quality is constant.

    Raises
    ------
    ValueError
        There is no frame.
    OSError
        The file cannot be written.

    Notes
    -----
    Times are kept to 1/90000 s, with constant and variable frame rate alike. The index stands first, so that
    browsers play the file while it loads.
    """
    import av

    with (
        running_ahead(frames) as upcoming,
        av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        stream: VideoStream | None = None
        for frame in upcoming:
            if stream is None:
                stream = _add_stream(container, frame.picture, rate, bits_per_second)
            container.mux(stream.encode(_timed(frame, rate)))
        if stream is None:
            raise ValueError("there is no frame to encode")
        container.mux(stream.encode())


def _add_stream(
    container: "OutputContainer", picture: "VideoFrame", rate: float, bits_per_second: int | None
) -> "VideoStream":
    options, fps = dict(_OPTIONS), Fraction(rate).limit_denominator(1001)
    if bits_per_second is None:
        options["crf"] = _QUALITY
    else:
        options |= {"maxrate": str(bits_per_second), "bufsize": str(2 * bits_per_second)}
    stream = cast("VideoStream", container.add_stream(_CODEC, rate=fps, options=options))
    context = stream.codec_context
    stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
    stream.time_base = context.time_base = Fraction(1, _TICKS_PER_SECOND)
    if bits_per_second is not None:
        context.bit_rate = bits_per_second
    context.gop_size = max(1, round(rate))  # a key frame each second, to jump to
    context.thread_count = min(_MOST_THREADS, usable_cores())
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED_RANGE
    return stream


def _timed(frame: YuvFrame, rate: float) -> "VideoFrame":
    from av.video.frame import PictureType

    picture = frame.picture
    picture.pict_type = PictureType.NONE  # else the encoder would repeat the kinds of the decoded frames
    picture.time_base = Fraction(1, _TICKS_PER_SECOND)
    picture.pts = round(frame.time * _TICKS_PER_SECOND)
    picture.duration = max(1, round(_TICKS_PER_SECOND / rate))
    return picture
