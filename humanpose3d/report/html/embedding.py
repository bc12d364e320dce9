"""Encode JSON, arrays and video for embedding in an HTML page, safely escaped."""

import base64
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["json_for_script", "room_for_video", "script_digest", "video_address"]

_PAGE_BYTES = 7_800_000
"""Of a page of a trial of a minute or less; a longer one has so much for each minute."""
_BYTES_OF_LIBRARIES_AND_TEXT = 2_000_000
_LEAST_ROOM = 2_000_000
_MOST_ROOM = 32_000_000
_LONG_SIDE_OF_SMALLER_VIDEO = 720
_SHARE_FOR_PICTURES = 0.85  # of the file; the rest is its index and what the encoder overshoots


def json_for_script(value: Any) -> str:
    """Write JSON that may stand inside a ``script`` element, whatever text it holds."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def script_digest(script: str) -> str:
    """Return what a content security policy names a script by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}'"


def room_for_video(data: Any, seconds: float) -> int:
    """Return how many bytes of text a video may take in a page with `data`, of a trial of so many seconds."""
    rest = _BYTES_OF_LIBRARIES_AND_TEXT + len(json_for_script(data))
    return int(min(max(_PAGE_BYTES * max(1.0, seconds / 60) - rest, _LEAST_ROOM), _MOST_ROOM))


def video_address(video: Path, seconds: float, room: int) -> str:
    """Return an MP4 video as a ``data:`` address, encoded smaller where it would take more bytes than there is room."""
    budget = room * 3 // 4  # four characters hold three bytes
    content = video.read_bytes() if video.stat().st_size <= budget else _smaller(video, seconds, budget)
    return f"data:video/mp4;base64,{base64.b64encode(content).decode('ascii')}"


def _smaller(video: Path, seconds: float, budget: int) -> bytes:
    from humanpose3d.video.encoder import encode_video
    from humanpose3d.video.reader import VideoReader

    with tempfile.TemporaryDirectory() as folder, VideoReader(video) as reader:
        target = Path(folder) / "smaller.mp4"
        encode_video(
            target,
            reader.yuv_frames(_LONG_SIDE_OF_SMALLER_VIDEO),
            rate=reader.info.nominal_rate or 30.0,
            bits_per_second=int(_SHARE_FOR_PICTURES * budget * 8 / max(seconds, 0.1)),
        )
        return target.read_bytes()
