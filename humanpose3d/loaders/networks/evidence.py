"""What the refiner makes of the outputs of the depth network and of the joint network, for each keypoint."""

import numpy as np
import torch
from torch import Tensor, nn

from humanpose3d.loaders.networks.coco import JOINT_ANGLES, KEYPOINTS, LIMBS
from humanpose3d.loaders.networks.layers import Affine, perceptron, radians

__all__ = ["DepthEvidence", "JointEvidence"]

_KEYPOINTS = len(KEYPOINTS)
_FACE = 5  # keypoints 0 to 4, which no limb touches
_ELBOWS, _SHOULDERS = ("elbow_L", "elbow_R"), ("shoulder_L", "shoulder_R")
# Keypoints 5 to 16 without the wrists, in COCO's order.
_ARMS = (*_SHOULDERS, *_ELBOWS)
_LEGS = ("hip_L", "hip_R", "knee_L", "knee_R", "ankle_L", "ankle_R")


def _limb_shares() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return a (12, 14) matrix whose row for keypoint 5 + i takes the mean of the limbs that it is an end of."""
    touches = np.array([[keypoint in limb for limb in LIMBS] for keypoint in range(_FACE, _KEYPOINTS)], np.float32)
    return np.asarray(touches / touches.sum(axis=1, keepdims=True), np.float32)


_LIMB_SHARES = _limb_shares()


class _LimbToJoint(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.default_embedding = nn.Parameter(torch.empty(width))
        self.limb_encoder = Affine(3, width)
        self.combiner = Affine(width, width)

    def forward(self, directions: Tensor) -> Tensor:
        """Return (B, 17, width) of limb directions, shape (B, 14, 3)."""
        # The encoder is affine, so the mean of its codes is its code of the mean.
        shares = torch.as_tensor(_LIMB_SHARES, device=directions.device)
        body = self.limb_encoder(shares @ directions)
        face = self.default_embedding.expand(len(body), _FACE, -1)
        code: Tensor = self.combiner(torch.cat([face, body], dim=1))
        return code


class DepthEvidence(nn.Module):
    """Code of the depth network's outputs.

    Parameters
    ----------
    width : int
        Length of the code of one keypoint.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.joint_encoder = nn.Sequential(Affine(4, width), nn.LayerNorm(width), nn.ReLU(inplace=True))
        self.limb_to_joint = _LimbToJoint(width)
        self.camera_encoder = perceptron(4, width // 2, width)
        self.fusion = nn.Sequential(
            Affine(3 * width, 2 * width), nn.LayerNorm(2 * width), nn.ReLU(inplace=True), Affine(2 * width, width)
        )

    def forward(
        self,
        delta: Tensor,
        confidence: Tensor | None = None,
        limb_directions: Tensor | None = None,
        azimuth: Tensor | None = None,
        elevation: Tensor | None = None,
    ) -> Tensor:
        """Return codes, shape (B, 17, width); see :class:`.depth_network.DepthOutput` for the inputs."""
        certainty = torch.ones_like(delta[..., :1]) if confidence is None else confidence[..., None]
        joints = self.joint_encoder(torch.cat([delta, certainty], dim=-1))
        limbs = torch.zeros_like(joints) if limb_directions is None else self.limb_to_joint(limb_directions)
        camera = self.camera_encoder(_view_features(delta, azimuth, elevation))[:, None].expand_as(joints)
        code: Tensor = self.fusion(torch.cat([joints, limbs, camera], dim=-1))
        return code


def _view_features(delta: Tensor, azimuth: Tensor | None, elevation: Tensor | None) -> Tensor:
    ahead = delta.new_zeros(len(delta))
    turn, rise = (ahead if angle is None else radians(angle) for angle in (azimuth, elevation))
    return torch.stack([turn.sin(), turn.cos(), rise.sin(), rise.cos()], dim=-1)


class _JointToKeypoint(nn.Module):
    """Hand the codes of 12 joints to the 17 keypoints; pelvis and trunk have none, the face has no joint."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.face_embedding = nn.Parameter(torch.empty(width))
        self.wrist_embedding = nn.Parameter(torch.empty(width))
        self.output_proj = Affine(width, width)

    def forward(self, joints: Tensor) -> Tensor:
        of = {name: joints[:, i] for i, name in enumerate(JOINT_ANGLES)}
        nose = (of["shoulder_L"] + of["shoulder_R"]) / 2
        face = [self.face_embedding.expand_as(nose)] * (_FACE - 1)
        wrists = [of[elbow] + self.wrist_embedding for elbow in _ELBOWS]
        keypoints = [nose, *face, *(of[name] for name in _ARMS), *wrists, *(of[name] for name in _LEGS)]
        code: Tensor = self.output_proj(torch.stack(keypoints, dim=1))
        return code


class JointEvidence(nn.Module):
    """Code of the joint network's outputs.

    Parameters
    ----------
    width : int
        Length of the code of one keypoint.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.angle_encoder = nn.Sequential(Affine(6, width), nn.LayerNorm(width), nn.ReLU(inplace=True))
        self.joint_12_to_17 = _JointToKeypoint(width)

    def forward(self, refined: Tensor, delta: Tensor) -> Tensor:
        """Return codes, shape (B, 17, width), of angles and their corrections, shapes (B, 12, 3), degrees."""
        code: Tensor = self.joint_12_to_17(self.angle_encoder(torch.cat([delta / 180, refined / 180], dim=-1)))
        return code
