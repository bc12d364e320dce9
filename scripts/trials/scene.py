"""All that one trial's camera sees: people in motion, furniture, the room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from demo_clip.body import person
from demo_clip.camera import Camera
from demo_clip.rig import INDEX, Array, rotation
from demo_clip.room import Belt, Room
from demo_clip.walker import Surface

from trials.figure import Figure
from trials.furniture import chair, furniture, rail
from trials.motion import Motion
from trials.movements import locomotion, move
from trials.parameters import Body, Movement, Passer, Trial

_LOWEST_CAMERA = 0.2  # metres over the floor
_MOMENTS_IN_EXPOSURE = 3
_DARK_WALL, _DARK_FLOOR = (0.15, 0.15, 0.17), (0.11, 0.11, 0.12)


@dataclass(frozen=True)
class Person:
    """One person's movement in the room; the arrays are over all moments that are drawn."""

    figure: Figure
    local: Array
    root: Array
    coarseness: float

    def surface(self, moment: int) -> Surface:
        """Return skin and clothes at a moment."""
        mesh = person(replace(self.figure.body.outfit, coarseness=self.coarseness))
        rotations, joints = self.figure.kinematics(self.local[moment])
        vertices, normals = mesh.posed(rotations, joints + self.root[moment], self.figure.scales)
        return Surface(mesh, vertices, normals)

    @cached_property
    def landmarks(self) -> Array:
        """MediaPipe's landmarks, (moments, 33, 3)."""
        return self.figure.landmarks(self.local, self.root)


@dataclass(frozen=True)
class Scene:
    """A trial made solid. The room's origin is on the floor below the point at which the camera aims.

    Attributes
    ----------
    trial : Trial
    times : array (T, K)
        Seconds of the K moments in each frame's exposure.
    people : list of Person
        The trial's own person first.
    motion : Motion
        Of the trial's own person; its events are in seconds of the trial.
    furniture : list of Surface
    room : Room
        With the camera.
    """

    trial: Trial
    times: Array
    people: list[Person]
    motion: Motion
    furniture: list[Surface]
    room: Room

    @property
    def camera(self) -> Camera:
        """The camera, in the room's axes."""
        return self.room.camera

    def surfaces(self, moment: int) -> list[Surface]:
        """Return what is drawn at a moment, the trial's own person first."""
        return [*(p.surface(moment) for p in self.people), *self.furniture]


def frame_times(trial: Trial) -> Array:
    """Seconds of the frames."""
    return np.arange(trial.frames) / trial.rate


def build(trial: Trial, recordings: Path | None = None) -> Scene:
    """Make all that a trial's camera sees.

    Parameters
    ----------
    trial : Trial
    recordings : Path, optional
        Folder with recorded movement; needed for trials of the kind "recorded".

    Raises
    ------
    RecordingError
        A recording can't be used.
    """
    exposed = np.linspace(-0.5, 0.5, _MOMENTS_IN_EXPOSURE) if trial.exposure else np.zeros(1)
    times = frame_times(trial)[:, None] + exposed * trial.exposure / trial.rate
    motion = move(times.ravel(), trial.movement, Figure(trial.body), recordings)
    turned = rotation("y", -trial.azimuth)
    reach = motion.root[:, [0, 2]]
    aimed = reach[0] if trial.aim_at == "start" else (reach.min(axis=0) + reach.max(axis=0)) / 2
    if motion.belt:
        aimed = np.zeros(2)
    moved = -turned @ np.array([aimed[0], 0.0, aimed[1]])
    people = [_placed(trial, trial.body, motion, turned, moved)]
    if trial.passer:
        people.append(_passing(trial, trial.passer, times.ravel()))
    stands = [furniture(motion.boxes, turned, moved)] if motion.boxes else []
    if trial.obstacle:
        boxes = chair(0.12) if trial.obstacle == "chair" else rail()
        stands.append(furniture(boxes, np.eye(3), np.array([0.0, 0.0, 0.75])))
    back = min(p.root[:, 2].min() for p in people)
    room = Room(
        place_camera(trial),
        Belt(-trial.azimuth, motion.speed) if motion.belt else None,
        wall_z=float(min(back - 1.3, -2.0)),
        **({"wall": _DARK_WALL, "floor": _DARK_FLOOR} if trial.dark else {}),
    )
    return Scene(trial, times, people, motion, stands, room)


def place_camera(trial: Trial) -> Camera:
    """Place the camera so that the person, standing where it aims, has the wanted height in the picture."""
    focal = trial.lens * max(trial.width, trial.height)
    pitch, roll = np.deg2rad([trial.pitch, trial.roll])
    away = np.array([0.0, -np.sin(pitch), -np.cos(pitch)])
    right, down = np.array([1.0, 0.0, 0.0]), np.array([0.0, -np.cos(pitch), np.sin(pitch)])
    turned = np.stack([
        np.cos(roll) * right + np.sin(roll) * down,
        np.cos(roll) * down - np.sin(roll) * right,
        away,
    ])  # fmt: skip
    eye = np.array([0.0, trial.aim * trial.body.stature, 0.0]) - away * focal * trial.body.stature / trial.person
    eye[1] = max(eye[1], _LOWEST_CAMERA)
    intrinsics = np.array([[focal, 0, trial.width / 2], [0, focal, trial.height / 2], [0, 0, 1]])
    return Camera(intrinsics, turned, -turned @ eye, (trial.width, trial.height))


def _placed(trial: Trial, body: Body, motion: Motion, turned: Array, moved: Array) -> Person:
    local = motion.local.copy()
    local[:, INDEX["pelvis"]] = turned @ local[:, INDEX["pelvis"]]
    coarseness = float(np.clip(np.round(2 * 700 / trial.person) / 2, 1.0, 4.0))
    return Person(Figure(body), local, motion.root @ turned.T + moved, coarseness)


def _passing(trial: Trial, passer: Passer, times: Array) -> Person:
    walk = Movement("walk", passer.speed, "straight")
    motion = locomotion(times, walk, Figure(passer.body))
    turned = rotation("y", passer.heading)
    meeting = passer.speed * (passer.at * trial.frames / trial.rate - times[0])
    moved = np.array([0.0, 0.0, passer.nearer]) - turned @ np.array([0.0, 0.0, meeting])
    return _placed(trial, passer.body, motion, turned, moved)
