"""Find frames in which the detector exchanged left and right, and exchange them back (Viterbi 1967).

In each frame the trunk (with the face), the arms and the legs are each as detected or exchanged: eight states. The
path through the states that costs least is found over the whole trial (Viterbi). A frame costs what its landmarks move
from the frame before, in the picture and in space, each in torso lengths; changing state costs extra, so nothing is
done on weak evidence; so does every exchanged part, so of two explanations the one with fewer exchanged frames wins;
and so does a limb whose state differs from the trunk's, the more the farther that takes thighs or upper arms from
their usual length.

While a detector that tracks turns a person round, the two sides pass through each other: for a few frames shoulders
and hips collapse towards the middle. Such frames are neither one nor the other, and would lead the path gently from
one to the other. They are left out of the search and come back empty.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.series import cheapest_path, stretches_of
from humanpose3d.pipeline.signals.body import (
    ARMS,
    HIPS,
    LEGS,
    MIRRORED,
    SHOULDERS,
    TRUNK,
    bone_lengths,
    emptied,
    index,
    middle,
)
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["repair_swaps"]

_PARTS = (TRUNK, ARMS, LEGS)
_JUDGED_BY = (
    np.concatenate([SHOULDERS, HIPS]),  # not the face, whose sides lie too close together
    index("left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    index("left_knee", "right_knee", "left_ankle", "right_ankle"),
)
_STATES = np.array(list(product((False, True), repeat=len(_PARTS))))

# All in torso lengths. The real trials give the same from 0.05 to 0.3 for the first and 0 to 0.01 for the next two.
_COST_OF_CHANGE = 0.15
_COST_OF_EXCHANGED_PART = 0.003
_COST_OF_TWISTED_LIMB = 0.003
_COST_OF_LENGTH = 0.1  # for each natural logarithm by which bones come nearer to their usual length, or less near
_FARTHEST_MOVE = 0.5

# Shoulders and hips together narrower than this share of their median: caught in the middle of an exchange.
_COLLAPSED = 0.75
# An exchange takes 0.1 s. Who is narrow for longer is seen from the side, and the pose model makes them too narrow.
_LONGEST_COLLAPSE_S = 0.25

_ROOT_BONES = (
    np.array([index("left_shoulder", "left_elbow"), index("right_shoulder", "right_elbow")]),
    np.array([index("left_hip", "left_knee"), index("right_hip", "right_knee")]),
)


def repair_swaps(landmarks: Landmarks, aspect: float = 1.0) -> tuple[Landmarks, dict[str, int]]:
    """Put left and right back where the detector exchanged them.

    `aspect` is the width of the picture divided by its height.

    Returns
    -------
    Landmarks
        World, image and visibility exchanged alike; collapsed frames are NaN.
    dict
        ``frames_exchanged`` (any part), of these ``whole_body``, ``arms_only``, ``legs_only``, and
        ``frames_collapsed``.
    """
    known = np.isfinite(landmarks.world[:, np.concatenate(_JUDGED_BY)]).all(axis=(1, 2))
    known &= np.isfinite(landmarks.image[:, np.concatenate(_JUDGED_BY)]).all(axis=(1, 2))
    collapsed = known & _collapsed(landmarks.world, landmarks.times)
    judged = np.flatnonzero(known & ~collapsed)
    exchanged = np.zeros((len(landmarks.times), len(_PARTS)), bool)
    if len(judged) > 1:
        exchanged[judged] = _cheapest_states(landmarks.world[judged], landmarks.image[judged] * [aspect, 1.0])

    counts = exchanged.sum(axis=1)
    repaired = replace(
        landmarks,
        world=_exchange(landmarks.world, exchanged),
        image=_exchange(landmarks.image, exchanged),
        visibility=_exchange(landmarks.visibility, exchanged),
    )
    return emptied(repaired, collapsed), {
        "frames_exchanged": int((counts > 0).sum()),
        "whole_body": int((counts == len(_PARTS)).sum()),
        "arms_only": int((exchanged == [False, True, False]).all(axis=1).sum()),
        "legs_only": int((exchanged == [False, False, True]).all(axis=1).sum()),
        "frames_collapsed": int(collapsed.sum()),
    }


def _collapsed(world: FloatArray, times: FloatArray) -> npt.NDArray[np.bool_]:
    width = bone_lengths(world, np.array([SHOULDERS, HIPS])).sum(axis=1)
    if not np.isfinite(width).any():
        return np.zeros(len(width), bool)
    narrow = width < _COLLAPSED * np.nanmedian(width)
    for start, end in stretches_of(narrow):
        if times[end - 1] - times[start] > _LONGEST_COLLAPSE_S:
            narrow[start:end] = False
    return np.asarray(narrow)


def _exchange(values: FloatArray, exchanged: npt.NDArray[np.bool_]) -> FloatArray:
    """Exchange the two sides of the parts named for each frame."""
    which = np.zeros(values.shape[:2], bool)
    for part, flags in zip(_PARTS, exchanged.T, strict=True):
        which[:, part] = flags[:, None]
    which = which.reshape(*which.shape, *[1] * (values.ndim - 2))
    return np.where(which, values[:, MIRRORED], values)


def _cheapest_states(world: FloatArray, picture: FloatArray) -> npt.NDArray[np.bool_]:
    """Return, for each frame, which parts are exchanged, shape (T, 3)."""
    stays = _COST_OF_EXCHANGED_PART * _STATES.sum(axis=1) + _twisted(world)
    changes = _STATES[:, None] != _STATES
    moves = _COST_OF_CHANGE * changes.any(axis=-1) + sum(
        _moves(world, picture, part)[:, changes[:, :, i].astype(int)] for i, part in enumerate(_JUDGED_BY)
    )
    return np.asarray(_STATES[cheapest_path(stays, moves)])


def _moves(world: FloatArray, picture: FloatArray, part: npt.NDArray[np.intp]) -> FloatArray:
    """Return what a part moves between frames: with its sides as they are, and exchanged; shape (T - 1, 2)."""

    def moved(points: FloatArray) -> FloatArray:
        hips = middle(points, HIPS)
        torso = np.median(np.linalg.norm(middle(points, SHOULDERS) - hips, axis=-1))
        points = (points - hips) / max(float(torso), 1e-9)
        before = points[:-1, part]
        after = np.stack([points[1:, part], points[1:][:, MIRRORED[part]]])
        return np.asarray(np.minimum(np.linalg.norm(after - before, axis=-1), _FARTHEST_MOVE).mean(axis=-1).T)

    return (moved(world) + moved(picture)) / 2


def _twisted(world: FloatArray) -> FloatArray:
    """Return the cost of the limbs that differ from the trunk, shape (T, 8)."""
    cost = np.zeros((len(world), len(_STATES)))
    for limb, bones in enumerate(_ROOT_BONES, start=1):
        crossed = np.stack([bones[:, 0], MIRRORED[bones[:, 1]]], axis=1)
        usual = np.median(bone_lengths(world, bones), axis=0) + 1e-9
        as_is = np.abs(np.log((bone_lengths(world, bones) + 1e-9) / usual)).mean(axis=1)
        twisted = np.abs(np.log((bone_lengths(world, crossed) + 1e-9) / usual)).mean(axis=1)
        differs = _STATES[:, limb] != _STATES[:, 0]
        cost += differs * (_COST_OF_TWISTED_LIMB + _COST_OF_LENGTH * np.clip(twisted - as_is, -0.5, 0.5)[:, None])
    return cost
