"""The refiner: weight the depth network's correction of each keypoint, and add its own (section 6)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from humanpose3d.loaders.networks.coco import JOINT_ANGLES, KEYPOINTS, LIMBS, FloatArray
from humanpose3d.loaders.networks.functions import join, sigmoid, softmax_
from humanpose3d.loaders.networks.layers import Affine, Attention, Encoder, Norm, Perceptron
from humanpose3d.loaders.networks.plan import Config, Plan, Shapes, Weights, plan_encoder

_KEYPOINTS = len(KEYPOINTS)
_FACE = 5  # keypoints 0 to 4, which no limb touches
_ELBOWS, _SHOULDERS = ("elbow_L", "elbow_R"), ("shoulder_L", "shoulder_R")
# Keypoints 5 to 16 without the wrists, in COCO's order.
_ARMS = (*_SHOULDERS, *_ELBOWS)
_LEGS = ("hip_L", "hip_R", "knee_L", "knee_R", "ankle_L", "ankle_R")
_TOUCHES = np.array([[keypoint in limb for limb in LIMBS] for keypoint in range(_FACE, _KEYPOINTS)], np.float32)
_LIMB_SHARES = _TOUCHES / _TOUCHES.sum(axis=1, keepdims=True)
"""Matrix (12, 14) whose row for keypoint 5 + i takes the mean of the limbs that it is an end of."""


class RefinerOutput(NamedTuple):
    """Output for B frames, as :class:`~humanpose3d.loaders.MainRefinement`, the pose in torso lengths."""

    refined: FloatArray
    depth_weights: FloatArray
    joint_weights: FloatArray
    residual_weights: FloatArray
    confidence: FloatArray


def plan_refiner_network(shapes: Shapes, checkpoint: Config) -> Plan:
    """Derive the sizes of a refiner from its tensors, and compare them with ``config``."""
    return plan_encoder(shapes, checkpoint, "cross_attention.depth_self_attn.layers.")


class _DepthEvidence:
    """Code of the depth network's outputs (section 6.1)."""

    def __init__(self, weights: Weights, width: int) -> None:
        self.joint_encoder = Perceptron.read(weights, "joint_encoder", (0,), 4, width, norms=1)
        self.face = weights.take("limb_to_joint.default_embedding", width)
        self.limb_encoder = Affine.read(weights, "limb_to_joint.limb_encoder", 3, width)
        self.limb_combiner = Affine.read(weights, "limb_to_joint.combiner", width, width)
        self.camera_encoder = Perceptron.read(weights, "camera_encoder", (0, 2), 4, width // 2, width)
        self.fusion = Perceptron.read(weights, "fusion", (0, 3), 3 * width, 2 * width, width, norms=1)

    def __call__(
        self,
        delta: FloatArray,
        confidence: FloatArray | None = None,
        limb_directions: FloatArray | None = None,
        azimuth: FloatArray | None = None,
        elevation: FloatArray | None = None,
    ) -> FloatArray:
        """Return codes, shape (B, 17, width); the inputs are those of the network."""
        certainty = np.ones_like(delta[..., :1]) if confidence is None else confidence[..., None]
        joints = self.joint_encoder(join(delta, certainty))
        limbs = np.zeros_like(joints) if limb_directions is None else self._encode_limbs(limb_directions)
        ahead = np.zeros(len(delta), np.float32)
        turn, rise = (ahead if angle is None else np.radians(angle) for angle in (azimuth, elevation))
        view = np.stack([np.sin(turn), np.cos(turn), np.sin(rise), np.cos(rise)], axis=-1)
        camera = self.camera_encoder(view)[:, None]
        return self.fusion(join(joints, limbs, camera))

    def _encode_limbs(self, directions: FloatArray) -> FloatArray:
        keypoints = np.empty((len(directions), _KEYPOINTS, len(self.face)), np.float32)
        keypoints[:, :_FACE] = self.face
        # The encoder is affine, so the mean of its codes is its code of the mean.
        keypoints[:, _FACE:] = self.limb_encoder(_LIMB_SHARES @ directions)
        return self.limb_combiner(keypoints)


class _JointEvidence:
    """Code of the joint network's outputs (section 6.2).

    The codes of 12 joints are handed to the 17 keypoints; pelvis and trunk have none, the face has no joint.
    """

    def __init__(self, weights: Weights, width: int) -> None:
        self.angle_encoder = Perceptron.read(weights, "angle_encoder", (0,), 6, width, norms=1)
        self.face = weights.take("joint_12_to_17.face_embedding", width)
        self.wrist = weights.take("joint_12_to_17.wrist_embedding", width)
        self.out = Affine.read(weights, "joint_12_to_17.output_proj", width, width)

    def __call__(self, refined: FloatArray, delta: FloatArray) -> FloatArray:
        """Return codes, shape (B, 17, width), of angles and their corrections, shapes (B, 12, 3), degrees."""
        half_turn = np.float32(180)
        joints = self.angle_encoder(join(delta / half_turn, refined / half_turn))
        of = {name: joints[:, i] for i, name in enumerate(JOINT_ANGLES)}
        nose = (of["shoulder_L"] + of["shoulder_R"]) * np.float32(0.5)
        face = [np.broadcast_to(self.face, nose.shape)] * (_FACE - 1)
        wrists = [of[elbow] + self.wrist for elbow in _ELBOWS]
        arms, legs = ([of[name] for name in names] for names in (_ARMS, _LEGS))
        return self.out(np.stack([nose, *face, *arms, *wrists, *legs], axis=1))


class _CrossAttention:
    """Self-attention of two streams of keypoints, attention between them, and their fusion (section 6.3)."""

    def __init__(self, weights: Weights, plan: Plan) -> None:
        width, heads = plan.width, plan.heads
        sizes = (plan.layers, width, heads, plan.feed_forward)
        self.depth_encoder = Encoder.read(weights.under("depth_self_attn"), *sizes)
        self.joint_encoder = Encoder.read(weights.under("joint_self_attn"), *sizes)
        self.depth_attention = Attention.read(weights.under("depth_cross_attn"), width, heads)
        self.depth_norm = Norm.read(weights, "depth_cross_norm", width)
        self.joint_attention = Attention.read(weights.under("joint_cross_attn"), width, heads)
        self.joint_norm = Norm.read(weights, "joint_cross_norm", width)
        self.fusion = Perceptron.read(weights, "fusion", (0,), 2 * width, width, norms=1)

    def __call__(self, depth: FloatArray, joints: FloatArray) -> FloatArray:
        """Return (B, 17, width); `joints` may be one frame that serves all."""
        depth, joints = self.depth_encoder(depth), self.joint_encoder(joints)
        depth = self.depth_norm(depth + self.depth_attention(depth, joints))
        # The joints attend to the updated depth codes, as in training.
        joints = self.joint_norm(joints + self.joint_attention(joints, depth))
        return self.fusion(join(depth, joints))


class RefinerNetwork:
    """The refiner."""

    def __init__(self, weights: Weights, plan: Plan) -> None:
        width, half = plan.width, plan.width // 2
        self.depth_evidence = _DepthEvidence(weights.under("depth_encoder"), width)
        self.joint_evidence = _JointEvidence(weights.under("joint_encoder"), width)
        self.pose_encoder = Perceptron.read(weights, "pose_encoder", (0, 3), 4, width, width, norms=1)
        self.positions = weights.take("pos_encoder.pe", len(KEYPOINTS), width)
        self.cross_attention = _CrossAttention(weights.under("cross_attention"), plan)
        self.combiner = Perceptron.read(weights, "feature_combiner", (0,), 2 * width, width, norms=1)
        self.gate = Perceptron.read(weights, "gating_network.gate", (0, 3), width, half, 3, norms=1)
        self.correction_head = Perceptron.read(weights, "fusion_head.correction_head", (0, 2), width, half, 3)
        self.confidence_head = Perceptron.read(weights, "confidence_head", (0, 2), width, half, 1)

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

        `pose`, shape (B, 17, 3), is in torso lengths, origin mid-hip, y up; `visibility`, shape (B, 17), is 0 to 1.
        Then come the outputs of the depth network, of which all but the first may be missing, and those of the joint
        network, shape (B, 12, 3), degrees; without them they are zero, as they always were in training.
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
