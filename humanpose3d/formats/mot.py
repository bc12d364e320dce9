"""Read and write OpenSim motion files (``.mot``)."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from humanpose3d.formats.atomic import writing_text
from humanpose3d.formats.frames import FloatArray, check_table

__all__ = ["MotTable", "read_mot", "write_mot"]


class MotTable(NamedTuple):
    """Content of a motion file."""

    names: tuple[str, ...]
    """The C coordinates, in the order of the file."""
    times: FloatArray
    """Shape (T,), seconds."""
    values: FloatArray
    """Shape (T, C): metres for translations, else degrees if `in_degrees`, else radians."""
    in_degrees: bool
    """Whether the header declares angles in degrees."""


def write_mot(
    target: Path | TextIO,
    names: Sequence[str],
    times: FloatArray,
    values: FloatArray,
    *,
    title: str | None = None,
) -> None:
    """Write coordinates of a model over time, angles in degrees.

    Parameters
    ----------
    target : Path or text stream
        A path is written atomically.
    names : sequence of C str
        Names of coordinates: unique, without white space, at least one.
    times : ndarray, shape (T,)
        Strictly increasing seconds, T at least 1. Written to the nanosecond.
    values : ndarray, shape (T, C)
        Degrees and metres, all finite: OpenSim has no missing values. Written to six decimals.
    title : str, optional
        Name in the first line; by default the stem of `target`.

    Raises
    ------
    ValueError
        The arrays do not fit together, or could not be read back by OpenSim.

    Notes
    -----
    Version 1 of the format, because OpenSim's window reads no other with ``Storage``; it needs ``nRows`` and
    ``nColumns``, which counts the time, and columns separated by single tabs.
    """
    times, values = np.asarray(times, np.float64), np.asarray(values, np.float64)
    check_table(names, times, values, "coordinate")
    if not np.isfinite(values).all():
        raise ValueError("values must be finite, because OpenSim has no missing ones")
    if title is None:
        title = target.stem if isinstance(target, Path) else "motion"

    row_format = "%.9f" + "\t%.6f" * len(names) + "\n"
    with writing_text(target) as file:
        file.write(f"{' '.join(title.split())}\nversion=1\n")
        file.write(f"nRows={len(times)}\nnColumns={len(names) + 1}\ninDegrees=yes\nendheader\n")
        file.write("\t".join(["time", *names]) + "\n")
        for time, row in zip(times.tolist(), values.tolist(), strict=True):
            file.write(row_format % (time, *row))


def read_mot(path: Path) -> MotTable:
    """Read a motion file.

    Raises
    ------
    ValueError
        The file is not a motion file, or its rows do not fit its header.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    if "endheader" not in lines:
        raise ValueError(f"{path} is not a motion file: it has no line endheader")
    end = lines.index("endheader")
    header = dict(line.split("=", 1) for line in lines[:end] if "=" in line)
    labels = lines[end + 1].split() if len(lines) > end + 1 else []
    rows = [line.split() for line in lines[end + 2 :] if line.strip()]
    try:
        declared = int(header["nRows"]), int(header["nColumns"])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path} has a damaged header: {error}") from error
    if labels[:1] != ["time"] or declared != (len(rows), len(labels)):
        raise ValueError(f"{path} declares {declared[0]} rows and {declared[1]} columns but holds other ones")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(labels):
            raise ValueError(f"{path} has {len(row)} cells instead of {len(labels)} in row {number}")
    cells = np.array([[float(cell) for cell in row] for row in rows]).reshape(len(rows), len(labels))
    return MotTable(tuple(labels[1:]), cells[:, 0], cells[:, 1:], header.get("inDegrees", "yes") == "yes")
