"""Directions in which the picture shows landmarks, and turns towards them."""

import numpy as np

from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["rays_of", "smallest_turns", "turns_towards"]


def rays_of(image: FloatArray, size: tuple[int, int], focal_length: float) -> FloatArray:
    """Return the tangents of the directions of landmarks in the picture, same shape as `image` (..., 2).

    That is fractions of the picture's width and height, which are `size`, in square pixels. The focal length is in
    lengths of the longer side; the principal point is taken to be the middle of the picture.
    """
    return np.asarray((image - 0.5) * np.array(size) / (focal_length * max(size)))


def turns_towards(rays: FloatArray) -> FloatArray:
    """Return the smallest turns that take straight ahead to `rays` (T, 2), shape (T, 3, 3)."""
    x, y = rays.T
    norm = np.sqrt(1 + x**2 + y**2)
    return smallest_turns(np.array([0.0, 0.0, 1.0]), np.stack([x / norm, y / norm, 1 / norm], axis=-1))


def smallest_turns(start: FloatArray, end: FloatArray) -> FloatArray:
    """Return rotations (..., 3, 3) by the smallest angle that take one unit vector to another; Rodrigues' formula."""
    x, y, z = np.moveaxis(np.cross(start, end), -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    cosine = np.sum(start * end, axis=-1)[..., None, None]
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + cosine))
