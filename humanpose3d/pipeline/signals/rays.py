"""Directions in which the picture shows landmarks, and turns towards them."""

import numpy as np

from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["rays_of", "turns_towards"]


def rays_of(image: FloatArray, size: tuple[int, int], focal_length: float) -> FloatArray:
    """Return the tangents of the directions of landmarks in the picture, same shape as `image`.

    Parameters
    ----------
    image : ndarray, shape (..., 2)
        Fractions of the picture's width and height.
    size : tuple of int
        Width and height of the picture in square pixels.
    focal_length : float
        In lengths of the longer side; the principal point is taken to be the middle of the picture.
    """
    return np.asarray((image - 0.5) * np.array(size) / (focal_length * max(size)))


def turns_towards(rays: FloatArray) -> FloatArray:
    """Return the smallest turns that take straight ahead to `rays` (T, 2), shape (T, 3, 3); Rodrigues' formula."""
    x, y = rays.T
    norm = np.sqrt(1 + x**2 + y**2)
    sine_axis = np.zeros((len(rays), 3, 3))  # the cross product with (0, 0, 1) × (x, y, 1) / norm
    sine_axis[:, 0, 2], sine_axis[:, 1, 2] = x / norm, y / norm
    sine_axis[:, 2, 0], sine_axis[:, 2, 1] = -x / norm, -y / norm
    return np.asarray(np.eye(3) + sine_axis + sine_axis @ sine_axis / (1 + 1 / norm)[:, None, None])
