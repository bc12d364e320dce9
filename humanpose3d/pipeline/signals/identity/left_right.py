"""Find frames in which the detector exchanged left and right, and exchange them back (Viterbi 1967).

In each frame the trunk (with the face), the arms and the legs are each as detected or exchanged: eight states. The
path through the states that costs least is found over the whole trial (Viterbi). A frame costs what its landmarks move
from the frame before, in the picture and in space, each in torso lengths; changing state costs extra, so nothing is
done on weak evidence; so does every exchanged part, so of two explanations the one with fewer exchanged frames wins;
and so does a limb whose state differs from the trunk's. Of legs, which pass each other at every step where the camera
stands beside the person, the network of the depth prior has an opinion of its own. It learned of exchanged legs alone,
so it is asked after the trunk has been put right, and then the path is found again.

While a detector that tracks turns a person round, the two sides pass through each other: for a few frames shoulders
and hips collapse towards the middle. Such frames are neither one nor the other, and would lead the path gently from
one to the other. They are left out of the search and come back empty.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.series import cheapest_path, stretches_of
from humanpose3d.kinematics.validity.sides import Sides
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

__all__ = ["repair_swaps", "sides_of", "undecided_legs"]

_PARTS = (TRUNK, ARMS, LEGS)
_LEGS = 2
_JUDGED_BY = (
    np.concatenate([SHOULDERS, HIPS]),  # not the face, whose sides lie too close together
    index("left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    index("left_knee", "right_knee", "left_ankle", "right_ankle"),
)
_STATES = np.array(list(product((False, True), repeat=len(_PARTS))))

# All in torso lengths; found on the development half of the bench, and flat around.
_COST_OF_CHANGE = np.array([0.15, 0.15, 0.1])  # of trunk, arms, legs; of several that change at once the dearest
_COST_OF_EXCHANGED_PART = np.array([0.003, 0.003, 0.006])
_COST_OF_DIFFERENT_LIMB = 0.003
_FARTHEST_MOVE = np.array([0.5, 0.5, 1.0])
_COST_OF_OPINION = 0.16  # against the network's, for each natural logarithm of its odds
_STRONGEST_OPINION = 4.0

# Shoulders and hips together narrower than this share of their median: caught in the middle of an exchange.
_COLLAPSED = 0.75
# An exchange takes 0.1 s. Who is narrow for longer is seen from the side, and the pose model makes them too narrow.
_LONGEST_COLLAPSE_S = 0.25

# Which leg is the left one can't be told where the clearness of legs whose ankles are so far apart in the picture, in
# torso lengths, is less than this in the mean over the seconds around: found on the development half of the bench.
_CLEAR = 10.0
_APART = 0.3
_AROUND_S = 1.0
_LEAST_SHARE = 0.1  # of the frames around
_ANKLES = index("left_ankle", "right_ankle")[None]


def repair_swaps(
    landmarks: Landmarks, aspect: float = 1.0, legs: Callable[[Landmarks], FloatArray | None] | None = None
) -> tuple[Landmarks, dict[str, int]]:
    """Put left and right back where the detector exchanged them.

    `aspect` is the width of the picture divided by its height. `legs` gives the logarithm of the odds that the legs are
    exchanged, shape (T,), as :func:`~humanpose3d.pipeline.signals.depth_prior.prior.exchanged_legs` does; or None.

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
        given = landmarks.world[judged], landmarks.image[judged] * [aspect, 1.0]
        exchanged[judged] = _cheapest_states(*given, np.zeros(len(judged)))
        like_the_trunk = np.repeat(exchanged[:, :1], len(_PARTS), axis=1)
        if legs is not None and (odds := legs(_with_sides_exchanged(landmarks, like_the_trunk))) is not None:
            exchanged[judged] = _cheapest_states(*given, odds[judged])

    counts = exchanged.sum(axis=1)
    return emptied(_with_sides_exchanged(landmarks, exchanged), collapsed), {
        "frames_exchanged": int((counts > 0).sum()),
        "whole_body": int((counts == len(_PARTS)).sum()),
        "arms_only": int((exchanged == [False, True, False]).all(axis=1).sum()),
        "legs_only": int((exchanged == [False, False, True]).all(axis=1).sum()),
        "frames_collapsed": int(collapsed.sum()),
    }


