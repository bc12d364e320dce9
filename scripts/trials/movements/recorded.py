"""Recorded movement: what somebody did before optical cameras drives the rig."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from demo_clip.rig import BONES, INDEX, Array, rotation
from scipy.ndimage import gaussian_filter1d, label
from scipy.spatial.transform import Rotation, Slerp

from trials.figure import Figure
from trials.motion import SIDES, Motion, Print
from trials.parameters import Movement
from trials.recordings import Recording, RecordingError, read_recording, recordings_in

_AROUND = 1.0  # seconds before and after a trial in which its feet are followed, too
_SLOWEST_WALK = 0.5  # m/s


def recorded(times: Array, movement: Movement, figure: Figure, folder: Path) -> Motion:
    """Move as in a recording of a folder; see `retargeted`.

    Raises
    ------
    RecordingError
        The recording is missing, can't be read, or is too short.
    """
    found = recordings_in(folder)
    if movement.recording not in found:
        raise RecordingError(f"{folder} has no recording {movement.recording} (.amc or .bvh)")
    return retargeted(times, movement.first, figure, read_recording(found[movement.recording]))


def retargeted(times: Array, first: float, figure: Figure, recording: Recording) -> Motion:
    """Move a body as a recording from its second `first` on.

    The path is scaled by the length of the leg. The truth is the rig's own. Heel strikes and toe-offs are the rig's
    too, from the height and the speed of its feet.

    Raises
    ------
    RecordingError
        The recording is too short.
    """
    rate = recording.rate
    begin, around = round(first * rate), round(_AROUND * rate)
    before = min(begin, around)
    needed = before + int(np.ceil((times[-1] - times[0]) * rate)) + 2
    part = recording.part(begin - before, begin - before + needed + around)
    if len(part.root) < needed:
        raise RecordingError(f"{recording.path} has no {needed} frames from frame {begin - before} on")
    world, place = _with_level_feet(part), part.root * figure.leg
    heading = _heading(place[before : before + needed], world[:, INDEX["pelvis"]])
    level = rotation("y", -heading)
    world, place = level @ world, (place - place[before] * (1, 0, 1)) @ level.T
    local = world.copy()
    for i, bone in enumerate(BONES.values()):
        if bone.parent is not None:
            local[:, i] = np.swapaxes(world[:, INDEX[bone.parent]], -1, -2) @ world[:, i]
    place[:, 1] -= _lowest(figure, local, place, rate)
    moments = times[0] + (np.arange(len(place)) - before) / rate
    prints = _prints(moments, figure.landmarks(local, place), rate)
    bones = [Slerp(moments, Rotation.from_matrix(local[:, i]))(times).as_matrix() for i in range(len(BONES))]
    root = np.stack([np.interp(times, moments, column) for column in place.T], axis=1)
    travelled = float(np.linalg.norm((root[-1] - root[0])[[0, 2]]) / (times[-1] - times[0]))
    if travelled < _SLOWEST_WALK:
        return Motion(np.stack(bones, axis=1), root)
    return Motion(np.stack(bones, axis=1), root, prints, speed=travelled)


def _with_level_feet(recording: Recording) -> Array:
    """Rotations of the bones, the feet level where they stand."""
    world: Array = recording.bones.copy()
    for side, low in zip(SIDES, recording.low.T, strict=True):
        foot = world[:, INDEX[f"foot_{side}"]]
        pitch = np.rad2deg(np.arcsin(np.clip(foot[:, 1, 2], -1, 1)))
        level = float(np.median(pitch[low <= np.percentile(low, 30)]))
        world[:, INDEX[f"foot_{side}"]] = foot @ rotation("x", level)
    return world


def _heading(place: Array, pelvis: Array) -> float:
    """Direction of the way in degrees, or of the pelvis where there is hardly any way."""
    way = place[-1] - place[0]
    if np.hypot(way[0], way[2]) < 0.8:
        way = pelvis[:, :, 2].mean(axis=0)
    return float(np.rad2deg(np.arctan2(way[0], way[2])))


def _lowest(figure: Figure, local: Array, place: Array, rate: float) -> Array:
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
    return np.asarray(floor + gaussian_filter1d(np.minimum(low - floor, 0.05), 0.05 * rate))


def _prints(moments: Array, points: Array, rate: float) -> dict[str, list[Print]]:
    """Footprints where heel or toes are low and slow for a tenth of a second; endless where they are cut off."""
    prints: dict[str, list[Print]] = {}
    for side, heel, toe in (("l", 29, 31), ("r", 30, 32)):
        down = np.zeros(len(moments), bool)
        for point in (heel, toe):
            speed = np.linalg.norm(np.gradient(points[:, point], moments, axis=0), axis=1)
            low = points[:, point, 1] < np.percentile(points[:, point, 1], 5) + 0.035
            down |= low & (gaussian_filter1d(speed, rate / 60) < 0.6)
        stretches, number = label(down)
        prints[side] = []
        for k in range(1, number + 1):
            at = np.flatnonzero(stretches == k)
            if len(at) > 0.1 * rate:
                start = moments[at[0]] if at[0] > 0 else -np.inf
                end = moments[at[-1]] if at[-1] < len(moments) - 1 else np.inf
                lowest = at[np.argmin(points[at, heel, 1])]
                prints[side].append(Print(start, end, points[lowest, heel]))
    return prints
