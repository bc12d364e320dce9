"""The skeleton: bones, MediaPipe's landmarks on them, and forward kinematics.

Body axes are x left, y up, z forward, in metres; the origin of the rest pose is mid-hip. In the rest
pose every bone is unrotated, with legs and arms hanging straight down.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NDArrayInt = NDArray[np.int64]

HEIGHT = 1.78


class Bone(NamedTuple):
    """A rigid segment: its parent's name and its joint's place in the parent's axes."""

    parent: str | None
    offset: tuple[float, float, float]


def _limbs(side: str, sign: int) -> dict[str, Bone]:
    return {
        f"thigh_{side}": Bone("pelvis", (sign * 0.088, 0.0, 0.0)),
        f"shank_{side}": Bone(f"thigh_{side}", (0.0, -0.245 * HEIGHT, 0.0)),
        f"foot_{side}": Bone(f"shank_{side}", (0.0, -0.246 * HEIGHT, 0.0)),
        f"upper_arm_{side}": Bone("chest", (sign * 0.178, 0.225, -0.005)),
        f"forearm_{side}": Bone(f"upper_arm_{side}", (0.0, -0.174 * HEIGHT, 0.0)),
        f"hand_{side}": Bone(f"forearm_{side}", (0.0, -0.146 * HEIGHT, 0.0)),
    }


BONES: dict[str, Bone] = {
    "pelvis": Bone(None, (0.0, 0.0, 0.0)),
    "lumbar": Bone("pelvis", (0.0, 0.10, 0.0)),
    "chest": Bone("lumbar", (0.0, 0.17, 0.0)),
    "head": Bone("chest", (0.0, 0.345, 0.0)),
    **_limbs("l", 1),
    **_limbs("r", -1),
}
INDEX: dict[str, int] = {name: i for i, name in enumerate(BONES)}
#: For each bone the index of its mirror image, which for a bone in the middle is itself.
MIRRORED: list[int] = [
    INDEX[name[:-1] + {"l": "r", "r": "l"}[name[-1]]] if name.endswith(("_l", "_r")) else INDEX[name] for name in BONES
]


def _paired(bone: str, offset: tuple[float, float, float]) -> list[tuple[str, tuple[float, float, float]]]:
    """List a left landmark and its mirror image, in MediaPipe's order."""
    x, y, z = offset
    return [(bone.format("l"), (x, y, z)), (bone.format("r"), (-x, y, z))]


_EYES = [
    ("head", (sign * x, 0.104, z)) for sign in (1, -1) for x, z in ((0.018, 0.096), (0.031, 0.094), (0.044, 0.086))
]
#: MediaPipe's 33 landmarks in its order: the bone that carries each, and its place in that bone's axes.
LANDMARKS: list[tuple[str, tuple[float, float, float]]] = [
    ("head", (0.0, 0.062, 0.124)),  # tip of the nose
    *_EYES,
    *_paired("head", (0.080, 0.088, 0.008)),  # ears
    *_paired("head", (0.024, 0.030, 0.094)),  # corners of the mouth
    *_paired("upper_arm_{}", (0.0, 0.0, 0.0)),
    *_paired("forearm_{}", (0.0, 0.0, 0.0)),
    *_paired("hand_{}", (0.0, 0.0, 0.0)),
    *_paired("hand_{}", (-0.004, -0.085, -0.027)),  # knuckle of the little finger
    *_paired("hand_{}", (-0.004, -0.095, 0.028)),  # knuckle of the index finger
    *_paired("hand_{}", (-0.006, -0.060, 0.052)),  # middle joint of the thumb
    *_paired("thigh_{}", (0.0, 0.0, 0.0)),
    *_paired("shank_{}", (0.0, 0.0, 0.0)),
    *_paired("foot_{}", (0.0, 0.0, 0.0)),
    *_paired("foot_{}", (0.0, -0.055, -0.065)),  # heels
    *_paired("foot_{}", (0.0, -0.060, 0.185)),  # tips of the feet
]


def rotation(axis: str, degrees: float | Array) -> Array:
    """Rotation matrices about one axis.

    Parameters
    ----------
    axis : {"x", "y", "z"}
        The axis, right-handed.
    degrees : float or array (...)
        Angles.

    Returns
    -------
    array (..., 3, 3)
        Matrices that act on column vectors.
    """
    angle = np.deg2rad(np.asarray(degrees, dtype=np.float64))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.zeros((*angle.shape, 3, 3))
    matrix[..., [0, 1, 2], [0, 1, 2]] = 1.0
    matrix[..., i, i] = matrix[..., j, j] = np.cos(angle)
    matrix[..., j, i] = np.sin(angle)
    matrix[..., i, j] = -np.sin(angle)
    return matrix


#: Scales of a body that is built like the rig.
UNSCALED: Array = np.ones((len(BONES), 3))


def rest_joints() -> Array:
    """Joints of the bones in the rest pose, array (bones, 3)."""
    return forward_kinematics(np.broadcast_to(np.eye(3), (len(BONES), 3, 3)))[1]


def forward_kinematics(local: Array, scales: Array = UNSCALED) -> tuple[Array, Array]:
    """Pose of every bone, with the pelvis at the origin.

    Parameters
    ----------
    local : array (..., bones, 3, 3)
        Rotation of each bone in its parent's axes, in the order of `BONES`.
    scales : array (bones, 3)
        Size of each bone along its own axes, in sizes of the rig's.

    Returns
    -------
    rotations : array (..., bones, 3, 3)
        Rotation of each bone in the world.
    joints : array (..., bones, 3)
        Place of each bone's own joint.
    """
    rotations = np.empty(local.shape)
    joints = np.zeros(local.shape[:-1])
    for i, (parent, offset) in enumerate(BONES.values()):
        if parent is None:
            rotations[..., i, :, :] = local[..., i, :, :]
            continue
        p = INDEX[parent]
        rotations[..., i, :, :] = rotations[..., p, :, :] @ local[..., i, :, :]
        joints[..., i, :] = joints[..., p, :] + rotations[..., p, :, :] @ (np.array(offset) * scales[p])
    return rotations, joints


def landmarks(rotations: Array, joints: Array, scales: Array = UNSCALED) -> Array:
    """MediaPipe's 33 landmarks of a posed skeleton, array (..., 33, 3)."""
    bones = [INDEX[bone] for bone, _ in LANDMARKS]
    offsets = np.array([offset for _, offset in LANDMARKS]) * scales[bones]
    return np.asarray(joints[..., bones, :] + np.einsum("...nij,nj->...ni", rotations[..., bones, :, :], offsets))
