"""Recorded movement: an Acclaim skeleton (.asf) and its motion (.amc) drive the rig."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from demo_clip.rig import BONES, INDEX, Array, rotation
from scipy.ndimage import gaussian_filter1d, label
from scipy.spatial.transform import Rotation, Slerp

from trials.figure import Figure
from trials.motion import SIDES, Motion, Print
from trials.parameters import Movement

_RATE = 120.0
_INCH = 0.0254
_AROUND = 120  # frames before and after a trial in which its feet are followed, too
_SLOWEST_WALK = 0.5  # m/s
_TRUNK = {"pelvis": "root", "lumbar": "upperback", "chest": "thorax", "head": "head"}


@dataclass(frozen=True)
class _Segment:
    parent: str
    direction: Array
    length: float
    axis: Array
    freedom: tuple[str, ...]


def recorded(times: Array, movement: Movement, figure: Figure, folder: Path) -> Motion:
    """Move as somebody did before optical cameras.

    Thighs, shanks and arms take their direction from the recorded joints and their twist from the recorded hinges;
    pelvis, trunk, head and feet take the recorded orientation. The path is scaled by the length of the leg. The truth
    is the rig's own. Heel strikes and toe-offs are the rig's too, from the height and the speed of its feet.

    Raises
    ------
    OSError
        The recording can't be read.
    """
    subject = movement.recording.partition("_")[0]
    skeleton, unit = _read_skeleton(folder / f"{subject}.asf")
    first = round(movement.first * _RATE)
    before = min(first, _AROUND)
    needed = before + int(np.ceil((times[-1] - times[0]) * _RATE)) + 2
    frames = _read_motion(folder / f"{movement.recording}.amc", first - before, needed)
    rotations, starts, ends = _posed(skeleton, frames)
    world = _rig_rotations(skeleton, rotations, starts, ends)
    leg = sum(skeleton[name].length for name in ("lfemur", "ltibia")) * unit
    place = frames["root"][:, :3] * unit * figure.leg / leg
    heading = _heading(place[before : before + needed], world[:, INDEX["pelvis"]])
    level = rotation("y", -heading)
    world, place = level @ world, (place - place[before] * (1, 0, 1)) @ level.T
    local = world.copy()
    for i, bone in enumerate(BONES.values()):
        if bone.parent is not None:
            local[:, i] = np.swapaxes(world[:, INDEX[bone.parent]], -1, -2) @ world[:, i]
    place[:, 1] -= _lowest(figure, local, place)
    moments = times[0] + (np.arange(len(place)) - before) / _RATE
    prints = _prints(moments, figure.landmarks(local, place))
    bones = [Slerp(moments, Rotation.from_matrix(local[:, i]))(times).as_matrix() for i in range(len(BONES))]
    root = np.stack([np.interp(times, moments, column) for column in place.T], axis=1)
    travelled = float(np.linalg.norm((root[-1] - root[0])[[0, 2]]) / (times[-1] - times[0]))
    if travelled < _SLOWEST_WALK:
        return Motion(np.stack(bones, axis=1), root)
    return Motion(np.stack(bones, axis=1), root, prints, speed=travelled)


def _read_skeleton(path: Path) -> tuple[dict[str, _Segment], float]:
    segments: dict[str, dict[str, list[str]]] = {}
    parents: dict[str, str] = {}
    current: dict[str, list[str]] = {}
    section, unit = "", 1.0
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith(":"):
            section = words[0]
        elif section == ":units" and words[0] == "length":
            unit = _INCH / float(words[1])
        elif section == ":bonedata":
            if words[0] == "begin":
                current = {}
            elif words[0] == "end":
                segments[current["name"][0]] = current
            else:
                current[words[0]] = words[1:]
        elif section == ":hierarchy" and words[0] not in ("begin", "end"):
            parents |= dict.fromkeys(words[1:], words[0])
    found = {
        name: _Segment(
            parents[name],
            np.array(values["direction"], dtype=np.float64),
            float(values["length"][0]),
            _turned(np.array([values["axis"][:3]], dtype=np.float64))[0],
            tuple(values.get("dof", ())),
        )
        for name, values in segments.items()
    }
    return found, unit


def _read_motion(path: Path, first: int, needed: int) -> dict[str, Array]:
    """Values of each bone (T, degrees of freedom) from a frame on; more than needed, if there are more."""
    values: dict[str, list[list[float]]] = {}
    frame = -1
    with path.open(encoding="ascii", errors="replace") as file:
        for line in file:
            words = line.split()
            if len(words) == 1 and words[0].isdigit():
                frame += 1
                if frame == first + needed + _AROUND:
                    break
            elif frame >= first and words and words[0][0].isalpha():
                values.setdefault(words[0], []).append([float(word) for word in words[1:]])
    if not values or len(values["root"]) < needed:
        raise OSError(f"{path} has no {needed} frames from frame {first} on")
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


def _rig_rotations(
    skeleton: dict[str, _Segment], rotations: dict[str, Array], starts: dict[str, Array], ends: dict[str, Array]
) -> Array:
    """Rotations of the rig's bones in the world, (T, bones, 3, 3)."""
    world = np.empty((len(rotations["root"]), len(BONES), 3, 3))
    for bone, name in _TRUNK.items():
        world[:, INDEX[bone]] = rotations[name]
    for side in SIDES:
        for bone, name, hinge, sign in (
            ("thigh", "femur", "tibia", 1.0),
            ("shank", "tibia", "tibia", 1.0),
            ("upper_arm", "humerus", "radius", -1.0),
            ("forearm", "radius", "radius", -1.0),
        ):
            down = ends[side + name] - starts[side + name]
            down /= np.linalg.norm(down, axis=1, keepdims=True)
            left = sign * rotations[side + hinge] @ skeleton[side + hinge].axis[:, 0]
            left -= np.sum(left * down, axis=1, keepdims=True) * down
            left /= np.linalg.norm(left, axis=1, keepdims=True)
            world[:, INDEX[f"{bone}_{side}"]] = np.stack([left, -down, np.cross(left, -down)], axis=-1)
        world[:, INDEX[f"hand_{side}"]] = world[:, INDEX[f"forearm_{side}"]]
        # The recorded skeleton's rest pose has its legs apart; its feet are level where they stand.
        splay = rotation("z", 20.0 if side == "l" else -20.0)
        foot = rotations[f"{side}foot"] @ splay
        pitch = np.rad2deg(np.arcsin(foot[:, 1, 2]))
        low = ends[f"{side}foot"][:, 1] + starts[f"{side}foot"][:, 1]
        level = float(np.median(pitch[low <= np.percentile(low, 30)]))
        world[:, INDEX[f"foot_{side}"]] = foot @ rotation("x", level)
    return world


