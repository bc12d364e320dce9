"""The seven cost terms of the fit in :mod:`~humanpose3d.pipeline.signals.fit.reprojection`.

Each residual is divided by its standard deviation, in metres (movement in metres a second squared):

picture
    Distance of the projected landmark from the one detected, at the person's distance from the camera. Less visible
    landmarks count less.
bones
    Difference of a bone's length from its length over the whole trial.
pose
    Difference of each link, from a landmark to the one that it hangs on, from the pose model's own; less where the
    landmark is hidden, and less along the line of sight. The pose model sees a cut-out around the person as if that
    lay straight ahead, so its pose is first turned to where the person really is; and elbows and knees are first
    drawn into the line of their limb (:mod:`~humanpose3d.pipeline.signals.fit.anatomy`).
prior
    Difference of each link from the depth prior's, by the spread that it gives for itself. Turned like the pose.
knees
    Difference of the shank's sideways lean from the thigh's, as a sine.
contacts
    Movement of feet that stand, from one frame to the next, against the ground (where it is known already; see
    :mod:`~humanpose3d.pipeline.signals.world.contacts`).
movement
    Acceleration. Against the picture alone it is a low-pass that halves what moves at the cut-off frequency.

Picture, pose, prior and knees are robust (Huber): beyond two standard deviations they pull with constant force.
"""

import numpy as np

from humanpose3d.pipeline.signals.body import BODY, BONES
from humanpose3d.pipeline.signals.bone_lengths import SHANK, THIGH
from humanpose3d.pipeline.signals.fit.anatomy import LEGS, PARENT_PLACES, knee_planes, links_of
from humanpose3d.pipeline.signals.fit.banded_system import BandedSystem
from humanpose3d.pipeline.signals.fit.observations import NEAREST_M, Observations
from humanpose3d.pipeline.signals.world.contacts import SOLES
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["linearised", "total_cost"]

# Found as those of the observations are.
_BONE_M = 0.015
_KNEES = 0.2
_HUBER = 2.0

_BONE_ENDS = np.searchsorted(BODY, BONES)
_SOLES = np.searchsorted(BODY, SOLES)


def total_cost(seen: Observations, points: FloatArray) -> float:
    """Return the sum of squares, with Huber's loss for picture, pose, prior and knees."""
    if points[..., 2].min() < NEAREST_M:
        return float("inf")
    terms = _picture(seen, points), *_links(seen, points), _knees(seen, points)[0]
    robust = np.concatenate([term.ravel() for term in terms])
    size = np.abs(robust)
    loss = np.where(size > _HUBER, _HUBER * (2 * size - _HUBER), size**2).sum()
    return float(
        loss
        + (_bones(seen, points)[0] ** 2).sum()
        + (_movement(seen, points) ** 2).sum()
        + (_contacts(seen, points) ** 2).sum()
    )


def linearised(seen: Observations, points: FloatArray) -> BandedSystem:
    """Return the residuals and their slopes with the points, the robust ones weighted for Huber's loss."""
    entry = np.arange(points.size).reshape(points.shape)
    system = BandedSystem()

    depth = points[..., 2]
    residual = _picture(seen, points)
    slope = (seen.distance / depth * seen.weight)[..., None]
    weight = _huber_weight(residual)
    to_depth = -points[..., :2] / depth[..., None] * slope
    system.add(residual * weight, (entry[..., :2], slope * weight), (entry[..., 2:], to_depth * weight))

    residual, direction = _bones(seen, points)
    start, end = entry[:, _BONE_ENDS[:, 0]], entry[:, _BONE_ENDS[:, 1]]
    system.add(
        residual,
        *((start[..., axis], direction[..., axis]) for axis in range(3)),
        *((end[..., axis], -direction[..., axis]) for axis in range(3)),
    )

    for residual, (_, slope) in zip(_links(seen, points), seen.links, strict=True):
        weight = _huber_weight(residual)
        parents = ((entry[:, places], -0.5 * slope * weight) for places in PARENT_PLACES.T)
        system.add(residual * weight, (entry, slope * weight), *parents)

    residual, to_thigh, to_shank = _knees(seen, points)
    weight = _huber_weight(residual)
    to_thigh, to_shank = to_thigh * weight[..., None], to_shank * weight[..., None]
    system.add(
        residual * weight,
        *(
            (entry[:, LEGS[:, joint], axis], slope[..., axis])
            for joint, slope in enumerate((-to_thigh, to_thigh - to_shank, to_shank))
            for axis in range(3)
        ),
    )

    residual = _contacts(seen, points)
    slope = np.broadcast_to(seen.standing[..., None], residual.shape)
    system.add(residual, (entry[1:, _SOLES], slope), (entry[:-1, _SOLES], -slope))

    frames = len(points)
    weights = seen.second_difference
    system.add(_movement(seen, points), *((entry[i : frames - 2 + i], weights[i]) for i in range(3) if frames > 2))
    return system


def _picture(seen: Observations, points: FloatArray) -> FloatArray:
    projected = points[..., :2] / points[..., 2:]
    return np.asarray((projected - seen.rays) * (seen.distance * seen.weight)[..., None])


def _bones(seen: Observations, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the residuals (T, bones) and their slopes with the bones' beginnings (T, bones, 3)."""
    start, end = _BONE_ENDS.T
    along = points[:, start] - points[:, end]
    length = np.maximum(np.linalg.norm(along, axis=-1), 1e-6)
    there = seen.present[:, start] * seen.present[:, end] / _BONE_M
    return (length - seen.lengths) * there, along / length[..., None] * there[..., None]


def _links(seen: Observations, points: FloatArray) -> list[FloatArray]:
    """Return the residuals of the pose and of the prior, each (T, J, 3)."""
    links = links_of(points)
    return [(links - said) * weight for said, weight in seen.links]


def _knees(seen: Observations, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the residuals (T, 2) and their slopes with thighs and shanks (T, 2, 3)."""
    lean, to_thigh, to_shank = knee_planes(points, seen.lateral, seen.lengths[THIGH], seen.lengths[SHANK])
    there = seen.present[:, LEGS].min(axis=-1) / _KNEES
    return lean * there, to_thigh * there[..., None], to_shank * there[..., None]


def _contacts(seen: Observations, points: FloatArray) -> FloatArray:
    """Return the residuals (T - 1, feet, 3): how far feet that stand move against the ground."""
    return np.asarray((np.diff(points[:, _SOLES], axis=0) - seen.ground_moves) * seen.standing[..., None])


def _movement(seen: Observations, points: FloatArray) -> FloatArray:
    first, second, third = seen.second_difference
    if len(points) < 3:
        return np.zeros((0, *points.shape[1:]))
    return np.asarray(first * points[:-2] + second * points[1:-1] + third * points[2:])


def _huber_weight(residual: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(_HUBER / np.maximum(np.abs(residual), _HUBER)))
