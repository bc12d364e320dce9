"""Open a video file with FFmpeg, and read its header before anything is decoded."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from humanpose3d.errors import VideoNotFoundError, VideoReadError, explained_imports

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["Declared", "open_container", "picture_stream", "reason"]

# What may be opened: recordings that are whole in themselves. FFmpeg would also wait for the segments of a playlist,
# open the files or addresses that it names, and play plain text as text-mode art.
_VIDEO_FORMATS = (
    "asf,av1,avi,dv,flv,gif,h264,hevc,ivf,m4v,matroska,mjpeg,mov,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,rm,wtv,"
    "yuv4mpegpipe"
)
_SOUND_FORMATS = "aac,aiff,amr,caf,flac,mp3,w64,wav"
_OPEN_OPTIONS = {"format_whitelist": f"{_VIDEO_FORMATS},{_SOUND_FORMATS}", "protocol_whitelist": "file"}

# Containers whose header says how long the recording is. Elsewhere the length is FFmpeg's estimate.
_FORMATS_WITH_DECLARED_LENGTH = {"mov", "matroska", "avi", "flv", "asf"}


_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):[/\\\\]+(.+)")  # a Path has one slash left of the two
_PICTURE_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif")


def open_container(path: Path) -> "InputContainer":
    """Open the file.

    Raises
    ------
    VideoNotFoundError
        There is no such file.
    VideoReadError
        It is no ordinary file, empty, not to be read, no video, or cut off so that its index is missing.
    """
    if not path.exists():
        if address := _ADDRESS.match(str(path)):
            raise VideoNotFoundError(
                f"{address[1]}://{address[2]} is an address, and videos are never fetched; "
                "save the video on this machine and give the file's name."
            )
        raise VideoNotFoundError(f"There is no video at {path}; check the name and the folder.")
    if not path.is_file():
        raise VideoReadError(f"{path} is no ordinary file; give the name of a video file.")
    with explained_imports("av"):
        import av
    try:
        if path.stat().st_size == 0:
            raise VideoReadError(f"{path} is empty (0 bytes); copy or export the video again.")
        if _is_still_picture(path):
            raise VideoReadError(f"{path} is a still picture; give a video, which shows the movement.")
        # Absolute, because FFmpeg takes a name such as "pipe:0.mp4" for a protocol.
        return av.open(str(path.absolute()), metadata_errors="ignore", options=_OPEN_OPTIONS)
    except PermissionError as error:
        raise VideoReadError(f"{path} may not be read (permission denied); change its permissions.") from error
    except (av.FFmpegError, OSError) as error:
        raise VideoReadError(
            f"{path} is not a video, or is cut off before its first frame ({reason(error)}); "
            "check that a video player can play it."
        ) from error


def _is_still_picture(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(12)
    bitmap = start.startswith(b"BM") and start[6:10] == bytes(4)
    # A Motion JPEG video begins like a JPEG picture.
    jpeg = start.startswith(b"\xff\xd8\xff") and path.suffix.lower() in (".jpg", ".jpeg")
    riff = start.startswith(b"RIFF") and start[8:] == b"WEBP"
    iso = start[4:8] == b"ftyp" and start[8:] in _PICTURE_BRANDS
    return bitmap or jpeg or riff or iso or start.startswith(_PICTURE_BEGINNINGS)


def picture_stream(path: Path, container: "InputContainer") -> "VideoStream":
    """Return the video stream.

    Raises
    ------
    VideoReadError
        The file holds only sound, or nothing that can be decoded to pictures.
    """
    from av.stream import Disposition

    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:  # the cover of a sound recording
            continue
        if stream.codec_context is None:
            raise VideoReadError(f"{path} uses a video codec that is not supported; convert it, for example to H.264.")
        return stream
    if container.streams.audio:
        raise VideoReadError(f"{path} holds only sound and no picture; give a video that shows the person.")
    raise VideoReadError(f"{path} is not a video: it holds no picture; check that a video player can play it.")


class Declared(NamedTuple):
    """Properties of the recording that the header declares; None where it does not."""

    rate: float | None
    """Mean frames per second."""
    frames: int | None
    """Number of frames, as counted in the header or reckoned from duration and rate."""
    duration: float | None
    """Seconds."""
    end: float | None
    """Seconds that the recording must reach to be whole; None where the duration is only FFmpeg's estimate."""

    @classmethod
    def by(cls, container: "InputContainer", stream: "VideoStream") -> "Declared":
        """Read the header of an open file."""
        rate = stream.average_rate or stream.guessed_rate
        duration = None
        if stream.duration is not None and stream.time_base is not None:
            duration = float(stream.duration * stream.time_base)
        elif container.duration is not None:
            duration = container.duration / 1e6
        frames = stream.frames or (round(duration * rate) if duration and rate else None)

        end = None if _FORMATS_WITH_DECLARED_LENGTH.isdisjoint(container.format.name.split(",")) else duration
        if container.format.name == "avi" and stream.frames and rate:
            end = float(stream.frames / rate)  # there FFmpeg estimates the duration from the rest of the file
        return cls(float(rate) if rate else None, frames, duration, end)


def reason(error: Exception) -> str:
    """Return the text of an error of FFmpeg or the system, for use within a sentence."""
    words = getattr(error, "strerror", None) or str(error)
    return words[:1].lower() + words[1:]
