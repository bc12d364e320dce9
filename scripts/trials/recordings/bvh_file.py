"""Biovision's format (.bvh): a skeleton, and a motion of it.

The format has no standard; M. Meredith and S. Maddock, Motion Capture File Formats Explained (2001), describe it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from demo_clip.rig import Array, rotation

_CHANNELS = {f"{axis}{kind}" for axis in "xyz" for kind in ("position", "rotation")}
_MOTION = re.compile(r"^\s*MOTION\s+Frames\s*:\s*(\d+)\s+Frame\s*Time\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass
class Joint:
    """A joint, or the end of a limb.

    Attributes
    ----------
    name : str
        Empty at the end of a limb.
    parent : int
        Index of the joint that it hangs on; -1 of the first.
    offset : array (3,)
        From the parent.
    channels : list of str
        What its values are, in the order in which they are applied: "xrotation" in degrees, "zposition", and so on.
    """

    name: str
    parent: int
    offset: Array = field(default_factory=lambda: np.zeros(3))
    channels: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Bvh:
    """Content of a file: joints, parents first; values (T, channels); and the seconds from frame to frame."""

    joints: list[Joint]
    values: Array
    step: float


def parse(text: str) -> Bvh:
    """Read the content of a file.

    Raises
    ------
    ValueError
        It is none, or is damaged.
    """
    motion = _MOTION.search(text)
    if not motion:
        raise ValueError("it has no lines MOTION, Frames and Frame Time")
    joints = _parse_hierarchy(text[: motion.start()])
    frames, step = int(motion[1]), float(motion[2])
    values = np.array(text[motion.end() :].split(), dtype=np.float64)
    columns = sum(len(joint.channels) for joint in joints)
    if frames < 2 or not columns:
        raise ValueError(f"it has {frames} frames of {columns} values")
    if values.size != frames * columns:
        raise ValueError(f"it has {values.size} values, not {frames} frames of {columns}")
    if not np.isfinite(values).all():
        raise ValueError("some of its values are not finite")
    if not 0 < step <= 1:
        raise ValueError(f"its frame time is {step} s")
    return Bvh(joints, values.reshape(frames, columns), step)


def _parse_hierarchy(text: str) -> list[Joint]:
    joints: list[Joint] = []
    open_joints: list[int] = []
    for line in re.sub(r"([{}])", r"\n\1\n", text).splitlines():
        words = line.split()
        if not words or words[0].upper() == "HIERARCHY":
            continue
        try:
            _take_line(words, joints, open_joints)
        except (IndexError, ValueError):
            raise ValueError(f"the line {line.strip()!r} of its skeleton is out of place") from None
    if open_joints or not joints:
        raise ValueError("its skeleton has no end")
    return joints


def _take_line(words: list[str], joints: list[Joint], open_joints: list[int]) -> None:
    """Take one line of the skeleton; raises IndexError or ValueError where it does not belong."""
    keyword, values = words[0].upper(), words[1:]
    if keyword == "{" and len(joints) - 1 not in [-1, *open_joints]:
        open_joints.append(len(joints) - 1)
    elif keyword == "}":
        open_joints.pop()
    elif keyword == "OFFSET":
        joints[open_joints[-1]].offset = np.array(values, dtype=np.float64).reshape(3)
    elif keyword == "CHANNELS":
        channels = [value.lower() for value in values[1:]]
        if len(channels) != int(values[0]) or not _CHANNELS.issuperset(channels):
            raise ValueError(channels)
        joints[open_joints[-1]].channels = channels
    elif keyword == "ROOT" and not joints:
        joints.append(Joint(" ".join(values), -1))
    elif keyword == "JOINT":
        joints.append(Joint(" ".join(values), open_joints[-1]))
    elif keyword == "END":
        joints.append(Joint("", open_joints[-1]))
    else:
        raise ValueError(keyword)


def posed(bvh: Bvh) -> tuple[Array, Array]:
    """Rotations (joints, T, 3, 3) and places (joints, T, 3) of all joints in the world."""
    count = len(bvh.values)
    rotations = np.tile(np.eye(3), (len(bvh.joints), count, 1, 1))
    places = np.zeros((len(bvh.joints), count, 3))
    columns = iter(bvh.values.T)
    for i, joint in enumerate(bvh.joints):
        own, place = rotations[i], np.tile(joint.offset, (count, 1))
        for channel in joint.channels:
            axis, values = channel[0], next(columns)
            if channel.endswith("rotation"):
                own = own @ rotation(axis, values)
            else:
                place[:, "xyz".index(axis)] = _moved(values, joint.offset["xyz".index(axis)])
        if joint.parent >= 0:
            turned = rotations[joint.parent]
            own, place = turned @ own, places[joint.parent] + (turned @ place[..., None])[..., 0]
        rotations[i], places[i] = own, place
    return rotations, places


def _moved(values: Array, offset: float) -> Array:
    """Where a joint is along one axis. Some programs write its place, others what is to be added to its offset."""
    written = np.median(np.abs(values - offset)) <= np.median(np.abs(values))
    return values if written else values + offset
