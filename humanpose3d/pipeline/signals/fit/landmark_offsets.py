"""Where the pose model's landmarks lie beside the centres of the joints: hips 4 cm down the thigh, ankles up the shank.

Least squares over the errors in the picture, on the development half of the rendered trials
(``benchmarks/landmark_offsets.py``); the test half has the same within 2 mm, but for which segment of the leg a knee's
belong to. Real people bear them out: landmarks triangulated from four cameras make a trunk 0.313 of the height and a
shank 0.226, where Drillis and Contini (1966) have 0.288 and 0.246. Shoulders and wrists need none.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.signals.fit.anatomy import places
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["OFFSETS", "Offset", "joint_centre_rays", "landmark_offsets", "segment_axes"]


class Offset(NamedTuple):
    """Of a landmark from what it stands for, in shares of the height, in the axes of a segment of the body."""

    landmark: str
    segment: tuple[str, str]
    """Landmarks at its upper and lower end."""
    forward_up_outward: tuple[float, float, float]


OFFSETS = (
    Offset("elbow", ("elbow", "wrist"), (0.0064, 0.0022, -0.0005)),
    Offset("hip", ("hip", "knee"), (0.0025, -0.0261, 0.0033)),
    Offset("knee", ("hip", "knee"), (0.0092, 0.0054, 0.0011)),
    Offset("knee", ("knee", "ankle"), (-0.0065, -0.0105, 0.0002)),
    Offset("ankle", ("knee", "ankle"), (-0.0022, 0.0148, -0.0014)),
    Offset("heel", ("ankle", "foot_index"), (0.0098, -0.0056, -0.0020)),
    Offset("foot_index", ("ankle", "foot_index"), (0.0082, 0.0086, -0.0051)),
)

# A segment that points sideways has no forward direction: below this sine of its angle to the lateral one, its offsets
# forward and outward fade away.
_LEAST_SINE = 0.3


def landmark_offsets(
    points: FloatArray, lateral: FloatArray, present: npt.NDArray[np.bool_], height: float
) -> FloatArray:
    """Return how far the pose model's landmarks lie from the points (T, J, 3) of the body, same shape and unit.

    `lateral` (T, 3) points to the body's left; a segment of which an end is not `present` (T, J) has no axes, and its
    landmark no offset.
    """
    offsets = np.zeros_like(points)
    for offset in OFFSETS:
        for side, outward in (("left", 1.0), ("right", -1.0)):
            names = (offset.landmark, *offset.segment)
            place, upper, lower = places(*(f"{side}_{name}" for name in names))
            axes = segment_axes(points[:, upper] - points[:, lower], lateral)
            share = np.array(offset.forward_up_outward) * [1.0, 1.0, outward]
            there = (present[:, upper] & present[:, lower])[:, None]
            offsets[:, place] += height * there * np.einsum("a,tai->ti", share, axes)
    return offsets


def segment_axes(upwards: FloatArray, lateral: FloatArray) -> FloatArray:
    """Return the forward, upward and left axes, shape (T, 3, 3), of a segment that points `upwards` (T, 3)."""
    up = upwards / np.maximum(np.linalg.norm(upwards, axis=-1, keepdims=True), 1e-9)
    forward = np.cross(lateral, up)
    forward /= np.maximum(np.linalg.norm(forward, axis=-1, keepdims=True), _LEAST_SINE)
    return np.stack([forward, up, np.cross(up, forward)], axis=1)


def joint_centre_rays(
    rays: FloatArray, points: FloatArray, lateral: FloatArray, present: npt.NDArray[np.bool_], height: float
) -> FloatArray:
    """Return where the picture would show the joints: `rays` (T, J, 2) of the landmarks less their offsets there."""
    landmarks = points + landmark_offsets(points, lateral, present, height)
    return np.asarray(rays - (landmarks[..., :2] / landmarks[..., 2:] - points[..., :2] / points[..., 2:]))
