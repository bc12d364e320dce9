"""The refiner: weight the depth network's correction of each keypoint, and add its own (section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from humanpose3d.loaders.networks.coco import JOINT_ANGLES, KEYPOINTS, FloatArray
from humanpose3d.loaders.networks.evidence import DepthEvidence, JointEvidence
from humanpose3d.loaders.networks.functions import join, sigmoid, softmax_
from humanpose3d.loaders.networks.layers import Attention, Encoder, Norm, Perceptron
from humanpose3d.loaders.networks.plan import Config, Plan, Shapes, plan_encoder
from humanpose3d.loaders.networks.weights import Weights

__all__ = ["RefinerNetwork", "RefinerOutput", "plan_refiner_network"]


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


def plan_refiner_network(shapes: Shapes, checkpoint: Config) -> Plan:
    """Derive the sizes of a refiner from its tensors, and compare them with ``config``."""
    return plan_encoder(shapes, checkpoint, "cross_attention.depth_self_attn.layers.")


@dataclass(frozen=True, eq=False)
class _CrossAttention:
    """Self-attention of two streams of keypoints, attention between them, and their fusion (section 6.3)."""

    depth_encoder: Encoder
    joint_encoder: Encoder
    depth_attention: Attention
    depth_norm: Norm
    joint_attention: Attention
    joint_norm: Norm
    fusion: Perceptron

    @classmethod
    def read(cls, weights: Weights, plan: Plan) -> _CrossAttention:
        width, heads = plan.width, plan.heads
        sizes = (plan.layers, width, heads, plan.feed_forward)
        return cls(
            depth_encoder=Encoder.read(weights.under("depth_self_attn"), *sizes),
            joint_encoder=Encoder.read(weights.under("joint_self_attn"), *sizes),
            depth_attention=Attention.read(weights.under("depth_cross_attn"), width, heads),
            depth_norm=Norm.read(weights, "depth_cross_norm", width),
            joint_attention=Attention.read(weights.under("joint_cross_attn"), width, heads),
            joint_norm=Norm.read(weights, "joint_cross_norm", width),
            fusion=Perceptron.read(weights, "fusion", (0,), 2 * width, width, norms=1),
        )

    def __call__(self, depth: FloatArray, joints: FloatArray) -> FloatArray:
        """Return (B, 17, width); `joints` may be one frame that serves all."""
        depth, joints = self.depth_encoder(depth), self.joint_encoder(joints)
        depth = self.depth_norm(depth + self.depth_attention(depth, joints))
        # The joints attend to the updated depth codes, as in training.
        joints = self.joint_norm(joints + self.joint_attention(joints, depth))
        return self.fusion(join(depth, joints))


@dataclass(frozen=True, eq=False)
class RefinerNetwork:
    """The refiner."""

    depth_evidence: DepthEvidence
    joint_evidence: JointEvidence
    pose_encoder: Perceptron
    positions: FloatArray
    cross_attention: _CrossAttention
    combiner: Perceptron
    gate: Perceptron
    correction_head: Perceptron
    confidence_head: Perceptron

    @classmethod
    def read(cls, weights: Weights, plan: Plan) -> RefinerNetwork:
        """Take the tensors of a network of these sizes."""
        width, half = plan.width, plan.width // 2
        return cls(
            depth_evidence=DepthEvidence.read(weights.under("depth_encoder"), width),
            joint_evidence=JointEvidence.read(weights.under("joint_encoder"), width),
            pose_encoder=Perceptron.read(weights, "pose_encoder", (0, 3), 4, width, width, norms=1),
            positions=weights.take("pos_encoder.pe", len(KEYPOINTS), width),
            cross_attention=_CrossAttention.read(weights.under("cross_attention"), plan),
            combiner=Perceptron.read(weights, "feature_combiner", (0,), 2 * width, width, norms=1),
            gate=Perceptron.read(weights, "gating_network.gate", (0, 3), width, half, 3, norms=1),
            correction_head=Perceptron.read(weights, "fusion_head.correction_head", (0, 2), width, half, 3),
            confidence_head=Perceptron.read(weights, "confidence_head", (0, 2), width, half, 1),
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
        posed = self.pose_encoder(join(pose, visibility[..., None])) + self.positions  # 6.4
        features = self.combiner(join(fused, posed))
        weights = softmax_(self.gate(features))  # 6.5
        own = self.correction_head(features)
        refined = pose + weights[..., :1] * delta + weights[..., 2:] * own
        certainty = sigmoid(self.confidence_head(features)[..., 0])
        return RefinerOutput(refined, weights[..., 0], weights[..., 1], weights[..., 2], certainty)
