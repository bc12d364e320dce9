"""Raw landmarks as a plain CSV that pandas, R, MATLAB and spreadsheets open as it is.

One row a frame, one line of column names, no comment lines. The columns are ``frame`` (from 0), ``time_s``, and
for each landmark six more, with their unit in the name:

======================= ==================================================================================
``<name>_world_x_m``    metres, to the right of the image; origin mid-hip
``<name>_world_y_m``    metres, down
``<name>_world_z_m``    metres, away from the camera
``<name>_image_x``      fraction of the image's width, from the left edge
``<name>_image_y``      fraction of the image's height, from the top edge
``<name>_visibility``   the model's belief that it sees the landmark, 0 to 1
======================= ==================================================================================

A landmark that was not found has empty cells.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from humanpose3d.formats.atomic import writing_text

__all__ = ["LandmarkTable", "read_landmarks_csv", "write_landmarks_csv"]

FloatArray = npt.NDArray[np.float64]

_SUFFIXES = ("world_x_m", "world_y_m", "world_z_m", "image_x", "image_y", "visibility")


class LandmarkTable(NamedTuple):
    """What a landmarks CSV holds; NaN where a landmark was not found."""

    names: tuple[str, ...]
    """The L landmarks, in the order of the file."""
    times: FloatArray
    """Shape (T,), seconds."""
    world: FloatArray
    """Shape (T, L, 3), metres."""
    image: FloatArray
    """Shape (T, L, 2), fractions of the image's width and height."""
    visibility: FloatArray
    """Shape (T, L), 0 to 1."""


def write_landmarks_csv(
    target: Path | TextIO,
    names: Sequence[str],
    times: FloatArray,
    world: FloatArray,
    image: FloatArray,
    visibility: FloatArray,
) -> None:
    """Write landmarks of shapes as in :class:`LandmarkTable`; a path is written atomically.

    Raises
    ------
    ValueError
        The arrays do not fit together.
    """
    frames, landmarks = len(times), len(names)
    shapes = (world.shape, image.shape, visibility.shape)
    if shapes != ((frames, landmarks, 3), (frames, landmarks, 2), (frames, landmarks)):
        raise ValueError(f"arrays of shapes {shapes} do not fit {frames} frames and {landmarks} landmarks")

    row_format = "%d,%.9f" + ",%.6f" * (landmarks * len(_SUFFIXES)) + "\n"
    columns = ["frame", "time_s", *(f"{name}_{suffix}" for name in names for suffix in _SUFFIXES)]

    with writing_text(target) as file:
        file.write(",".join(columns) + "\n")
        for number, time in enumerate(times.tolist()):
            row = np.concatenate([world[number], image[number], visibility[number, :, np.newaxis]], axis=1)
            row = np.where(np.isfinite(row), row, np.nan)
            file.write((row_format % (number, time, *row.ravel().tolist())).replace("nan", ""))


def read_landmarks_csv(path: Path) -> LandmarkTable:
    """Read what :func:`write_landmarks_csv` wrote.

    Raises
    ------
    ValueError
        The file is no landmarks CSV, or a row does not fit its header.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    suffix = f"_{_SUFFIXES[0]}"
    names = tuple(column.removesuffix(suffix) for column in header if column.endswith(suffix))
    expected = ["frame", "time_s", *(f"{name}_{part}" for name in names for part in _SUFFIXES)]
    if not names or header != expected:
        raise ValueError(f"{path} is not a landmarks CSV: its columns are {','.join(header)[:80]}...")

    cells = np.full((len(rows), len(header) - 1), np.nan)
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"{path} has {len(row)} cells instead of {len(header)} in line {number + 2}")
        cells[number] = [float(cell) if cell else np.nan for cell in row[1:]]
    landmarks = cells[:, 1:].reshape(len(rows), len(names), len(_SUFFIXES))
    return LandmarkTable(names, cells[:, 0], landmarks[..., :3], landmarks[..., 3:5], landmarks[..., 5])
