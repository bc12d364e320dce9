"""The part of the depth network that corrects limb directions, given the direction of view."""

from __future__ import annotations

import math

import numpy as np

from humanpose3d.loaders.networks.coco import LIMBS, FloatArray
from humanpose3d.loaders.networks.functions import join, leaky_, length, relu_, unit
from humanpose3d.loaders.networks.layers import Affine, Perceptron
from humanpose3d.loaders.networks.plan import Weights

_PARENTS, _CHILDREN = (list(ends) for ends in zip(*LIMBS, strict=True))
_FREQUENCIES = 8
_OCTAVES = 2.0 ** np.arange(_FREQUENCIES, dtype=np.float32)
_SHORTEST = 1e-4
_TINY = np.float32(1e-6)

# Order in which limbs are placed: trunk first, then outwards, each from the current position of its parent. The
# hips are moved several times in this order; the network was trained so.
_ORDER = (8, 9, 10, 11, 12, 13, 0, 2, 4, 6, 1, 3, 5, 7)


class ViewCode:
    """Code of a direction of view, from sines and cosines of it at octaves (section 4.5)."""

    def __init__(self, weights: Weights, width: int) -> None:
        self.mlp = Perceptron.read(weights, "mlp", (0, 2), 2 + 4 * _FREQUENCIES, width, width)

    def __call__(self, azimuth: FloatArray, elevation: FloatArray) -> FloatArray:
        """Return codes, shape (B, width), of angles in degrees, each of shape (B,)."""
        turn, rise = azimuth[:, None] / np.float32(360), elevation[:, None] / np.float32(90)
        around, up = np.float32(2 * math.pi) * turn * _OCTAVES, np.float32(math.pi) * rise * _OCTAVES
        return self.mlp(join(turn, rise, np.sin(around), np.cos(around), np.sin(up), np.cos(up)))


class LimbDirections:
    """Corrected directions of the 14 limbs (section 4.6)."""

    def __init__(self, weights: Weights, width: int) -> None:
        hidden = 2 * width
        half, quarter = hidden // 2, hidden // 4
        known = half + quarter + 2 * width + quarter
        weights.require_constant("parent_indices", _PARENTS)
        weights.require_constant("child_indices", _CHILDREN)
        self.expected_2d_lengths = weights.take("expected_2d_lengths", len(LIMBS))
        self.present_encoder = Perceptron.read(weights, "current_orient_encoder", (0,), 3, quarter, norms=1)
        self.image_encoder = Perceptron.read(weights, "limb_2d_encoder", (0,), 4, half, norms=1)
        self.view_encoder = Affine.read(weights, "view_encoder.0", 7, quarter)
        self.head = Perceptron.read(
            weights, "limb_head", (0, 3, 5), known, hidden, hidden, 3, norms=1, activation=leaky_
        )

    def __call__(
        self, pose: FloatArray, image: FloatArray, joints: FloatArray, azimuth: FloatArray, elevation: FloatArray
    ) -> FloatArray:
        """Return unit vectors, shape (B, 14, 3), from parent to child.

        `pose` and `image` are the depth network's inputs, `joints` attended features, shape (B, 17, width), `azimuth`
        and `elevation` degrees, shape (B,).
        """
        present = unit(pose[:, _CHILDREN] - pose[:, _PARENTS], _SHORTEST)
        known = join(
            self.image_encoder(self._features_2d(image[:, _CHILDREN] - image[:, _PARENTS])),
            self.present_encoder(present),
            joints[:, _PARENTS],
            joints[:, _CHILDREN],
            relu_(self.view_encoder(_view_features(np.radians(azimuth), np.radians(elevation))))[:, None],
        )
        return unit(present + self.head(known), _SHORTEST)

    def _features_2d(self, limbs: FloatArray) -> FloatArray:
        size = length(limbs)
        foreshortening = size / (self.expected_2d_lengths[:, None] + _TINY)
        return join(limbs / np.maximum(size, np.float32(_SHORTEST)), size, foreshortening)


def _view_features(azimuth: FloatArray, elevation: FloatArray) -> FloatArray:
    sin_a, cos_a, sin_e, cos_e = np.sin(azimuth), np.cos(azimuth), np.sin(elevation), np.cos(elevation)
    return np.stack([sin_a * cos_e, sin_e, cos_a * cos_e, sin_a, cos_a, sin_e, cos_e], axis=-1)


def lay_limbs(pose: FloatArray, directions: FloatArray) -> FloatArray:
    """Place the end of each limb along its direction, a unit vector, at the limb's current length (section 4.7)."""
    points: FloatArray = pose.copy()
    for limb in _ORDER:
        parent, child = LIMBS[limb]
        size = length(points[:, child] - points[:, parent])
        points[:, child] = points[:, parent] + directions[:, limb] * size
    return points
