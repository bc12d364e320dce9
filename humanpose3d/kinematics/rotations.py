"""Rotation matrices of segment axes, and Cardan angles between them.

Axes are matrices of shape ``(T, 3, 3)`` whose columns are X (forward), Y (up) and Z (to the right) in the room.
Angles come as ``(T, 3)`` degrees about Z, X and Y, in the order of :data:`~.conventions.ANGLE_NAMES`, right-handed.
"""

import numpy as np
import numpy.typing as npt

__all__ = [
    "FloatArray",
    "angle_between",
    "axes_keeping_x",
    "axes_keeping_y",
    "axes_keeping_z",
    "compose_yxz",
    "compose_zxy",
    "relative",
    "unit",
    "unwrap",
    "within",
    "yxz_angles",
    "zxy_angles",
]

FloatArray = npt.NDArray[np.float64]

_SINGULAR = np.sin(np.deg2rad(5.0))
"""Within 5 degrees of a middle angle of 90 the two other angles are turns about the same axis: neither is defined."""


def unit(vectors: FloatArray) -> FloatArray:
    """Scale to length one along the last axis; a vector without a direction becomes NaN."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, length, out=np.full_like(vectors, np.nan), where=length > 1e-9))


def axes_keeping_y(y: FloatArray, z: FloatArray) -> FloatArray:
    """Axes with Y along `y`, and Z as near to `z` as a right angle allows; where `z` is NaN only Y is known."""
    x = unit(np.cross(y, z))
    return np.stack([x, unit(y), unit(np.cross(x, y))], axis=-1)


def axes_keeping_z(z: FloatArray, y: FloatArray) -> FloatArray:
    """Axes with Z along `z`, and Y as near to `y` as a right angle allows; where `y` is NaN only Z is known."""
    x = unit(np.cross(y, z))
    return np.stack([x, unit(np.cross(z, x)), unit(z)], axis=-1)


def axes_keeping_x(x: FloatArray, z: FloatArray) -> FloatArray:
    """Axes with X along `x`, and Z as near to `z` as a right angle allows; where `z` is NaN only X is known."""
    y = unit(np.cross(z, x))
    return np.stack([unit(x), y, unit(np.cross(x, y))], axis=-1)


def relative(proximal: FloatArray, distal: FloatArray) -> FloatArray:
    """Axes of the distal segment in those of the proximal one; unknown axes of the distal one stay unknown."""
    return np.asarray(np.einsum("tji,tjk->tik", proximal, distal))


def zxy_angles(rotations: FloatArray) -> FloatArray:
    """Decompose ``Rz Rx Ry`` into Cardan angles: the joint coordinate system of Grood & Suntay (1983).

    Z is the proximal segment's, Y the distal one's, X the floating axis. The angles about Z and X need only the
    distal Y axis; that about Y is NaN where the distal Z axis is.
    """
    sine, across = rotations[:, 2, 1], np.hypot(rotations[:, 0, 1], rotations[:, 1, 1])
    about_z = np.arctan2(-rotations[:, 0, 1], rotations[:, 1, 1])
    about_y = np.arctan2(-rotations[:, 2, 0], rotations[:, 2, 2])
    return _degrees(about_z, np.arctan2(sine, across), about_y, across)


def yxz_angles(rotations: FloatArray) -> FloatArray:
    """Decompose ``Ry Rx Rz`` into rotation, obliquity and tilt, the order of Baker (2001).

    The angles about Y and X need only the Z axis; that about Z is NaN where the Y axis is.
    """
    sine, across = -rotations[:, 1, 2], np.hypot(rotations[:, 0, 2], rotations[:, 2, 2])
    about_y = np.arctan2(rotations[:, 0, 2], rotations[:, 2, 2])
    about_z = np.arctan2(rotations[:, 1, 0], rotations[:, 1, 1])
    return _degrees(about_z, np.arctan2(sine, across), about_y, across)


def compose_zxy(angles: FloatArray) -> FloatArray:
    """Rotations ``Rz Rx Ry`` of shape (T, 3, 3) from degrees about Z, X, Y, shape (T, 3)."""
    z, x, y = (_turn(axis, angles[:, column]) for column, axis in enumerate((2, 0, 1)))
    return np.asarray(z @ x @ y)


def compose_yxz(angles: FloatArray) -> FloatArray:
    """Rotations ``Ry Rx Rz`` of shape (T, 3, 3) from degrees about Z, X, Y, shape (T, 3)."""
    z, x, y = (_turn(axis, angles[:, column]) for column, axis in enumerate((2, 0, 1)))
    return np.asarray(y @ x @ z)


def angle_between(first: FloatArray, second: FloatArray) -> FloatArray:
    """Angle between vectors in degrees, 0 to 180, exact also near both ends."""
    across = np.linalg.norm(np.cross(first, second), axis=-1)
    return np.asarray(np.rad2deg(np.arctan2(across, np.sum(first * second, axis=-1))))


def within(degrees: FloatArray, centre: float | FloatArray) -> FloatArray:
    """Wrap each angle into the range of 180 degrees around `centre`.

    Examples
    --------
    >>> within(np.array([-170.0, 190.0]), 50)
    array([190., 190.])
    """
    return np.asarray(centre - np.mod(centre - degrees + 180.0, 360.0) + 180.0)


def unwrap(degrees: FloatArray) -> None:
    """Remove steps of more than 180 degrees from one angle over time, in place; across a gap the shorter way counts."""
    known = np.isfinite(degrees)
    degrees[known] = np.unwrap(degrees[known], period=360.0)


def _degrees(z: FloatArray, x: FloatArray, y: FloatArray, across: FloatArray) -> FloatArray:
    angles = np.rad2deg(np.stack([z, x, y], axis=-1))
    angles[across < _SINGULAR, 0] = np.nan
    angles[across < _SINGULAR, 2] = np.nan
    return np.asarray(angles)


def _turn(axis: int, degrees: FloatArray) -> FloatArray:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.zeros((len(degrees), 3, 3))
    matrix[:, axis, axis] = 1.0
    matrix[:, i, i] = matrix[:, j, j] = np.cos(np.deg2rad(degrees))
    matrix[:, j, i] = np.sin(np.deg2rad(degrees))
    matrix[:, i, j] = -matrix[:, j, i]
    return matrix
