"""A body's bones: their sizes, the rolling of its soles, and legs that reach for the ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from demo_clip.rig import BONES, INDEX, Array, forward_kinematics, landmarks, rotation

from trials.parameters import Body

# Heights of the rig's parts in metres: legs, foot, trunk with neck, head with hair.
_LEGS, _FOOT, _TRUNK, _HEAD = 0.874, 0.082, 0.615, 0.216
# The sole's profile (forward, up) from the ankle of the rig, from heel to tip.
_SOLE = np.array([(-0.080, -0.066), (-0.062, -0.078), (-0.030, -0.082), (0.110, -0.082), (0.150, -0.077),
                  (0.182, -0.070), (0.202, -0.060)])  # fmt: skip
_ROLLED = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(_SOLE, axis=0), axis=1))])
_ROLLED += _SOLE[2, 0] - _ROLLED[2]
_STRETCHED = 0.9985  # of the leg's length: no knee is ever wholly straight


@dataclass(frozen=True)
class Figure:
    """The bones of one body."""

    body: Body

    @cached_property
    def scales(self) -> Array:
        """Size of each bone along its own axes (bones, 3), for `demo_clip.rig.forward_kinematics`."""
        b = self.body
        trunk, limb = (b.width, 1.0, b.girth), (b.girth, b.legs, b.girth)
        arm, head, hand = (b.girth, b.arms, b.girth), (b.head,) * 3, (b.arms,) * 3
        of = {"thigh": limb, "shank": limb, "upper_arm": arm, "forearm": arm, "hand": hand, "head": head}
        of |= dict.fromkeys(("pelvis", "lumbar", "chest"), trunk)
        sizes = np.array([of.get(name.removesuffix("_l").removesuffix("_r"), (1.0, 1.0, 1.0)) for name in BONES])
        return np.asarray(sizes * b.stature / (_LEGS * b.legs + _FOOT + _TRUNK + _HEAD * b.head))

    @cached_property
    def foot(self) -> float:
        """Size of the foot, in that of the rig's."""
        return float(self.scales[INDEX["foot_l"], 1])

    @cached_property
    def thigh(self) -> float:
        """Length, metres."""
        return float(-BONES["shank_l"].offset[1] * self.scales[INDEX["thigh_l"], 1])

    @cached_property
    def shank(self) -> float:
        """Length, metres."""
        return float(-BONES["foot_l"].offset[1] * self.scales[INDEX["shank_l"], 1])

    @property
    def leg(self) -> float:
        """Length from hip to ankle, metres."""
        return self.thigh + self.shank

    @property
    def standing(self) -> float:
        """Height of the hips when the legs are straight, metres."""
        return self.leg + _FOOT * self.foot

    def kinematics(self, local: Array) -> tuple[Array, Array]:
        """Rotations and joints of all bones, with the pelvis at the origin."""
        return forward_kinematics(local, self.scales)

    def landmarks(self, local: Array, root: Array) -> Array:
        """MediaPipe's landmarks (T, 33, 3) of poses (T, bones, 3, 3) whose pelvis is at `root` (T, 3)."""
        rotations, joints = self.kinematics(local)
        return landmarks(rotations, joints, self.scales) + root[:, None]

    def rolled(self, pitch: Array) -> tuple[Array, Array]:
        """Where the ankle is over a foot that rolls on the ground without sliding.

        Parameters
        ----------
        pitch : array (T,)
            Degrees that the toes point up.

        Returns
        -------
        forward, up : array (T,)
            Of the ankle, from the point of the ground that it is over when the foot is flat.
        """
        angle = np.deg2rad(pitch)[:, None]
        forward = _SOLE[:, 0] * np.cos(angle) - _SOLE[:, 1] * np.sin(angle)
        up = _SOLE[:, 0] * np.sin(angle) + _SOLE[:, 1] * np.cos(angle)
        lowest = np.argmin(up, axis=1)
        at = np.arange(len(pitch))
        return self.foot * (_ROLLED[lowest] - forward[at, lowest]), -self.foot * up[at, lowest]

    def reach(self, hip: Array, ankle: Array) -> Array:
        """How far (T,) the hip has to come down for the leg to reach the ankle; negative if it need not."""
        apart = np.sum((hip - ankle)[:, [0, 2]] ** 2, axis=1)
        return np.asarray(hip[:, 1] - ankle[:, 1] - np.sqrt(np.maximum((_STRETCHED * self.leg) ** 2 - apart, 1e-4)))

    def with_legs(self, local: Array, root: Array, feet: dict[str, FootTrack]) -> Array:
        """Bend the legs of poses so that each foot is where its track says."""
        local = local.copy()
        rotations, joints = self.kinematics(local)
        pelvis = rotations[:, INDEX["pelvis"]]
        for side, foot in feet.items():
            hip = joints[:, INDEX[f"thigh_{side}"]] + root
            middle = np.rad2deg(_between(np.arctan2(pelvis[:, 0, 2], pelvis[:, 2, 2]), np.deg2rad(foot.yaw)))
            forward = rotation("y", middle)[..., 2]
            thigh, shank = self._bent(foot.ankle - hip, forward)
            sole = rotation("y", foot.yaw) @ rotation("x", -foot.pitch)
            chain = (pelvis, thigh, shank, sole)
            for bone, parent, child in zip(("thigh", "shank", "foot"), chain, chain[1:], strict=False):
                local[:, INDEX[f"{bone}_{side}"]] = np.swapaxes(parent, -1, -2) @ child
        return local

    def _bent(self, reach: Array, forward: Array) -> tuple[Array, Array]:
        """Rotations of thigh and shank that take the ankle to `reach` from the hip, the knee pointing forward."""
        a, b = self.thigh, self.shank
        distance = np.linalg.norm(reach, axis=1)
        down = reach / distance[:, None]
        distance = np.clip(distance, 0.25 * (a + b), _STRETCHED * (a + b))
        left = np.cross(-down, forward)
        left /= np.linalg.norm(left, axis=1, keepdims=True)
        ahead = np.cross(left, -down)
        angle = np.arccos((a**2 + distance**2 - b**2) / (2 * a * distance))[:, None]
        thigh = np.cos(angle) * down + np.sin(angle) * ahead
        shank = (distance[:, None] * down - a * thigh) / b
        return _axes(left, thigh), _axes(left, shank)


@dataclass(frozen=True)
class FootTrack:
    """Where one foot is: `ankle` (T, 3) in metres, `pitch` (T,) (toes up) and `yaw` (T,) in degrees."""

    ankle: Array
    pitch: Array
    yaw: Array


def _axes(left: Array, down: Array) -> Array:
    return np.stack([left, -down, np.cross(left, -down)], axis=-1)


def _between(a: Array, b: Array) -> Array:
    """Middle of two directions, radians."""
    return np.asarray(a + np.angle(np.exp(1j * (b - a))) / 2)
