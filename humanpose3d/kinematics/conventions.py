"""Conventions of the joint angles: names, Cardan sequences, signs and zeros, as in ``docs/angles.md``.

The joint coordinate systems are those that ISB recommends (Wu 2002, 2005), after Grood & Suntay (1983).
"""

from typing import Literal, NamedTuple

__all__ = ["ANGLE_NAMES", "CONVENTIONS", "JOINT_NAMES", "SIDE_WORDS", "Convention", "convention_of", "other_side"]

JOINT_NAMES = (
    "pelvis", "hip_R", "hip_L", "knee_R", "knee_L", "ankle_R", "ankle_L",
    "trunk", "shoulder_R", "shoulder_L", "elbow_R", "elbow_L",
)  # fmt: skip
"""The 12 joints in the order of the joint network."""

SIDE_WORDS = {"R": "right", "L": "left"}
"""The sides of the body, as at the ends of names of joints."""

ANGLE_NAMES = ("flex", "abd", "rot")
"""The three angles of each joint: in the sagittal, the frontal and the transverse plane."""


class Convention(NamedTuple):
    """Convention of one angle. Axes are ISB's: X forward, Y up, Z to the right, on both sides of the body."""

    joint: str
    """Name without its side."""
    angle: str
    """One of :data:`ANGLE_NAMES`."""
    sequence: Literal["ZXY", "YXZ"]
    """Order of the three turns; each is about an axis that the turns before it have moved."""
    turn: Literal["+Z", "-Z", "+X", "-X", "+Y"]
    """The right-handed turn that counts as positive; on the left side that about X and Y is the opposite one."""
    positive: str
    """What a positive angle is called."""
    zero: str
    """The posture in which the angle is zero."""
    centre: int
    """The angle is given within 180 degrees of this, which no body can leave, so that it never wraps."""
    body: Literal["yes", "bent", "no"]
    """Whether the 22 body markers define it: always, only while the next joint is bent 30 degrees or more, never."""


_LINE = "long axes in line, frontal view"

CONVENTIONS = (
    Convention("pelvis", "flex", "YXZ", "-Z", "anterior tilt", "ASIS and PSIS level", 0, "no"),
    Convention("pelvis", "abd", "YXZ", "+X", "right side down", "hip line level", 0, "yes"),
    Convention("pelvis", "rot", "YXZ", "+Y", "turned to the left", "median heading of the trial", 0, "yes"),
    Convention("hip", "flex", "ZXY", "+Z", "flexion", "thigh in line with the pelvis, side view", 50, "yes"),
    Convention("hip", "abd", "ZXY", "-X", "abduction", "thigh at right angles to the hip line", 0, "yes"),
    Convention("hip", "rot", "ZXY", "+Y", "internal rotation", "knee axis parallel to the hip line", 0, "bent"),
    Convention("knee", "flex", "ZXY", "-Z", "flexion", "thigh and shank in line", 70, "yes"),
    Convention("knee", "abd", "ZXY", "-X", "abduction (valgus)", _LINE, 0, "no"),
    Convention("knee", "rot", "ZXY", "+Y", "internal rotation", "malleoli parallel to the knee axis", 0, "no"),
    Convention("ankle", "flex", "ZXY", "+Z", "dorsiflexion", "foot at right angles to the shank", 0, "yes"),
    Convention("ankle", "abd", "ZXY", "-X", "eversion", "sole at right angles to the shank, frontal view", 0, "no"),
    Convention("ankle", "rot", "ZXY", "+Y", "internal rotation (toes in)", "foot at right angles to malleoli", 0, "no"),
    Convention("trunk", "flex", "YXZ", "-Z", "leaning forward", "mid-hip to neck upright, side view", 0, "yes"),
    Convention("trunk", "abd", "YXZ", "+X", "right shoulder down", "shoulder line level", 0, "yes"),
    Convention("trunk", "rot", "YXZ", "+Y", "turned to the left", "the same heading as the pelvis", 0, "yes"),
    Convention("shoulder", "flex", "ZXY", "+Z", "flexion", "arm in line with the trunk, side view", 60, "yes"),
    Convention("shoulder", "abd", "ZXY", "-X", "abduction", "arm in line with the trunk, frontal view", 60, "yes"),
    Convention("shoulder", "rot", "ZXY", "+Y", "internal rotation", "elbow axis parallel to shoulder line", 0, "bent"),
    Convention("elbow", "flex", "ZXY", "+Z", "flexion", "upper arm and forearm in line", 70, "yes"),
    Convention("elbow", "abd", "ZXY", "-X", "abduction (carrying angle)", _LINE, 0, "no"),
    Convention("elbow", "rot", "ZXY", "+Y", "pronation", "palm forward: wrist parallel to the elbow axis", 0, "no"),
)
"""One row for each angle of each joint, both sides alike."""

_BY_NAME = {(row.joint, row.angle): row for row in CONVENTIONS}


def convention_of(joint: str, angle: str) -> Convention:
    """Return the row of one angle; `joint` may carry its side.

    Examples
    --------
    >>> convention_of("knee_L", "flex").positive
    'flexion'
    """
    return _BY_NAME[joint.removesuffix("_R").removesuffix("_L"), angle]


def other_side(name: str) -> str:
    """Return the name of a landmark on the other side of the body; one without a side has its own.

    Examples
    --------
    >>> other_side("left_knee")
    'right_knee'
    """
    here, there = ("left", "right") if "left" in name else ("right", "left")
    return name.replace(here, there)
