"""Convert MediaPipe's 33 landmarks to the 22 body markers of Pose2Sim's OpenSim models, and add 43 anatomical ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from humanpose3d.kinematics.rotations import unit
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray, Landmarks, Markers, y_up

if TYPE_CHECKING:
    from humanpose3d.loaders.marker_augmenter import MarkerAugmenter

__all__ = ["MARKER_NAMES", "augment_markers", "markers_from_landmarks"]

MARKER_NAMES = (
    "Hip", "RHip", "RKnee", "RAnkle", "RBigToe", "RSmallToe", "RHeel",
    "LHip", "LKnee", "LAnkle", "LBigToe", "LSmallToe", "LHeel",
    "Neck", "Head", "Nose", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist",
)  # fmt: skip
"""The 22 markers in the order of Pose2Sim's HALPE_26 skeleton: legs first, then the trunk, then the arms."""

_DIRECT = {
    "RHip": "right_hip", "RKnee": "right_knee", "RAnkle": "right_ankle", "RHeel": "right_heel",
    "LHip": "left_hip", "LKnee": "left_knee", "LAnkle": "left_ankle", "LHeel": "left_heel",
    "RBigToe": "right_foot_index", "LBigToe": "left_foot_index", "Nose": "nose",
    "RShoulder": "right_shoulder", "RElbow": "right_elbow", "RWrist": "right_wrist",
    "LShoulder": "left_shoulder", "LElbow": "left_elbow", "LWrist": "left_wrist",
}  # fmt: skip
_DERIVED_FROM = {
    "Hip": ("left_hip", "right_hip"),
    "Neck": ("left_shoulder", "right_shoulder"),
    "Head": ("nose", "left_eye", "right_eye", "left_ear", "right_ear"),
    "RSmallToe": ("right_knee", "right_ankle", "right_heel", "right_foot_index"),
    "LSmallToe": ("left_knee", "left_ankle", "left_heel", "left_foot_index"),
}

# The tip of the little toe, in lengths of the line from the heel to the tip of the big toe: along that line and
# to the side of it. Rounded from an adult foot, whose breadth is 0.39 of its length.
_SMALL_TOE_FORWARD = 0.8
_SMALL_TOE_SIDEWAYS = 0.3


def markers_from_landmarks(landmarks: Landmarks) -> Markers:
    """Compute the 22 markers of :data:`MARKER_NAMES`, y up, from the 33 world landmarks.

    17 markers are landmarks by another name (BigToe is MediaPipe's foot index). Five are derived:

    Hip, Neck
        The middle of the two hips, and of the two shoulders.
    Head
        The top of the head, as in HALPE_26. MediaPipe sees only the face, so it is placed above the middle of the
        ears, as far as the nose is in front of it (both about 13 cm on an adult). "Above" is at right angles to the
        line through the ears and to the direction in which the face looks, halfway between that to the eyes (about
        10 degrees above the horizontal of an upright head) and that to the nose (about 10 below).
    RSmallToe, LSmallToe
        MediaPipe has no little toe: this marker is *synthesised* from the ankle, heel and big toe, and carries no
        information of its own. It lies 0.8 of the way from heel to big toe and 0.3 of that length to the outside,
        at right angles to the foot and to the shank. Inversion of the foot cannot be seen in it.

    A marker is NaN where one of its sources is. The visibility of a derived marker is the lowest of its sources'.
    """
    positions = y_up(landmarks.world)
    index = {name: i for i, name in enumerate(LANDMARK_NAMES)}
    point = {name: positions[:, i] for name, i in index.items()}

    made = {marker: point[landmark] for marker, landmark in _DIRECT.items()}
    made["Hip"] = (point["left_hip"] + point["right_hip"]) / 2
    made["Neck"] = (point["left_shoulder"] + point["right_shoulder"]) / 2
    made["Head"] = _top_of_head(*(point[name] for name in _DERIVED_FROM["Head"]))
    made["RSmallToe"] = _small_toe(*(point[name] for name in _DERIVED_FROM["RSmallToe"]), outside=1.0)
    made["LSmallToe"] = _small_toe(*(point[name] for name in _DERIVED_FROM["LSmallToe"]), outside=-1.0)

    sources = {**{marker: (landmark,) for marker, landmark in _DIRECT.items()}, **_DERIVED_FROM}
    return Markers(
        times=landmarks.times,
        names=MARKER_NAMES,
        positions=np.stack([made[name] for name in MARKER_NAMES], axis=1),
        visibility=np.stack(
            [landmarks.visibility[:, [index[source] for source in sources[name]]].min(axis=1) for name in MARKER_NAMES],
            axis=1,
        ),
    )


def augment_markers(markers: Markers, augmenter: MarkerAugmenter, *, height: float, mass: float) -> Markers:
    """Add anatomical markers to the 22 of :data:`MARKER_NAMES`, of a person of that height (m) and mass (kg).

    The body markers stay unchanged, and those of `augmenter` follow. An added marker is NaN in frames where one of its
    sources is; its visibility is the lowest of theirs. The small toes are synthesised, so markers computed from them
    carry no information on the inversion of the foot.
    """
    index = {name: i for i, name in enumerate(markers.names)}
    added = augmenter.augment({name: markers[name] for name in markers.names}, height, mass)
    visibility = [markers.visibility[:, [index[name] for name in names]].min(axis=1) for names in augmenter.sources]
    return Markers(
        times=markers.times,
        names=(*markers.names, *augmenter.names),
        positions=np.concatenate((markers.positions, added), axis=1),
        visibility=np.column_stack((markers.visibility, *visibility)),
    )


def _top_of_head(
    nose: FloatArray, left_eye: FloatArray, right_eye: FloatArray, left_ear: FloatArray, right_ear: FloatArray
) -> FloatArray:
    ears, eyes = (left_ear + right_ear) / 2, (left_eye + right_eye) / 2
    forward = unit(unit(eyes - ears) + unit(nose - ears))
    up = unit(np.cross(forward, left_ear - right_ear))
    return ears + _length(nose - ears) * up


def _small_toe(
    knee: FloatArray, ankle: FloatArray, heel: FloatArray, big_toe: FloatArray, *, outside: float
) -> FloatArray:
    """`outside` is +1 for the right foot, -1 for the left: the sense of foot × shank that points outwards."""
    foot = big_toe - heel
    sideways = outside * unit(np.cross(foot, knee - ankle))
    return heel + _SMALL_TOE_FORWARD * foot + _SMALL_TOE_SIDEWAYS * _length(foot) * sideways


def _length(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(vectors, axis=-1, keepdims=True))
