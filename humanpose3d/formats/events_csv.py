"""Read and write the events of a movement as plain CSV, which people correct by hand.

One row an event, in the order of time: ``event`` is ``heel_strike`` or ``toe_off`` of walking, or ``start``, ``turn``
or ``end`` of a repetition; ``side`` is ``R`` or ``L`` of walking, else empty; ``time_s`` is seconds from the first
frame.
"""

import csv
import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TextIO

from humanpose3d.formats.atomic import writing_text

__all__ = ["SIDED_EVENTS", "Event", "read_events_csv", "write_events_csv"]

_HEADER = ["event", "side", "time_s"]
SIDED_EVENTS = ("heel_strike", "toe_off")
_UNSIDED_EVENTS = ("start", "turn", "end")


class Event(NamedTuple):
    """One event; `side` is empty for those of a repetition."""

    time: float
    event: str
    side: str = ""


def write_events_csv(target: Path | TextIO, events: Iterable[Event]) -> None:
    """Write events in the order of time, to a tenth of a millisecond; a path is written atomically."""
    with writing_text(target) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_HEADER)
        writer.writerows([each.event, each.side, f"{each.time:.4f}"] for each in sorted(events))


def read_events_csv(path: Path) -> list[Event]:
    """Read events in the order of time; spaces, capitals, semicolons and decimal commas of spreadsheets are understood.

    Raises
    ------
    ValueError
        A line is no event; the message names it.
    """
    text = path.read_text(encoding="utf-8-sig")
    separator = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.reader(text.splitlines(), delimiter=separator)
    if (header := [cell.strip().lower() for cell in next(rows, [])]) != _HEADER:
        raise ValueError(f"line 1 must be {','.join(_HEADER)}, not {','.join(header)!r}")
    return sorted(_event(row, rows.line_num) for row in rows if any(cell.strip() for cell in row))


def _event(row: list[str], line: int) -> Event:
    cells = [cell.strip() for cell in row]
    if len(cells) != len(_HEADER):
        raise ValueError(f"line {line} has {len(cells)} cells instead of {len(_HEADER)}")
    name, side = cells[0].lower(), cells[1].upper()
    if name not in SIDED_EVENTS + _UNSIDED_EVENTS:
        raise ValueError(f"line {line}: {cells[0]!r} is none of {', '.join(SIDED_EVENTS + _UNSIDED_EVENTS)}")
    if (name in SIDED_EVENTS) != (side in ("R", "L")) or side not in ("R", "L", ""):
        wanted = "R or L" if name in SIDED_EVENTS else "empty"
        raise ValueError(f"line {line}: the side of {name} must be {wanted}, not {cells[1]!r}")
    try:
        time = float(cells[2].replace(",", "."))
    except ValueError:
        time = math.nan
    if not 0 <= time < math.inf:
        raise ValueError(f"line {line}: {cells[2]!r} is no time in seconds")
    return Event(time, name, side)
