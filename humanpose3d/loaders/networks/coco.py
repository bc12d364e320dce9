"""COCO's 17 keypoints as the refinement networks count them: order, limbs, the 12 joints, the size of the trunk."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
_Float = TypeVar("_Float", bound=np.floating[Any])

KEYPOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
"""The 17 keypoints in COCO's order; left and right are the person's own."""

LIMBS = (
    (5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14),
    (14, 16), (5, 6), (11, 12), (5, 11), (6, 12), (5, 12), (6, 11),
)  # fmt: skip
"""Parent and child keypoint of the 14 limbs whose directions the depth network predicts."""

JOINT_ANGLES = (
    "pelvis", "hip_R", "hip_L", "knee_R", "knee_L", "ankle_R", "ankle_L",
    "trunk", "shoulder_R", "shoulder_L", "elbow_R", "elbow_L",
)  # fmt: skip
"""The 12 joints of the joint network in its order; each has flexion, abduction and rotation."""

VISIBILITY_SOURCES = (
    (11, 12), (12, 14), (11, 13), (14, 16), (13, 15), (16,), (15,),
    (5, 6, 11, 12), (6, 8), (5, 7), (8, 10), (7, 9),
)  # fmt: skip
"""The keypoints that must be seen for each of :data:`JOINT_ANGLES` to be known, as in training."""

_LEFT_HIP, _RIGHT_HIP = 11, 12  # neighbours
_LEFT_SIDE, _RIGHT_SIDE = (5, 11), (6, 12)
_SMALLEST_TORSO_M, _LARGEST_TORSO_M = 0.01, 10.0


def mid_hip(poses: npt.NDArray[_Float]) -> npt.NDArray[_Float]:
    """Return the point between the hips, shape (T, 1, 3), of `poses`, shape (T, 17, 3)."""
    middle: npt.NDArray[_Float] = poses[:, _LEFT_HIP : _RIGHT_HIP + 1].mean(axis=1, keepdims=True)
    return middle


def torso_scale(poses: FloatArray) -> FloatArray:
    """Return the length, shape (T,), by which the networks divide poses, shape (T, 17, 3), metres.

    It is the mean distance from shoulder to hip of the two sides; 1 where that is no length of a trunk (not above 1 cm,
    above 10 m, or NaN).
    """
    left, right = (np.linalg.norm(poses[:, a] - poses[:, b], axis=-1) for a, b in (_LEFT_SIDE, _RIGHT_SIDE))
    length = (left + right) / 2
    return np.where((length > _SMALLEST_TORSO_M) & (length <= _LARGEST_TORSO_M), length, 1).astype(np.float32)
