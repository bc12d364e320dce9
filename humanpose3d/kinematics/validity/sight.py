"""Decide in which frames a joint was seen: its landmarks lie in the picture and are not hidden."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import JOINT_NAMES, SIDE_WORDS, other_side
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.series import stretches_of

__all__ = ["Sight", "sight_of_joints", "without_unseen", "without_unseen_legs"]

_BOTH = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
_NEEDED = {
    "pelvis": ("left_hip", "right_hip"),
    "trunk": _BOTH,
    "hip": (*_BOTH, "knee"),  # against a pelvis of both hips and the neck
    "knee": ("hip", "knee", "ankle"),
    "ankle": ("knee", "ankle", "foot_index"),
    "shoulder": ("shoulder", "elbow"),
    "elbow": ("shoulder", "elbow", "wrist"),
}
_BELOW_HIPS = ("Knee", "Ankle", "Heel", "BigToe", "SmallToe")
"""Markers, without their side."""
_LEAST_VISIBILITY = 0.15
"""Below, the pose model has guessed: an elbow on the far side of the body lies 0.05 to 0.3, one beyond the picture's
edge under 0.1."""
_LEAST_OF_EITHER = 0.4
"""Of the two sides, the body hides one at most. With both below, furniture or another person hides them."""
_LEAST_SHARE = 0.5
_SHORT_S = 0.25
"""What is hidden for less was bridged by the signal path."""


@dataclass(frozen=True, eq=False)
class Sight:
    """In which frames each joint was seen, arrays of bool."""

    inside: npt.NDArray[np.bool_]
    """Every landmark of the joint lies in the picture, shape (T, 12); false where nobody was found."""
    seen: npt.NDArray[np.bool_]
    """And every one is visible."""
    detected: npt.NDArray[np.bool_]
    """Somebody was found, shape (T,)."""

    @property
    def reasons(self) -> dict[str, str]:
        """Return why joints have no angles, by joint."""
        return {joint: why for joint in JOINT_NAMES if (why := self.reason(joint))}

    def reason(self, joint: str) -> str | None:
        """Return why a joint has no angles, or None where it was seen for most of the trial."""
        column, frames = JOINT_NAMES.index(joint), max(1, int(self.detected.sum()))
        if self.seen[:, column].sum() >= _LEAST_SHARE * frames:
            return None
        outside = 1 - self.inside[:, column].sum() / frames
        if outside > 1 - _LEAST_SHARE:
            return f"outside the picture in {100 * outside:.0f} % of the frames"
        return f"hidden in {100 * (1 - self.seen[:, column].sum() / frames):.0f} % of the frames"

    @property
    def legs(self) -> npt.NDArray[np.bool_]:
        """Both legs lie in the picture, shape (T,); never where both knees are hidden for most of the trial."""
        knees, ankles = ([JOINT_NAMES.index(f"{joint}_{side}") for side in "RL"] for joint in ("knee", "ankle"))
        visible = self.seen[:, knees].any(axis=1).sum() >= _LEAST_SHARE * self.detected.sum()
        return np.asarray(self.inside[:, knees + ankles].all(axis=1) & visible)


def sight_of_joints(names: Sequence[str], image: FloatArray, visibility: FloatArray) -> Sight:
    """Find in which frames each joint was seen, from the pose model's 33 landmarks.

    `image` (T, 33, 2), fractions of the picture's width and height, and `visibility` (T, 33) have the left and right of
    the angles.
    """
    with np.errstate(invalid="ignore"):
        inside = np.asarray(((image >= 0) & (image <= 1)).all(axis=-1))
        mirrored = [names.index(other_side(name)) for name in names]
        either = np.maximum(visibility, visibility[:, mirrored])
        visible = inside & (visibility >= _LEAST_VISIBILITY) & (either >= _LEAST_OF_EITHER)
    columns = [[names.index(name) for name in _landmarks_of(joint)] for joint in JOINT_NAMES]
    every_inside, every_visible = (
        np.stack([each[:, needed].all(axis=1) for needed in columns], axis=1) for each in (inside, visible)
    )
    return Sight(every_inside, every_visible, np.asarray(np.isfinite(image).all(axis=(1, 2))))


def without_unseen(angles: JointAngles, sight: Sight) -> JointAngles:
    """Empty the angles of joints that were not seen: all of them where a joint was unseen for most of the trial."""
    degrees = angles.degrees.copy()
    for column, joint in enumerate(angles.names):
        if sight.reason(joint):
            degrees[:, column] = np.nan
        for start, end in stretches_of(~sight.seen[:, column]):
            if angles.times[end - 1] - angles.times[start] > _SHORT_S:
                degrees[start:end, column] = np.nan
    return replace(angles, degrees=degrees)


def without_unseen_legs(names: Sequence[str], positions: FloatArray, times: FloatArray, sight: Sight) -> FloatArray:
    """Empty the markers below the hips where the legs were not seen, but for moments that the signal path bridges.

    `positions` are those of markers, shape (T, M, 3), at `times` (T,).
    """
    left = np.array(positions, np.float64)
    legs = [number for number, name in enumerate(names) if name[1:] in _BELOW_HIPS]
    for start, end in stretches_of(sight.detected & ~sight.legs):
        if times[end - 1] - times[start] > _SHORT_S:
            left[start:end, legs] = np.nan
    return left


def _landmarks_of(joint: str) -> tuple[str, ...]:
    name, _, side = joint.partition("_")
    word = f"{SIDE_WORDS[side]}_" if side else ""
    return tuple(each if each in _BOTH else f"{word}{each}" for each in _NEEDED[name])
