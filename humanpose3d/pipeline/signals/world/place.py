"""Place the person in the world: upright, on the floor at y = 0, on the way that was walked."""

from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.series import bridged
from humanpose3d.pipeline.signals.body import FEET, HIPS, middle
from humanpose3d.pipeline.signals.world.contacts import find_ground
from humanpose3d.pipeline.signals.world.floor import find_floor
from humanpose3d.pipeline.signals.world.vertical import stands, tilt_of, up_direction, world_axes
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["stand_upright"]

_LARGEST_TILT_DEG = 50.0  # beyond, the person rather lies than the camera tilts
_LEAST_SEEN = 0.25  # of the frames: with fewer, feet and floor are below the picture, and where they are is a guess


def stand_upright(landmarks: Landmarks) -> tuple[Landmarks, dict[str, float]]:
    """Turn the person upright, with the floor at y = 0 and where the person was in each frame.

    y still points down, x to the camera's right and z away from it; the origin is on the floor below the middle of
    the hips in the first frame that shows them. Where nothing is known of the place, the picture does not show the
    feet, or no foot stands, the middle of the hips stays at x = z = 0 and each frame is lowered or raised until its
    feet touch y = 0.

    The report gives ``turned``, 0 where the tilt is not to be believed or the person never stands, else 1;
    ``tilt_deg``, by how much the camera is tilted; and, where the person's place is known, ``camera_height_m`` and
    ``on_belt``, 1 on a treadmill. It is empty where shoulders and legs are never seen together.
    """
    up = up_direction(landmarks.world)
    tilt = tilt_of(up)
    if not np.isfinite(tilt):
        return landmarks, {}
    if tilt > _LARGEST_TILT_DEG or not stands(landmarks.world):
        return landmarks, {"turned": 0, "tilt_deg": round(tilt, 1)}
    posed = landmarks.world - middle(landmarks.world, HIPS)
    place = landmarks.place
    if place is not None and np.isfinite(place).all(axis=1).any() and _feet_in_picture(landmarks):
        points = posed + bridged(place, landmarks.times)[:, None]
        ground = find_ground(landmarks.times, points)
        floor = find_floor(landmarks.times, points, up, ground)
        if floor is not None:
            world = points @ world_axes(floor.up).T - [0.0, floor.below, 0.0]
            report = {"turned": 1, "tilt_deg": round(tilt_of(floor.up), 1), "camera_height_m": round(floor.below, 3)}
            return replace(landmarks, world=_from_start(world), place=None), {**report, "on_belt": int(ground.is_belt)}
    world = posed @ world_axes(up).T
    world[..., 1] -= _lowest_foot(world, landmarks.times)[:, None]
    return replace(landmarks, world=world, place=None), {"turned": 1, "tilt_deg": round(tilt, 1)}


def _feet_in_picture(landmarks: Landmarks) -> bool:
    """Whether the picture shows both feet often enough to tell where the floor is."""
    image = landmarks.image[landmarks.detected][:, FEET]
    return bool(((image >= 0) & (image <= 1)).all(axis=(1, 2)).mean() >= _LEAST_SEEN)


def _from_start(world: FloatArray) -> FloatArray:
    """Move the origin below the middle of the hips in the first frame that shows them."""
    hips = middle(world, HIPS)[:, 0]
    seen = np.isfinite(hips).all(axis=1)
    return np.asarray(world - hips[np.argmax(seen)] * [1.0, 0.0, 1.0]) if seen.any() else world


def _lowest_foot(world: FloatArray, times: FloatArray) -> FloatArray:
    """Return the height of the lowest foot landmark in each frame, interpolated where no foot is seen."""
    lowest = np.where(np.isnan(world[:, FEET, 1]), -np.inf, world[:, FEET, 1]).max(axis=1)
    lowest[~np.isfinite(lowest)] = np.nan
    return np.nan_to_num(bridged(lowest, times))
