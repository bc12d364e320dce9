"""Which joint of a skeleton is which joint of the body, by the names that programs give them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from trials.motion import SIDES
from trials.recordings.bvh_file import Joint

# By the bone that begins at the joint; of several known names the first counts. A "leg" is a thigh to some programs and
# a shank to others, a "shoulder" the collar bone or the upper arm, a "foot" the ankle or the toes.
_NAMES = {
    "thigh": ("upleg", "upperleg", "thigh", "femur", "hip", "leg"),
    "shank": ("lowleg", "lowerleg", "shin", "calf", "tibia", "knee", "leg"),
    "foot": ("ankle", "foot"),
    "toes": ("toebase", "toes", "toe", "ball", "foot"),
    "upper_arm": ("uparm", "upperarm", "arm", "shldr", "humerus", "shoulder"),
    "forearm": ("forearm", "lowarm", "lowerarm", "radius", "elbow"),
    "hand": ("wrist", "hand"),
    "head": ("head", "neck"),
}
_LIMBS = (("thigh", "shank", "foot", "toes"), ("upper_arm", "forearm", "hand"))
_ENDS = ("foot", "toes", "hand")  # where these have no known name, what hangs on the joint before takes their place
_SAID = {"thigh": "hip", "shank": "knee", "foot": "ankle", "upper_arm": "shoulder", "forearm": "elbow", "hand": "wrist"}
_KNOWN = {name for names in _NAMES.values() for name in names}
_SIDE_WORDS = {"left": "l", "l": "l", "right": "r", "r": "r"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_RUN_TOGETHER = re.compile(r"(left|right|l|r)(.+)")


def find_joints(joints: Sequence[Joint]) -> dict[str, int]:
    """Find the joints at which the rig's limbs begin, the toes, and the head.

    Returns
    -------
    dict of str to int
        Index of the joint for "thigh_l", "shank_l", "foot_l", "upper_arm_l", "forearm_l", "hand_l", those of the right
        side, and "head"; and for "toes_l" and "toes_r" where there are any.

    Raises
    ------
    ValueError
        A joint isn't found.
    """
    meanings = [_meaning(joint.name) for joint in joints]
    found: dict[str, int] = {}
    missing: list[str] = []
    for side, limb in [(side, limb) for limb in _LIMBS for side in SIDES] + [("", ("head",))]:
        above = -1
        for part in limb:
            at = next(_candidates(joints, meanings, side, part, above), None)
            if at is not None:
                found[f"{part}_{side}" if side else part] = above = at
            elif part != "toes":
                side_said = {"l": "left ", "r": "right ", "": ""}[side]
                missing.append(side_said + _SAID.get(part, part))
    if missing:
        names = textwrap.shorten(", ".join(joint.name for joint in joints if joint.name), 300)
        raise ValueError(f"it has no joint that is known as {', '.join(missing)}; its joints are {names}")
    return found


def _candidates(
    joints: Sequence[Joint], meanings: list[tuple[str, str]], side: str, part: str, above: int
) -> Iterator[int]:
    """Joints of the limb below the joint `above` that may be a part, the likeliest first."""
    for name in _NAMES[part]:
        for i, meaning in enumerate(meanings):
            if meaning == (side, name) and (above < 0 or above in ancestors(joints, i)):
                yield i
    if part in _ENDS and above >= 0:
        yield from (i for i, joint in enumerate(joints) if joint.parent == above and joint.offset.any())


def ancestors(joints: Sequence[Joint], i: int) -> list[int]:
    """Joints that a joint hangs on, the nearest first."""
    found = []
    while (i := joints[i].parent) >= 0:
        found.append(i)
    return found


def _meaning(name: str) -> tuple[str, str]:
    """Side and part of a name such as "mixamorig:LeftUpLeg", "lThigh", "Bip01 L Calf", "hip_l", "HipLeft"."""
    words = [word.lower() for word in _WORD.findall(name.rpartition(":")[2])]
    side = ""
    if at := [i for i, word in enumerate(words) if word in _SIDE_WORDS]:
        side = _SIDE_WORDS[words[at[0]]]
        words = words[at[0] + 1 :] or words[: at[0]]
    for start in range(len(words)):  # what comes before is the name of the person or of the program
        part = "".join(words[start:])
        if part in _KNOWN:
            return side, part
        together = _RUN_TOGETHER.fullmatch(part)
        if not side and together and together[2] in _KNOWN:
            return _SIDE_WORDS[together[1]], together[2]
    return side, ""
