"""Joint angles as plain CSV, one file for one joint or for all of them, that any program opens as it is.

One row a frame, one line of column names, no comment lines. The columns are ``frame`` (from 0), ``time_s``, and for
each joint ``<joint>_flex_deg``, ``<joint>_abd_deg`` and ``<joint>_rot_deg``: the names are the same in a joint's own
file and in the wide one, so that they can be joined. An angle that is missing has an empty cell, and one that the
markers do not define an empty column.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from humanpose3d.formats.atomic import writing_text

__all__ = ["AngleTable", "read_angles_csv", "write_angles_csv"]

FloatArray = npt.NDArray[np.float64]

_SUFFIXES = ("flex_deg", "abd_deg", "rot_deg")


class AngleTable(NamedTuple):
    """What an angles CSV holds; NaN where an angle is missing."""

    joints: tuple[str, ...]
    """The J joints, in the order of the file."""
    times: FloatArray
    """Shape (T,), seconds."""
    degrees: FloatArray
    """Shape (T, J, 3): flexion, abduction and rotation."""


def write_angles_csv(target: Path | TextIO, joints: Sequence[str], times: FloatArray, degrees: FloatArray) -> None:
    """Write the angles of some joints.

    Parameters
    ----------
    target : Path or text stream
        A path is written atomically.
    joints : sequence of J str
        Unique names without commas; one for a joint's own file.
    times : ndarray, shape (T,)
        Seconds. Written to the nanosecond.
    degrees : ndarray, shape (T, J, 3)
        Flexion, abduction, rotation; not finite where missing. Written to a ten-thousandth of a degree.

    Raises
    ------
    ValueError
        The arrays do not fit together, or the names are not unique.
    """
    times, degrees = np.asarray(times, np.float64), np.asarray(degrees, np.float64)
    if times.ndim != 1 or degrees.shape != (len(times), len(joints), 3):
        raise ValueError(f"angles of shape {degrees.shape} do not fit {len(times)} frames and {len(joints)} joints")
    if not joints or len(set(joints)) < len(joints) or any(not name or set(name) & set(',"\r\n') for name in joints):
        raise ValueError(f"joint names must be unique and without commas or quotes, not {list(joints)}")

    cells = np.where(np.isfinite(degrees), degrees, np.nan).reshape(len(times), 3 * len(joints))
    row_format = "%d,%.9f" + ",%.4f" * cells.shape[1] + "\n"
    with writing_text(target) as file:
        file.write(",".join(_columns(joints)) + "\n")
        for number, (time, row) in enumerate(zip(times.tolist(), cells.tolist(), strict=True)):
            file.write((row_format % (number, time, *row)).replace("nan", ""))


def read_angles_csv(path: Path) -> AngleTable:
    """Read what :func:`write_angles_csv` wrote.

    Raises
    ------
    ValueError
        The file is no angles CSV, or a row does not fit its header.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    suffix = f"_{_SUFFIXES[0]}"
    joints = tuple(column.removesuffix(suffix) for column in header if column.endswith(suffix))
    if not joints or header != _columns(joints):
        raise ValueError(f"{path} is not an angles CSV: its columns are {','.join(header)[:80]}...")

    cells = np.full((len(rows), len(header) - 1), np.nan)
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"{path} has {len(row)} cells instead of {len(header)} in line {number + 2}")
        cells[number] = [float(cell) if cell else np.nan for cell in row[1:]]
    return AngleTable(joints, cells[:, 0], cells[:, 1:].reshape(len(rows), len(joints), 3))


def _columns(joints: Sequence[str]) -> list[str]:
    return ["frame", "time_s", *(f"{joint}_{suffix}" for joint in joints for suffix in _SUFFIXES)]
