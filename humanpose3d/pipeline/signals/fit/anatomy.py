"""What the fit knows of a body: what hangs on what, and that elbows and knees hardly move sideways.

Depth is where the pose model errs, and there it splays elbows and knees: seen from the side, it holds the near ones
out of the line of their limb, towards the camera, by a tenth of the trunk's length, and never shows a limb straight.
Forward and backward of the body it is right.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.signals.body import BODY, HIPS, IndexArray, index
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray

__all__ = [
    "FEET",
    "HIP_PLACES",
    "LEGS",
    "PARENT_PLACES",
    "SUMS_OF_LINKS",
    "KneePlanes",
    "knee_planes",
    "lateral_directions",
    "links_of",
    "places",
    "points_of",
    "without_splay",
]

# Slopes of the true sideways offset over the pose model's, each as far as it lies in depth: 0.11 and 0.25 at elbows,
# 0.07 and -0.23 at knees, with the published model and its smaller sibling, on the development half of the bench.
_TRUE_SPLAY_OF_ELBOWS, _TRUE_SPLAY_OF_KNEES = 0.2, 0.1
# A trunk turns against the pelvis at every step; over half a second the two together face one way.
_LATERAL_S = 0.5

_PARENTS = {
    "elbow": "shoulder", "wrist": "elbow",
    "knee": "hip", "ankle": "knee", "heel": "ankle", "foot_index": "ankle",
}  # fmt: skip


def places(*names: str) -> IndexArray:
    """Return where landmarks stand in :data:`~humanpose3d.pipeline.signals.body.BODY`."""
    return np.searchsorted(BODY, index(*names))


def _parent_places(landmark: int) -> IndexArray:
    """Return the two landmarks whose middle is the parent; twice the same where it is one."""
    side, _, part = LANDMARK_NAMES[landmark].partition("_")
    return HIP_PLACES if part not in _PARENTS else places(*[f"{side}_{_PARENTS[part]}"] * 2)


def _limbs(*parts: str) -> IndexArray:
    return np.array([places(*(f"{side}_{part}" for part in parts)) for side in ("left", "right")])


def _sums_of_links() -> FloatArray:
    sums = np.eye(len(BODY))
    for _ in range(3):  # shoulders and hips, knees and elbows, ankles and wrists
        for landmark, (first, second) in enumerate(PARENT_PLACES):
            if first == second:
                sums[landmark] = sums[first]
                sums[landmark, landmark] = 1
    return sums


HIP_PLACES = np.searchsorted(BODY, HIPS)
PARENT_PLACES = np.array([_parent_places(landmark) for landmark in BODY.tolist()])
"""What a landmark hangs on, on its own side, twice; shoulders and hips hang on both hips. Shape (J, 2)."""
SUMS_OF_LINKS = _sums_of_links()
"""Shape (J, J): which links add up to a landmark's place about the middle of the hips."""
LEGS = _limbs("hip", "knee", "ankle")
"""Places of hip, knee and ankle, left and right."""
FEET = _limbs("ankle", "heel", "foot_index")
_ARMS = _limbs("shoulder", "elbow", "wrist")
_LEFT, _RIGHT = _limbs("hip", "shoulder")


def links_of(points: FloatArray) -> FloatArray:
    """Return the vectors (T, J, 3) to landmarks (T, J, 3) from what they hang on."""
    return np.asarray(points - points[:, PARENT_PLACES].mean(axis=2))


def points_of(links: FloatArray) -> FloatArray:
    """Return landmarks (T, J, 3) about the middle of the hips, whose links are those given."""
    own = links.copy()
    own[:, HIP_PLACES] -= own[:, HIP_PLACES].mean(axis=1, keepdims=True)
    return np.asarray(np.einsum("kj,tji->tki", SUMS_OF_LINKS, own))


def lateral_directions(times: FloatArray, points: FloatArray, present: npt.NDArray[np.bool_]) -> FloatArray:
    """Return unit vectors (T, 3) from the right to the left of hips and shoulders, averaged over half a second.

    `points` (T, J, 3) are all finite; hips or shoulders of which one is not `present` (T, J) do not count.
    """
    from scipy.ndimage import uniform_filter1d

    both = (present[:, _LEFT] & present[:, _RIGHT])[..., None]
    across = ((points[:, _LEFT] - points[:, _RIGHT]) * both).sum(axis=1)
    if len(times) > 1:
        frames = max(1, round(_LATERAL_S / float(np.median(np.diff(times)))))
        across = uniform_filter1d(across, frames, axis=0, mode="nearest")
    return np.asarray(across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9))


def without_splay(pose: FloatArray, lateral: FloatArray, present: npt.NDArray[np.bool_]) -> FloatArray:
    """Draw elbows and knees in depth towards the line of their limb, as far as they lie sideways of it.

    `pose` (T, J, 3) is in the axes of the camera, `lateral` (T, 3) by :func:`lateral_directions`; limbs that are not
    wholly `present` (T, J) stay as they are.
    """
    drawn: FloatArray = pose.copy()
    for limbs, kept in ((_ARMS, _TRUE_SPLAY_OF_ELBOWS), (LEGS, _TRUE_SPLAY_OF_KNEES)):
        start, joint, end = (pose[:, limbs[:, i]] for i in range(3))
        line, offset = end - start, joint - start
        along = (offset * line).sum(axis=-1, keepdims=True) / np.maximum((line**2).sum(axis=-1, keepdims=True), 1e-9)
        splay = ((offset - along * line) * lateral[:, None]).sum(axis=-1) * present[:, limbs].all(axis=-1)
        drawn[:, limbs[:, 1], 2] -= (1 - kept) * splay * lateral[:, None, 2]
    return drawn


class KneePlanes(NamedTuple):
    """How far each leg is from one plane that also holds the body's forward direction; left and right."""

    lean: FloatArray  # (T, 2): sine of the shank's sideways lean less the thigh's
    to_thigh: FloatArray  # (T, 2, 3): slope of `lean` with the vector from hip to knee
    to_shank: FloatArray  # (T, 2, 3): and with that from knee to ankle


def knee_planes(points: FloatArray, lateral: FloatArray, thigh: float, shank: float) -> KneePlanes:
    """Compare the sideways lean of shanks and thighs: a knee is a hinge, whose axis is about the body's lateral one."""
    hip, knee, ankle = (points[:, LEGS[:, i]] for i in range(3))
    to_thigh, to_shank = -lateral[:, None] / thigh, lateral[:, None] / shank
    lean = ((ankle - knee) * to_shank).sum(axis=-1) + ((knee - hip) * to_thigh).sum(axis=-1)
    return KneePlanes(lean, *(np.broadcast_to(slope, hip.shape) for slope in (to_thigh, to_shank)))
