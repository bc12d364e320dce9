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
    # y points down, so the front turns the other way.
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    front = np.flatnonzero(area < 0)
    a, b, c, area = a[front], b[front], c[front], area[front]
    low = np.maximum(np.ceil(np.minimum(np.minimum(a, b), c) - 0.5), 0).astype(np.int64)
    high = np.maximum(np.maximum(a, b), c) - 0.5
    high = np.minimum(np.floor(high), (shape[1] - 1, shape[0] - 1)).astype(np.int64)
    width, height = (high - low + 1).T
    visible = (width > 0) & (height > 0)
    level = np.ceil(np.log2(np.maximum(np.maximum(width, height), 1)))
    found = []
    for exponent in np.unique(level[visible]):
        chosen = np.flatnonzero(visible & (level == exponent))
        step = np.arange(int(2**exponent))
        column = low[chosen, :1] + step
        row = low[chosen, 1:] + step
        p, q, r, twice = (x[chosen] for x in (a, b, c, area))
        wp = _share(q, r, column, row, twice)
        wq = _share(r, p, column, row, twice)
        wr = 1 - wp - wq
        inside = (wp >= 0) & (wq >= 0) & (wr >= 0)
        inside &= (column <= high[chosen, :1])[:, None, :] & (row <= high[chosen, 1:])[:, :, None]
        which, down, along = np.nonzero(inside)
        pixel = row[which, down] * shape[1] + column[which, along]
        found.append((pixel, front[chosen[which]], np.stack([wp[inside], wq[inside], wr[inside]], axis=-1)))
    if not found:
        return Fragments(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)))
    pixel, triangle, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    distance = np.einsum("pk,pk->p", depth[triangles[triangle]], weights)
    order = np.argsort(-distance, kind="stable")
    last = np.full(shape[0] * shape[1], -1)
    last[pixel[order]] = order  # the nearest is written last
    nearest = last[last >= 0]
    return Fragments(pixel[nearest], triangle[nearest], weights[nearest])


def _share(start: Array, end: Array, column: NDArrayInt, row: NDArrayInt, twice: Array) -> Array:
    """Barycentric weight (N, rows, columns) of the corner that faces an edge, at pixel centres; `twice` the area."""
    x, y = column + 0.5 - start[:, :1], row + 0.5 - start[:, 1:]
    edge = end - start
    wide, tall = edge[:, 0, None, None] * y[:, :, None], edge[:, 1, None, None] * x[:, None, :]
    return np.asarray((wide - tall) / twice[:, None, None])
