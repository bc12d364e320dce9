"""Read and write raw landmarks as plain CSV, for pandas, R, MATLAB and spreadsheets.

One row a frame, one line of column names, no comment lines. The columns are ``frame`` (from 0), ``time_s``, and
for each landmark six more, with their unit in the name:

======================= ==================================================================================
``<name>_world_x_m``    metres, to the right of the image; origin mid-hip
``<name>_world_y_m``    metres, down
``<name>_world_z_m``    metres, away from the camera
``<name>_image_x``      fraction of the image's width, from the left edge
``<name>_image_y``      fraction of the image's height, from the top edge
``<name>_visibility``   the model's estimate of how likely the landmark is visible, 0 to 1
======================= ==================================================================================

A landmark that was not found has empty cells. Left and right are as detected: where the detector exchanged them, they
are exchanged here too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from humanpose3d.formats.frames import FloatArray, read_frames_csv, write_frames_csv

__all__ = ["LandmarkTable", "read_landmarks_csv", "write_landmarks_csv"]

_SUFFIXES = ("world_x_m", "world_y_m", "world_z_m", "image_x", "image_y", "visibility")


class LandmarkTable(NamedTuple):
    """Content of a landmarks CSV; NaN where a landmark was not found."""

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

    values = np.concatenate([world, image, visibility[..., np.newaxis]], axis=-1)
    write_frames_csv(target, names, _SUFFIXES, times, values, decimals=6)


def read_landmarks_csv(path: Path) -> LandmarkTable:
    """Read what :func:`write_landmarks_csv` wrote.

    Raises
    ------
    ValueError
        The file is no landmarks CSV, or a row does not fit its header.
    """
    names, times, values = read_frames_csv(path, _SUFFIXES, "a landmarks CSV")
    return LandmarkTable(names, times, values[..., :3], values[..., 3:5], values[..., 5])
