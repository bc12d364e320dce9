"""The refiner: weight the depth network's correction of each keypoint, and add its own (section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from humanpose3d.loaders.networks.coco import JOINT_ANGLES, KEYPOINTS, FloatArray
from humanpose3d.loaders.networks.evidence import DepthEvidence, JointEvidence
from humanpose3d.loaders.networks.functions import join, relu_, sigmoid, softmax_
from humanpose3d.loaders.networks.layers import Affine, Attention, Encoder, Norm, Perceptron
from humanpose3d.loaders.networks.plan import (
    Config,
    Shapes,
    count_layers,
    require_agreement,
    require_config,
    require_heads,
    width_of,
)
from humanpose3d.loaders.networks.weights import Weights

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
    """Output of the network for B frames; the three weights add up to 1."""

    refined: FloatArray
    """Shape (B, 17, 3): the pose, torso lengths."""
    depth_weights: FloatArray
    """Shape (B, 17): how much of the depth network's correction was taken."""
    joint_weights: FloatArray
    """Shape (B, 17): how much was left out."""
    residual_weights: FloatArray
    """Shape (B, 17): how much of the refiner's own correction was taken."""
    confidence: FloatArray
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


@dataclass(frozen=True, eq=False)
class _Fusion:
    """An affine map, a normalisation and ReLU, of two codes side by side."""

    affine: Affine
    norm: Norm

    @classmethod
    def read(cls, weights: Weights, name: str, width: int) -> _Fusion:
        return cls(Affine.read(weights, f"{name}.0", 2 * width, width), Norm.read(weights, f"{name}.1", width))

    def __call__(self, first: FloatArray, second: FloatArray) -> FloatArray:
        return relu_(self.norm(self.affine(join(first, second))))


@dataclass(frozen=True, eq=False)
class _CrossAttention:
    """Self-attention of two streams of keypoints, attention between them, and their fusion (section 6.3)."""

    depth_encoder: Encoder
    joint_encoder: Encoder
    depth_attention: Attention
    depth_norm: Norm
    joint_attention: Attention
    joint_norm: Norm
    fusion: _Fusion

    @classmethod
    def read(cls, weights: Weights, plan: RefinerPlan) -> _CrossAttention:
        width, heads = plan.width, plan.heads
        sizes = (plan.layers, width, heads, 4 * width)
        return cls(
            depth_encoder=Encoder.read(weights.under("depth_self_attn"), *sizes),
            joint_encoder=Encoder.read(weights.under("joint_self_attn"), *sizes),
            depth_attention=Attention.read(weights.under("depth_cross_attn"), width, heads),
            depth_norm=Norm.read(weights, "depth_cross_norm", width),
            joint_attention=Attention.read(weights.under("joint_cross_attn"), width, heads),
            joint_norm=Norm.read(weights, "joint_cross_norm", width),
            fusion=_Fusion.read(weights, "fusion", width),
        )

    def __call__(self, depth: FloatArray, joints: FloatArray) -> FloatArray:
        """Return (B, 17, width); `joints` may be one frame that serves all."""
        depth, joints = self.depth_encoder(depth), self.joint_encoder(joints)
        depth = self.depth_norm(depth + self.depth_attention(depth, joints))
        # The joints attend to the updated depth codes, as in training.
        joints = self.joint_norm(joints + self.joint_attention(joints, depth))
        return self.fusion(depth, joints)


@dataclass(frozen=True, eq=False)
class RefinerNetwork:
    """The refiner."""

    depth_evidence: DepthEvidence
    joint_evidence: JointEvidence
    pose_first: Affine
    pose_norm: Norm
    pose_last: Affine
    positions: FloatArray
    cross_attention: _CrossAttention
    combiner: _Fusion
    gate_first: Affine
    gate_norm: Norm
    gate_last: Affine
    correction_head: Perceptron
    confidence_head: Perceptron

    @classmethod
    def read(cls, weights: Weights, plan: RefinerPlan) -> RefinerNetwork:
        """Take the tensors of a network of these sizes.

        Raises
        ------
        PlanError
            A tensor is missing or not what it ought to be.
        """
        width, half = plan.width, plan.width // 2
        gate = weights.under("gating_network.gate")
        correction = weights.under("fusion_head.correction_head")
        return cls(
            depth_evidence=DepthEvidence.read(weights.under("depth_encoder"), width),
            joint_evidence=JointEvidence.read(weights.under("joint_encoder"), width),
            pose_first=Affine.read(weights, "pose_encoder.0", 4, width),
            pose_norm=Norm.read(weights, "pose_encoder.1", width),
            pose_last=Affine.read(weights, "pose_encoder.3", width, width),
            positions=weights.take("pos_encoder.pe", len(KEYPOINTS), width),
            cross_attention=_CrossAttention.read(weights.under("cross_attention"), plan),
            combiner=_Fusion.read(weights, "feature_combiner", width),
            gate_first=Affine.read(gate, "0", width, half),
            gate_norm=Norm.read(gate, "1", half),
            gate_last=Affine.read(gate, "3", half, 3),
            correction_head=Perceptron.read(correction, ("0", "2"), width, half, 3),
            confidence_head=Perceptron.read(weights, ("confidence_head.0", "confidence_head.2"), width, half, 1),
        )

    def __call__(
        self,
        pose: FloatArray,
        visibility: FloatArray,
        delta: FloatArray,
        confidence: FloatArray | None = None,
        limb_directions: FloatArray | None = None,
        azimuth: FloatArray | None = None,
        elevation: FloatArray | None = None,
        refined_angles: FloatArray | None = None,
        delta_angles: FloatArray | None = None,
    ) -> RefinerOutput:
        """Refine B frames independently.

        Parameters
        ----------
        pose : ndarray, shape (B, 17, 3)
            Torso lengths; origin mid-hip, y up.
        visibility : ndarray, shape (B, 17)
            0 to 1.
        delta, confidence, limb_directions, azimuth, elevation : ndarray
            The depth network's outputs; see :class:`.depth_network.DepthOutput`. All but the first may be missing.
        refined_angles, delta_angles : ndarray, shape (B, 12, 3), optional
            The joint network's, degrees. Without them they are zero, as they always were in training.
        """
        zero = np.zeros((1, len(JOINT_ANGLES), 3), np.float32)
        angles = (zero if given is None else given for given in (refined_angles, delta_angles))
        fused = self.cross_attention(
            self.depth_evidence(delta, confidence, limb_directions, azimuth, elevation), self.joint_evidence(*angles)
        )
        posed = self.pose_last(relu_(self.pose_norm(self.pose_first(join(pose, visibility[..., None])))))  # 6.4
        features = self.combiner(fused, posed + self.positions)
        weights = softmax_(self.gate_last(relu_(self.gate_norm(self.gate_first(features)))))  # 6.5
        own = self.correction_head(features)
        refined = pose + weights[..., :1] * delta + weights[..., 2:] * own
        certainty = sigmoid(self.confidence_head(features)[..., 0])
        return RefinerOutput(refined, weights[..., 0], weights[..., 1], weights[..., 2], certainty)
