"""A person who walks in a known way before a camera that is tilted in a known way: the truth of the demo's clip."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from humanpose3d.demo import truth_path
from humanpose3d.pipeline.signals.body import HIPS, middle
from humanpose3d.pipeline.trajectories import Landmarks

SPEED = 1.15  # m/s, of the demo's belt


@dataclass(frozen=True)
class Walker:
    """Points (T, 33, 3) in the world, metres: x to the camera's right, y up, z towards the camera, the floor at 0."""

    times: np.ndarray
    world: np.ndarray
    pitch: float
    height: float
    distance: float

    @property
    def points(self) -> np.ndarray:
        """In the camera's axes, whose y points down and z away, from the camera."""
        below = self.world * [1, -1, -1] + [0, self.height, self.distance]
        return below @ self.turn.T

    @property
    def turn(self) -> np.ndarray:
        return Rotation.from_euler("x", self.pitch, degrees=True).as_matrix()

    @property
    def up(self) -> np.ndarray:
        """Which way is up, in the camera's axes."""
        return self.turn @ [0.0, -1.0, 0.0]

    @property
    def landmarks(self) -> Landmarks:
        place = middle(self.points, HIPS)
        ones = np.ones(self.world.shape[:2])
        return Landmarks(self.times, self.points - place, ones[..., None] * (0.5, 0.5), ones, place=place[:, 0])


def walker(heading: float = 0.0, *, over_ground: bool = True, pitch: float = 0.0, height: float = 1.2) -> Walker:
    """Walk on the belt, or over the floor; `heading` is 0 towards the camera and 90 to its right, degrees."""
    with np.load(truth_path()) as truth:
        times, world = truth["time"].astype(float), truth["world"].astype(float)
    ahead = np.cross([0.0, 1.0, 0.0], (world[:, 24] - world[:, 23]).mean(axis=0))
    world = (
        world
        @ Rotation.from_euler("y", heading - np.degrees(np.arctan2(ahead[0], ahead[2])), degrees=True).as_matrix().T
    )
    if over_ground:
        way = np.radians(heading)
        world = world + SPEED * times[:, None, None] * [np.sin(way), 0.0, np.cos(way)]
    return Walker(times, world, pitch, height, 6.0)
