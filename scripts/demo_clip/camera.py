"""The pinhole camera that looks at the person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo_clip.rig import Array

WIDTH, HEIGHT = 480, 640  #: of the image, in pixels
_FOCAL = 960.0
_EYE, _TARGET = np.array([0.0, 1.0, 3.5]), np.array([0.0, 0.92, 0.0])


@dataclass(frozen=True)
class Camera:
    """A pinhole camera: homogeneous pixel = intrinsics @ (rotation @ world + translation).

    Camera axes are x right, y down, z away. The image's corner, not its first pixel's centre, is (0, 0);
    `size` is its width and height in pixels.
    """

    intrinsics: Array
    rotation: Array
    translation: Array
    size: tuple[int, int]

    def view(self, world: Array) -> Array:
        """World points (..., 3) in camera axes."""
        return np.asarray(world @ self.rotation.T + self.translation)

    def project(self, world: Array) -> Array:
        """World points (..., 3) as pixels (..., 2)."""
        image = self.view(world) @ self.intrinsics.T
        return np.asarray(image[..., :2] / image[..., 2:])

    def rays(self, pixels: Array) -> Array:
        """Directions in the world (..., 3) from the camera through pixels (..., 2), one unit of depth long."""
        away = np.concatenate([pixels, np.ones((*pixels.shape[:-1], 1))], axis=-1)
        return np.asarray(away @ np.linalg.inv(self.intrinsics).T @ self.rotation)

    @property
    def centre(self) -> Array:
        """The camera's own place in the world."""
        return np.asarray(-self.rotation.T @ self.translation)


def clip_camera() -> Camera:
    """Place the camera of the clip: 3.5 m away at a height of 1 m, looking slightly down."""
    away = (_TARGET - _EYE) / np.linalg.norm(_TARGET - _EYE)
    right = np.cross(away, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    turn = np.stack([right, np.cross(away, right), away])
    intrinsics = np.array([[_FOCAL, 0, WIDTH / 2], [0, _FOCAL, HEIGHT / 2], [0, 0, 1]])
    return Camera(intrinsics, turn, -turn @ _EYE, (WIDTH, HEIGHT))
