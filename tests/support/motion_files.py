"""Files of recorded movement: Acclaim's (.asf, .amc) and Biovision's (.bvh)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

_SEGMENTS = [
    ("lhipjoint", "root", (0.6, -0.7, 0.2), 2.5, (0, 0, 0), ""),
    ("lfemur", "lhipjoint", (0.34202, -0.93969, 0), 7.6, (0, 0, 20), "rx ry rz"),
    ("ltibia", "lfemur", (0.34202, -0.93969, 0), 7.3, (0, 0, 20), "rx"),
    ("lfoot", "ltibia", (0.0887, -0.2437, 0.9658), 2.2, (-90, 0, 20), "rx rz"),
    ("upperback", "root", (0, 1, 0), 4.0, (0, 0, 0), "rx ry rz"),
    ("thorax", "upperback", (0, 1, 0), 2.0, (0, 0, 0), "rx ry rz"),
    ("head", "thorax", (0, 1, 0), 3.0, (0, 0, 0), "rx ry rz"),
    ("lhumerus", "thorax", (1, 0, 0), 4.9, (180, -30, -90), "rx ry rz"),
    ("lradius", "lhumerus", (1, 0, 0), 3.4, (180, -30, -90), "rx"),
]


def write_acclaim(folder: Path, bend: NDArray[np.float64], elbow: NDArray[np.float64]) -> None:
    """Write 09.asf and 09_01.amc: left knee and elbow bend."""
    segments = list(_SEGMENTS)
    for name, parent, (x, y, z), length, (ax, ay, az), dof in _SEGMENTS:
        if name[0] == "l":
            other = parent if parent in ("root", "thorax") else "r" + parent[1:]
            segments.append(("r" + name[1:], other, (-x, y, z), length, (ax, -ay, -az), dof))
    lines = [":units", "  length 0.45", ":root", "  order TX TY TZ RX RY RZ", ":bonedata"]
    for number, (name, _, direction, length, axis, dof) in enumerate(segments, start=1):
        lines += ["begin", f"id {number}", f"name {name}", f"direction {' '.join(map(str, direction))}"]
        lines += [f"length {length}", f"axis {' '.join(map(str, axis))} XYZ", *([f"dof {dof}"] if dof else []), "end"]
    lines += [":hierarchy", "begin", *(f"{parent} {name}" for name, parent, *_ in segments), "end"]
    (folder / "09.asf").write_text("\n".join(lines), encoding="ascii")
    motion = [":FULLY-SPECIFIED", ":DEGREES"]
    for k, (knee, arm) in enumerate(zip(bend, elbow, strict=True), start=1):
        motion += [str(k), "root 0 17 0 0 0 0"]
        for name, _, _, _, _, dof in segments:
            if dof:
                values = ["0"] * len(dof.split())
                values[0] = {"ltibia": f"{knee}", "lradius": f"{arm}"}.get(name, "0")
                motion.append(f"{name} {' '.join(values)}")
    (folder / "09_01.amc").write_text("\n".join(motion), encoding="ascii")


class BvhJoint(NamedTuple):
    """A joint: its parent's name, and its place in the parent's axes; without a name it is the end of a limb."""

    name: str
    parent: str
    offset: NDArray[np.float64]


def write_bvh(
    path: Path,
    joints: list[BvhJoint],
    world: dict[str, NDArray[np.float64]],
    root: NDArray[np.float64],
    rate: float,
    order: str = "ZXY",
) -> None:
    """Write joints whose rotations in the world are `world` (T, 3, 3) by name, and the first one's place (T, 3)."""
    lines, columns, parents = ["HIERARCHY"], [root], {joint.name: joint.parent for joint in joints}

    def write_joint(joint: BvhJoint) -> None:
        keyword = f"JOINT {joint.name}" if joint.parent else f"ROOT {joint.name}"
        lines.extend([keyword if joint.name else "End Site", "{", "OFFSET " + " ".join(map(str, joint.offset))])
        if joint.name:
            moves = [] if joint.parent else [f"{axis}position" for axis in "XYZ"]
            channels = [*moves, *(f"{axis}rotation" for axis in order)]
            lines.append(f"CHANNELS {len(channels)} {' '.join(channels)}")
            own = world[joint.name]
            if parents[joint.name]:
                own = np.swapaxes(world[parents[joint.name]], -1, -2) @ own
            columns.append(Rotation.from_matrix(own).as_euler(order, degrees=True))
            for child in joints:
                if child.parent == joint.name:
                    write_joint(child)
        lines.append("}")

    write_joint(joints[0])
    lines += ["MOTION", f"Frames: {len(root)}", f"Frame Time: {1 / rate:.6f}"]
    lines += [" ".join(f"{value:.5f}" for value in row) for row in np.concatenate(columns, axis=1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
