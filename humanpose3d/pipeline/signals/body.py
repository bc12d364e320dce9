"""The body model of the signal path: mirrored landmarks, groups of landmarks, and bones."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.conventions import other_side
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray, Landmarks

__all__ = [
    "ARMS",
    "BODY",
    "BONES",
    "FEET",
    "HIPS",
    "LEGS",
    "MIRRORED",
    "SHOULDERS",
    "TRUNK",
    "bone_lengths",
    "carry_along",
    "emptied",
    "index",
    "length_variation",
    "middle",
    "typical_lengths",
]

IndexArray = npt.NDArray[np.intp]


def index(*names: str) -> IndexArray:
    """Return the indices of landmarks."""
    return np.array([LANDMARK_NAMES.index(name) for name in names])


def _pairs(*parts: str) -> IndexArray:
    return index(*(f"{side}_{part}" for part in parts for side in ("left", "right")))


MIRRORED = index(*(other_side(name) for name in LANDMARK_NAMES))
"""For each landmark the one on the other side; the nose is its own."""

SHOULDERS, HIPS = _pairs("shoulder"), _pairs("hip")
_FACE = index(*LANDMARK_NAMES[:11])
TRUNK = np.sort(np.concatenate([_FACE, SHOULDERS, HIPS]))
"""Face, shoulders and hips."""
ARMS = np.sort(_pairs("elbow", "wrist", "pinky", "index", "thumb"))
"""From the elbows down."""
_HANDS = tuple(
    (index(f"{side}_wrist"), index(*(f"{side}_{finger}" for finger in ("pinky", "index", "thumb"))))
    for side in ("left", "right")
)
LEGS = np.sort(_pairs("knee", "ankle", "heel", "foot_index"))
"""From the knees down."""
FEET = _pairs("ankle", "heel", "foot_index")
BODY = np.sort(np.concatenate([_pairs("shoulder", "elbow", "wrist", "hip", "knee"), FEET]))
"""The 16 landmarks that the bones join; face and hands hang on them."""

_CENTRAL = (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"))
_LEFT = (
    ("left_shoulder", "left_hip"),
    ("left_shoulder", "right_hip"),  # with its mirror image a brace, so that the trunk cannot shear
    ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("left_ankle", "left_heel"),
    ("left_heel", "left_foot_index"),
    ("left_ankle", "left_foot_index"),
)
_RIGHT = tuple((other_side(a), other_side(b)) for a, b in _LEFT)

BONES = np.array([index(*bone) for bone in (*_CENTRAL, *_LEFT, *_RIGHT)])
"""Shape (20, 2): two across, nine on the left, and the same nine on the right."""


def emptied(landmarks: Landmarks, frames: npt.NDArray[np.bool_]) -> Landmarks:
    """Return the same landmarks, NaN in the marked frames (T,)."""
    there = np.where(frames, np.nan, 1.0)
    return replace(
        landmarks,
        world=landmarks.world * there[:, None, None],
        image=landmarks.image * there[:, None, None],
        visibility=landmarks.visibility * there[:, None],
    )


def middle(points: FloatArray, pair: IndexArray) -> FloatArray:
    """Return the middle of two landmarks, shape (T, 1, axes)."""
    return np.asarray(points[:, pair].mean(axis=1, keepdims=True))


def bone_lengths(world: FloatArray, bones: IndexArray = BONES) -> FloatArray:
    """Return the length of each bone in each frame, shape (T, bones), in the unit of `world`."""
    return np.asarray(np.linalg.norm(world[:, bones[:, 0]] - world[:, bones[:, 1]], axis=-1))


def typical_lengths(world: FloatArray) -> FloatArray:
    """Return one length for each bone of :data:`BONES`: its median, of both sides the mean; NaN where never seen."""
    lengths = bone_lengths(world)
    typical = np.full(lengths.shape[1], np.nan)
    seen = np.isfinite(lengths).any(axis=0)
    typical[seen] = np.nanmedian(lengths[:, seen], axis=0)
    central, left, right = np.split(typical, [len(_CENTRAL), len(_CENTRAL) + len(_LEFT)])
    both = np.where(np.isnan(left), right, np.where(np.isnan(right), left, (left + right) / 2))
    return np.concatenate([central, both, both])


def length_variation(world: FloatArray) -> float:
    """Return the standard deviation of a bone's length through its mean, in percent, the mean over all bones."""
    lengths = bone_lengths(world)
    lengths = lengths[:, np.isfinite(lengths).any(axis=0)]
    if not lengths.size:
        return 0.0
    return round(float(np.mean(100 * np.nanstd(lengths, axis=0) / np.nanmean(lengths, axis=0))), 2)


def carry_along(before: FloatArray, after: FloatArray) -> FloatArray:
    """Move the face by what the middle of the shoulders moved, and each hand by what its wrist moved.

    `before` and `after` are the world landmarks (T, 33, 3), and the same with the body moved.
    """
    carried: FloatArray = after.copy()
    carried[:, _FACE] = before[:, _FACE] + middle(after, SHOULDERS) - middle(before, SHOULDERS)
    for wrist, hand in _HANDS:
        carried[:, hand] = before[:, hand] + after[:, wrist] - before[:, wrist]
    return carried
