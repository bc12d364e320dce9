"""Acclaim's format: a skeleton (.asf), and motions of it (.amc) at 120 frames per second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from demo_clip.rig import Array, rotation

from trials.motion import SIDES
from trials.recordings.recording import Recording, RecordingError, rig_bones

_RATE = 120.0  # that of the CMU database; the files do not say it
_TRUNK = {"pelvis": "root", "lumbar": "upperback", "chest": "thorax", "head": "head"}


@dataclass(frozen=True)
class _Segment:
    parent: str
    direction: Array
    length: float
    axis: Array
    freedom: tuple[str, ...]


def read_acclaim(path: Path) -> Recording:
    """Read a motion and the skeleton that it belongs to.

    Thighs, shanks and arms take their direction from the recorded joints and their twist from the recorded hinges;
    pelvis, trunk, head and feet take the recorded orientation.

    Raises
    ------
    OSError, ValueError
        A file can't be read, or is damaged.
    RecordingError
        There is no skeleton.
    """
    skeleton_path = _skeleton_of(path)
    try:
        skeleton = _read_skeleton(skeleton_path)
        frames = _read_motion(path)
        rotations, starts, ends = _posed(skeleton, frames)
        bones = _rig_bones(skeleton, rotations, starts, ends)
        leg = sum(skeleton[name].length for name in ("lfemur", "ltibia"))
    except (KeyError, IndexError) as error:
        raise ValueError(f"it and {skeleton_path.name} do not have the bone or the value {error}") from None
    low = np.stack([ends[f"{side}foot"][:, 1] + starts[f"{side}foot"][:, 1] for side in SIDES], axis=1)
    return Recording(path, _RATE, bones, frames["root"][:, :3] / leg, low)


def _skeleton_of(path: Path) -> Path:
    """Find the skeleton of a motion: the .asf file whose name the motion's name begins with."""
    files = [file for file in path.parent.iterdir() if file.suffix.lower() == ".asf"]
    found = [file for file in files if path.stem.startswith(file.stem)]
    if not found:
        subject = path.stem.partition("_")[0]
        raise RecordingError(f"{path} has no skeleton: put its .asf file, {subject}.asf, into the same folder")
    return max(found, key=lambda file: len(file.stem))


def _read_skeleton(path: Path) -> dict[str, _Segment]:
    segments: dict[str, dict[str, list[str]]] = {}
    parents: dict[str, str] = {}
    current: dict[str, list[str]] = {}
    section = ""
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith(":"):
            section = words[0]
        elif section == ":bonedata":
            if words[0] == "begin":
                current = {}
            elif words[0] == "end":
                segments[current["name"][0]] = current
            else:
                current[words[0]] = words[1:]
        elif section == ":hierarchy" and words[0] not in ("begin", "end"):
            parents |= dict.fromkeys(words[1:], words[0])
    return {
        name: _Segment(
            parents[name],
            np.array(values["direction"], dtype=np.float64),
            float(values["length"][0]),
            _turned(np.array([values["axis"][:3]], dtype=np.float64))[0],
            tuple(values.get("dof", ())),
        )
        for name, values in segments.items()
    }


def _read_motion(path: Path) -> dict[str, Array]:
    """Values of each bone (T, degrees of freedom)."""
    values: dict[str, list[list[float]]] = {}
    frames = 0
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        if len(words) == 1 and words[0].isdigit():
            frames += 1
        elif frames and words and words[0][0].isalpha():
            values.setdefault(words[0], []).append([float(word) for word in words[1:]])
    if not values:
        raise ValueError("it has no frames")
    for name, rows in values.items():
        if len(rows) != frames or len({len(row) for row in rows}) > 1 or not np.isfinite(rows).all():
            raise ValueError(f"it does not have the values of {name} in each of its {frames} frames")
    return {name: np.array(rows) for name, rows in values.items()}


def _turned(degrees: Array) -> Array:
    """Rotations (T, 3, 3) about fixed x, then y, then z."""
    return np.asarray(rotation("z", degrees[:, 2]) @ rotation("y", degrees[:, 1]) @ rotation("x", degrees[:, 0]))


def _posed(
    skeleton: dict[str, _Segment], frames: dict[str, Array]
) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
    """Rotation, and both ends about the root, of each segment; parents come first in the file."""
    count = len(frames["root"])
    rotations = {"root": _turned(frames["root"][:, 3:6])}
    starts, ends = {"root": np.zeros((count, 3))}, {"root": np.zeros((count, 3))}
    for name, segment in skeleton.items():
        degrees = np.zeros((count, 3))
        for column, axis in enumerate(segment.freedom):
            degrees[:, "xyz".index(axis[-1])] = frames[name][:, column]
        own = segment.axis @ _turned(degrees) @ segment.axis.T
        rotations[name] = rotations[segment.parent] @ own
        starts[name] = ends[segment.parent]
        ends[name] = starts[name] + rotations[name] @ (segment.direction * segment.length)
    return rotations, starts, ends


def _rig_bones(
    skeleton: dict[str, _Segment], rotations: dict[str, Array], starts: dict[str, Array], ends: dict[str, Array]
) -> Array:
    limbs, feet = {}, {}
    for side in SIDES:
        for bone, name, hinge, sign in (
            ("thigh", "femur", "tibia", 1.0),
            ("shank", "tibia", "tibia", 1.0),
            ("upper_arm", "humerus", "radius", -1.0),
            ("forearm", "radius", "radius", -1.0),
        ):
            axis = sign * rotations[side + hinge] @ skeleton[side + hinge].axis[:, 0]
            limbs[f"{bone}_{side}"] = ends[side + name] - starts[side + name], axis
        # The recorded skeleton's rest pose has its legs apart.
        feet[f"foot_{side}"] = rotations[f"{side}foot"] @ rotation("z", 20.0 if side == "l" else -20.0)
    return rig_bones({bone: rotations[name] for bone, name in _TRUNK.items()}, limbs, feet)
