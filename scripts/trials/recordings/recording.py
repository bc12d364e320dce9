"""Recorded movement on the bones of the rig, whatever file it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from demo_clip.rig import BONES, INDEX, Array

from trials.motion import SIDES


class RecordingError(Exception):
    """A file of recorded movement can't be used; says which, and why."""


@dataclass(frozen=True)
class Recording:
    """Recorded movement; units of length do not count.

    Attributes
    ----------
    path : Path
        The file that it comes from.
    rate : float
        Frames per second.
    bones : array (T, bones, 3, 3)
        Rotations of the rig's bones in the world, whose y axis points up. The pitch of the feet is up to a constant.
    root : array (T, 3)
        Place of the pelvis, in lengths of the leg.
    low : array (T, 2)
        What is low where the left and the right foot stand.
    """

    path: Path
    rate: float
    bones: Array
    root: Array
    low: Array

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.root) / self.rate

    def part(self, first: int, last: int) -> Recording:
        """Return the frames from `first` to before `last`, or to the end."""
        at = slice(first, last)
        return replace(self, bones=self.bones[at], root=self.root[at], low=self.low[at])


def rig_bones(trunk: Mapping[str, Array], limbs: Mapping[str, tuple[Array, Array]], feet: Mapping[str, Array]) -> Array:
    """Rotations of all bones of the rig in the world, (T, bones, 3, 3).

    Parameters
    ----------
    trunk : dict of str to array (T, 3, 3)
        Rotations of pelvis, lumbar, chest and head.
    limbs : dict of str to (array (T, 3), array (T, 3))
        For thighs, shanks and arms the direction from joint to joint, and the axis of knee or elbow, to the person's
        left. The hand goes on as the forearm does.
    feet : dict of str to array (T, 3, 3)
        Rotations of the feet.
    """
    world = np.empty((len(trunk["pelvis"]), len(BONES), 3, 3))
    for bone, rotations in {**trunk, **feet}.items():
        world[:, INDEX[bone]] = rotations
    for bone, (down, left) in limbs.items():
        world[:, INDEX[bone]] = axes("y", -down, "x", left)
    for side in SIDES:
        world[:, INDEX[f"hand_{side}"]] = world[:, INDEX[f"forearm_{side}"]]
    return world


def axes(exact: str, direction: Array, near: str, other: Array) -> Array:
    """Rotations (T, 3, 3) one of whose axes has a direction (T, 3), while a second is as near to another as can be.

    Parameters
    ----------
    exact, near : {"x", "y", "z"}
        The two axes.
    direction, other : array (T, 3)
        Their directions.
    """
    i, j = "xyz".index(exact), "xyz".index(near)
    world = np.empty((len(direction), 3, 3))
    world[..., i] = unit(direction)
    world[..., j] = unit(other - np.sum(other * world[..., i], axis=1, keepdims=True) * world[..., i])
    world[..., 3 - i - j] = np.cross(world[..., i], world[..., j]) * (1 if (j - i) % 3 == 1 else -1)
    return world


def unit(vectors: Array) -> Array:
    """Vectors (T, 3) of length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
