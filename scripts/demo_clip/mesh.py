"""Lofted tubes, and skinning: surfaces that bend with the bones inside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from demo_clip.rig import BONES, INDEX, MIRRORED, UNSCALED, Array, NDArrayInt, rest_joints

Colour = tuple[float, float, float]
Paint = Colour | Callable[[Array], Array]
_REST = rest_joints()


def smoothstep(low: float | Array, high: float | Array, value: Array) -> Array:
    """0 below `low`, 1 above `high`, and a smooth rise between."""
    x = np.clip((value - low) / (np.asarray(high) - low), 0.0, 1.0)
    return x * x * (3 - 2 * x)


@dataclass(frozen=True)
class Part:
    """One closed surface in the rest pose.

    `vertices` (V, 3), `triangles` (N, 3) outward, `weights` (V, bones) whose rows sum to 1, and `paint`:
    a colour (RGB, 0 to 1), or a function from rest-pose points (P, 3) to colours (P, 3).
    """

    vertices: Array
    triangles: NDArrayInt
    weights: Array
    paint: Paint

    def mirrored(self) -> Part:
        """Mirror the part to the other side of the body."""
        return Part(self.vertices * (-1, 1, 1), self.triangles[:, ::-1], self.weights[:, MIRRORED], self.paint)


def loft(
    stations: Sequence[tuple[float, ...]],
    *,
    bones: Sequence[str],
    paint: Paint,
    along: str = "y",
    caps: tuple[float, float] = (0.0, 0.0),
    upward: bool = False,
    blend: float = 0.045,
    segments: int = 24,
    spacing: float = 0.014,
    coarseness: float = 1.0,
) -> Part:
    """Loft a tube of superellipses.

    Parameters
    ----------
    stations : sequence of (place along the tube, centre u, centre v, radius u, radius v, exponent)
        Key sections in metres; the others are interpolated and smoothed.
    bones : sequence of str
        The chain of bones that carries it; it bends at the joint of each but the first.
    paint : colour or function
        See `Part`.
    along : {"y", "z"}
        The tube's axis; (u, v) are (x, z) along y and (x, y) along z.
    caps : (float, float)
        How far the ends bulge; 0 is flat.
    upward : bool
        Whether the chain of bones climbs or hangs down.
    blend : float
        Half the length over which the skin goes from one bone to the next.
    segments, spacing : int, float
        Corners of a section, and the distance between sections.
    coarseness : float
        Widens both: a small picture shows no more, and is drawn sooner.

    Returns
    -------
    Part
        The surface.
    """
    sections = _with_caps(_resample(np.array(stations, dtype=np.float64), spacing * coarseness), caps)
    segments = max(round(segments / coarseness), 10)
    angle = np.arange(segments) * 2 * np.pi / segments
    power = 2 / sections[:, 5:6]
    u = sections[:, 1:2] + sections[:, 3:4] * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    v = sections[:, 2:3] + sections[:, 4:5] * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    place = np.repeat(sections[:, :1], segments, axis=1)
    vertices = np.stack([u, place, v] if along == "y" else [u, v, place], axis=-1).reshape(-1, 3)
    triangles = _tube_triangles(len(sections), segments)
    corners = vertices[triangles]
    if np.sum(np.cross(corners[:, 0], corners[:, 1]) * corners[:, 2]) < 0:
        triangles = triangles[:, ::-1]
    return Part(vertices, triangles, _chain_weights(vertices[:, 1], bones, 1.0 if upward else -1.0, blend), paint)


def _resample(stations: Array, spacing: float) -> Array:
    stations = stations[np.argsort(stations[:, 0])]
    start, end = stations[[0, -1], 0]
    place = np.linspace(start, end, max(round(float(end - start) / spacing), 2) + 1)
    columns = [np.interp(place, stations[:, 0], column) for column in stations.T]
    sections = np.stack(columns, axis=1)
    for _ in range(2):
        sections[1:-1] = (sections[:-2] + 2 * sections[1:-1] + sections[2:]) / 4
    return sections


def _with_caps(sections: Array, caps: tuple[float, float]) -> Array:
    """Close both ends with sections that shrink to a point."""
    rounds = np.deg2rad([20.0, 40.0, 60.0, 75.0, 90.0])
    ends = []
    for section, cap, sign in ((sections[0], caps[0], -1), (sections[-1], caps[1], 1)):
        steps = rounds if cap else rounds[-1:]
        end = np.repeat(section[None], len(steps), axis=0)
        end[:, 0] += sign * cap * np.sin(steps)
        end[:, 3:5] *= np.cos(steps)[:, None]
        ends.append(end)
    return np.concatenate([ends[0][::-1], sections, ends[1]])


def _tube_triangles(rings: int, segments: int) -> NDArrayInt:
    ring, segment = np.meshgrid(np.arange(rings - 1), np.arange(segments), indexing="ij")
    a, b = ring * segments + segment, ring * segments + (segment + 1) % segments
    quads = np.stack([a, b, b + segments, a + segments], axis=-1).reshape(-1, 4)
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int64)


def _chain_weights(height: Array, bones: Sequence[str], sign: float, blend: float) -> Array:
    weights = np.zeros((len(height), len(BONES)))
    weights[:, INDEX[bones[0]]] = 1.0
    for parent, child in pairwise(bones):
        share = smoothstep(-blend, blend, (height - _REST[INDEX[child], 1]) * sign)
        weights[:, INDEX[child]] = weights[:, INDEX[parent]] * share
        weights[:, INDEX[parent]] *= 1 - share
    return weights


@dataclass(frozen=True)
class Mesh:
    """All parts as one surface: arrays as in `Part`, with `normals` (V, 3) and `part` (N,) of triangles."""

    vertices: Array
    normals: Array
    triangles: NDArrayInt
    weights: Array
    part: NDArrayInt
    paints: tuple[Paint, ...]

    def posed(self, rotations: Array, joints: Array, scales: Array = UNSCALED) -> tuple[Array, Array]:
        """Vertices and unit normals (V, 3) by linear blend skinning, for one pose of bones of these sizes."""
        sized = rotations * scales[:, None, :]
        mixed = self._mixed(sized)
        shift = self.weights @ (joints - np.einsum("bij,bj->bi", sized, _REST))
        turned = mixed if scales is UNSCALED else self._mixed(rotations / scales[:, None, :])
        normals = np.einsum("vij,vj->vi", turned, self.normals)
        vertices = np.einsum("vij,vj->vi", mixed, self.vertices) + shift
        return vertices, normals / np.linalg.norm(normals, axis=1, keepdims=True)

    def _mixed(self, matrices: Array) -> Array:
        return np.asarray((self.weights @ matrices.reshape(-1, 9)).reshape(-1, 3, 3))

    def colours(self, points: Array, part: NDArrayInt) -> Array:
        """RGB (P, 3) of surface points given in the rest pose, and the part that each lies on."""
        colours = np.empty(points.shape)
        for i, paint in enumerate(self.paints):
            chosen = part == i
            colours[chosen] = paint(points[chosen]) if callable(paint) else paint
        return colours


def assemble(parts: Sequence[Part]) -> Mesh:
    """Join parts into one mesh, with smooth normals."""
    starts = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    vertices = np.concatenate([part.vertices for part in parts])
    triangles = np.concatenate([part.triangles + s for part, s in zip(parts, starts, strict=True)])
    a, b, c = np.moveaxis(vertices[triangles], 1, 0)
    facing = np.cross(b - a, c - a)
    normals = np.stack([sum(np.bincount(t, f, len(vertices)) for t in triangles.T) for f in facing.T], axis=1)
    return Mesh(
        vertices,
        normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12),
        triangles,
        np.concatenate([part.weights for part in parts]),
        np.repeat(np.arange(len(parts)), [len(part.triangles) for part in parts]),
        tuple(part.paint for part in parts),
    )
