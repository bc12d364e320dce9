"""The four cost terms of the fit in :mod:`~humanpose3d.pipeline.signals.fit.reprojection`.

Each residual is divided by its standard deviation, in metres (for the last one in metres a second squared):

picture
    Distance of the projected landmark from the one detected, at the person's distance from the camera. Less visible
    landmarks count less.
bones
    Difference of a bone's length from its length over the whole trial.
pose
    Difference of each link, from a landmark to the one that it hangs on (:data:`PARENTS`), from the pose model's own;
    across the line of sight the pose model is trusted twice as far as along it. It sees a cut-out around the person
    as if that lay straight ahead, so its pose is first turned to where the person really is.
movement
    Acceleration. Against the picture alone it is a low-pass that halves what moves at the cut-off frequency.

Picture and pose are robust (Huber): beyond two standard deviations they pull with constant force.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.signals.body import BODY, BONES, HIPS, middle
from humanpose3d.pipeline.signals.fit.banded_system import BandedSystem
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray

__all__ = ["PARENTS", "Observations", "linearised", "total_cost"]

# Found on the real trials; the error is flat around them (benchmarks/README.md).
_PICTURE_M = 0.007
_BONE_M = 0.015
_POSE_M = np.array([0.04, 0.04, 0.08])
# Depth, of which the picture says nothing, is held by the pose alone: it needs more freedom to follow real movement.
_FREEDOM = np.array([1.0, 1.0, 4.0])
_HUBER = 2.0
_LEAST_WEIGHT = 0.1
_NEAREST_M = 0.1

PARENTS = {
    "elbow": "shoulder",
    "wrist": "elbow",
    "knee": "hip",
    "ankle": "knee",
    "heel": "ankle",
    "foot_index": "ankle",
}
"""What a landmark hangs on, on its own side; shoulders and hips hang on the middle of the hips."""

_PLACE = {landmark: place for place, landmark in enumerate(BODY.tolist())}
_BONE_ENDS = np.array([[_PLACE[end] for end in bone] for bone in BONES.tolist()])
_HIP_PLACES = np.array([_PLACE[hip] for hip in HIPS.tolist()])


def _parent_places(landmark: int) -> npt.NDArray[np.intp]:
    """Return the two landmarks whose middle is the parent; twice the same where it is one."""
    side, _, part = LANDMARK_NAMES[landmark].partition("_")
    if part not in PARENTS:
        return _HIP_PLACES
    return np.array([_PLACE[LANDMARK_NAMES.index(f"{side}_{PARENTS[part]}")]] * 2)


_PARENT_PLACES = np.array([_parent_places(landmark) for landmark in BODY.tolist()])


@dataclass(frozen=True, eq=False)
class Observations:
    """What is known about a stretch of T frames; J landmarks of the body.

    Attributes
    ----------
    rays : ndarray, shape (T, J, 2)
        Tangents of the directions in which the picture shows the landmarks.
    pose : ndarray, shape (T, J, 3)
        The pose model's landmarks about the middle of the hips, turned; metres.
    lengths : ndarray, shape (20,)
        Of the bones; metres.
    weight : ndarray, shape (T, J)
        Of the picture's residuals; 0 where the landmark is missing.
    present : ndarray, shape (T, J)
        1 where the landmark is there, else 0.
    distance : ndarray, shape (T, 1)
        Of the person from the camera, at the start; metres.
    second_difference : ndarray, shape (3, T - 2, 1, 3)
        Weights of three frames that together are an acceleration, in its standard deviations along each axis.
    start : ndarray, shape (T, J, 3)
        The pose, placed where it fits the picture best.
    """

    rays: FloatArray
    pose: FloatArray
    lengths: FloatArray
    weight: FloatArray
    present: FloatArray
    distance: FloatArray
    second_difference: FloatArray
    start: FloatArray

    @classmethod
    def of(
        cls,
        times: FloatArray,
        world: FloatArray,
        rays: FloatArray,
        visibility: FloatArray,
        lengths: FloatArray,
        cutoff_hz: float,
    ) -> "Observations":
        """Gather what is known; a missing landmark starts in the middle of the hips and has no weight.

        Parameters
        ----------
        times : ndarray, shape (T,)
        world : ndarray, shape (T, 33, 3)
            Hips must be there.
        rays : ndarray, shape (T, 33, 2)
        visibility : ndarray, shape (T, 33)
        lengths : ndarray, shape (20,)
        cutoff_hz : float
        """
        pose = (world - middle(world, HIPS))[:, BODY]
        rays = rays[:, BODY]
        present = np.asarray(np.isfinite(pose).all(axis=-1) & np.isfinite(rays).all(axis=-1))
        pose = np.where(present[..., None], pose, 0.0)
        rays = np.where(present[..., None], rays, rays[:, _HIP_PLACES].mean(axis=1, keepdims=True))
        pose = np.einsum("tij,tkj->tki", _turns_towards(rays.mean(axis=1)), pose)
        start = pose + _placed(pose, rays, present)[:, None]
        visible = np.nan_to_num(visibility[:, BODY], nan=0.0)
        return cls(
            rays=rays,
            pose=pose,
            lengths=lengths,
            weight=np.maximum(visible**3, _LEAST_WEIGHT) * present / _PICTURE_M,
            present=present.astype(np.float64),
            distance=np.asarray(start[..., 2].mean(axis=1, keepdims=True)),
            second_difference=_second_difference(times)[..., None, None]
            / (_PICTURE_M * (2 * np.pi * cutoff_hz) ** 2 * _FREEDOM),
            start=start,
        )


def _turns_towards(rays: FloatArray) -> FloatArray:
    """Return the smallest turns that take straight ahead to `rays` (T, 2), shape (T, 3, 3); Rodrigues' formula."""
    x, y = rays.T
    norm = np.sqrt(1 + x**2 + y**2)
    sine_axis = np.zeros((len(rays), 3, 3))  # the cross product with (0, 0, 1) × (x, y, 1) / norm
    sine_axis[:, 0, 2], sine_axis[:, 1, 2] = x / norm, y / norm
    sine_axis[:, 2, 0], sine_axis[:, 2, 1] = -x / norm, -y / norm
    return np.asarray(np.eye(3) + sine_axis + sine_axis @ sine_axis / (1 + 1 / norm)[:, None, None])


