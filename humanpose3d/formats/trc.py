"""Read and write TRC marker files, as OpenSim and Pose2Sim do."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from humanpose3d.formats.atomic import writing_text
from humanpose3d.formats.frames import FloatArray, check_table

__all__ = ["TrcTable", "read_trc", "write_trc"]

_KEYS = (
    "DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units",
    "OrigDataRate", "OrigDataStartFrame", "OrigNumFrames",
)  # fmt: skip
_METRES_PER_UNIT = {"m": 1.0, "cm": 0.01, "mm": 0.001}


class TrcTable(NamedTuple):
    """Content of a TRC file."""

    names: tuple[str, ...]
    """The M markers, in the order of the file."""
    frames: npt.NDArray[np.intp]
    """Shape (T,), numbers of the frames, from 0: a frame without any marker has no row."""
    times: FloatArray
    """Shape (T,), seconds."""
    positions: FloatArray
    """Shape (T, M, 3), metres; NaN where a marker is missing."""
    rate: float
    """The header's data rate in frames/s."""


def write_trc(
    target: Path | TextIO,
    names: Sequence[str],
    times: FloatArray,
    positions: FloatArray,
    *,
    rate: float,
    title: str | None = None,
) -> None:
    """Write marker trajectories as a TRC file in metres.

    Parameters
    ----------
    target : Path or text stream
        A path is written atomically.
    names : sequence of M str
        Marker names: unique, without white space.
    times : ndarray, shape (T,)
        Strictly increasing seconds, T at least 1. Written to the nanosecond.
    positions : ndarray, shape (T, M, 3)
        Metres. A marker with any coordinate that is not finite is missing in that frame: three empty cells.
        A frame in which all are missing has no row. Written to the micrometre.
    rate : float
        Data rate in frames/s for the header; positive.
    title : str, optional
        File name in the first line; by default the name of `target`.

    Raises
    ------
    ValueError
        The arrays do not fit together, or could not be read back by OpenSim.

    Notes
    -----
    Follows the readers in opensim-core (``TRCFileAdapter``, ``MarkerData``): they require exactly eight header
    keys, no file without frames, and 2 + 3 M cells in each row, where an empty last cell only counts if a tab
    follows it. So every row ends with a tab, and so does the row of column labels above, which keeps pandas
    (and Pose2Sim) from taking the first column for an index.

    OpenSim's inverse kinematics gives a marker with empty cells no weight, but fails at a frame without any marker
    (weights of zero are divided by their sum), so that frame has no row. The others keep their number and time.
    Where no frame has a marker, the first one is written: without a row, OpenSim would never return from reading.
    """
    times, positions = np.asarray(times, np.float64), np.asarray(positions, np.float64)
    check_table(names, times, positions, "marker", 3)
    if not (np.isfinite(rate) and rate > 0):
        raise ValueError(f"the data rate must be positive, not {rate}")
    frames, markers = positions.shape[:2]
    complete = np.isfinite(positions).all(axis=-1, keepdims=True)
    cells = np.where(complete, positions, np.nan).reshape(frames, -1)
    rows = np.flatnonzero(complete.reshape(frames, -1).any(axis=1))
    rows = rows if len(rows) else np.array([0])
    if title is None:
        title = target.name if isinstance(target, Path) else "markers.trc"

    rate_text = f"{rate:.10g}"
    values = (rate_text, rate_text, str(len(rows)), str(markers), "m", rate_text, "1", str(frames))
    row_format = "%d\t%.9f\t" + "%.6f\t" * (3 * markers) + "\n"

    with writing_text(target) as file:
        file.write(f"PathFileType\t4\t(X/Y/Z)\t{' '.join(title.split())}\n")
        file.write("\t".join(_KEYS) + "\n")
        file.write("\t".join(values) + "\n")
        file.write("Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t\t\n")
        file.write("\t\t" + "".join(f"X{i}\tY{i}\tZ{i}\t" for i in range(1, markers + 1)) + "\n\n")
        for frame, time, row in zip(rows.tolist(), times[rows].tolist(), cells[rows].tolist(), strict=True):
            file.write((row_format % (frame + 1, time, *row)).replace("nan", ""))


def read_trc(path: Path) -> TrcTable:
    """Read a TRC file; lengths are returned in metres, whatever unit the file declares.

    Raises
    ------
    ValueError
        The file is not a TRC file, or its rows do not fit its header.
    """
    lines = [line.rstrip("\r") for line in path.read_text(encoding="utf-8").split("\n")]
    if len(lines) < 6 or not lines[0].startswith("PathFileType"):
        raise ValueError(f"{path} is not a TRC file: its first line does not begin with PathFileType")
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=False))
    try:
        unit = _METRES_PER_UNIT[header["Units"]]
        frames, markers, rate = int(header["NumFrames"]), int(header["NumMarkers"]), float(header["DataRate"])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path} has a damaged TRC header: {error} in lines 2 and 3") from error

    names = tuple(name for name in lines[3].split("\t")[2:] if name)
    rows = [line.split("\t") for line in lines[5:] if line.strip()]
    if len(names) != markers or len(rows) != frames:
        raise ValueError(
            f"{path} declares {markers} markers and {frames} frames but holds {len(names)} and {len(rows)}"
        )
    cells = np.full((frames, 2 + 3 * markers), np.nan)
    for index, row in enumerate(rows):
        if len(row) < 2 + 3 * markers:
            raise ValueError(f"{path} has {len(row)} cells instead of {2 + 3 * markers} in row {index + 1}")
        cells[index] = [float(cell) if cell.strip() else np.nan for cell in row[: 2 + 3 * markers]]
    positions = cells[:, 2:].reshape(frames, markers, 3) * unit
    return TrcTable(names, cells[:, 0].astype(np.intp) - 1, cells[:, 1], positions, rate)
