"""What the depth network makes of the 2D pose: one vector for each frame."""

import torch
from torch import Tensor, nn

from humanpose3d.loaders.networks.coco import KEYPOINTS
from humanpose3d.loaders.networks.layers import Affine, perceptron

__all__ = ["PoseCode", "pose_features"]

FEATURES = 15
_TINY = 1e-6

_NOSE = 0
_SHOULDERS, _HIPS = (5, 6), (11, 12)
_LEFT_ARM, _RIGHT_ARM = (5, 7, 9), (6, 8, 10)
_LEFT_LEG, _RIGHT_LEG = (11, 13, 15), (12, 14, 16)


class PoseCode(nn.Module):
    """Code of a 2D pose, from its coordinates and from 15 features of its proportions.

    Parameters
    ----------
    width : int
        Length of the code.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.coord_encoder = perceptron(2 * len(KEYPOINTS), 2 * width, width)
        self.feature_encoder = perceptron(FEATURES, width, width)
        self.combiner = nn.Sequential(Affine(2 * width, width), nn.ReLU(inplace=True))

    def forward(self, image: Tensor, features: Tensor) -> Tensor:
        """Return codes, shape (B, width), of 2D poses, shape (B, 17, 2), with :func:`pose_features` of them."""
        code: Tensor = self.combiner(
            torch.cat([self.coord_encoder(image.flatten(1)), self.feature_encoder(features)], dim=-1)
        )
        return code


def pose_features(image: Tensor) -> Tensor:
    """Return 15 measures, shape (B, 15), of 2D poses, shape (B, 17, 2), that tell how the person is turned."""
    x, y = image.unbind(dim=-1)
    shoulders, hips = (image[:, a] - image[:, b] for a, b in (_SHOULDERS, _HIPS))
    top, bottom = ((image[:, a] + image[:, b]) / 2 for a, b in (_SHOULDERS, _HIPS))
    left_arm, right_arm, left_leg, right_leg = (
        _chain_length(image, chain) for chain in (_LEFT_ARM, _RIGHT_ARM, _LEFT_LEG, _RIGHT_LEG)
    )
    shoulder_width, hip_width, trunk = (vector.norm(dim=-1) for vector in (shoulders, hips, top - bottom))
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
        x.mean(dim=1),
        y.mean(dim=1),
    ]
    return torch.stack(features, dim=-1)


def _chain_length(image: Tensor, chain: tuple[int, int, int]) -> Tensor:
    first, middle, last = (image[:, keypoint] for keypoint in chain)
    length: Tensor = (first - middle).norm(dim=-1) + (middle - last).norm(dim=-1)
    return length
