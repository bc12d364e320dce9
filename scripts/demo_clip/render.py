"""Pictures: rasterise what stands in the room, light it, and lay it over the room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from demo_clip.camera import Camera, clip_camera
from demo_clip.gait import HEADING, SPEED
from demo_clip.raster import Fragments, rasterise
from demo_clip.rig import Array
from demo_clip.room import KEY_LIGHT, Belt, Room
from demo_clip.walker import Surface, walker_at

_FILL_LIGHT = np.array([0.73, 0.24, 0.58]) / np.linalg.norm([0.73, 0.24, 0.58])
_OVERSAMPLING = 2  # in each direction, against jagged edges
_NEAREST = 0.15  # metres before the camera; what is nearer is left out


def _light(normals: Array) -> Array:
    """Brightness of surfaces with these unit normals (P, 3): key light, fill light, and the sky."""
    key, fill = normals @ KEY_LIGHT, normals @ _FILL_LIGHT
    light = 0.85 * np.maximum(key, 0) + 0.22 * np.maximum(fill, 0) + 0.28 + 0.12 * normals[:, 1]
    return np.asarray(np.maximum(light, 0) ** (1 / 2.2))


def _colours(surface: Surface, triangles: NDArray[np.int64], weights: Array) -> Array:
    """Lit colours (P, 3) of points on a surface, given by triangle (P,) and barycentric weights (P, 3)."""
    mesh = surface.mesh
    corners = mesh.triangles[triangles]
    normals = np.einsum("pk,pki->pi", weights, surface.normals[corners])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    rest = np.einsum("pk,pki->pi", weights, mesh.vertices[corners])
    return mesh.colours(rest, mesh.part[triangles]) * _light(normals)[:, None]


def fragments(surfaces: Sequence[Surface], camera: Camera, scale: int = _OVERSAMPLING) -> Fragments:
    """Find what each subpixel shows; triangles are counted through all surfaces."""
    starts = np.cumsum([0] + [len(surface.vertices) for surface in surfaces[:-1]])
    vertices = np.concatenate([surface.vertices for surface in surfaces])
    triangles = np.concatenate([s.mesh.triangles + start for s, start in zip(surfaces, starts, strict=True)])
    depth = camera.view(vertices)[:, 2]
    # A triangle without an area is never drawn, and keeps the count.
    triangles = np.where((depth[triangles] > _NEAREST).all(axis=1)[:, None], triangles, 0)
    shape = (camera.size[1] * scale, camera.size[0] * scale)
    return rasterise(camera.project(vertices) * scale, depth, triangles, shape)


def _shaded(surfaces: Sequence[Surface], found: Fragments, camera: Camera) -> tuple[Array, tuple[slice, slice]]:
    """Draw the surfaces alone: premultiplied RGB and coverage (rows, columns, 4), and the part of the picture."""
    scale = _OVERSAMPLING
    starts = np.cumsum([0] + [len(surface.mesh.triangles) for surface in surfaces])
    colours = np.empty((len(found.pixel), 3))
    for k, surface in enumerate(surfaces):
        own = (found.triangle >= starts[k]) & (found.triangle < starts[k + 1])
        colours[own] = _colours(surface, found.triangle[own] - starts[k], found.weights[own])
    row, column = np.divmod(found.pixel, camera.size[0] * scale)
    top, left = row.min() // scale, column.min() // scale
    rows, columns = row.max() // scale + 1 - top, column.max() // scale + 1 - left
    image = np.zeros((rows * scale, columns * scale, 4))
    image[row - top * scale, column - left * scale] = np.concatenate(
        [np.clip(colours, 0, 1), np.ones((len(colours), 1))], axis=1
    )
    image = image.reshape(rows, scale, columns, scale, 4).mean(axis=(1, 3))
    return image, (slice(top, top + rows), slice(left, left + columns))


def draw(surfaces: Sequence[Surface], room: Room, time: float) -> Array:
    """Draw a picture at a time in seconds, RGB (rows, columns, 3) from 0 to 1."""
    picture = room.picture(time, surfaces)
    found = fragments(surfaces, room.camera)
    if len(found.pixel):
        image, where = _shaded(surfaces, found, room.camera)
        picture[where] = image[..., :3] + (1 - image[..., 3:]) * picture[where]
    return np.asarray(np.clip(picture, 0, 1))


@lru_cache(maxsize=1)
def _clip_room() -> Room:
    return Room(clip_camera(), Belt(HEADING, SPEED))


def render(time: float) -> NDArray[np.uint8]:
    """Draw the clip's picture at a time in seconds, RGB (640, 480, 3)."""
    return np.asarray(np.round(draw([walker_at(time)], _clip_room(), time) * 255), dtype=np.uint8)
