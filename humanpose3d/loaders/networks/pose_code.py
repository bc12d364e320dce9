"""Encode the 2D pose for the depth network: one vector per frame (section 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from humanpose3d.loaders.networks.coco import KEYPOINTS, FloatArray
from humanpose3d.loaders.networks.functions import join, length, relu_
from humanpose3d.loaders.networks.layers import Affine, Perceptron
from humanpose3d.loaders.networks.weights import Weights

__all__ = ["PoseCode", "pose_features"]

_FEATURES = 15
_TINY = np.float32(1e-6)

_NOSE = 0
_SHOULDERS, _HIPS = (5, 6), (11, 12)
_LEFT_ARM, _RIGHT_ARM = (5, 7, 9), (6, 8, 10)
_LEFT_LEG, _RIGHT_LEG = (11, 13, 15), (12, 14, 16)


@dataclass(frozen=True, eq=False)
class PoseCode:
    """Code of a 2D pose, from its coordinates and from 15 features of its proportions."""

    coordinates: Perceptron
    features: Perceptron
    combiner: Affine

    @classmethod
    def read(cls, weights: Weights, width: int) -> PoseCode:
        """Take the tensors of a code of `width` channels."""
        return cls(
            Perceptron.read(weights, ("coord_encoder.0", "coord_encoder.2"), 2 * len(KEYPOINTS), 2 * width, width),
            Perceptron.read(weights, ("feature_encoder.0", "feature_encoder.2"), _FEATURES, width, width),
            Affine.read(weights, "combiner.0", 2 * width, width),
        )

    def __call__(self, image: FloatArray, features: FloatArray) -> FloatArray:
        """Return codes, shape (B, width), of 2D poses, shape (B, 17, 2), with :func:`pose_features` of them."""
        coordinates = self.coordinates(image.reshape(len(image), 2 * len(KEYPOINTS)))
        return relu_(self.combiner(join(coordinates, self.features(features))))


def pose_features(image: FloatArray) -> FloatArray:
    """Return 15 measures, shape (B, 15), of 2D poses, shape (B, 17, 2), that tell how the person is turned."""
    x, y = image[..., 0], image[..., 1]
    shoulders, hips = (image[:, a] - image[:, b] for a, b in (_SHOULDERS, _HIPS))
    top, bottom = ((image[:, a] + image[:, b]) / 2 for a, b in (_SHOULDERS, _HIPS))
    left_arm, right_arm, left_leg, right_leg = (
        _chain_length(image, chain) for chain in (_LEFT_ARM, _RIGHT_ARM, _LEFT_LEG, _RIGHT_LEG)
    )
    shoulder_width, hip_width, trunk = (
        length(np.asarray(vector, np.float32))[:, 0] for vector in (shoulders, hips, top - bottom)
    )
    features = [
        shoulders[:, 1],
        hips[:, 1],
        shoulder_width,
        hip_width,
        left_arm / (right_arm + _TINY),
        left_arm - right_arm,
        left_leg / (right_leg + _TINY),
        left_leg - right_leg,
        trunk,
        trunk / (shoulder_width + _TINY),
        x[:, _NOSE] - (top[:, 0] + bottom[:, 0]) / 2,
        y[:, _NOSE] - top[:, 1],
        (x[:, 5] + x[:, 11]) / 2 - (x[:, 6] + x[:, 12]) / 2,  # the left side against the right one
        x.mean(axis=1),
        y.mean(axis=1),
    ]
    return np.stack(features, axis=-1)


def _chain_length(image: FloatArray, chain: tuple[int, int, int]) -> FloatArray:
    first, middle, last = (image[:, keypoint] for keypoint in chain)
    return (length(first - middle) + length(middle - last))[:, 0]
