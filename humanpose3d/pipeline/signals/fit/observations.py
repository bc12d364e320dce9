"""What the fit of :mod:`~humanpose3d.pipeline.signals.fit.reprojection` is given: the picture, the pose, the body."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.signals.body import BODY, HIPS, middle
from humanpose3d.pipeline.signals.bone_lengths import stature, trunk_and_leg
from humanpose3d.pipeline.signals.depth_prior.prior import DepthPrior
from humanpose3d.pipeline.signals.fit.anatomy import (
    FEET,
    HIP_PLACES,
    PARENT_PLACES,
    lateral_directions,
    links_of,
    without_splay,
)
from humanpose3d.pipeline.signals.fit.landmark_offsets import joint_centre_rays
from humanpose3d.pipeline.signals.rays import turns_towards
from humanpose3d.pipeline.signals.world.contacts import Ground
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["NEAREST_M", "Observations"]

# Found on the real trials and on the development half of the bench; the error is flat around them
# (benchmarks/README.md).
_PICTURE_M = 0.01
_POSE_M = np.array([0.05, 0.05, 0.08])
# Depth, of which the picture says nothing, is held by the pose alone: it needs more freedom to follow real movement.
_FREEDOM = np.array([1.0, 1.0, 4.0])
_LEAST_WEIGHT = 0.1
# Of a foot that stands, m/s: a millimetre from one frame to the next, and one or two centimetres in a stance.
_SLIP = 0.03
# The depth prior knows more than its spreads say; of where ankles and feet are across the line of sight somewhat less,
# because it blurs when a foot lands and leaves the floor, which the picture shows. Chosen on the development half, by
# networks that never saw the person.
_BY_PRIOR = np.full((len(BODY), 3), 1.8)
_BY_PRIOR[FEET, :2] = 1.2
NEAREST_M = 0.1
"""Everything is at least so far in front of the camera."""


@dataclass(frozen=True, eq=False)
class Observations:
    """What is known about a stretch of T frames; J landmarks of the body, metres."""

    rays: FloatArray
    """Shape (T, J, 2): tangents of the directions in which the picture shows the joints."""
    lengths: FloatArray
    """Shape (20,): of the bones."""
    weight: FloatArray
    """Shape (T, J): of the picture's residuals; 0 where the landmark is missing."""
    present: FloatArray
    """Shape (T, J): 1 where the landmark is there, else 0."""
    links: tuple[tuple[FloatArray, FloatArray], ...]
    """From what a landmark hangs on to the landmark, by the pose model and by the depth prior, each with the weight of
    its residuals: shapes (T, J, 3), 0 where the landmark, its parent or the prior is missing."""
    lateral: FloatArray
    """Shape (T, 3): unit vectors from the right to the left of the body, at the start."""
    distance: FloatArray
    """Shape (T, 1): of the person from the camera, at the start."""
    second_difference: FloatArray
    """Shape (3, T - 2, 1, 3): weights of three frames that together are an acceleration, in its standard deviations
    along each axis."""
    start: FloatArray
    """Shape (T, J, 3): where the fit starts."""
    standing: FloatArray
    """Shape (T - 1, 4): weight of the movement of a foot that stands between two frames, else 0."""
    ground_moves: FloatArray
    """Shape (T - 1, 1, 3): how far the ground moves meanwhile."""

    @classmethod
    def of(
        cls,
        landmarks: Landmarks,
        frames: slice,
        rays: FloatArray,
        lengths: FloatArray,
        cutoff_hz: float,
        prior: DepthPrior,
        begin: FloatArray | None = None,
        ground: Ground | None = None,
    ) -> "Observations":
        """Gather what is known of some frames; a missing landmark starts amid the hips and has no weight.

        The landmarks, their `rays` (all frames, 33, 2), `prior`, `begin` (all frames, 33, 3) and `ground` are of the
        whole trial; in the frames asked for, the hips must be there. Without `begin` the fit starts with the pose,
        placed where it fits the picture best; without `ground` nothing is known of feet that stand.
        """
        times, world, visibility = (each[frames] for each in (landmarks.times, landmarks.world, landmarks.visibility))
        prior, ground = prior.at(frames), (ground or Ground.unknown(len(landmarks.times))).at(frames)
        pose = (world - middle(world, HIPS))[:, BODY]
        rays = rays[frames][:, BODY]
        present = np.asarray(np.isfinite(pose).all(axis=-1) & np.isfinite(rays).all(axis=-1))
        pose = np.where(present[..., None], pose, 0.0)
        rays = np.where(present[..., None], rays, rays[:, HIP_PLACES].mean(axis=1, keepdims=True))
        turns = turns_towards(rays.mean(axis=1))
        pose = np.einsum("tij,tkj->tki", turns, pose)
        pose = without_splay(pose, lateral_directions(times, pose, present), present)
        start = begin[frames][:, BODY] if begin is not None else pose + _placed(pose, rays, present)[:, None]
        size = trunk_and_leg(lengths)
        there = (present & present[:, PARENT_PLACES].all(axis=2))[..., None]
        lateral = lateral_directions(times, start, present)
        visible = np.nan_to_num(visibility[:, BODY], nan=0.0)
        trust = np.sqrt(np.maximum(visible, _LEAST_WEIGHT))[..., None]
        return cls(
            rays=joint_centre_rays(rays, start, lateral, present, stature(lengths)),
            lengths=lengths,
            weight=np.maximum(visible**3, _LEAST_WEIGHT) * present / _PICTURE_M,
            present=present.astype(np.float64),
            links=(
                (links_of(pose), trust * there / _POSE_M),
                (np.einsum("tij,tkj->tki", turns, prior.links) * size, _BY_PRIOR * there / (prior.spreads * size)),
            ),
            lateral=lateral,
            distance=np.asarray(start[..., 2].mean(axis=1, keepdims=True)),
            second_difference=_second_difference(times)[..., None, None]
            / (_PICTURE_M * (2 * np.pi * cutoff_hz) ** 2 * _FREEDOM),
            start=start,
            standing=_standing(times, ground),
            ground_moves=(np.diff(times)[:, None] * ground.velocity[1:])[:, None],
        )


def _standing(times: FloatArray, ground: Ground) -> FloatArray:
    """Return the weights of the movement of feet that stand in two frames that follow each other."""
    both = ground.contact[1:] & ground.contact[:-1]
    return both / (_SLIP * np.diff(times)[:, None])


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
    place[:, 2] = np.maximum(place[:, 2], 2 * NEAREST_M - pose[..., 2].min(axis=1))
    return np.asarray(place)


def _second_difference(times: FloatArray) -> FloatArray:
    """Return the weights of three frames, at uneven times, whose sum is a second derivative; shape (3, T - 2)."""
    before, after = np.diff(times)[:-1], np.diff(times)[1:]
    first, last = 2 / (before * (before + after)), 2 / (after * (before + after))
    return np.stack([first, -first - last, last])
