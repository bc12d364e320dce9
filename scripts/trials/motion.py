"""Movement of one person: poses at moments, and the feet's meetings with the ground."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from demo_clip.mesh import Colour, smoothstep
from demo_clip.rig import BONES, INDEX, Array, NDArrayInt, rotation
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from trials.figure import Figure, FootTrack

SIDES = ("l", "r")
_GRID = 480.0  # per second: moments at which feet are planned
_MARGIN = 1.6  # seconds before and after the trial
_DEAD = 3.0  # degrees: a standing foot that is tilted by less is flat


class Contact(NamedTuple):
    """One foot on the ground, seconds; `middle` is a moment at which it is flat."""

    start: float
    middle: float
    end: float


class Print(NamedTuple):
    """A foot's meeting with the ground: times of heel strike and toe-off, and the heel's place (3,) on that ground."""

    start: float
    end: float
    heel: Array


class Box(NamedTuple):
    """A piece of furniture: centre and size in metres, in the person's own axes."""

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    colour: Colour = (0.46, 0.33, 0.22)


class Repetition(NamedTuple):
    """Seconds: it begins, it is at its turning point, it ends."""

    start: float
    turn: float
    end: float


@dataclass(frozen=True)
class Motion:
    """A movement in the person's own axes (x left, y up from the floor, z forward at the start).

    Attributes
    ----------
    local : array (T, bones, 3, 3)
        Rotations, for `demo_clip.rig.forward_kinematics`.
    root : array (T, 3)
        Place of the pelvis in the room.
    prints : dict of str to list of Print
        Footprints of "l" and "r", of walking and running.
    repetitions : list of Repetition
    speed : float
        Of walking and running, over the ground or against the belt, m/s; else 0.
    belt : bool
        Whether the ground moves.
    boxes : list of Box
        Furniture that belongs to the movement.
    """

    local: Array
    root: Array
    prints: dict[str, list[Print]] = field(default_factory=lambda: {"l": [], "r": []})
    repetitions: list[Repetition] = field(default_factory=list)
    speed: float = 0.0
    belt: bool = False
    boxes: list[Box] = field(default_factory=list)


Pose = Callable[[Array], Array]
Way = Callable[[Array], Array]


def still(count: int) -> Array:
    """Unrotated bones, (count, bones, 3, 3)."""
    return np.tile(np.eye(3), (count, len(BONES), 1, 1))


def turn(local: Array, bone: str, *turns: tuple[str, float | Array]) -> None:
    """Turn a bone in place, about its own axes one after the other."""
    for axis, degrees in turns:
        local[:, INDEX[bone]] = local[:, INDEX[bone]] @ rotation(axis, degrees)


def grid(times: Array) -> Array:
    """Moments at which the feet are planned, around those of the frames."""
    return np.asarray(np.arange(times.min() - _MARGIN, times.max() + _MARGIN, 1 / _GRID))


def planted(
    times: Array,
    pose: Pose,
    way: Way,
    contacts: dict[str, list[Contact]],
    figure: Figure,
    period: float | None = None,
) -> tuple[Array, Array, dict[str, list[Print]]]:
    """Make a person's feet stand where they meet the ground, and leave the rest of the movement as it is.

    Parameters
    ----------
    times : array (T,)
        Seconds of the frames.
    pose : function from moments (N,) to rotations (N, bones, 3, 3)
        The pelvis turned to its heading.
    way : function from moments (N,) to places (N, 3)
        Of the pelvis over the ground; its height is found here.
    contacts : dict of str to list of Contact
        When each foot is on the ground, from before the first frame to after the last.
    figure : Figure
    period : float, optional
        Seconds after which the height of the pelvis repeats itself.

    Returns
    -------
    local : array (T, bones, 3, 3)
    root : array (T, 3)
    prints : dict of str to list of Print

    Notes
    -----
    A foot on the ground rolls over its sole without sliding; one in the air goes as the pose says, and what that lacks
    to both footprints is spread over the swing (Kovar, Footskate cleanup, SCA 2002).
    """
    moments = grid(times)
    local, root = pose(moments), way(moments)
    rotations, joints = figure.kinematics(local)
    raw: dict[str, FootTrack] = {}
    stances: dict[str, list[tuple[Contact, NDArrayInt]]] = {}
    for side in SIDES:
        sole = rotations[:, INDEX[f"foot_{side}"]]
        pitch = np.rad2deg(np.arcsin(np.clip(sole[:, 1, 2], -1, 1)))
        yaw = np.unwrap(np.rad2deg(np.arctan2(sole[:, 0, 2], sole[:, 2, 2])), period=360)
        raw[side] = FootTrack(joints[:, INDEX[f"foot_{side}"]] + root, pitch, yaw)
        stances[side] = [(c, np.flatnonzero((moments >= c.start) & (moments <= c.end))) for c in contacts[side]]
        stances[side] = [(c, at) for c, at in stances[side] if len(at)]
    root[:, 1] = _height(moments, raw, stances, figure, period)
    feet, prints = {}, {}
    for side in SIDES:
        lifted = FootTrack(raw[side].ankle + root * (0, 1, 0), raw[side].pitch, raw[side].yaw)
        feet[side], prints[side] = _planted_foot(moments, lifted, stances[side], figure)
    root[:, 1] -= _bow(joints, root, feet, stances, figure)
    tracks = {side: _at(times, moments, foot) for side, foot in feet.items()}
    root = _interpolated(times, moments, root)
    return figure.with_legs(pose(times), root, tracks), root, prints


