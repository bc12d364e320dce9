"""One picture of the walking person: rasterise, light, and lay over the room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demo_clip.body import person
from demo_clip.camera import HEIGHT, WIDTH, clip_camera
from demo_clip.raster import rasterise
from demo_clip.rig import Array
from demo_clip.room import KEY_LIGHT, room
from demo_clip.walker import Walker, walker_at

_FILL_LIGHT = np.array([0.73, 0.24, 0.58]) / np.linalg.norm([0.73, 0.24, 0.58])
_OVERSAMPLING = 2  # in each direction, against jagged edges


def _light(normals: Array) -> Array:
    """Brightness of surfaces with these unit normals (P, 3): key light, fill light, and the sky."""
    key, fill = normals @ KEY_LIGHT, normals @ _FILL_LIGHT
    light = 0.85 * np.maximum(key, 0) + 0.22 * np.maximum(fill, 0) + 0.28 + 0.12 * normals[:, 1]
    return np.asarray(np.maximum(light, 0) ** (1 / 2.2))


def _shaded(walker: Walker) -> tuple[Array, Array]:
    """Draw the person alone: premultiplied RGB (rows, columns, 3) and coverage (rows, columns, 1)."""
    mesh, camera, scale = person(), clip_camera(), _OVERSAMPLING
    shape = (HEIGHT * scale, WIDTH * scale)
    depth = camera.view(walker.vertices)[:, 2]
    fragments = rasterise(camera.project(walker.vertices) * scale, depth, mesh.triangles, shape)
    corners = mesh.triangles[fragments.triangle]
    normals = np.einsum("pk,pki->pi", fragments.weights, walker.normals[corners])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    rest = np.einsum("pk,pki->pi", fragments.weights, mesh.vertices[corners])
    colours = mesh.colours(rest, mesh.part[fragments.triangle]) * _light(normals)[:, None]
    image = np.zeros((shape[0] * shape[1], 4))
    image[fragments.pixel] = np.concatenate([np.clip(colours, 0, 1), np.ones((len(colours), 1))], axis=1)
    image = image.reshape(HEIGHT, scale, WIDTH, scale, 4).mean(axis=(1, 3))
    return image[..., :3], image[..., 3:]


def render(time: float) -> NDArray[np.uint8]:
    """Draw the clip's picture at a time in seconds, RGB (640, 480, 3)."""
    walker = walker_at(time)
    colour, coverage = _shaded(walker)
    image = colour + (1 - coverage) * room(time, walker.vertices, person().triangles)
    return np.asarray(np.round(np.clip(image, 0, 1) * 255), dtype=np.uint8)