def _heading(place: Array, pelvis: Array) -> float:
    """Direction of the way in degrees, or of the pelvis where there is hardly any way."""
    way = place[-1] - place[0]
    if np.hypot(way[0], way[2]) < 0.8:
        way = pelvis[:, :, 2].mean(axis=0)
    return float(np.rad2deg(np.arctan2(way[0], way[2])))


def _lowest(figure: Figure, local: Array, place: Array) -> Array:
    """How far (T,) the body is to be lowered for its soles to meet the floor."""
    rotations, joints = figure.kinematics(local)
    lows = []
    for side in SIDES:
        i = INDEX[f"foot_{side}"]
        pitch = np.rad2deg(np.arcsin(np.clip(rotations[:, i, 1, 2], -1, 1)))
        lows.append(joints[:, i, 1] + place[:, 1] - figure.rolled(pitch)[1])
    low = np.min(lows, axis=0)
    floor = float(np.percentile(low, 10))
    # Whoever is farther from the floor is jumping.
    return np.asarray(floor + gaussian_filter1d(np.minimum(low - floor, 0.05), 6))


def _prints(moments: Array, points: Array) -> dict[str, list[Print]]:
    """Footprints where heel or toes are low and slow for a tenth of a second; endless where they are cut off."""
    prints: dict[str, list[Print]] = {}
    for side, heel, toe in (("l", 29, 31), ("r", 30, 32)):
        down = np.zeros(len(moments), bool)
        for point in (heel, toe):
            speed = np.linalg.norm(np.gradient(points[:, point], moments, axis=0), axis=1)
            low = points[:, point, 1] < np.percentile(points[:, point, 1], 5) + 0.035
            down |= low & (gaussian_filter1d(speed, 2) < 0.6)
        stretches, number = label(down)
        prints[side] = []
        for k in range(1, number + 1):
            at = np.flatnonzero(stretches == k)
            if len(at) > 0.1 * _RATE:
                start = moments[at[0]] if at[0] > 0 else -np.inf
                end = moments[at[-1]] if at[-1] < len(moments) - 1 else np.inf
                lowest = at[np.argmin(points[at, heel, 1])]
                prints[side].append(Print(start, end, points[lowest, heel]))
    return prints
