"""Bodies in motion for the training: recorded, made, and random movement, as landmarks of the rig."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from demo_clip.rig import BONES, INDEX, Array, rotation
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation
from trials.drawn import drawn_body, drawn_movement
from trials.figure import Figure
from trials.movements import move
from trials.movements.recorded import retargeted
from trials.parameters import Body
from trials.recordings import RecordingError, read_recording, recordings_in

from humanpose3d.pipeline.signals.depth_prior.inputs import RATE_HZ, SEEN

Generator = np.random.Generator

FRAMES = 81
_FINE_HZ = 60.0
_SHORTEST = 0.5  # seconds of a recording
_HINGES = {"shank": (0.0, 150.0, 1), "forearm": (0.0, 150.0, -1)}
# Standard deviations of what is added to recorded and made movement, degrees.
_VARIED = {"pelvis": 5.0, "lumbar": 5.0, "chest": 5.0, "head": 12.0, "thigh": 9.0, "shank": 10.0, "foot": 7.0,
           "upper_arm": 18.0, "forearm": 20.0, "hand": 8.0}  # fmt: skip
# Ranges of random movement about x, z and y, degrees: the joints' usual ranges (Kapandji, The Physiology of the
# Joints). Positive z spreads the left limb; the right one is its mirror image.
_LIMITS = {"pelvis": ((-25, 60), (-20, 20), (-50, 50)), "lumbar": ((-10, 25), (-12, 12), (-15, 15)),
           "chest": ((-10, 25), (-12, 12), (-20, 20)), "head": ((-35, 35), (-20, 20), (-55, 55)),
           "thigh": ((-115, 20), (-12, 35), (-25, 25)), "shank": ((0, 135), (0, 0), (0, 0)),
           "foot": ((-20, 35), (-8, 8), (-12, 20)), "upper_arm": ((-150, 40), (0, 100), (-60, 60)),
           "forearm": ((-140, 0), (0, 0), (0, 0)), "hand": ((-20, 20), (-10, 10), (0, 0))}  # fmt: skip
_OWN_ARMS = 0.25  # share of recorded and made clips in which the arms move apart from the rest
_ARM_BONES = [INDEX[f"{bone}_{side}"] for bone in ("upper_arm", "forearm", "hand") for side in "lr"]
_ON_ALL_FOURS = {"pelvis": 85.0, "head": -40.0, "thigh": -85.0, "upper_arm": -85.0}  # about x


@dataclass(frozen=True)
class Take:
    """A movement: rotations (T, bones, 3, 3) and root (T, 3) at `_FINE_HZ`; the root in lengths of the leg."""

    local: Array
    root: Array


def recorded_takes(folder: Path, left_out: frozenset[str]) -> list[Take]:
    """Read the recorded movement of a folder, without that of the bench's test half.

    Raises
    ------
    RecordingError
        A file can't be used, or there is none.
    """
    figure, takes = Figure(Body("anyone", "development")), []
    for name, path in recordings_in(folder).items():
        if name in left_out:
            continue
        recording = read_recording(path)
        if recording.seconds < _SHORTEST:
            raise RecordingError(f"{path} lasts {recording.seconds:.2f} s, and it takes {_SHORTEST} s")
        times = np.arange(0, recording.seconds - 0.1, 1 / _FINE_HZ)
        motion = retargeted(times, 0.0, figure, recording)
        takes.append(Take(motion.local, motion.root / figure.leg))
    if not takes:
        raise RecordingError(f"{folder} has no recorded movement (.asf with .amc, or .bvh) to train on")
    return takes


def made_takes(chance: Generator, count: int) -> Iterator[Take]:
    """Make movements by chance."""
    times = np.arange(0, 5.0, 1 / _FINE_HZ)
    for _ in range(count):
        figure = Figure(drawn_body(chance))
        motion = move(times, drawn_movement(chance, recorded=False), figure, None)
        yield Take(motion.local, motion.root / figure.leg)


def clip(chance: Generator, takes: list[tuple[float, list[Take]]]) -> tuple[Array, float]:
    """Draw landmarks (FRAMES, N, 3) about the first root, and the length of trunk and leg; y up, z forward."""
    figure = Figure(drawn_body(chance))
    shares = np.cumsum([share for share, _ in takes])
    draw = chance.random()
    if draw < shares[-1]:
        kind = takes[int(np.searchsorted(shares, draw))][1]
        local, root = _cut(chance, kind[chance.integers(len(kind))])  # short recordings count like long ones
        if chance.random() < 0.6:
            local = _varied(chance, local)
        if chance.random() < _OWN_ARMS:
            local = local.copy()
            local[:, _ARM_BONES] = _random(chance)[:, _ARM_BONES]
    else:
        local, root = _random(chance), _smooth(chance, 3, 0.25) * 0.1
    points = figure.landmarks(local, root * figure.leg)[:, SEEN]
    body = figure.leg + float(figure.scales[INDEX["chest"], 1]) * 0.495  # from the hips to the shoulders
    return points - root[len(root) // 2] * figure.leg, body


def _cut(chance: Generator, take: Take) -> tuple[Array, Array]:
    """Draw frames at the network's rate, played 0.75 to 1.3 times as fast, sometimes backward."""
    step = _FINE_HZ / RATE_HZ * chance.uniform(0.75, 1.3)
    if (FRAMES - 1) * step > len(take.local) - 1:
        step = (len(take.local) - 1) / (FRAMES - 1)
    start = chance.uniform(0, len(take.local) - 1 - (FRAMES - 1) * step)
    frames = np.round(start + step * np.arange(FRAMES)).astype(int)
    if chance.random() < 0.15:
        frames = frames[::-1]
    return take.local[frames], take.root[frames]


