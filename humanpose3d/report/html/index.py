"""Write ``index.html``: the persons of one video, each with a link to their report."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from humanpose3d.formats.atomic import replacing
from humanpose3d.report.html.page import render_plain
from humanpose3d.report.language import DEFAULT, in_language
from humanpose3d.report.style import printable

__all__ = ["IndexRow", "write_index"]


class IndexRow(NamedTuple):
    """One person, in words."""

    number: int
    report: str
    """The address of their report, from the index."""
    seen: str
    height: str
    movement: str
    verdict: str


def write_index(
    target: Path, name: str, rows: Sequence[IndexRow], picture: Path | None, language: str = DEFAULT
) -> None:
    """Write the page in a language; `picture`, a PNG of all persons, is embedded.

    Raises
    ------
    humanpose3d.errors.PackageImportError
        Jinja2 is not installed.
    """
    encoded = None if picture is None else base64.b64encode(picture.read_bytes()).decode("ascii")
    with in_language(language):
        page = render_plain("index.html.j2", name=printable(name), rows=rows, picture=encoded)
    with replacing(target) as file:
        file.write(page)
