"""A triangle rasteriser with a depth buffer, vectorised over triangles of like size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from demo_clip.rig import Array, NDArrayInt


class Fragments(NamedTuple):
    """What each covered pixel shows: flat `pixel` index (P,), `triangle` (P,), barycentric `weights` (P, 3)."""

    pixel: NDArrayInt
    triangle: NDArrayInt
    weights: Array


def rasterise(points: Array, depth: Array, triangles: NDArrayInt, shape: tuple[int, int]) -> Fragments:
    """Find the nearest front-facing triangle in every pixel.

    Parameters
    ----------
    points : array (V, 2)
        Vertices in pixels, x right and y down, pixel centres at half integers.
    depth : array (V,)
        Distance of the vertices; smaller is nearer.
    triangles : array (N, 3)
        Vertex indices, counter-clockwise when seen from the front.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    Fragments
        One for each covered pixel. Weights are affine, which small triangles allow.
    """
    a, b, c = (points[corner] for corner in triangles.T)
    area = _cross(b - a, c - a)
    low = np.maximum(np.ceil(np.minimum(np.minimum(a, b), c) - 0.5), 0).astype(np.int64)
    high = np.maximum(np.maximum(a, b), c) - 0.5
    high = np.minimum(np.floor(high), (shape[1] - 1, shape[0] - 1)).astype(np.int64)
    width, height = (high - low + 1).T
    visible = (width > 0) & (height > 0) & (area < 0)  # y points down, so the front turns the other way
    level = np.ceil(np.log2(np.maximum(np.maximum(width, height), 1)))
    found = []
    for exponent in np.unique(level[visible]):
        chosen = np.flatnonzero(visible & (level == exponent))
        step = np.arange(int(2**exponent))
        column = low[chosen, :1, None] + step
        row = low[chosen, 1:, None] + step[:, None]
        centre = np.stack(np.broadcast_arrays(column + 0.5, row + 0.5), axis=-1)
        p, q, r, twice = (x[chosen, None, None] for x in (a, b, c, area))
        wp, wq = _cross(r - q, centre - q) / twice, _cross(p - r, centre - r) / twice
        wr = 1 - wp - wq
        inside = (
            (wp >= 0) & (wq >= 0) & (wr >= 0) & (column <= high[chosen, :1, None]) & (row <= high[chosen, 1:, None])
        )
        which = np.nonzero(inside)[0]
        found.append(((row * shape[1] + column)[inside], chosen[which], np.stack([wp, wq, wr], axis=-1)[inside]))
    if not found:
        return Fragments(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)))
    pixel, triangle, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    distance = np.einsum("pk,pk->p", depth[triangles[triangle]], weights)
    order = np.lexsort((distance, pixel))
    nearest = order[np.flatnonzero(np.diff(pixel[order], prepend=-1))]
    return Fragments(pixel[nearest], triangle[nearest], weights[nearest])


def _cross(u: Array, v: Array) -> Array:
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])
