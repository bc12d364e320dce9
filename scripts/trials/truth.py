"""The exact truth of a trial, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from demo_clip.camera import Camera
from demo_clip.render import fragments
from demo_clip.rig import INDEX, Array

from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.trajectories import Landmarks, Markers
from trials.movements.gait import strides
from trials.scene import Scene, frame_times

_HIPS = [23, 24]
_STEP_NUMBERS = ("step_time", "step_length", "stride_length", "step_width")
_TO_MEDIAPIPE = np.array([1.0, -1.0, -1.0])


def truth(scene: Scene) -> dict[str, Any]:
    """Return the arrays of a trial's truth by key.

    Lengths are metres, times seconds, angles degrees; "world" has y up, the floor at y = 0, x to the camera's right
    and z towards the camera, and its origin on the floor below mid-hip in the first frame that shows the person.

    ``time`` (T,), ``world``, ``camera`` (T, 33, 3) and ``pixel`` (T, 33, 2): MediaPipe's landmarks; camera axes are x
    right, y down, z away, pixels count from the picture's corner.
    ``inside``, ``covered`` (T, 33) of bool: the landmark lies in the picture; something else stands before it.
    ``persons`` (T,): how many people have a landmark in the picture. ``others`` (P, T, 33, 3), ``others_pixel``: the
    landmarks of the others, in the world and in the picture.
    ``angles`` (T, 12, 3) of ``joints`` (12,): flexion, abduction and rotation by `humanpose3d.kinematics`.
    ``azimuth`` (T,): from where the camera looks at the pelvis, 0 front, 90 the person's left.
    ``heel_strike_l``, ``toe_off_l`` (and ``_r``): seconds; ``step_time_l``, ``step_length_l``, ``stride_length_l``,
    ``step_width_l``: of the steps that end with those heel strikes, NaN where the step began before the trial.
    ``repetitions`` (N, 3): start, turning point, end. ``speed``, ``belt``: of walking, and whether the ground moves.
    ``camera_matrix`` (3, 3), ``rotation`` (3, 3), ``translation`` (3,): camera point = rotation @ world + translation.
    ``focal_length`` (in longer sides of the picture), ``pitch``, ``roll``, ``camera_height``, ``size`` (2,).
    """
    trial, camera, times = scene.trial, scene.camera, frame_times(scene.trial)
    middle = slice(scene.times.shape[1] // 2, None, scene.times.shape[1])
    own, *others = (person.landmarks[middle] for person in scene.people)
    inside = _inside(camera, own)
    seen = inside.any(axis=1)
    origin = own[int(np.argmax(seen)), _HIPS].mean(axis=0) * (1, 0, 1)
    world = own - origin
    markers = true_markers(times, world)
    angles = joint_angles(times, markers.names, markers.positions)
    forward = scene.people[0].figure.kinematics(scene.people[0].local[middle])[0][:, INDEX["pelvis"], :, 2]
    return {
        "time": times,
        "world": world.astype(np.float32),
        "camera": camera.view(own).astype(np.float32),
        "pixel": camera.project(own).astype(np.float32),
        "inside": inside,
        "covered": _covered(scene, own, inside),
        "persons": seen.astype(int) + sum(_inside(camera, other).any(axis=1) for other in others),
        "others": np.array([other - origin for other in others], np.float32).reshape(-1, *own.shape),
        "others_pixel": np.array([camera.project(o) for o in others], np.float32).reshape(-1, *own.shape[:2], 2),
        "angles": angles.degrees.astype(np.float32),
        "joints": np.array(angles.names),
        "azimuth": np.rad2deg(-np.arctan2(forward[:, 0], forward[:, 2])) % 360,
        **_events(scene, times),
        "repetitions": np.array(scene.motion.repetitions, np.float64).reshape(-1, 3),
        "speed": scene.motion.speed,
        "belt": scene.motion.belt,
        "camera_matrix": camera.intrinsics,
        "rotation": camera.rotation,
        "translation": camera.translation + camera.rotation @ origin,
        "focal_length": trial.lens,
        "pitch": trial.pitch,
        "roll": trial.roll,
        "camera_height": camera.centre[1],
        "size": np.array(camera.size),
    }


def true_markers(times: Array, world: Array) -> Markers:
    """Body markers of true landmarks (T, 33, 3) in the world."""
    ones = np.ones(world.shape[:2])
    return markers_from_landmarks(Landmarks(times, world * _TO_MEDIAPIPE, ones[..., None] * (0.0, 0.0), ones))


def _inside(camera: Camera, points: Array) -> Any:
    pixel, depth = camera.project(points), camera.view(points)[..., 2]
    return (depth > 0) & ((pixel >= 0) & (pixel < camera.size)).all(axis=-1)


def _covered(scene: Scene, points: Array, inside: Any) -> Any:
    """Whether another person or a piece of furniture hides landmarks (T, 33) of the trial's own person."""
    covered = np.zeros(inside.shape, bool)
    if len(scene.people) + len(scene.furniture) == 1:
        return covered
    camera, exposed = scene.camera, scene.times.shape[1]
    for k in np.flatnonzero(inside.any(axis=1)):
        surfaces = scene.surfaces(k * exposed + exposed // 2)
        found = fragments(surfaces, camera, 1)
        first = np.full(camera.size[0] * camera.size[1], -1)
        first[found.pixel] = found.triangle
        column, row = np.floor(camera.project(points[k])).astype(int).T
        at = np.where(inside[k], row * camera.size[0] + column, 0)
        triangle = first[at]
        vertices = np.concatenate([surface.vertices for surface in surfaces[1:]])
        starts = np.cumsum([0] + [len(surface.vertices) for surface in surfaces[1:-1]])
        triangles = np.concatenate([s.mesh.triangles + b for s, b in zip(surfaces[1:], starts, strict=True)])
        other = triangle - len(surfaces[0].mesh.triangles)
        hit = (other >= 0) & inside[k]
        nearer = camera.view(vertices[triangles[np.maximum(other, 0), 0]])[:, 2] < camera.view(points[k])[:, 2]
        covered[k] = hit & nearer
    return covered


def _events(scene: Scene, times: Array) -> dict[str, Any]:
    events: dict[str, Any] = {}
    found = strides(scene.motion.prints)
    for side, own in scene.motion.prints.items():
        strikes = np.array([p.start for p in own])
        offs = np.array([p.end for p in own])
        within = (strikes >= times[0]) & (strikes <= times[-1])
        events[f"heel_strike_{side}"] = strikes[within]
        events[f"toe_off_{side}"] = offs[(offs >= times[0]) & (offs <= times[-1])]
        numbers = np.array(found[side], np.float64).reshape(-1, 4)[within]
        events |= {f"{name}_{side}": numbers[:, k] for k, name in enumerate(_STEP_NUMBERS)}
    return events