def random_turns(chance: Generator, seconds: float, count: int) -> Array:
    """Random turns about three axes (count, FRAMES, 3), of unit standard deviation: a constant part and a slow one."""
    slow = _smooth(chance, 3 * count, seconds).reshape(FRAMES, count, 3)
    return np.asarray(np.moveaxis(slow + chance.standard_normal((count, 3)), 1, 0) / np.sqrt(2))


def _smooth(chance: Generator, columns: int, seconds: float) -> Array:
    """Random curves (FRAMES, columns) of unit standard deviation."""
    width = seconds * RATE_HZ
    margin = int(4 * width)
    curves = gaussian_filter1d(chance.standard_normal((FRAMES + 2 * margin, columns)), width, axis=0)
    return np.asarray(curves[margin : margin + FRAMES] * np.sqrt(2 * np.sqrt(np.pi) * width))


def _varied(chance: Generator, local: Array) -> Array:
    """Add a constant and a slow random turn to every joint; knees and elbows stay hinges within their limits."""
    local = local.copy()
    turns = chance.uniform(0.3, 1.3) * random_turns(chance, 0.35, len(BONES))
    for bone, i in INDEX.items():
        part = bone.removesuffix("_l").removesuffix("_r")
        added = _VARIED[part] * turns[i]
        if part in _HINGES:
            least, most, sign = _HINGES[part]
            bent = sign * np.rad2deg(np.arctan2(local[:, i, 2, 1], local[:, i, 1, 1]))
            local[:, i] = rotation("x", sign * np.clip(bent + added[:, 0], least, most))
        else:
            local[:, i] = local[:, i] @ Rotation.from_rotvec(added * (1, 0.6, 0.5), degrees=True).as_matrix()
    return local


def _random(chance: Generator) -> Array:
    """Move every joint between random angles within its limits, sometimes on all fours."""
    local = np.tile(np.eye(3), (FRAMES, len(BONES), 1, 1))
    seconds, spread, on_all_fours = chance.uniform(0.2, 0.9), chance.uniform(0.5, 1.2), chance.random() < 0.12
    shares = 0.5 + 0.5 * np.tanh(spread * random_turns(chance, seconds, len(BONES)))
    for bone, i in INDEX.items():
        part = bone.removesuffix("_l").removesuffix("_r")
        low, high = np.array(_LIMITS[part], dtype=np.float64).T
        x, z, y = (low + (high - low) * shares[i]).T
        if on_all_fours and part in _ON_ALL_FOURS:
            x = _ON_ALL_FOURS[part] + 0.3 * (x - (low[0] + high[0]) / 2)
        mirrored = -1 if bone.endswith("_r") else 1
        local[:, i] = rotation("x", x) @ rotation("z", mirrored * z) @ rotation("y", mirrored * y)
    return local
