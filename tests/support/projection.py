"""A crude 2D pose for recorded 3D poses of which no picture is known."""

import numpy as np

from humanpose3d.loaders.networks.coco import torso_scale

NEAREST = 1e-4


def synthetic_image(poses: np.ndarray) -> np.ndarray:
    """Project poses, shape (T, 17, 3), to (T, 17, 2): ``(xy / max(z, 1e-4) + 1) / 2`` in torso lengths."""
    metres = np.asarray(poses, np.float32)
    normalised = metres / torso_scale(metres)[:, None, None]
    return np.asarray((normalised[..., :2] / np.maximum(normalised[..., 2:], NEAREST) + 1) / 2, np.float32)
