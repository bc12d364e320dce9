"""The depth network: correct the depth of a pose, given its 2D pose (section 4)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from humanpose3d.loaders.networks.coco import KEYPOINTS, FloatArray
from humanpose3d.loaders.networks.functions import join, leaky_, normalise, sigmoid, softplus
from humanpose3d.loaders.networks.layers import Encoder, Perceptron
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
from humanpose3d.loaders.networks.weights import Weights

__all__ = ["DepthNetwork", "DepthOutput", "DepthPlan", "plan_depth_network"]

_JOINTS = len(KEYPOINTS)
_ENCODER = "cross_joint_attn.transformer"
_LAYERS = f"{_ENCODER}.layers."
_TORSO_LENGTHS = 4
_DEGREES = np.float32(180 / 3.14159265)  # the constant that the network was trained with
_LARGEST_ELEVATION = np.float32(30)
_RESIDUAL_SHARE = np.float32(0.3)


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
    """Output of the network for B frames."""

    delta: FloatArray
    """Shape (B, 17, 3): what to add to the pose, in torso lengths."""
    azimuth: FloatArray
    """Shape (B,): direction of view around the person, degrees, 0 to 360."""
    elevation: FloatArray
    """Shape (B,): direction of view above the horizontal, degrees, -30 to 30."""
    limb_directions: FloatArray | None
    """Shape (B, 14, 3): unit vectors from parent to child."""
    torso_lengths: FloatArray
    """Shape (B, 4): shoulder width, hip width, left and right side, in torso lengths."""
    confidence: FloatArray
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


@dataclass(frozen=True, eq=False)
class _AnglePredictor:
    """Azimuth and elevation, predicted from all codes of a frame (section 4.3)."""

    pose_code: PoseCode
    head: Perceptron

    @classmethod
    def read(cls, weights: Weights, width: int) -> _AnglePredictor:
        inputs = _JOINTS * (width + 3 + 1) + width
        hidden = min(512, inputs // 4)
        names = tuple(f"fusion_head.{number}" for number in (0, 3, 6, 8))
        widths = (inputs, hidden, hidden // 2, hidden // 4, 3)
        return cls(
            PoseCode.read(weights.under("pose_2d_encoder"), width),
            Perceptron.read(weights, names, *widths, activation=leaky_),
        )

    def __call__(
        self, joints: FloatArray, pose: FloatArray, visibility: FloatArray, code: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return azimuth and elevation in degrees, each of shape (B,)."""
        flat = (part.reshape(len(part), math.prod(part.shape[1:])) for part in (joints, pose, visibility, code))
        known = join(*flat)
        sine, cosine, raised = np.moveaxis(self.head(normalise(known)), -1, 0)
        azimuth = np.arctan2(sine, cosine) * _DEGREES
        return np.where(azimuth < 0, azimuth + np.float32(360), azimuth), _LARGEST_ELEVATION * np.tanh(raised)


@dataclass(frozen=True, eq=False)
class DepthNetwork:
    """The depth network."""

    joint_encoder: Perceptron
    positions: FloatArray
    view_code: ViewCode
    angles: _AnglePredictor
    torso_pose_code: PoseCode
    torso_head: Perceptron
    encoder: Encoder
    limbs: LimbDirections | None
    depth_head: Perceptron
    confidence_head: Perceptron

    @classmethod
    def read(cls, weights: Weights, plan: DepthPlan) -> DepthNetwork:
        """Take the tensors of a network of these sizes.

        Raises
        ------
        PlanError
            A tensor is missing or not what it ought to be.
        """
        width = plan.width
        return cls(
            joint_encoder=Perceptron.read(weights, ("joint_encoder.0", "joint_encoder.2"), 4, width, width),
            positions=weights.take("pos_encoder.pe", _JOINTS, width),
            view_code=ViewCode.read(weights.under("view_encoder"), width),
            angles=_AnglePredictor.read(weights.under("angle_predictor"), width),
            torso_pose_code=PoseCode.read(weights.under("pose_2d_encoder_for_torso"), width),
            torso_head=Perceptron.read(
                weights.under("torso_predictor"), ("bone_head.0", "bone_head.3"), 2 * width, width, _TORSO_LENGTHS
            ),
            encoder=Encoder.read(weights.under(_ENCODER), plan.layers, width, plan.heads, plan.feed_forward),
            limbs=LimbDirections.read(weights.under("limb_predictor"), width) if plan.limbs else None,
            depth_head=Perceptron.read(weights, ("depth_head.0", "depth_head.2"), 2 * width, width, 3),
            confidence_head=Perceptron.read(weights, ("confidence_head.0", "confidence_head.2"), 2 * width, width, 1),
        )

    def __call__(self, pose: FloatArray, visibility: FloatArray, image: FloatArray) -> DepthOutput:
        """Correct B frames independently.

        Parameters
        ----------
        pose : ndarray, shape (B, 17, 3)
            Torso lengths; origin mid-hip, y up.
        visibility : ndarray, shape (B, 17)
            0 to 1.
        image : ndarray, shape (B, 17, 2)
            Fractions of the image's width and height, y down.
        """
        joints = self.joint_encoder(join(pose, visibility[..., None])) + self.positions  # 4.1
        features = pose_features(image)
        azimuth, elevation = self.angles(joints, pose, visibility, self.angles.pose_code(image, features))
        attended = self.encoder(joints)  # 4.4
        view = self.view_code(azimuth, elevation)
        torso_lengths = softplus(self.torso_head(join(self.torso_pose_code(image, features), view)))
        seen = join(attended, view[:, None])
        delta, directions = self.depth_head(seen), None
        if self.limbs is not None:
            directions = self.limbs(pose, image, attended, azimuth, elevation)
            delta = lay_limbs(pose, directions) - pose + _RESIDUAL_SHARE * delta  # 4.7
        confidence = sigmoid(self.confidence_head(seen)[..., 0])
        return DepthOutput(delta, azimuth, elevation, directions, torso_lengths, confidence)
