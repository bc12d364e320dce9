"""Shared by the formats: checks of names and times, and CSV tables with one row a frame."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from humanpose3d.formats.atomic import writing_text

__all__ = ["FloatArray", "check_table", "read_frames_csv", "write_frames_csv"]

FloatArray = npt.NDArray[np.float64]


def check_table(names: Sequence[str], times: FloatArray, values: FloatArray, kind: str, *axes: int) -> None:
    """Raise ValueError unless OpenSim could read back a table of times (T,) and values (T, number of names, *axes).

    Times increase by at least a nanosecond; names, whose `kind` is for the message, are unique and without white space.
    """
    if times.ndim != 1 or len(times) == 0 or values.shape != (len(times), len(names), *axes):
        raise ValueError(
            f"times of shape {times.shape} and values of shape {values.shape} do not fit {len(names)} {kind}s"
        )
    if not np.isfinite(times).all() or (np.diff(times) < 1e-9).any():
        raise ValueError("times must increase by at least a nanosecond from frame to frame")
    if not names or len(set(names)) < len(names) or any(re.search(r"\s", name) or not name for name in names):
        raise ValueError(f"{kind} names must be unique and without white space, not {list(names)}")


def write_frames_csv(
    target: Path | TextIO,
    names: Sequence[str],
    suffixes: Sequence[str],
    times: FloatArray,
    values: FloatArray,
    *,
    decimals: int,
) -> None:
    """Write the columns ``frame``, ``time_s`` and ``<name>_<suffix>``; a value that is not finite is an empty cell.

    `times`, shape (T,), are seconds, written to the nanosecond; `values` have the shape (T, names, suffixes).
    """
    cells = np.where(np.isfinite(values), values, np.nan).reshape(len(times), -1)
    row_format = "%d,%.9f" + f",%.{decimals}f" * cells.shape[1] + "\n"
    with writing_text(target) as file:
        file.write(",".join(_columns(names, suffixes)) + "\n")
        for number, (time, row) in enumerate(zip(times.tolist(), cells, strict=True)):
            file.write((row_format % (number, time, *row.tolist())).replace("nan", ""))


def read_frames_csv(
    path: Path, suffixes: Sequence[str], content: str
) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Read what :func:`write_frames_csv` wrote: names, times (T,) and values (T, N, S), NaN where a cell is empty.

    Raises
    ------
    ValueError
        The file has other columns, or a row does not fit its header. `content` names the file's kind in the message.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    suffix = f"_{suffixes[0]}"
    names = tuple(column.removesuffix(suffix) for column in header if column.endswith(suffix))
    if not names or header != _columns(names, suffixes):
        raise ValueError(f"{path} is not {content}: its columns are {','.join(header)[:80]}...")

    cells = np.full((len(rows), len(header) - 1), np.nan)
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"{path} has {len(row)} cells instead of {len(header)} in line {number + 2}")
        cells[number] = [float(cell) if cell else np.nan for cell in row[1:]]
    return names, cells[:, 0], cells[:, 1:].reshape(len(rows), len(names), len(suffixes))


def _columns(names: Sequence[str], suffixes: Sequence[str]) -> list[str]:
    return ["frame", "time_s", *(f"{name}_{suffix}" for name in names for suffix in suffixes)]