def _placed(pose: FloatArray, rays: FloatArray, present: npt.NDArray[np.bool_]) -> FloatArray:
    """Return where the pose must stand to project to `rays`, shape (T, 3): linear least squares in each frame."""
    equations = np.zeros((*rays.shape, 3))
    equations[..., 0, 0] = equations[..., 1, 1] = 1
    equations[..., 2] = -rays
    equations *= present[..., None, None]
    right = rays * pose[..., 2:] - pose[..., :2]
    normal = np.einsum("tjai,tjak->tik", equations, equations) + 1e-9 * np.eye(3)
    place = np.linalg.solve(normal, np.einsum("tjai,tja->ti", equations, right)[..., None])[..., 0]
    # All landmarks must be in front of the camera.
    place[:, 2] = np.maximum(place[:, 2], 2 * _NEAREST_M - pose[..., 2].min(axis=1))
    return np.asarray(place)


def _second_difference(times: FloatArray) -> FloatArray:
    """Return the weights of three frames, at uneven times, whose sum is a second derivative; shape (3, T - 2)."""
    before, after = np.diff(times)[:-1], np.diff(times)[1:]
    first, last = 2 / (before * (before + after)), 2 / (after * (before + after))
    return np.stack([first, -first - last, last])


def total_cost(seen: Observations, points: FloatArray) -> float:
    """Return the sum of squares, with Huber's loss for picture and pose."""
    if points[..., 2].min() < _NEAREST_M:
        return float("inf")
    robust = np.concatenate([_picture(seen, points).ravel(), _pose(seen, points).ravel()])
    size = np.abs(robust)
    loss = np.where(size > _HUBER, _HUBER * (2 * size - _HUBER), size**2).sum()
    return float(loss + (_bones(seen, points)[0] ** 2).sum() + (_movement(seen, points) ** 2).sum())


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

    residual = _pose(seen, points)
    weight = _huber_weight(residual)
    slope = weight * _links_present(seen) / _POSE_M
    parents = ((entry[:, places], -0.5 * slope) for places in _PARENT_PLACES.T)
    system.add(residual * weight, (entry, slope), *parents)

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


def _pose(seen: Observations, points: FloatArray) -> FloatArray:
    return np.asarray((_links(points) - _links(seen.pose)) * _links_present(seen) / _POSE_M)


def _links(points: FloatArray) -> FloatArray:
    return np.asarray(points - points[:, _PARENT_PLACES].mean(axis=2))


def _links_present(seen: Observations) -> FloatArray:
    return np.asarray(seen.present * seen.present[:, _PARENT_PLACES].min(axis=2))[..., None]


def _movement(seen: Observations, points: FloatArray) -> FloatArray:
    first, second, third = seen.second_difference
    if len(points) < 3:
        return np.zeros((0, *points.shape[1:]))
    return np.asarray(first * points[:-2] + second * points[1:-1] + third * points[2:])


def _huber_weight(residual: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(_HUBER / np.maximum(np.abs(residual), _HUBER)))
