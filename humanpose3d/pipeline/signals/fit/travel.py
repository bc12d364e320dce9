"""Estimate the focal length from a way towards the camera, or away from it.

How much larger the person becomes in the picture tells the way in focal lengths; the standing foot, over which the
body moves, tells it in lengths of the body. The depth prior knows the pose well enough for that, and the pose model
does not.
"""

import math
from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.series import stretches_of
from humanpose3d.pipeline.signals.body import BODY
from humanpose3d.pipeline.signals.bone_lengths import LEG_AND_TRUNK_SHARE
from humanpose3d.pipeline.signals.depth_prior.prior import DepthPrior
from humanpose3d.pipeline.signals.fit.anatomy import lateral_directions, points_of
from humanpose3d.pipeline.signals.fit.landmark_offsets import joint_centre_rays
from humanpose3d.pipeline.signals.lens import ASSUMED, Lens
from humanpose3d.pipeline.signals.rays import rays_of, turns_towards
from humanpose3d.pipeline.signals.world.contacts import SOLES, Ground, find_ground
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["Travel", "focal_length_by_travel", "lens_by_travel"]

_BODY_M = 1.4  # usual length of trunk and leg: which foot stands is decided in metres
_SHORTEST_STANCE_M = 0.1
_SHORTEST_M = 0.8
_LEAST_ALONG = 0.8  # of the way: from more aside, speed and steps hardly depend on the lens, and gain nothing
_TOWARDS = 1.07
"""By this factor the way over the standing foot is found too short towards the camera, and not away from it: mean on
the development half of the bench, with its walkers."""
_ROUNDS = 3
_SPREAD = 0.17
"""Of the logarithm: root mean square on the development half of the bench, with its walkers."""


class Travel(NamedTuple):
    """A focal length in lengths of the picture's longer side, and the standard deviation of its logarithm."""

    focal_length: float
    spread: float
    metres: float
    """How far the person went along the line of sight while a foot stood."""


def focal_length_by_travel(landmarks: Landmarks, size: tuple[int, int], prior: DepthPrior) -> Travel | None:
    """Compare the way in the picture with the way over the standing foot.

    The camera must stand still. `size` is that of the picture in square pixels. None where the way along the line of
    sight is short or the smaller part of the way, the ground is a treadmill's belt, or no foot stands.
    """
    ahead = _BODY_M * points_of(np.where(np.isfinite(prior.spreads), prior.links, np.nan))
    focal_length = ASSUMED.focal_length
    over_foot = along = across = 0.0
    for _ in range(_ROUNDS):
        rays = rays_of(landmarks.image, size, focal_length)[:, BODY]
        pose, place = _placed(rays, ahead)
        pose, place = _placed(_of_joints(rays, landmarks.times, pose + place[:, None]), ahead)
        points = np.full((*landmarks.world.shape[:2], 3), np.nan)
        points[:, BODY] = pose + place[:, None]
        ground = find_ground(landmarks.times, points)
        over_foot, along, across = _ways(pose, place, ground)
        if ground.velocity.any() or min(over_foot, along) <= 0:
            return None
        focal_length *= over_foot / along
    mostly_along = along >= _LEAST_ALONG * math.hypot(along, across)
    return Travel(focal_length, _SPREAD, over_foot) if mostly_along and over_foot >= _SHORTEST_M else None


def lens_by_travel(landmarks: Landmarks, size: tuple[int, int], prior: DepthPrior) -> Lens | None:
    """Return the lens that :func:`focal_length_by_travel` finds, or None."""
    travel = focal_length_by_travel(landmarks, size, prior)
    return None if travel is None else Lens(travel.focal_length, travel.spread, "estimated")


def _ways(pose: FloatArray, place: FloatArray, ground: Ground) -> tuple[float, float, float]:
    """Return metres while a foot stands: along the line of sight over that foot, then in the picture, and across it."""
    over_foot = along = across = 0.0
    for sole, contact in zip(np.searchsorted(BODY, SOLES), ground.contact.T, strict=True):
        for start, end in stretches_of(contact & np.isfinite(place).all(axis=1)):
            aside, _, away = place[end - 1] - place[start]
            if max(abs(aside), abs(away)) >= _SHORTEST_STANCE_M:
                along += abs(away) / len(SOLES)
                across += abs(aside) / len(SOLES)
                over_this = -math.copysign(1, away) * (pose[end - 1, sole, 2] - pose[start, sole, 2])
                over_foot += over_this * (_TOWARDS if away < 0 else 1) / len(SOLES)
    return over_foot, along, across


def _of_joints(rays: FloatArray, times: FloatArray, body: FloatArray) -> FloatArray:
    """Return the rays (T, J, 2) of the joints, for those of the landmarks and about where the body (T, J, 3) is."""
    known = np.asarray(np.isfinite(body).all(axis=2))
    lateral = lateral_directions(times, np.nan_to_num(body), known)
    return joint_centre_rays(rays, body, lateral, known, _BODY_M / LEG_AND_TRUNK_SHARE)


def _placed(rays: FloatArray, ahead: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the pose (T, J, 3) and the place of mid-hip (T, 3) at which it is seen along `rays`; metres.

    Given is the pose as if the person stood straight ahead. The place is that of least squares, linear in it: of a
    landmark's distance from its ray at the landmark's depth.
    """
    known = np.isfinite(rays).all(axis=(1, 2)) & np.isfinite(ahead).all(axis=(1, 2))
    pose, place = np.full_like(ahead, np.nan), np.full((len(rays), 3), np.nan)
    seen = rays[known]
    turned = np.einsum("tij,tkj->tki", turns_towards(seen.mean(axis=1)), ahead[known])
    # Rows of the equations are (1, 0, -x) and (0, 1, -y) for a landmark seen at (x, y).
    rows = np.concatenate([np.broadcast_to(np.eye(2), (*seen.shape, 2)), -seen[..., None]], axis=-1)
    given = seen * turned[..., 2:] - turned[..., :2]
    normal = np.einsum("tjki,tjkl->til", rows, rows)
    place[known] = np.linalg.solve(normal, np.einsum("tjki,tjk->ti", rows, given)[..., None])[..., 0]
    pose[known] = turned
    return pose, place
