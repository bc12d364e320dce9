"""The neutral room: a wall, a floor, the belt of a treadmill, and the person's soft shadow."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from demo_clip.camera import HEIGHT, WIDTH, clip_camera
from demo_clip.gait import HEADING, SPEED
from demo_clip.mesh import smoothstep
from demo_clip.raster import rasterise
from demo_clip.rig import Array, NDArrayInt

KEY_LIGHT = np.array([-0.55, 0.95, 0.75]) / np.linalg.norm([-0.55, 0.95, 0.75])

_WALL_Z = -2.0
_WALL, _SKIRTING, _FLOOR, _BELT = (
    np.array(c) for c in ((0.74, 0.75, 0.75), (0.86, 0.86, 0.85), (0.60, 0.57, 0.53), (0.30, 0.31, 0.33))
)
_BELT_HALF_LENGTH, _BELT_HALF_WIDTH, _STRIPE_EVERY = 0.68, 0.26, 0.34  # metres
_CELL, _CELLS = 0.02, 240  # of the shadow map, which is centred on the person


@lru_cache(maxsize=1)
def _sight() -> tuple[Array, Array, Array]:
    """For each pixel: the point on the floor (P, 2) as (x, z), the height on the wall (P,), is it floor (P,)."""
    camera = clip_camera()
    columns, rows = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    ray = camera.rays(np.stack([columns, rows], axis=-1)).reshape(-1, 3)
    centre = camera.centre
    wall = centre + ray * ((_WALL_Z - centre[2]) / ray[:, 2])[:, None]
    down = centre[1] / np.maximum(-ray[:, 1], 1e-6)
    floor = centre + ray * down[:, None]
    return floor[:, [0, 2]], wall[:, 1], wall[:, 1] < 0


def _stripes(along: Array, time: float) -> Array:
    phase = (along + SPEED * time) / _STRIPE_EVERY
    offset = np.abs(phase - np.round(phase)) * _STRIPE_EVERY
    return smoothstep(0.022, 0.012, offset)


def _empty_room(time: float) -> Array:
    floor, height, is_floor = _sight()
    wall = _WALL * (0.86 + 0.10 * smoothstep(0.0, 2.2, height))[:, None]
    wall = np.where(height[:, None] < 0.10, _SKIRTING * 0.95, wall)
    heading = np.deg2rad(HEADING)
    along = floor[:, 0] * np.sin(heading) + floor[:, 1] * np.cos(heading)
    across = floor[:, 0] * np.cos(heading) - floor[:, 1] * np.sin(heading)
    on_belt = smoothstep(0.008, -0.008, np.abs(along) - _BELT_HALF_LENGTH) * smoothstep(
        0.008, -0.008, np.abs(across) - _BELT_HALF_WIDTH
    )
    belt = _BELT * (1 + 0.35 * _stripes(along, time))[:, None]
    ground = _FLOOR * (0.88 + 0.12 * smoothstep(-2.0, 1.2, floor[:, 1]))[:, None]
    ground = ground + (belt - ground) * on_belt[:, None]
    return np.where(is_floor[:, None], ground, wall)


def _blur(image: Array, radius: int) -> Array:
    """Three box filters along each axis: close to a Gaussian."""
    width = 2 * radius + 1
    for _ in range(3):
        for axis in (0, 1):
            padding = [(0, 0), (0, 0)]
            padding[axis] = (radius + 1, radius)
            total = np.cumsum(np.pad(image, padding), axis=axis)
            image = (np.take(total, range(width, total.shape[axis]), axis)
                     - np.take(total, range(total.shape[axis] - width), axis)) / width  # fmt: skip
    return image


def _shadow(vertices: Array, triangles: NDArrayInt) -> Array:
    """How dark the person's shadow makes each pixel's floor point, (P,)."""
    ground = vertices[:, [0, 2]] - vertices[:, 1:2] * KEY_LIGHT[[0, 2]] / KEY_LIGHT[1]
    cells = ground / _CELL + _CELLS / 2
    covered = rasterise(cells, -vertices[:, 1], triangles, (_CELLS, _CELLS)).pixel
    cast = np.zeros(_CELLS * _CELLS)
    cast[covered] = 1.0
    cast = _blur(cast.reshape(_CELLS, _CELLS), 2)
    near = np.zeros(_CELLS * _CELLS)  # contact: what is within a hand of the floor
    low = vertices[vertices[:, 1] < 0.05]
    column, row = np.floor(low[:, [0, 2]] / _CELL + _CELLS / 2).astype(np.int64).T
    near[row * _CELLS + column] = 1.0
    near = _blur(near.reshape(_CELLS, _CELLS), 1)
    floor = _sight()[0] / _CELL + _CELLS / 2 - 0.5
    return np.maximum(0.45 * _bilinear(cast, floor), 0.6 * _bilinear(near, floor))


def _bilinear(image: Array, points: Array) -> Array:
    points = np.clip(points, 0, _CELLS - 1.001)
    x, y = np.floor(points).astype(np.int64).T
    fx, fy = (points - np.floor(points)).T
    top = image[y, x] * (1 - fx) + image[y, x + 1] * fx
    bottom = image[y + 1, x] * (1 - fx) + image[y + 1, x + 1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy)


def room(time: float, vertices: Array, triangles: NDArrayInt) -> Array:
    """Draw the room behind the person at a time in seconds, RGB (rows, columns, 3) from 0 to 1."""
    shade = np.where(_sight()[2], _shadow(vertices, triangles), 0.0)
    return np.asarray((_empty_room(time) * (1 - shade)[:, None]).reshape(HEIGHT, WIDTH, 3))
