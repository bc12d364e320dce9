"""Open a video file with FFmpeg, and find out what it is before anything is decoded."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from humanpose3d.loaders.errors import explained_imports
from humanpose3d.pipeline.errors import VideoNotFoundError, VideoReadError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["declared_end", "open_container", "picture_stream", "reason"]

# FFmpeg plays text files as text-mode art; to us they are no videos.
_TEXT_ART_CODECS = {"ansi", "bintext", "idf", "xbin"}

# Containers whose header says how long the recording is. Elsewhere the length is FFmpeg's estimate.
_FORMATS_WITH_DECLARED_LENGTH = {"mov", "matroska", "avi", "flv", "asf"}


def open_container(path: Path) -> "InputContainer":
    """Open the file, or say in one sentence why that cannot be.

    Raises
    ------
    VideoNotFoundError
        There is no such file.
    VideoReadError
        It is a folder, empty, not to be read, no video, or cut off so that its index is missing.
    """
    if not path.exists():
        raise VideoNotFoundError(f"There is no video at {path}; check the name and the folder.")
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no ordinary file"
        raise VideoReadError(f"{path} is {what}; give the name of a video file.")
    with explained_imports("av"):
        import av
    try:
        if path.stat().st_size == 0:
            raise VideoReadError(f"{path} is empty (0 bytes); copy or export the video again.")
        # An absolute path can't be taken for a protocol ("http:..."), nor may a playlist open one.
        return av.open(str(path.absolute()), metadata_errors="ignore", options={"protocol_whitelist": "file"})
    except PermissionError as error:
        raise VideoReadError(f"{path} may not be read (permission denied); change its permissions.") from error
    except (av.FFmpegError, OSError) as error:
        raise VideoReadError(
            f"{path} is not a video, or is cut off before its first frame ({reason(error)}); "
            "check that a video player can play it."
        ) from error


def picture_stream(path: Path, container: "InputContainer") -> "VideoStream":
    """Find the stream of moving pictures.

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
        if stream.codec_context.name not in _TEXT_ART_CODECS:
            return stream
    if container.streams.audio:
        raise VideoReadError(f"{path} holds only sound and no picture; give a video that shows the person.")
    raise VideoReadError(f"{path} is not a video: it holds no picture; check that a video player can play it.")


def declared_end(container: "InputContainer", stream: "VideoStream") -> float | None:
    """Give the time in seconds at which the header says that the recording ends; None where it does not say."""
    if not _FORMATS_WITH_DECLARED_LENGTH & set(container.format.name.split(",")):
        return None
    if container.format.name == "avi" and stream.frames and stream.average_rate:
        return float(stream.frames / stream.average_rate)
    if stream.duration is not None and stream.time_base is not None:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    if container.duration is not None:
        return float(Fraction((container.start_time or 0) + container.duration, 1_000_000))
    return None


def reason(error: Exception) -> str:
    """Give FFmpeg's or the system's words for an error, to stand within a sentence."""
    words = getattr(error, "strerror", None) or str(error)
    return words[:1].lower() + words[1:]
