"""Read and write joint angles as plain CSV: one file for one joint, or for all of them.

One row a frame, one line of column names, no comment lines. The columns are ``frame`` (from 0), ``time_s``, and for
each joint ``<joint>_flex_deg``, ``<joint>_abd_deg`` and ``<joint>_rot_deg``: the names are the same in a joint's own
file and in the wide one, so that they can be joined. An angle that is missing has an empty cell, and one that the
markers do not define an empty column.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from humanpose3d.formats.frames import FloatArray, read_frames_csv, write_frames_csv

__all__ = ["AngleTable", "read_angles_csv", "write_angles_csv"]

_SUFFIXES = ("flex_deg", "abd_deg", "rot_deg")


class AngleTable(NamedTuple):
    """Content of an angles CSV; NaN where an angle is missing."""

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

    write_frames_csv(target, joints, _SUFFIXES, times, degrees, decimals=4)


def read_angles_csv(path: Path) -> AngleTable:
    """Read what :func:`write_angles_csv` wrote.

    Raises
    ------
    ValueError
        The file is no angles CSV, or a row does not fit its header.
    """
    return AngleTable(*read_frames_csv(path, _SUFFIXES, "an angles CSV"))
