"""The program that reads videos and results for the server: arguments and answer are JSON on its streams."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from humanpose3d.errors import PipelineError
from humanpose3d.formats.atomic import replaced_by


def probe(video: str, side: int, target: str) -> dict[str, Any]:
    """Return what the header of a video says, and write its first frame as a JPEG."""
    from humanpose3d.video.reader import VideoReader

    picture(video, 0.0, side, target)
    with VideoReader(Path(video)) as reader:
        info = reader.info
    return {
        "width": info.width,
        "height": info.height,
        "duration": info.duration,
        "rate": info.nominal_rate,
    }


def picture(video: str, seconds: float, side: int, target: str) -> dict[str, Any]:
    """Write a frame as a JPEG."""
    from humanpose3d.video.thumbnail import frame_at

    Path(target).parent.mkdir(parents=True, exist_ok=True)
    with replaced_by(Path(target)) as path:
        path.write_bytes(frame_at(Path(video), seconds, side))
    return {}


def compare(folders: list[str], labels: list[str], target: str, language: str) -> dict[str, Any]:
    """Write the comparison of two trials."""
    from humanpose3d.report.data.folder import content_from_folder
    from humanpose3d.report.html.comparison import Compared, write_comparison

    found = [content_from_folder(Path(folder)) for folder in folders]
    before, after = (Compared(label, *each) for label, each in zip(labels, found, strict=True))
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    write_comparison(Path(target), before, after, language)
    return {}


def main() -> None:
    """Read the arguments, call the function that is named, and write its answer or its error."""
    known: dict[str, Callable[..., dict[str, Any]]] = {"probe": probe, "picture": picture, "compare": compare}
    try:
        answer = known[sys.argv[1]](**json.load(sys.stdin))
    except (PipelineError, OSError) as error:
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
