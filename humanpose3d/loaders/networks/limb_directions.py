"""The part of the depth network that turns limbs: their directions, as seen from where the camera stands."""

import math

import torch
from torch import Tensor, nn

from humanpose3d.loaders.networks.coco import LIMBS
from humanpose3d.loaders.networks.layers import Affine, leaky, perceptron, radians, unit

__all__ = ["LimbDirections", "ViewCode", "lay_limbs"]

_FREQUENCIES = 8
_SHORTEST = 1e-4
_TINY = 1e-6

# Limbs in the order in which they are laid: trunk first, then outwards, each from where its parent now is. The
# hips are moved several times in this order; the network was trained so.
_ORDER = (8, 9, 10, 11, 12, 13, 0, 2, 4, 6, 1, 3, 5, 7)


class ViewCode(nn.Module):
    """Code of a direction of view, from sines and cosines of it at octaves.

    Parameters
    ----------
    width : int
        Length of the code.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = perceptron(2 + 4 * _FREQUENCIES, width, width)

    def forward(self, azimuth: Tensor, elevation: Tensor) -> Tensor:
        """Return codes, shape (B, width), of angles in degrees, each of shape (B,)."""
        octaves = 2.0 ** torch.arange(_FREQUENCIES, device=azimuth.device)
        turn, rise = azimuth[:, None] / 360, elevation[:, None] / 90
        round_, up = 2 * math.pi * turn * octaves, math.pi * rise * octaves
        code: Tensor = self.mlp(torch.cat([turn, rise, round_.sin(), round_.cos(), up.sin(), up.cos()], dim=-1))
        return code


class LimbDirections(nn.Module):
    """Corrected directions of the 14 limbs.

    Parameters
    ----------
    width : int
        Channels of the joints that it is given.
    """

    parent_indices: Tensor
    child_indices: Tensor
    expected_2d_lengths: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        hidden = 2 * width
        half, quarter = hidden // 2, hidden // 4
        for name, dtype in (
            ("parent_indices", torch.int64),
            ("child_indices", torch.int64),
            ("expected_2d_lengths", torch.float32),
        ):
            self.register_buffer(name, torch.empty(len(LIMBS), dtype=dtype))
        self.current_orient_encoder = nn.Sequential(Affine(3, quarter), nn.LayerNorm(quarter), nn.ReLU(inplace=True))
        self.limb_2d_encoder = nn.Sequential(Affine(4, half), nn.LayerNorm(half), nn.ReLU(inplace=True))
        self.view_encoder = nn.Sequential(Affine(7, quarter), nn.ReLU(inplace=True))
        self.limb_head = nn.Sequential(
            Affine(half + quarter + 2 * width + quarter, hidden),
            nn.LayerNorm(hidden),
            leaky(),
            Affine(hidden, hidden),
            leaky(),
            Affine(hidden, 3),
        )

    def forward(self, pose: Tensor, image: Tensor, joints: Tensor, azimuth: Tensor, elevation: Tensor) -> Tensor:
        """Return unit vectors, shape (B, 14, 3), from parent to child.

        Parameters
        ----------
        pose, image : Tensor, shapes (B, 17, 3), (B, 17, 2)
            As the depth network gets them.
        joints : Tensor, shape (B, 17, width)
            Attended features.
        azimuth, elevation : Tensor, shape (B,)
            Degrees.
        """
        parents, children = self.parent_indices, self.child_indices
        present = unit(pose[:, children] - pose[:, parents], _SHORTEST)
        view = self.view_encoder(_view_features(radians(azimuth), radians(elevation)))
        known = torch.cat(
            [
                self.limb_2d_encoder(self._features_2d(image[:, children] - image[:, parents])),
                self.current_orient_encoder(present),
                joints[:, parents],
                joints[:, children],
                view[:, None].expand(-1, len(LIMBS), -1),
            ],
            dim=-1,
        )
        return unit(present + self.limb_head(known), _SHORTEST)

    def _features_2d(self, limbs: Tensor) -> Tensor:
        length = limbs.norm(dim=-1, keepdim=True)
        foreshortening = length / (self.expected_2d_lengths[:, None] + _TINY)
        return torch.cat([limbs / length.clamp(min=_SHORTEST), length, foreshortening], dim=-1)


def _view_features(azimuth: Tensor, elevation: Tensor) -> Tensor:
    sin_a, cos_a, sin_e, cos_e = azimuth.sin(), azimuth.cos(), elevation.sin(), elevation.cos()
    return torch.stack([sin_a * cos_e, sin_e, cos_a * cos_e, sin_a, cos_a, sin_e, cos_e], dim=-1)


def lay_limbs(pose: Tensor, directions: Tensor) -> Tensor:
    """Lay each limb in its direction from its parent, as long as it is by then.

    Parameters
    ----------
    pose : Tensor, shape (B, 17, 3)
    directions : Tensor, shape (B, 14, 3)
        Unit vectors.

    Returns
    -------
    Tensor, shape (B, 17, 3)
    """
    points = list(pose.unbind(dim=1))
    for limb in _ORDER:
        parent, child = LIMBS[limb]
        length = (points[child] - points[parent]).norm(dim=-1, keepdim=True)
        points[child] = points[parent] + directions[:, limb] * length
    return torch.stack(points, dim=1)
