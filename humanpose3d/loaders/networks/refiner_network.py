"""The refiner: weigh the depth network's correction of each keypoint, and add one of its own."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from humanpose3d.loaders.networks.coco import JOINT_ANGLES, KEYPOINTS
from humanpose3d.loaders.networks.evidence import DepthEvidence, JointEvidence
from humanpose3d.loaders.networks.layers import Affine, Attention, Encoder, PositionTable, perceptron
from humanpose3d.loaders.networks.plan import (
    Config,
    Shapes,
    count_layers,
    require_agreement,
    require_config,
    require_heads,
    width_of,
)

__all__ = ["RefinerNetwork", "RefinerOutput", "RefinerPlan", "plan_refiner_network"]


@dataclass(frozen=True)
class RefinerPlan:
    """Sizes of a refiner.

    Attributes
    ----------
    width, heads, layers : int
        Channels, attention heads, attention layers of each of the two streams.
    """

    width: int
    heads: int
    layers: int


class RefinerOutput(NamedTuple):
    """What the network says of B frames; the three weights add up to 1."""

    refined: Tensor
    """Shape (B, 17, 3): the pose, torso lengths."""
    depth_weights: Tensor
    """Shape (B, 17): how much of the depth network's correction was taken."""
    joint_weights: Tensor
    """Shape (B, 17): how much was left out."""
    residual_weights: Tensor
    """Shape (B, 17): how much of the refiner's own correction was taken."""
    confidence: Tensor
    """Shape (B, 17): 0 to 1."""


def plan_refiner_network(shapes: Shapes, checkpoint: Config) -> RefinerPlan:
    """Derive the sizes of a refiner from its tensors, and compare them with ``config``.

    Raises
    ------
    PlanError
        If the two do not agree, or if no refiner has such tensors.
    """
    width = width_of(shapes, "pos_encoder.pe", 1)
    layers = count_layers(shapes, "cross_attention.depth_self_attn.layers.")
    config = require_config(checkpoint)
    require_agreement(config, "d_model", width)
    require_agreement(config, "num_layers", layers)
    return RefinerPlan(width, require_heads(config, "num_heads", width), layers)


class _CrossAttention(nn.Module):
    """Two streams of keypoints that look at themselves, then at each other, and become one."""

    def __init__(self, plan: RefinerPlan) -> None:
        super().__init__()
        width, heads = plan.width, plan.heads
        self.depth_self_attn = Encoder(plan.layers, width, heads, 4 * width)
        self.joint_self_attn = Encoder(plan.layers, width, heads, 4 * width)
        self.depth_cross_attn = Attention(width, heads)
        self.depth_cross_norm = nn.LayerNorm(width)
        self.joint_cross_attn = Attention(width, heads)
        self.joint_cross_norm = nn.LayerNorm(width)
        self.fusion = nn.Sequential(Affine(2 * width, width), nn.LayerNorm(width), nn.ReLU(inplace=True))

    def forward(self, depth: Tensor, joints: Tensor) -> Tensor:
        """Return (B, 17, width); `joints` may be one frame that serves all."""
        depth, joints = self.depth_self_attn(depth), self.joint_self_attn(joints)
        depth = self.depth_cross_norm(depth + self.depth_cross_attn(depth, joints))
        # The joints look at what depth has become, as in training.
        joints = self.joint_cross_norm(joints + self.joint_cross_attn(joints, depth))
        fused: Tensor = self.fusion(torch.cat([depth, joints], dim=-1))
        return fused


class _Gating(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            Affine(width, width // 2), nn.LayerNorm(width // 2), nn.ReLU(inplace=True), Affine(width // 2, 3)
        )

    def forward(self, x: Tensor) -> Tensor:
        weights: Tensor = self.gate(x).softmax(dim=-1)
        return weights


class _Correction(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.correction_head = perceptron(width, width // 2, 3)


class RefinerNetwork(nn.Module):
    """The refiner; its modules are named as the tensors in the file are.

    Parameters
    ----------
    plan : RefinerPlan
        Its sizes.
    """

    def __init__(self, plan: RefinerPlan) -> None:
        super().__init__()
        width = plan.width
        self.depth_encoder = DepthEvidence(width)
        self.joint_encoder = JointEvidence(width)
        self.pose_encoder = nn.Sequential(
            Affine(4, width), nn.LayerNorm(width), nn.ReLU(inplace=True), Affine(width, width)
        )
        self.pos_encoder = PositionTable(len(KEYPOINTS), width)
        self.cross_attention = _CrossAttention(plan)
        self.feature_combiner = nn.Sequential(Affine(2 * width, width), nn.LayerNorm(width), nn.ReLU(inplace=True))
        self.gating_network = _Gating(width)
        self.fusion_head = _Correction(width)
        self.confidence_head = perceptron(width, width // 2, 1)

    def forward(
        self,
        pose: Tensor,
        visibility: Tensor,
        delta: Tensor,
        confidence: Tensor | None = None,
        limb_directions: Tensor | None = None,
        azimuth: Tensor | None = None,
        elevation: Tensor | None = None,
        refined_angles: Tensor | None = None,
        delta_angles: Tensor | None = None,
    ) -> RefinerOutput:
        """Refine B frames, each for itself.

        Parameters
        ----------
        pose : Tensor, shape (B, 17, 3)
            Torso lengths; origin mid-hip, y up.
        visibility : Tensor, shape (B, 17)
            0 to 1.
        delta, confidence, limb_directions, azimuth, elevation : Tensor
            The depth network's outputs; see :class:`.depth_network.DepthOutput`. All but the first may be missing.
        refined_angles, delta_angles : Tensor, shape (B, 12, 3), optional
            The joint network's, degrees. Without them they are zero, as they always were in training.
        """
        zero = pose.new_zeros(1, len(JOINT_ANGLES), 3)
        angles = (zero if given is None else given for given in (refined_angles, delta_angles))
        fused = self.cross_attention(
            self.depth_encoder(delta, confidence, limb_directions, azimuth, elevation), self.joint_encoder(*angles)
        )
        posed = self.pose_encoder(torch.cat([pose, visibility[..., None]], dim=-1)) + self.pos_encoder.pe
        features = self.feature_combiner(torch.cat([fused, posed], dim=-1))
        weights = self.gating_network(features)
        own = self.fusion_head.correction_head(features)
        refined = pose + weights[..., :1] * delta + weights[..., 2:] * own
        confidence = self.confidence_head(features).squeeze(-1).sigmoid()
        depth_weights, joint_weights, residual_weights = weights.unbind(dim=-1)
        return RefinerOutput(refined, depth_weights, joint_weights, residual_weights, confidence)
