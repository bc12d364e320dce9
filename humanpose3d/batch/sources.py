"""Find the videos of a batch: given by name, in folders, or in tables."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from humanpose3d.batch.errors import TrialListError
from humanpose3d.runs.output import RECORD_NAME

__all__ = ["VIDEO_ENDINGS", "Source", "find_sources", "read_table"]

VIDEO_ENDINGS = frozenset(
    {".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv"}
    | {".ts", ".vob", ".webm", ".wmv"}
)
"""What a folder is searched for; a video that is given by name or in a table may end in anything."""


@dataclass(frozen=True)
class Source:
    """A video, and its cells in a table."""

    video: Path
    name: str = ""  # of the trial and its folder; empty to name it after the video
    cells: Mapping[str, str] = field(default_factory=dict)  # options by column; empty cells are left out
    where: str = ""  # the table's row, for messages


def find_sources(given: Iterable[Path], output: Path) -> list[Source]:
    """Return all videos in the order of the arguments; those of a folder by name.

    Given are videos, folders (searched with all that they hold, but for `output`) and tables.

    Raises
    ------
    TrialListError
        A folder or table holds no video, or cannot be read.
    """
    found: list[Source] = []
    for path in given:
        if os.path.isdir(path):  # noqa: PTH112  (a name that no system takes is a video that is not there)
            found += [Source(video) for video in _videos_in(path, output)]
        elif path.suffix.lower() == ".csv":
            found += read_table(path)
        else:
            found.append(Source(path))
    return found


def read_table(path: Path) -> list[Source]:
    """Return the trials of a CSV table.

    The column ``video`` names the file, from the table's folder; ``name`` the trial, if it is there. Every other
    column is an option. Columns are separated by commas, semicolons or tabs.

    Raises
    ------
    TrialListError
        The table cannot be read, has no column ``video``, or a row without one.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8; save it as CSV UTF-8"
        raise TrialListError(f"The table {path} cannot be read ({reason}).") from error
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        columns = [cell.lower() for cell in _cells(next(rows, []))]
        if columns.count("video") != 1 or len(set(columns)) < len(columns):
            raise TrialListError(
                f"The first line of {path} must name the columns, each once, one of them 'video'; it is: {head.strip()}"
            )
        trials = [_source(path, rows.line_num, columns, cells) for row in rows if (cells := _cells(row))]
    except csv.Error as error:
        raise TrialListError(f"Line {rows.line_num} of {path} is no line of a table ({error}).") from error
    if not trials:
        raise TrialListError(f"The table {path} has no trials; give it a line for each video.")
    return trials


def _cells(row: list[str]) -> list[str]:
    """Return the cells of a row up to the last that holds something: spreadsheets write more."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _source(table: Path, line: int, columns: list[str], row: list[str]) -> Source:
    where = f"line {line} of {table}"
    if len(row) > len(columns):
        raise TrialListError(f"Line {line} of {table} has {len(row)} cells, and the first line has {len(columns)}.")
    cells = {column: cell for column, cell in zip(columns, row, strict=False) if cell}
    video = cells.pop("video", "")
    if not video:
        raise TrialListError(f"Line {line} of {table} names no video.")
    return Source(table.parent / video, cells.pop("name", ""), cells, where)


def _videos_in(folder: Path, output: Path) -> list[Path]:
    """Return the videos in a folder and the folders in it, without results of HumanPose3D."""
    try:
        videos = sorted(_walk(folder, output.resolve()), key=lambda path: path.parts)
    except OSError as error:
        raise TrialListError(f"The folder {error.filename or folder} cannot be read ({error.strerror}).") from error
    if not videos:
        raise TrialListError(f"There is no video in the folder {folder}; those that are known end in .mp4, .mov, …")
    return videos


def _walk(folder: Path, output: Path) -> Iterator[Path]:
    paths = list(folder.iterdir())
    if folder.resolve() == output or folder / RECORD_NAME in paths:
        return
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if not path.is_symlink():  # which may lead back to here
                yield from _walk(path, output)
        elif path.suffix.lower() in VIDEO_ENDINGS:
            yield path
