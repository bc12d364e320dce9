"""Recorded movement from a Biovision file (.bvh).

The pose of such a skeleton whose angles are zero says nothing: in some files its arms hang, in others they are spread,
in others all bones lie on one line. So all directions come from the places of the joints, and a recorded rotation is
turned by what, over the recording, brings it nearest to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from demo_clip.rig import Array, rotation
from scipy.spatial.transform import Rotation

from trials.motion import SIDES
from trials.recordings.bvh_file import Bvh, parse, posed
from trials.recordings.joint_names import ancestors, find_joints
from trials.recordings.recording import Recording, axes, rig_bones, unit

_STRAIGHT = 0.02  # mean squared sine of its bends below which a hinge's axis is rather that of the trunk


def read_bvh(path: Path) -> Recording:
    """Read a motion with its skeleton, whatever the names of its joints, its units, its rate, and its zero pose.

    Thighs, shanks and arms take their direction from the joints, and their twist from the axis about which knee and
    elbow bend. The pelvis has its hips across, the chest its shoulders; both are on average as upright as the line
    from hips to shoulders is. The head is on average in line with the chest, the feet lie along the toes. The vertical
    is y, or z if that is the axis along which shoulders are above ankles.

    Raises
    ------
    OSError, ValueError
        The file can't be read, is damaged, or lacks a joint.
    """
    person = _person(parse(path.read_text(encoding="utf-8-sig", errors="replace")))
    trunk = _trunk(person)
    limbs: dict[str, tuple[Array, Array]] = {}
    for side in SIDES:
        limbs |= _limb(person, trunk["pelvis"], 1.0, [f"{part}_{side}" for part in ("thigh", "shank", "foot")])
        limbs |= _limb(person, trunk["chest"], -1.0, [f"{part}_{side}" for part in ("upper_arm", "forearm", "hand")])
    feet = {f"foot_{side}": _foot(person, side, *limbs[f"shank_{side}"]) for side in SIDES}
    low = [np.mean([person.place(part)[:, 1] for part in person.foot(side)], axis=0) for side in SIDES]
    bones = rig_bones(trunk, limbs, feet)
    return Recording(path, 1 / person.bvh.step, bones, person.middle("thigh") / person.leg, np.stack(low, axis=1))


@dataclass(frozen=True)
class _Person:
    """A posed skeleton whose joints are known; rotations (joints, T, 3, 3) and places (joints, T, 3), y up."""

    bvh: Bvh
    known: dict[str, int]
    rotations: Array
    places: Array

    def place(self, part: str) -> Array:
        return np.asarray(self.places[self.known[part]])

    def middle(self, part: str) -> Array:
        return np.asarray(self.place(f"{part}_l") + self.place(f"{part}_r")) / 2

    def turned(self, part: str) -> Array:
        return np.asarray(self.rotations[self.known[part]])

    def carrier(self, *parts: str) -> Array:
        """Rotations of the nearest joint that carries all parts."""
        first, *others = (ancestors(self.bvh.joints, self.known[part]) for part in parts)
        return np.asarray(self.rotations[next(i for i in first if all(i in other for other in others))])

    def between(self, part: str, other: str) -> Array:
        """Directions (T, 3) from part to part."""
        apart = self.place(other) - self.place(part)
        if np.linalg.norm(apart, axis=1).min() < 1e-6:
            names = (self.bvh.joints[self.known[one]].name or "the end of a limb" for one in (part, other))
            raise ValueError(f"{' and '.join(names)} of its skeleton are at one place")
        return unit(apart)

    def foot(self, side: str) -> list[str]:
        """Joints of a foot: ankle and, if it has any, toes."""
        return [part for part in (f"foot_{side}", f"toes_{side}") if part in self.known]

    @property
    def up(self) -> Array:
        """Directions (T, 3) from the hips to the shoulders."""
        return unit(self.middle("upper_arm") - self.middle("thigh"))

    @property
    def straight(self) -> Array:
        """Weights (T,) of the frames: large where thighs and trunk are in line, as of those who stand or lie."""
        down = unit(self.middle("shank") - self.middle("thigh"))
        return np.asarray(np.maximum(-np.sum(self.up * down, axis=1), 0.1) ** 8)

    @property
    def leg(self) -> float:
        """Length from hip to ankle."""
        lengths = [
            np.linalg.norm(self.place(f"{lower}_{side}") - self.place(f"{upper}_{side}"), axis=1).mean()
            for side in SIDES
            for upper, lower in (("thigh", "shank"), ("shank", "foot"))
        ]
        return float(sum(lengths) / 2)


def _person(bvh: Bvh) -> _Person:
    known = find_joints(bvh.joints)
    person = _Person(bvh, known, *posed(bvh))
    _, y, z = (person.middle("upper_arm") - person.middle("foot")).mean(axis=0)
    if z <= abs(y):
        return person
    raised = rotation("x", -90.0)
    return _Person(bvh, known, raised @ person.rotations, person.places @ raised.T)


def _trunk(person: _Person) -> dict[str, Array]:
    up, weights = person.up, person.straight
    pelvis, chest = (
        _aligned(
            person.carrier(f"{part}_l", f"{part}_r"),
            axes("x", person.between(f"{part}_r", f"{part}_l"), "y", up),
            weights,
        )
        for part in ("thigh", "upper_arm")
    )
    bent = Rotation.from_matrix(np.swapaxes(pelvis, -1, -2) @ chest).as_rotvec()
    lumbar = pelvis @ Rotation.from_rotvec(bent / 2).as_matrix()
    return {"pelvis": pelvis, "lumbar": lumbar, "chest": chest, "head": _aligned(person.turned("head"), chest, weights)}


def _aligned(own: Array, wanted: Array, weights: Array) -> Array:
    """Rotations (T, 3, 3) that turn as `own` do, and are as near to `wanted` as one turn for all frames makes them."""
    apart = Rotation.from_matrix(np.swapaxes(own, -1, -2) @ wanted)
    return np.asarray(own @ apart.mean(weights).as_matrix())


def _limb(person: _Person, trunk: Array, sign: float, parts: list[str]) -> dict[str, tuple[Array, Array]]:
    """Directions of the two bones of a limb, and the axis of the hinge between them; it is fixed to the upper one."""
    upper, lower, end = parts
    above, below = person.between(upper, lower), person.between(lower, end)
    bend = sign * np.cross(above, below)
    bend *= np.linalg.norm(bend, axis=1, keepdims=True)
    carrier = person.carrier(lower)
    own = np.einsum("tij,ti->j", carrier, bend + _STRAIGHT * _carried(trunk, above))
    axis = carrier @ own
    return {upper: (above, axis), lower: (below, axis)}


def _carried(trunk: Array, down: Array) -> Array:
    """Where the trunk's left (T, 3) is after the shortest turn that takes its lower end to the direction `down`."""
    left, between = trunk[..., 0], down - trunk[..., 1]
    share = np.sum(down * left, axis=1) / np.maximum(np.sum(between**2, axis=1) / 2, 1e-3)
    return np.asarray(left - share[:, None] * between)


def _foot(person: _Person, side: str, shank: Array, axis: Array) -> Array:
    """Rotations of a foot: along its toes, or ahead where the skeleton has none."""
    joints = person.foot(side)
    ahead = person.between(*joints) if len(joints) == 2 else np.cross(shank, axis)
    return _aligned(person.turned(joints[0]), axes("z", ahead, "x", axis), person.straight)
