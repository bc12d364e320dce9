"""Work on videos and results in a process of its own: a damaged file ends that process, and not the server."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from humanpose3d.errors import OutputError, PipelineError, VideoReadError

__all__ = ["compare", "draw_picture", "probe"]

_LOG = logging.getLogger("humanpose3d.app")
_SECONDS = 120
_PICTURE_SIDE = 960


def probe(video: Path, picture: Path) -> dict[str, Any]:
    """Return width, height, duration (s) and frame rate (Hz) of a video, and write its first frame as a JPEG.

    Raises
    ------
    VideoReadError
        It is no video.
    """
    return _call(VideoReadError, "probe", video=str(video), side=_PICTURE_SIDE, target=str(picture))


def draw_picture(video: Path, seconds: float, target: Path) -> None:
    """Write the frame at a time as a JPEG.

    Raises
    ------
    VideoReadError
        It is no video, or has no such frame.
    """
    _call(VideoReadError, "picture", video=str(video), seconds=seconds, side=_PICTURE_SIDE, target=str(target))


def compare(folders: list[Path], labels: list[str], target: Path, language: str) -> None:
    """Write the page that compares two trials.

    Raises
    ------
    OutputError
        One of them cannot be read.
    """
    texts = {"folders": [str(folder) for folder in folders], "labels": labels, "target": str(target)}
    _call(OutputError, "compare", **texts, language=language)


def _call(error: type[PipelineError], what: str, **arguments: Any) -> dict[str, Any]:
    command = [sys.executable, "-m", "humanpose3d.django_app.page.files.reading", what]
    try:
        done = subprocess.run(
            command, input=json.dumps(arguments).encode(), capture_output=True, timeout=_SECONDS, check=False
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise error(_("The file takes too long to read; convert it, for example to MP4.")) from None
    except ValueError:
        _LOG.error("reader of files: exit code %d, %s", done.returncode, done.stderr.decode(errors="replace"))
        raise error(_("The file cannot be read: its reader ended (exit code %d).") % done.returncode) from None
    if "error" in answer:
        raise error(answer["error"])
    found: dict[str, Any] = answer
    return found
