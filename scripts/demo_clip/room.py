"""The neutral room: a wall, a floor, the belt of a treadmill, and soft shadows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from demo_clip.camera import Camera
from demo_clip.mesh import Colour, smoothstep
from demo_clip.raster import rasterise
from demo_clip.rig import Array
from demo_clip.walker import Surface

KEY_LIGHT = np.array([-0.55, 0.95, 0.75]) / np.linalg.norm([-0.55, 0.95, 0.75])

_SKIRTING, _BELT = np.array((0.86, 0.86, 0.85)), np.array((0.30, 0.31, 0.33))
_BELT_HALF_LENGTH, _BELT_HALF_WIDTH, _STRIPE_EVERY = 0.68, 0.26, 0.34  # metres
_CELL, _CELLS = 0.02, 240  # of the shadow map


@dataclass(frozen=True)
class Belt:
    """The belt of a treadmill under the world's origin: direction of walking in degrees, and speed in m/s."""

    heading: float
    speed: float


@dataclass(frozen=True)
class Room:
    """A floor at y = 0 and a wall across the line of sight, as one camera sees them."""

    camera: Camera
    belt: Belt | None
    wall_z: float = -2.0
    wall: Colour = (0.74, 0.75, 0.75)
    floor: Colour = (0.60, 0.57, 0.53)

    @cached_property
    def _sight(self) -> tuple[Array, Array, Array]:
        """For each pixel: the point on the floor (P, 2) as (x, z), the height on the wall (P,), is it floor (P,)."""
        width, height = self.camera.size
        columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        ray = self.camera.rays(np.stack([columns, rows], axis=-1)).reshape(-1, 3)
        centre = self.camera.centre
        wall = centre + ray * ((self.wall_z - centre[2]) / ray[:, 2])[:, None]
        down = centre[1] / np.maximum(-ray[:, 1], 1e-6)
        floor = centre + ray * down[:, None]
        return floor[:, [0, 2]], wall[:, 1], wall[:, 1] < 0

    @cached_property
    def _background(self) -> Array:
        """Wall and floor without a belt, (P, 3)."""
        floor, height, is_floor = self._sight
        wall = np.array(self.wall) * (0.86 + 0.10 * smoothstep(0.0, 2.2, height))[:, None]
        wall = np.where(height[:, None] < 0.10, _SKIRTING * 0.95, wall)
        ground = np.array(self.floor) * (0.88 + 0.12 * smoothstep(-2.0, 1.2, floor[:, 1]))[:, None]
        return np.where(is_floor[:, None], ground, wall)

    @cached_property
    def _belt_sight(self) -> tuple[Array, Array, Array]:
        """Pixels that show the belt, how much of each it covers, and their places along it."""
        floor, _, is_floor = self._sight
        heading = np.deg2rad(self.belt.heading if self.belt else 0.0)
        along = floor[:, 0] * np.sin(heading) + floor[:, 1] * np.cos(heading)
        across = floor[:, 0] * np.cos(heading) - floor[:, 1] * np.sin(heading)
        on_belt = smoothstep(0.008, -0.008, np.abs(along) - _BELT_HALF_LENGTH) * smoothstep(
            0.008, -0.008, np.abs(across) - _BELT_HALF_WIDTH
        )
        shown = np.flatnonzero((on_belt > 0) & is_floor)
        return shown, on_belt[shown, None], along[shown]

    def _empty(self, time: float) -> Array:
        picture = self._background.copy()
        if self.belt:
            shown, on_belt, along = self._belt_sight
            belt = _BELT * (1 + 0.35 * _stripes(along + self.belt.speed * time))[:, None]
            picture[shown] = picture[shown] + (belt - picture[shown]) * on_belt
        return picture

    def picture(self, time: float, surfaces: Sequence[Surface]) -> Array:
        """Draw the room behind what stands in it at a time in seconds, RGB (rows, columns, 3) from 0 to 1."""
        picture = self._empty(time)
        floor, _, is_floor = self._sight
        for surface in surfaces:
            middle = np.round(surface.vertices[:, [0, 2]].mean(axis=0) / _CELL) * _CELL
            near = np.flatnonzero(is_floor & (np.abs(floor - middle) < _CELL * _CELLS / 2).all(axis=1))
            picture[near] *= (1 - _shadow(surface, middle, floor[near]))[:, None]
        return np.asarray(picture.reshape(*self.camera.size[::-1], 3))


def _stripes(along: Array) -> Array:
    phase = along / _STRIPE_EVERY
    offset = np.abs(phase - np.round(phase)) * _STRIPE_EVERY
    return smoothstep(0.022, 0.012, offset)


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


def _shadow(surface: Surface, middle: Array, floor: Array) -> Array:
    """How dark a surface's shadow makes points (P, 2) of the floor, (P,); the map has its middle under the surface."""
    vertices = surface.vertices - (middle[0], 0.0, middle[1])
    ground = vertices[:, [0, 2]] - vertices[:, 1:2] * KEY_LIGHT[[0, 2]] / KEY_LIGHT[1]
    cells = ground / _CELL + _CELLS / 2
    covered = rasterise(cells, -vertices[:, 1], surface.mesh.triangles, (_CELLS, _CELLS)).pixel
    cast = np.zeros(_CELLS * _CELLS)
    cast[covered] = 1.0
    cast = _blur(cast.reshape(_CELLS, _CELLS), 2)
    near = np.zeros(_CELLS * _CELLS)  # contact: what is within a hand of the floor
    low = vertices[vertices[:, 1] < 0.05]
    column, row = np.clip(np.floor(low[:, [0, 2]] / _CELL + _CELLS / 2).astype(np.int64), 0, _CELLS - 1).T
    near[row * _CELLS + column] = 1.0
    near = _blur(near.reshape(_CELLS, _CELLS), 1)
    at = (floor - middle) / _CELL + _CELLS / 2 - 0.5
    return np.maximum(0.45 * _bilinear(cast, at), 0.6 * _bilinear(near, at))


def _bilinear(image: Array, points: Array) -> Array:
    points = np.clip(points, 0, _CELLS - 1.001)
    x, y = np.floor(points).astype(np.int64).T
    fx, fy = (points - np.floor(points)).T
    top = image[y, x] * (1 - fx) + image[y, x + 1] * fx
    bottom = image[y + 1, x] * (1 - fx) + image[y + 1, x + 1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy)
