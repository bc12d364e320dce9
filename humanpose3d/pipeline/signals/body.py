"""The body model of the signal path: mirrored landmarks, groups of landmarks, and bones."""

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray

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
    "index",
    "length_variation",
    "middle",
    "symmetric",
    "typical_lengths",
]

IndexArray = npt.NDArray[np.intp]


def index(*names: str) -> IndexArray:
    """Return the indices of landmarks."""
    return np.array([LANDMARK_NAMES.index(name) for name in names])


def _other_side(name: str) -> str:
    for side, other in (("left", "right"), ("right", "left")):
        if side in name:
            return name.replace(side, other)
    return name


def _pairs(*parts: str) -> IndexArray:
    return index(*(f"{side}_{part}" for part in parts for side in ("left", "right")))


MIRRORED = index(*(_other_side(name) for name in LANDMARK_NAMES))
"""For each landmark the one on the other side; the nose is its own."""

SHOULDERS, HIPS = _pairs("shoulder"), _pairs("hip")
TRUNK = np.sort(np.concatenate([index(*LANDMARK_NAMES[:11]), SHOULDERS, HIPS]))
"""Face, shoulders and hips."""
ARMS = np.sort(_pairs("elbow", "wrist", "pinky", "index", "thumb"))
"""From the elbows down."""
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
_RIGHT = tuple((_other_side(a), _other_side(b)) for a, b in _LEFT)

BONES = np.array([index(*bone) for bone in (*_CENTRAL, *_LEFT, *_RIGHT)])
"""Shape (20, 2): two across, nine on the left, and the same nine on the right."""


def middle(points: FloatArray, pair: IndexArray) -> FloatArray:
    """Return the middle of two landmarks, shape (T, 1, axes)."""
    return np.asarray(points[:, pair].mean(axis=1, keepdims=True))


def bone_lengths(world: FloatArray, bones: IndexArray = BONES) -> FloatArray:
    """Return the length of each bone in each frame, shape (T, bones), in the unit of `world`."""
    return np.asarray(np.linalg.norm(world[:, bones[:, 0]] - world[:, bones[:, 1]], axis=-1))


def typical_lengths(world: FloatArray) -> FloatArray:
    """Return one length for each bone of :data:`BONES`: its median, equal on both sides; NaN where never seen."""
    lengths = bone_lengths(world)
    typical = np.full(lengths.shape[1], np.nan)
    seen = np.isfinite(lengths).any(axis=0)
    typical[seen] = np.nanmedian(lengths[:, seen], axis=0)
    return symmetric(typical)


def length_variation(world: FloatArray) -> float:
    """Return the standard deviation of a bone's length through its mean, in percent, the mean over all bones."""
    lengths = bone_lengths(world)
    lengths = lengths[:, np.isfinite(lengths).any(axis=0)]
    if not lengths.size:
        return 0.0
    return round(float(np.mean(100 * np.nanstd(lengths, axis=0) / np.nanmean(lengths, axis=0))), 2)


def symmetric(lengths: FloatArray) -> FloatArray:
    """Give both sides of :data:`BONES` the mean of the two, or the one that is known."""
    central, left, right = np.split(lengths, [len(_CENTRAL), len(_CENTRAL) + len(_LEFT)])
    both = np.where(np.isnan(left), right, np.where(np.isnan(right), left, (left + right) / 2))
    return np.concatenate([central, both, both])
