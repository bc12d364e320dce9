"""The depth network: correct the depth of a pose, given its 2D pose (section 4)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from humanpose3d.loaders.networks.coco import KEYPOINTS, LIMBS, FloatArray
from humanpose3d.loaders.networks.functions import join, leaky_, length, normalise, relu_, sigmoid, softplus, unit
from humanpose3d.loaders.networks.layers import Affine, Encoder, Perceptron
from humanpose3d.loaders.networks.plan import (
    Config,
    Plan,
    Shapes,
    Weights,
    plan_encoder,
    require_agreement,
    require_config,
)

_JOINTS = len(KEYPOINTS)
_ENCODER = "cross_joint_attn.transformer"
_TORSO_LENGTHS = 4
_DEGREES = np.float32(180 / 3.14159265)  # the constant that the network was trained with
_LARGEST_ELEVATION = np.float32(30)
_RESIDUAL_SHARE = np.float32(0.3)
_FEATURES = 15

_NOSE = 0
_SHOULDERS, _HIPS = (5, 6), (11, 12)
_LEFT_ARM, _RIGHT_ARM = (5, 7, 9), (6, 8, 10)
_LEFT_LEG, _RIGHT_LEG = (11, 13, 15), (12, 14, 16)

_PARENTS, _CHILDREN = (list(ends) for ends in zip(*LIMBS, strict=True))
_FREQUENCIES = 8
_OCTAVES = 2.0 ** np.arange(_FREQUENCIES, dtype=np.float32)
_SHORTEST = 1e-4
_TINY = np.float32(1e-6)

# Order in which limbs are placed: trunk first, then outwards, each from the current position of its parent. The
# hips are moved several times in this order; the network was trained so.
_ORDER = (8, 9, 10, 11, 12, 13, 0, 2, 4, 6, 1, 3, 5, 7)


class DepthOutput(NamedTuple):
    """Output of the network for B frames; :class:`~humanpose3d.loaders.DepthRefinement` describes it."""

    delta: FloatArray
    azimuth: FloatArray
    elevation: FloatArray
    limb_directions: FloatArray | None
    torso_lengths: FloatArray
    confidence: FloatArray


def plan_depth_network(shapes: Shapes, checkpoint: Config) -> Plan:
    """Derive the sizes of a depth network from its tensors, and compare them with ``config``."""
    plan, config = plan_encoder(shapes, checkpoint, f"{_ENCODER}.layers."), require_config(checkpoint)
    limbs = any(name.startswith("limb_predictor.") for name in shapes)
    require_agreement(config, "num_joints", _JOINTS, optional=True)
    require_agreement(config, "use_limb_orientations", limbs, optional=True)
    require_agreement(config, "use_elepose", False, optional=True)
    return replace(plan, limbs=limbs)


class _PoseCode:
    """Code of a 2D pose, from its coordinates and from 15 features of its proportions (section 4.2)."""

    def __init__(self, weights: Weights, width: int) -> None:
        self.coordinates = Perceptron.read(weights, "coord_encoder", (0, 2), 2 * len(KEYPOINTS), 2 * width, width)
        self.features = Perceptron.read(weights, "feature_encoder", (0, 2), _FEATURES, width, width)
        self.combiner = Affine.read(weights, "combiner.0", 2 * width, width)

    def __call__(self, image: FloatArray, features: FloatArray) -> FloatArray:
        """Return codes, shape (B, width), of 2D poses, shape (B, 17, 2), with their features."""
        coordinates = self.coordinates(image.reshape(len(image), 2 * len(KEYPOINTS)))
        return relu_(self.combiner(join(coordinates, self.features(features))))


def _pose_features(image: FloatArray) -> FloatArray:
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


class _AnglePredictor:
    """Azimuth and elevation, predicted from all codes of a frame (section 4.3)."""

    def __init__(self, weights: Weights, width: int) -> None:
        inputs = _JOINTS * (width + 3 + 1) + width
        hidden = min(512, inputs // 4)
        widths = (inputs, hidden, hidden // 2, hidden // 4, 3)
        self.pose_code = _PoseCode(weights.under("pose_2d_encoder"), width)
        self.head = Perceptron.read(weights, "fusion_head", (0, 3, 6, 8), *widths, activation=leaky_)

    def __call__(
        self, joints: FloatArray, pose: FloatArray, visibility: FloatArray, code: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return azimuth and elevation in degrees, each of shape (B,)."""
        flat = (part.reshape(len(part), math.prod(part.shape[1:])) for part in (joints, pose, visibility, code))
        sine, cosine, raised = np.moveaxis(self.head(normalise(join(*flat))), -1, 0)
        azimuth = np.arctan2(sine, cosine) * _DEGREES
        return np.where(azimuth < 0, azimuth + np.float32(360), azimuth), _LARGEST_ELEVATION * np.tanh(raised)


