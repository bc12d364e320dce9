"""The person at one moment: gait, skeleton and body put together, standing on the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo_clip.body import person
from demo_clip.gait import joint_rotations
from demo_clip.mesh import Mesh
from demo_clip.rig import Array, forward_kinematics, landmarks


@dataclass(frozen=True)
class Surface:
    """Something to be drawn: a mesh whose `vertices` and unit `normals` (V, 3) are in their places in the world."""

    mesh: Mesh
    vertices: Array
    normals: Array


@dataclass(frozen=True)
class Walker(Surface):
    """The posed body in the world (x to the camera's right, y up from the floor, z towards the camera).

    Its `landmarks` are (33, 3).
    """

    landmarks: Array


def walker_at(time: float) -> Walker:
    """Pose the person at a time in seconds, dropped so that the lowest point touches the floor."""
    rotations, joints = forward_kinematics(joint_rotations(time))
    vertices, normals = person().posed(rotations, joints)
    drop = np.array([0.0, vertices[:, 1].min(), 0.0])
    return Walker(person(), vertices - drop, normals, landmarks(rotations, joints) - drop)