def undecided_legs(landmarks: Landmarks, aspect: float, clearness: FloatArray) -> npt.NDArray[np.bool_]:
    """Return the frames (T,) in which nothing tells which leg is the left one.

    `aspect` is the width of the picture divided by its height; `clearness`, shape (T,), is that of
    :func:`~humanpose3d.pipeline.signals.depth_prior.prior.clearness_of_legs`.
    """
    picture, times = landmarks.image * [aspect, 1.0], landmarks.times
    torso = np.linalg.norm(middle(picture, SHOULDERS) - middle(picture, HIPS), axis=-1)
    apart = (bone_lengths(picture, _ANKLES) > _APART * torso)[:, 0]
    telling = apart & np.isfinite(clearness)
    each = np.stack([telling, np.where(telling, clearness, 0.0)], axis=1)
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(each, axis=0)])
    start, end = np.searchsorted(times, times - _AROUND_S), np.searchsorted(times, times + _AROUND_S, "right")
    count, total = (sums[end] - sums[start]).T
    return np.asarray((count > _LEAST_SHARE * (end - start)) & (total < _CLEAR * count))


def sides_of(report: Mapping[str, Any], frames: int) -> Sides:
    """Return how surely left and right were told apart in a trial of so many frames.

    `report` is that of :func:`repair_swaps`, with ``frames_undecided`` of :func:`undecided_legs`; it may be damaged.
    """

    def share(*keys: str) -> float:
        counts = (report.get(key) for key in keys)
        return sum(count for count in counts if isinstance(count, int)) / frames

    return Sides(share("frames_exchanged", "frames_collapsed"), share("frames_undecided"))


def _collapsed(world: FloatArray, times: FloatArray) -> npt.NDArray[np.bool_]:
    width = bone_lengths(world, np.array([SHOULDERS, HIPS])).sum(axis=1)
    if not np.isfinite(width).any():
        return np.zeros(len(width), bool)
    narrow = width < _COLLAPSED * np.nanmedian(width)
    for start, end in stretches_of(narrow):
        if times[end - 1] - times[start] > _LONGEST_COLLAPSE_S:
            narrow[start:end] = False
    return np.asarray(narrow)


def _with_sides_exchanged(landmarks: Landmarks, exchanged: npt.NDArray[np.bool_]) -> Landmarks:
    return replace(
        landmarks,
        world=_exchange(landmarks.world, exchanged),
        image=_exchange(landmarks.image, exchanged),
        visibility=_exchange(landmarks.visibility, exchanged),
    )


def _exchange(values: FloatArray, exchanged: npt.NDArray[np.bool_]) -> FloatArray:
    """Exchange the two sides of the parts named for each frame."""
    which = np.zeros(values.shape[:2], bool)
    for part, flags in zip(_PARTS, exchanged.T, strict=True):
        which[:, part] = flags[:, None]
    which = which.reshape(*which.shape, *[1] * (values.ndim - 2))
    return np.where(which, values[:, MIRRORED], values)


def _cheapest_states(world: FloatArray, picture: FloatArray, odds: FloatArray) -> npt.NDArray[np.bool_]:
    """Return, for each frame, which parts are exchanged, shape (T, 3); `odds` (T,) are of exchanged legs."""
    differs = _STATES[:, 1:] != _STATES[:, :1]
    opinion = np.clip(odds, -_STRONGEST_OPINION, _STRONGEST_OPINION)[:, None] * differs[:, -1]
    stays = (
        _STATES @ _COST_OF_EXCHANGED_PART + _COST_OF_DIFFERENT_LIMB * differs.sum(axis=1) - _COST_OF_OPINION * opinion
    )
    changes = _STATES[:, None] != _STATES
    moves = (_COST_OF_CHANGE * changes).max(axis=-1) + sum(
        _moves(world, picture, part)[:, changes[:, :, part].astype(int)] for part in range(len(_PARTS))
    )
    return np.asarray(_STATES[cheapest_path(stays, moves)])


def _moves(world: FloatArray, picture: FloatArray, part: int) -> FloatArray:
    """Return what a part moves between frames: with its sides as they are, and exchanged; shape (T - 1, 2).

    Legs that pass each other are apart in depth, of which the pose model is not sure: there the picture alone counts.
    """
    judged_by = _JUDGED_BY[part]

    def moved(points: FloatArray) -> FloatArray:
        hips = middle(points, HIPS)
        torso = np.median(np.linalg.norm(middle(points, SHOULDERS) - hips, axis=-1))
        points = (points - hips) / max(float(torso), 1e-9)
        before = points[:-1, judged_by]
        after = np.stack([points[1:, judged_by], points[1:][:, MIRRORED[judged_by]]])
        return np.asarray(np.minimum(np.linalg.norm(after - before, axis=-1), _FARTHEST_MOVE[part]).mean(axis=-1).T)

    return moved(picture) if part == _LEGS else (moved(world) + moved(picture)) / 2
