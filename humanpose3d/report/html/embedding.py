"""Encode JSON, arrays and video for embedding in an HTML page, safely escaped."""

import base64
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["array_text", "json_for_script", "script_digest", "video_address"]

_BYTES_PER_10_S = 4_000_000
"""Of video: a third more as text, it leaves room for the rest of a page below 8 MB."""
_MOST_VIDEO_BYTES = 24_000_000
_LONG_SIDE_OF_SMALLER_VIDEO = 720
_SHARE_FOR_PICTURES = 0.85  # of the file; the rest is its index and what the encoder overshoots


def json_for_script(value: Any) -> str:
    """Write JSON that may stand inside a ``script`` element, whatever text it holds."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def array_text(values: npt.ArrayLike) -> str:
    """Write an array as the base64 text of its little-endian 32-bit floats, which JavaScript reads as they are."""
    return base64.b64encode(np.asarray(values, "<f4").tobytes()).decode("ascii")


def script_digest(script: str) -> str:
    """Return what a content security policy names a script by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}'"


def video_address(video: Path, seconds: float) -> str:
    """Return an MP4 video as a ``data:`` address, encoded smaller where it would make the page too large.

    Of its length, 4 MB for each 10 s are not too large, but at least 4 and at most 24.
    """
    budget = int(min(_BYTES_PER_10_S * max(1.0, seconds / 10), _MOST_VIDEO_BYTES))
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
