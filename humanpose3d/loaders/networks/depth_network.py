"""The depth network: correct the depth of a pose with what its 2D picture tells about the direction of view."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from humanpose3d.loaders.networks.coco import KEYPOINTS
from humanpose3d.loaders.networks.layers import Affine, Encoder, PositionTable, leaky, perceptron
from humanpose3d.loaders.networks.limb_directions import LimbDirections, ViewCode, lay_limbs
from humanpose3d.loaders.networks.plan import (
    Config,
    Shapes,
    count_layers,
    require_agreement,
    require_config,
    require_heads,
    width_of,
)
from humanpose3d.loaders.networks.pose_code import PoseCode, pose_features

__all__ = ["DepthNetwork", "DepthOutput", "DepthPlan", "plan_depth_network"]

_JOINTS = len(KEYPOINTS)
_LAYERS = "cross_joint_attn.transformer.layers."
_TORSO_LENGTHS = 4
_DEGREES = 180 / 3.14159265  # the constant that the network was trained with
_LARGEST_ELEVATION = 30.0
_RESIDUAL_SHARE = 0.3


@dataclass(frozen=True)
class DepthPlan:
    """Sizes of a depth network.

    Attributes
    ----------
    width, heads, layers, feed_forward : int
        Channels, attention heads, attention layers, and channels within a layer.
    limbs : bool
        Whether it predicts the directions of limbs.
    """

    width: int
    heads: int
    layers: int
    feed_forward: int
    limbs: bool


class DepthOutput(NamedTuple):
    """What the network says of B frames."""

    delta: Tensor
    """Shape (B, 17, 3): what to add to the pose, in torso lengths."""
    azimuth: Tensor
    """Shape (B,): direction of view around the person, degrees, 0 to 360."""
    elevation: Tensor
    """Shape (B,): direction of view above the horizontal, degrees, -30 to 30."""
    limb_directions: Tensor | None
    """Shape (B, 14, 3): unit vectors from parent to child."""
    torso_lengths: Tensor
    """Shape (B, 4): shoulder width, hip width, left and right side, in torso lengths."""
    confidence: Tensor
    """Shape (B, 17): 0 to 1."""


def plan_depth_network(shapes: Shapes, checkpoint: Config) -> DepthPlan:
    """Derive the sizes of a depth network from its tensors, and compare them with ``config``.

    Raises
    ------
    PlanError
        If the two do not agree, or if no depth network has such tensors.
    """
    width = width_of(shapes, "pos_encoder.pe", 1)
    layers = count_layers(shapes, _LAYERS)
    limbs = any(name.startswith("limb_predictor.") for name in shapes)
    config = require_config(checkpoint)
    require_agreement(config, "d_model", width)
    require_agreement(config, "num_layers", layers)
    require_agreement(config, "num_joints", _JOINTS, optional=True)
    require_agreement(config, "use_limb_orientations", limbs, optional=True)
    require_agreement(config, "use_elepose", False, optional=True)
    heads = require_heads(config, "num_heads", width)
    return DepthPlan(width, heads, layers, width_of(shapes, f"{_LAYERS}0.linear1.weight", 0), limbs)


class _AnglePredictor(nn.Module):
    """Sine and cosine of the azimuth, and the elevation before its limit, from all that is known of a frame."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.pose_2d_encoder = PoseCode(width)
        inputs = _JOINTS * (width + 3 + 1) + width
        hidden = min(512, inputs // 4)
        self.fusion_head = nn.Sequential(
            Affine(inputs, hidden),
            leaky(),
            nn.Dropout(),
            Affine(hidden, hidden // 2),
            leaky(),
            nn.Dropout(),
            Affine(hidden // 2, hidden // 4),
            leaky(),
            Affine(hidden // 4, 3),
        )

    def forward(self, joints: Tensor, pose: Tensor, visibility: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        """Return azimuth and elevation in degrees, each of shape (B,)."""
        known = torch.cat([joints.flatten(1), pose.flatten(1), visibility, code], dim=-1)
        sine, cosine, raised = self.fusion_head(functional.layer_norm(known, known.shape[-1:])).unbind(dim=-1)
        azimuth = torch.atan2(sine, cosine) * _DEGREES
        return torch.where(azimuth < 0, azimuth + 360, azimuth), _LARGEST_ELEVATION * torch.tanh(raised)


class _TorsoPredictor(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.bone_head = nn.Sequential(
            Affine(2 * width, width), nn.ReLU(inplace=True), nn.Dropout(), Affine(width, _TORSO_LENGTHS)
        )

    def forward(self, code: Tensor, view: Tensor) -> Tensor:
        """Return lengths, shape (B, 4)."""
        return functional.softplus(self.bone_head(torch.cat([code, view], dim=-1)))


class _CrossJointAttention(nn.Module):
    def __init__(self, plan: DepthPlan) -> None:
        super().__init__()
        self.transformer = Encoder(plan.layers, plan.width, plan.heads, plan.feed_forward)


class DepthNetwork(nn.Module):
    """The depth network; its modules are named as the tensors in the file are.

    Parameters
    ----------
    plan : DepthPlan
        Its sizes.
    """

    def __init__(self, plan: DepthPlan) -> None:
        super().__init__()
        width = plan.width
        self.joint_encoder = perceptron(4, width, width)
        self.pos_encoder = PositionTable(_JOINTS, width)
        self.view_encoder = ViewCode(width)
        self.angle_predictor = _AnglePredictor(width)
        self.pose_2d_encoder_for_torso = PoseCode(width)
        self.torso_predictor = _TorsoPredictor(width)
        self.cross_joint_attn = _CrossJointAttention(plan)
        self.limb_predictor = LimbDirections(width) if plan.limbs else None
        self.depth_head = perceptron(2 * width, width, 3)
        self.confidence_head = perceptron(2 * width, width, 1)

    def forward(self, pose: Tensor, visibility: Tensor, image: Tensor) -> DepthOutput:
        """Correct B frames, each for itself.

        Parameters
        ----------
        pose : Tensor, shape (B, 17, 3)
            Torso lengths; origin mid-hip, y up.
        visibility : Tensor, shape (B, 17)
            0 to 1.
        image : Tensor, shape (B, 17, 2)
            Fractions of the image's width and height, y down.
        """
        joints = self.joint_encoder(torch.cat([pose, visibility[..., None]], dim=-1)) + self.pos_encoder.pe
        features = pose_features(image)
        azimuth, elevation = self.angle_predictor(
            joints, pose, visibility, self.angle_predictor.pose_2d_encoder(image, features)
        )
        attended = self.cross_joint_attn.transformer(joints)
        view = self.view_encoder(azimuth, elevation)
        torso_lengths = self.torso_predictor(self.pose_2d_encoder_for_torso(image, features), view)
        seen = torch.cat([attended, view[:, None].expand_as(attended)], dim=-1)
        delta, directions = self.depth_head(seen), None
        if self.limb_predictor is not None:
            directions = self.limb_predictor(pose, image, attended, azimuth, elevation)
            delta = lay_limbs(pose, directions) - pose + _RESIDUAL_SHARE * delta
        confidence = self.confidence_head(seen).squeeze(-1).sigmoid()
        return DepthOutput(delta, azimuth, elevation, directions, torso_lengths, confidence)