class _ViewCode:
    """Code of a direction of view, from sines and cosines of it at octaves (section 4.5)."""

    def __init__(self, weights: Weights, width: int) -> None:
        self.mlp = Perceptron.read(weights, "mlp", (0, 2), 2 + 4 * _FREQUENCIES, width, width)

    def __call__(self, azimuth: FloatArray, elevation: FloatArray) -> FloatArray:
        """Return codes, shape (B, width), of angles in degrees, each of shape (B,)."""
        turn, rise = azimuth[:, None] / np.float32(360), elevation[:, None] / np.float32(90)
        around, up = np.float32(2 * math.pi) * turn * _OCTAVES, np.float32(math.pi) * rise * _OCTAVES
        return self.mlp(join(turn, rise, np.sin(around), np.cos(around), np.sin(up), np.cos(up)))


class _LimbDirections:
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
        limbs = image[:, _CHILDREN] - image[:, _PARENTS]
        size = length(limbs)
        foreshortening = size / (self.expected_2d_lengths[:, None] + _TINY)
        known = join(
            self.image_encoder(join(unit(limbs, _SHORTEST), size, foreshortening)),
            self.present_encoder(present),
            joints[:, _PARENTS],
            joints[:, _CHILDREN],
            relu_(self.view_encoder(_view_features(np.radians(azimuth), np.radians(elevation))))[:, None],
        )
        return unit(present + self.head(known), _SHORTEST)


def _view_features(azimuth: FloatArray, elevation: FloatArray) -> FloatArray:
    sin_a, cos_a, sin_e, cos_e = np.sin(azimuth), np.cos(azimuth), np.sin(elevation), np.cos(elevation)
    return np.stack([sin_a * cos_e, sin_e, cos_a * cos_e, sin_a, cos_a, sin_e, cos_e], axis=-1)


def _lay_limbs(pose: FloatArray, directions: FloatArray) -> FloatArray:
    """Place the end of each limb along its direction, a unit vector, at the limb's current length (section 4.7)."""
    points: FloatArray = pose.copy()
    for limb in _ORDER:
        parent, child = LIMBS[limb]
        size = length(points[:, child] - points[:, parent])
        points[:, child] = points[:, parent] + directions[:, limb] * size
    return points


class DepthNetwork:
    """The depth network."""

    def __init__(self, weights: Weights, plan: Plan) -> None:
        width = plan.width
        self.joint_encoder = Perceptron.read(weights, "joint_encoder", (0, 2), 4, width, width)
        self.positions = weights.take("pos_encoder.pe", _JOINTS, width)
        self.view_code = _ViewCode(weights.under("view_encoder"), width)
        self.angles = _AnglePredictor(weights.under("angle_predictor"), width)
        self.torso_pose_code = _PoseCode(weights.under("pose_2d_encoder_for_torso"), width)
        torso = weights.under("torso_predictor")
        self.torso_head = Perceptron.read(torso, "bone_head", (0, 3), 2 * width, width, _TORSO_LENGTHS)
        self.encoder = Encoder.read(weights.under(_ENCODER), plan.layers, width, plan.heads, plan.feed_forward)
        self.limbs = _LimbDirections(weights.under("limb_predictor"), width) if plan.limbs else None
        self.depth_head = Perceptron.read(weights, "depth_head", (0, 2), 2 * width, width, 3)
        self.confidence_head = Perceptron.read(weights, "confidence_head", (0, 2), 2 * width, width, 1)

    def __call__(self, pose: FloatArray, visibility: FloatArray, image: FloatArray) -> DepthOutput:
        """Correct B frames independently.

        `pose`, shape (B, 17, 3), is in torso lengths, origin mid-hip, y up; `visibility`, shape (B, 17), is 0 to 1;
        `image`, shape (B, 17, 2), is in fractions of the image's width and height, y down.
        """
        joints = self.joint_encoder(join(pose, visibility[..., None])) + self.positions  # 4.1
        features = _pose_features(image)
        azimuth, elevation = self.angles(joints, pose, visibility, self.angles.pose_code(image, features))
        attended = self.encoder(joints)  # 4.4
        view = self.view_code(azimuth, elevation)
        torso_lengths = softplus(self.torso_head(join(self.torso_pose_code(image, features), view)))
        seen = join(attended, view[:, None])
        delta, directions = self.depth_head(seen), None
        if self.limbs is not None:
            directions = self.limbs(pose, image, attended, azimuth, elevation)
            delta = _lay_limbs(pose, directions) - pose + _RESIDUAL_SHARE * delta  # 4.7
        confidence = sigmoid(self.confidence_head(seen)[..., 0])
        return DepthOutput(delta, azimuth, elevation, directions, torso_lengths, confidence)
