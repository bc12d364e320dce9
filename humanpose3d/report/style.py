"""Shared by plots, figures and pages: colours, names of sides and planes, and the joints in their groups."""

from humanpose3d.kinematics.conventions import JOINT_NAMES, SIDE_WORDS

__all__ = ["COLOURS", "JOINTS", "LEAST_RANGE", "PLANES", "SIDES", "printable", "side_of", "sided"]

# Okabe & Ito (2008): these differ for every kind of colour vision.
COLOURS = {"L": "#0072B2", "R": "#D55E00", "": "#333333"}
"""Of the left, the right and the middle of the body."""

SIDES = {**SIDE_WORDS, "": "middle"}

PLANES = ("sagittal plane", "frontal plane", "transverse plane")
"""The planes of flexion, abduction and rotation."""

LEAST_RANGE = 20.0
"""Degrees that an axis shows at least, so that noise does not look like movement."""


def side_of(joint: str) -> str:
    """Return ``"L"``, ``"R"``, or nothing for a joint in the middle of the body."""
    return joint.partition("_")[2]


def sided(side: str, text: str) -> str:
    """Put the name of the side before a text; that of the middle is left out."""
    return f"{SIDES[side]} {text}" if side else text


def printable(text: str) -> str:
    """Replace what does not print, such as a line break in a file name, by a question mark."""
    return "".join(character if character.isprintable() else "?" for character in text)


# The left first: where curves overlap, the dashes of the right lie on top and both can be seen.
JOINTS = {
    name: tuple(sorted(joint for joint in JOINT_NAMES if joint.partition("_")[0] == name))
    for name in dict.fromkeys(joint.partition("_")[0] for joint in JOINT_NAMES)
}
"""The joints with their sides, by the name without a side."""
