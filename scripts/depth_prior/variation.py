"""Vary trials as they were seen: another body, other joint angles, another heading and distance.

What a pose model gets wrong depends on the pose: a hidden leg is seen where the other is. So its errors are kept, and
the body below them is changed a little. Otherwise a network would learn the few hundred trials by heart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from demo_clip.rig import Array
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from depth_prior.movement import random_turns
from humanpose3d.pipeline.signals.body import HIPS, SHOULDERS, index
from humanpose3d.pipeline.signals.depth_prior.inputs import RATE_HZ, SEEN

__all__ = ["trunk_and_leg", "varied"]

_HIPS, _SHOULDERS = np.searchsorted(SEEN, HIPS), np.searchsorted(SEEN, SHOULDERS)
_ABOVE_HIPS = np.flatnonzero(HIPS[0] > SEEN)
_HEAD = np.searchsorted(SEEN, index("nose", "left_ear", "right_ear"))
_FOLLOWING = {"hip": ("knee", "ankle", "heel", "foot_index"), "knee": ("ankle", "heel", "foot_index"),
              "ankle": ("heel", "foot_index"), "shoulder": ("elbow", "wrist"), "elbow": ("wrist",)}  # fmt: skip
_HINGES = {"knee": "hip", "elbow": "shoulder"}  # and where the upper bone begins
# Standard deviations: of the logarithm of the length of what hangs on a joint, and of its turns in degrees.
_LENGTHS = {"hip": 0.05, "knee": 0.05, "ankle": 0.08, "shoulder": 0.06, "elbow": 0.06}
_TURNS = {"hip": 5.0, "knee": 6.0, "ankle": 5.0, "shoulder": 8.0, "elbow": 9.0}
_MOST_BENT = 150.0  # degrees
_SLOW = 0.35  # seconds, of turns that change
_TRUNK = 3.0  # degrees that it leans and turns more
_TURN_OF_PERSON, _DISTANCE = (4.0, 8.0, 3.0), 0.15  # degrees about the camera's axes; logarithm


def _places(side: str, *parts: str) -> npt.NDArray[np.intp]:
    """Return where landmarks stand in :data:`SEEN`."""
    return np.searchsorted(SEEN, index(*(f"{side}_{part}" for part in parts)))


_SIDES = ("left", "right")
_LEGS = [_places(side, "hip", "knee", "ankle") for side in _SIDES]
# Joints, from the trunk outward: the joint with what hangs on it, and where a hinge's upper bone begins.
_JOINTS = [
    (joint, _places(side, joint, *following), _places(side, _HINGES[joint])[0] if joint in _HINGES else None)
    for side in _SIDES
    for joint, following in _FOLLOWING.items()
]


def varied(chance: np.random.Generator, points: Array) -> Array:
    """Return what another person's landmarks (FRAMES, N, 3) would be: :data:`SEEN`, in the axes of the camera.

    Given and returned are lengths of the person's own trunk and leg.
    """
    points = _other_trunk(chance, points)
    lengths = {joint: np.exp(chance.normal(0, spread)) for joint, spread in _LENGTHS.items()}
    turns = random_turns(chance, _SLOW, len(_JOINTS)) * chance.uniform(0.3, 1.3, (len(_JOINTS), 1, 1))
    for (joint, (at, *others), above), turn in zip(_JOINTS, turns, strict=True):
        hanging, added = points[:, others] - points[:, [at]], _TURNS[joint] * turn
        if above is None:
            rotation = Rotation.from_rotvec(added, degrees=True)
        else:
            rotation = _bent(points[:, at] - points[:, above], hanging[:, 0], added[:, 0])
        turned = np.einsum("tij,tkj->tki", rotation.as_matrix(), hanging)
        # A longer thigh moves all below it; only the first bone is stretched.
        longer = (lengths[joint] - 1) * turned[:, [0]]
        points[:, others] = points[:, [at]] + (lengths[joint] * turned if joint == "ankle" else turned + longer)
    points = _turned(chance, points)
    return np.asarray(points / trunk_and_leg(points))


def trunk_and_leg(points: Array) -> float:
    """Return the distance from the shoulders over the hips to the ankles of :data:`SEEN`, both sides together."""
    trunk = points[:, _SHOULDERS].mean(axis=1) - points[:, _HIPS].mean(axis=1)
    bones = sum(np.linalg.norm(np.diff(points[:, leg], axis=1), axis=-1).mean(axis=0).sum() for leg in _LEGS) / 2
    return float(np.linalg.norm(trunk, axis=-1).mean() + bones)


def _other_trunk(chance: np.random.Generator, points: Array) -> Array:
    """Change the lean and length of the trunk, the widths of shoulders and hips, and the size of the head."""
    points = points.copy()
    hips = points[:, _HIPS].mean(axis=1, keepdims=True)
    trunk, wider, narrower, head = np.exp(chance.normal(0, (0.05, 0.07, 0.07, 0.08)))
    turn = Rotation.from_rotvec(_TRUNK * random_turns(chance, _SLOW, 1)[0], degrees=True).as_matrix()
    points[:, _ABOVE_HIPS] = hips + np.einsum("tij,tkj->tki", turn, points[:, _ABOVE_HIPS] - hips)
    shoulders = points[:, _SHOULDERS].mean(axis=1, keepdims=True)
    raised = (trunk - 1) * (shoulders - hips)
    points[:, _ABOVE_HIPS] += raised
    neck = shoulders + raised
    for joint, middle, factor in (("shoulder", neck, wider), ("hip", hips, narrower)):
        for side in _SIDES:
            limb = _places(side, joint, *_FOLLOWING[joint])
            points[:, limb] += (factor - 1) * (points[:, limb[:1]] - middle)
    points[:, _HEAD] = neck + head * (points[:, _HEAD] - neck)
    return points


def _bent(upper: Array, lower: Array, added: Array) -> Rotation:
    """Return turns (T,) that bend a hinge by some degrees more, or less as far as it is bent."""
    axis = np.cross(upper, lower)
    axis = axis + gaussian_filter1d(axis, 0.5 * RATE_HZ, axis=0)  # a straight joint has no axis of its own
    axis /= np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), 1e-9)
    cosine = (upper * lower).sum(axis=-1) / (np.linalg.norm(upper, axis=-1) * np.linalg.norm(lower, axis=-1))
    bend = np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))
    more = np.clip(bend + added, 0, np.maximum(bend, _MOST_BENT)) - bend
    return Rotation.from_rotvec(axis * more[:, None], degrees=True)


def _turned(chance: np.random.Generator, points: Array) -> Array:
    """Turn the person about its middle, and move it along the line of sight."""
    middle = points.mean(axis=(0, 1))
    turn = Rotation.from_rotvec(chance.normal(0, _TURN_OF_PERSON), degrees=True).as_matrix()
    away = middle * np.exp(chance.normal(0, _DISTANCE))
    return np.asarray((points - middle) @ turn.T + away)
