"""Encode the outputs of the depth network and of the joint network for the refiner, per keypoint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from humanpose3d.loaders.networks.coco import JOINT_ANGLES, KEYPOINTS, LIMBS, FloatArray
from humanpose3d.loaders.networks.functions import join
from humanpose3d.loaders.networks.layers import Affine, Perceptron
from humanpose3d.loaders.networks.weights import Weights

__all__ = ["DepthEvidence", "JointEvidence"]

_KEYPOINTS = len(KEYPOINTS)
_FACE = 5  # keypoints 0 to 4, which no limb touches
_ELBOWS, _SHOULDERS = ("elbow_L", "elbow_R"), ("shoulder_L", "shoulder_R")
# Keypoints 5 to 16 without the wrists, in COCO's order.
_ARMS = (*_SHOULDERS, *_ELBOWS)
_LEGS = ("hip_L", "hip_R", "knee_L", "knee_R", "ankle_L", "ankle_R")


def _limb_shares() -> FloatArray:
    """Return a (12, 14) matrix whose row for keypoint 5 + i takes the mean of the limbs that it is an end of."""
    touches = np.array([[keypoint in limb for limb in LIMBS] for keypoint in range(_FACE, _KEYPOINTS)], np.float32)
    return np.asarray(touches / touches.sum(axis=1, keepdims=True), np.float32)


_LIMB_SHARES = _limb_shares()


@dataclass(frozen=True, eq=False)
class _LimbToJoint:
    face: FloatArray
    limb_encoder: Affine
    combiner: Affine

    @classmethod
    def read(cls, weights: Weights, width: int) -> _LimbToJoint:
        return cls(
            weights.take("default_embedding", width),
            Affine.read(weights, "limb_encoder", 3, width),
            Affine.read(weights, "combiner", width, width),
        )

    def __call__(self, directions: FloatArray) -> FloatArray:
        """Return (B, 17, width) of limb directions, shape (B, 14, 3)."""
        keypoints = np.empty((len(directions), _KEYPOINTS, len(self.face)), np.float32)
        keypoints[:, :_FACE] = self.face
        # The encoder is affine, so the mean of its codes is its code of the mean.
        keypoints[:, _FACE:] = self.limb_encoder(_LIMB_SHARES @ directions)
        return self.combiner(keypoints)


@dataclass(frozen=True, eq=False)
class DepthEvidence:
    """Code of the depth network's outputs (section 6.1)."""

    joint_encoder: Perceptron
    limb_to_joint: _LimbToJoint
    camera_encoder: Perceptron
    fusion: Perceptron

    @classmethod
    def read(cls, weights: Weights, width: int) -> DepthEvidence:
        """Take the tensors of a code of `width` channels."""
        return cls(
            joint_encoder=Perceptron.read(weights, "joint_encoder", (0,), 4, width, norms=1),
            limb_to_joint=_LimbToJoint.read(weights.under("limb_to_joint"), width),
            camera_encoder=Perceptron.read(weights, "camera_encoder", (0, 2), 4, width // 2, width),
            fusion=Perceptron.read(weights, "fusion", (0, 3), 3 * width, 2 * width, width, norms=1),
        )

    def __call__(
        self,
        delta: FloatArray,
        confidence: FloatArray | None = None,
        limb_directions: FloatArray | None = None,
        azimuth: FloatArray | None = None,
        elevation: FloatArray | None = None,
    ) -> FloatArray:
        """Return codes, shape (B, 17, width); see :class:`.depth_network.DepthOutput` for the inputs."""
        certainty = np.ones_like(delta[..., :1]) if confidence is None else confidence[..., None]
        joints = self.joint_encoder(join(delta, certainty))
        limbs = np.zeros_like(joints) if limb_directions is None else self.limb_to_joint(limb_directions)
        camera = self.camera_encoder(_view_features(len(delta), azimuth, elevation))[:, None]
        return self.fusion(join(joints, limbs, camera))


def _view_features(frames: int, azimuth: FloatArray | None, elevation: FloatArray | None) -> FloatArray:
    ahead = np.zeros(frames, np.float32)
    turn, rise = (ahead if angle is None else np.radians(angle) for angle in (azimuth, elevation))
    return np.stack([np.sin(turn), np.cos(turn), np.sin(rise), np.cos(rise)], axis=-1)


@dataclass(frozen=True, eq=False)
class JointEvidence:
    """Code of the joint network's outputs (section 6.2).

    The codes of 12 joints are handed to the 17 keypoints; pelvis and trunk have none, the face has no joint.
    """

    angle_encoder: Perceptron
    face: FloatArray
    wrist: FloatArray
    out: Affine

    @classmethod
    def read(cls, weights: Weights, width: int) -> JointEvidence:
        """Take the tensors of a code of `width` channels."""
        return cls(
            angle_encoder=Perceptron.read(weights, "angle_encoder", (0,), 6, width, norms=1),
            face=weights.take("joint_12_to_17.face_embedding", width),
            wrist=weights.take("joint_12_to_17.wrist_embedding", width),
            out=Affine.read(weights, "joint_12_to_17.output_proj", width, width),
        )

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
