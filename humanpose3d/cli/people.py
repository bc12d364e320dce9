"""``humanpose3d people``: list who is in a video."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from humanpose3d.cli.arguments import Commands
from humanpose3d.cli.run import add_section_options
from humanpose3d.cli.terminal import answer, frame_progress, table

if TYPE_CHECKING:
    from humanpose3d.pipeline.detection.people import Person


def add_command(commands: Commands) -> None:
    """Add ``people`` to the parser."""
    people = commands.add("people", "List who is in a video, and draw people.png: one picture a person.", _people)
    people.add_argument("video", type=Path, metavar="VIDEO", help="a video file, a folder of pictures, or -")
    add_section_options(people)
    people.add_argument(
        "--output", type=Path, default=Path("people.png"), metavar="PNG", help="the picture (default: people.png)"
    )
    people.add_argument("--offline", action="store_true", help="fetch no model: never start git, open no connection")
    people.add_argument("--json", action="store_true", help="print the list as JSON")


def _people(options: argparse.Namespace) -> int:
    from humanpose3d.errors import explained_imports
    from humanpose3d.formats.atomic import replaced_by
    from humanpose3d.runs.models import offline, require_models
    from humanpose3d.runs.output import explained_write_errors
    from humanpose3d.video.inputs import local_video

    with offline(options.offline), local_video(options.video) as video, frame_progress() as progress:
        require_models(("mediapipe",))
        with explained_imports("numpy"):
            from humanpose3d.report.people import write_people
            from humanpose3d.runs.people.detect import nobody_listed
            from humanpose3d.runs.people.everybody import list_people
        section = {"start": options.start, "end": options.end, "rate": options.rate}
        people = list_people(video, progress=progress, **section)
        if not people:
            raise nobody_listed(options.video)
        with explained_write_errors(options.output), replaced_by(options.output) as picture:
            write_people(picture, people)
    content = {"people": [person.as_dict() for person in people], "picture": str(options.output)}
    advice = f"Wrote {options.output}. Choose one with: humanpose3d run VIDEO --person N"
    return answer(options, content, f"{_listed(people)}\n\n{advice}")


def _listed(people: list[Person]) -> str:
    rows = [(str(p.number), f"{p.first:.2f} to {p.last:.2f}", f"{p.height:.0f}") for p in people]
    return table(("person", "seen, s", "height, pixels"), rows)
