"""Boxes that stand in the room: chairs, steps, rails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from demo_clip.mesh import Mesh
from demo_clip.rig import Array
from demo_clip.walker import Surface

from trials.motion import Box

_TILE = 0.06  # metres: what the renderer draws is made of small triangles
_STEEL = (0.62, 0.64, 0.66)


def furniture(boxes: Sequence[Box], turned: Array, moved: Array) -> Surface:
    """Make boxes one surface, in axes that are turned (3, 3) and moved (3,)."""
    faces = [face for box in boxes for face in _faces(box)]
    starts = np.cumsum([0] + [len(points) for points, _, _ in faces[:-1]])
    points = np.concatenate([points for points, _, _ in faces])
    normals = np.concatenate([np.broadcast_to(normal, points.shape) for points, normal, _ in faces])
    triangles = np.concatenate([t + start for (_, _, t), start in zip(faces, starts, strict=True)])
    sizes = [sum(len(face[2]) for face in faces[6 * k : 6 * k + 6]) for k in range(len(boxes))]
    part = np.repeat(np.arange(len(boxes)), sizes)
    mesh = Mesh(points, normals, triangles, np.zeros((len(points), 0)), part, tuple(box.colour for box in boxes))
    return Surface(mesh, points @ turned.T + moved, normals @ turned.T)


def _faces(box: Box) -> list[tuple[Array, Array, Array]]:
    """Points (N, 3), outward normal (3,) and triangles (M, 3) of six sides."""
    found = []
    half = np.array(box.size) / 2
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (1.0, -1.0):
            along = [np.linspace(-half[k], half[k], int(np.ceil(2 * half[k] / _TILE)) + 1) for k in (u, v)]
            a, b = np.meshgrid(*along, indexing="ij")
            points = np.zeros((a.size, 3))
            points[:, axis], points[:, u], points[:, v] = sign * half[axis], a.ravel(), b.ravel()
            number = np.arange(a.size).reshape(a.shape)
            corners = (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:])
            p, q, r, s = (corner.ravel() for corner in corners)
            triangles = np.concatenate([np.stack([p, q, r], axis=1), np.stack([p, r, s], axis=1)])
            normal = np.zeros(3)
            normal[axis] = sign
            found.append((points + box.centre, normal, triangles if sign > 0 else triangles[:, ::-1]))
    return found


def chair(side: float) -> list[Box]:
    """Return a chair with its back to the person, `side` metres to the right of the origin."""
    boxes = [Box((side, 0.44, 0.0), (0.42, 0.05, 0.42)), Box((side, 0.70, -0.20), (0.42, 0.40, 0.04))]
    return boxes + [Box((side + x, 0.21, z), (0.045, 0.42, 0.045)) for x in (-0.18, 0.18) for z in (-0.18, 0.18)]


def rail(length: float = 4.0) -> list[Box]:
    """Return a rail at hand height along x, on posts."""
    posts = np.arange(-length / 2, length / 2 + 0.1, 1.0).tolist()
    return [Box((0.0, 0.92, 0.0), (length, 0.05, 0.05), _STEEL)] + [
        Box((x + 0.35, 0.46, 0.0), (0.04, 0.92, 0.04), _STEEL) for x in posts
    ]