def _flattened(pitch: Array) -> Array:
    return np.sign(pitch) * np.maximum(np.abs(pitch) - _DEAD, 0)


def _height(
    moments: Array,
    raw: dict[str, FootTrack],
    stances: dict[str, list[tuple[Contact, NDArrayInt]]],
    figure: Figure,
    period: float | None,
) -> Array:
    """Height of the pelvis (N,) that puts the standing feet on the ground, smoothed."""
    needed, count = np.zeros(len(moments)), np.zeros(len(moments))
    for side in SIDES:
        for _, at in stances[side]:
            needed[at] += figure.rolled(_flattened(raw[side].pitch[at]))[1] - raw[side].ankle[at, 1]
            count[at] += 1
    known = count > 0
    needed[known] /= count[known]
    if period is None:
        return np.asarray(gaussian_filter1d(np.interp(moments, moments[known], needed[known]), 0.06 * _GRID))
    waves = [1 + 0 * moments]
    for k in (1, 2) if known.all() else (2,):
        waves += [np.cos(2 * np.pi * k * moments / period), np.sin(2 * np.pi * k * moments / period)]
    design = np.stack(waves, axis=1)
    return np.asarray(design @ np.linalg.lstsq(design[known], needed[known], rcond=None)[0])


def _planted_foot(
    moments: Array, foot: FootTrack, stances: Sequence[tuple[Contact, NDArrayInt]], figure: Figure
) -> tuple[FootTrack, list[Print]]:
    ankle, pitch, yaw = foot.ankle.copy(), foot.pitch.copy(), foot.yaw.copy()
    prints = []
    for contact, at in stances:
        middle = int(np.clip(np.searchsorted(moments, contact.middle), 0, len(moments) - 1))
        pitch[at], yaw[at] = _flattened(foot.pitch[at]), foot.yaw[middle]
        forward = rotation("y", foot.yaw[middle])[:, 2]
        level = _flattened(foot.pitch[[middle]])
        flat = foot.ankle[middle] * (1, 0, 1) - forward * figure.rolled(level)[0]
        along, up = figure.rolled(pitch[at])
        ankle[at] = flat + along[:, None] * forward + up[:, None] * (0.0, 1.0, 0.0)
        prints.append(Print(contact.start, contact.end, flat - 0.065 * figure.foot * forward))
    for (_, before), (_, after) in pairwise(stances):
        off, on = before[-1], after[0]
        swing = np.arange(off + 1, on)
        share = smoothstep(0.0, 1.0, (swing - off) / (on - off))
        for track, planned in ((foot.ankle, ankle), (foot.pitch, pitch), (foot.yaw, yaw)):
            weight = share if track.ndim == 1 else share[:, None]
            lacks = (planned - track)[[off, on]]
            planned[swing] = track[swing] + (1 - weight) * lacks[0] + weight * lacks[1]
        clearance = 0.02 * figure.foot * np.sin(np.pi * (swing - off) / (on - off))
        ankle[swing, 1] = np.maximum(ankle[swing, 1], figure.rolled(pitch[swing])[1] + clearance)
    return FootTrack(ankle, pitch, yaw), prints


def _bow(
    joints: Array,
    root: Array,
    feet: dict[str, FootTrack],
    stances: dict[str, list[tuple[Contact, NDArrayInt]]],
    figure: Figure,
) -> Array:
    """How far (N,) the pelvis has to come down for both legs to reach the ground, smoothed."""
    needed = np.zeros(len(root))
    for side in SIDES:
        for _, at in stances[side]:
            hip = (joints[:, INDEX[f"thigh_{side}"]] + root)[at]
            needed[at] = np.maximum(needed[at], figure.reach(hip, feet[side].ankle[at]))
    width = int(0.04 * _GRID)
    return np.asarray(gaussian_filter1d(maximum_filter1d(needed, 2 * width + 1), width))


def _interpolated(times: Array, moments: Array, values: Array) -> Array:
    if values.ndim == 1:
        return np.interp(times, moments, values)
    return np.stack([np.interp(times, moments, column) for column in values.T], axis=1)


def _at(times: Array, moments: Array, foot: FootTrack) -> FootTrack:
    return FootTrack(*(_interpolated(times, moments, values) for values in (foot.ankle, foot.pitch, foot.yaw)))
