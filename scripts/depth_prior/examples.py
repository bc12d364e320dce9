"""Examples for the training: bodies in motion before cameras, as a pose model shows them, with their 3D links."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from demo_clip.rig import Array, rotation

from depth_prior.movement import FRAMES
from depth_prior.noise import Residuals, drawn
from humanpose3d.pipeline.signals.body import BODY, MIRRORED, index
from humanpose3d.pipeline.signals.depth_prior.inputs import FOCAL_LENGTH, SEEN, features
from humanpose3d.pipeline.signals.fit.anatomy import PARENT_PLACES
from humanpose3d.pipeline.signals.rays import turns_towards

_NEAREST = 0.6  # lengths of trunk and leg
_OF_BODY = np.searchsorted(SEEN, BODY)
_SIDES = np.searchsorted(SEEN, MIRRORED[SEEN])
_LEGS = [np.searchsorted(SEEN, index(*(f"{side}_{part}" for part in ("knee", "ankle", "heel", "foot_index"))))
         for side in ("left", "right")]  # fmt: skip
_ARMS = [np.searchsorted(SEEN, index(*(f"{side}_{part}" for part in ("elbow", "wrist")))) for side in ("left", "right")]


class Batch(NamedTuple):
    """B clips: input (B, T, FEATURES), frames that count (B, T), true links (B, T, J, 3) in trunk and leg lengths."""

    given: npt.NDArray[np.float32]
    there: npt.NDArray[np.bool_]
    links: npt.NDArray[np.float32]


def batch(
    chance: np.random.Generator, clips: npt.NDArray[np.float32], bodies: Array, library: list[Residuals], count: int
) -> Batch:
    """Draw examples.

    Parameters
    ----------
    chance : Generator
    clips : array (C, FRAMES, N, 3)
        Landmarks in metres, y up, z forward.
    bodies : array (C,)
        Lengths of trunk and leg, metres.
    library : list of Residuals
    count : int
    """
    chosen = chance.integers(len(clips), size=count)
    points = np.empty((count, *clips.shape[1:]))
    seen, visibility = np.empty((*points.shape[:3], 2)), np.empty(points.shape[:3])
    present = np.empty(points.shape[:3], bool)
    for k, i in enumerate(chosen):
        lens = np.exp(chance.normal(0, 0.35))
        points[k], azimuth = _before_camera(chance, clips[i] / bodies[i], lens)
        assumed = FOCAL_LENGTH if chance.random() < 0.7 else lens * np.exp(chance.normal(0, 0.1))
        rays = points[k, ..., :2] / points[k, ..., 2:] * lens / assumed
        seen[k], visibility[k], present[k] = _as_seen(chance, rays, azimuth, library)
    given, there = features(*(np.concatenate(list(each)) for each in (seen, visibility, present)))
    shape = (count, FRAMES, -1)
    return Batch(given.reshape(shape), there.reshape(count, FRAMES), _links(points).reshape(*shape[:2], len(BODY), 3))


def _links(points: Array) -> npt.NDArray[np.float32]:
    """Return the links (B * T, J, 3) of landmarks (B, T, N, 3), turned as if each person stood straight ahead."""
    body = np.concatenate(list(points))[:, _OF_BODY]
    turns = turns_towards((body[..., :2] / body[..., 2:]).mean(axis=1))
    body = body @ turns  # the transposed turn, from the left
    return np.asarray(body - body[:, PARENT_PLACES].mean(axis=2), np.float32)


def _before_camera(chance: np.random.Generator, points: Array, lens: float) -> tuple[Array, float]:
    """Place the person before a camera: points in its axes (x right, y down, z away), and from where it looks."""
    if chance.random() < 0.5:
        points = points[:, _SIDES] * (-1, 1, 1)
    # Cameras stand in front, behind or beside more often than between.
    azimuth = chance.choice(8) * 45 + chance.normal(0, 12) if chance.random() < 0.5 else chance.uniform(0, 360)
    pitch = chance.normal(5, 8) if chance.random() < 0.6 else chance.uniform(-20, 35)
    turn = rotation("z", chance.normal(0, 6)) @ rotation("x", pitch) @ rotation("y", -azimuth)
    if chance.random() < 0.04:  # lying, bent down, upside down
        turn = turn @ rotation(chance.choice(["x", "z"]), chance.uniform(-180, 180))
    points = points @ turn.T * (1, -1, -1)
    share = chance.uniform(0.3, 0.95)  # of the picture's height
    away = np.clip(1.33 * lens * chance.choice([1.0, 1.33, 1.78]) / share, 1.6, 12)
    across, down = chance.uniform(-0.3, 0.3) * (chance.random() < 0.5), chance.normal(0, 0.08)
    points = points + away * np.array([across, down, 1.0])
    return points * (1, 1, 0) + np.maximum(points, _NEAREST) * (0, 0, 1), float(azimuth % 360)


def _as_seen(
    chance: np.random.Generator, rays: Array, azimuth: float, library: list[Residuals]
) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    body = rays[:, _OF_BODY]
    size = np.sqrt(((body - body.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean(axis=1))[:, None, None]
    wrong, visibility = drawn(chance, library, azimuth, FRAMES)
    if chance.random() < 0.4:  # what is always wrong is another on other people
        wrong = wrong - np.nanmean(wrong, axis=0) + chance.normal(0, 0.02, (1, *rays.shape[1:]))
    wrong = wrong * chance.uniform(0.5, 1.4) + chance.normal(0, 0.012, (1, *rays.shape[1:]))
    seen = rays + wrong * size
    present = np.isfinite(seen).all(axis=2)
    if chance.random() < 0.08:  # legs or arms that are exchanged
        first, second = _LEGS if chance.random() < 0.7 else _ARMS
        at = _stretch(chance, 12)
        seen[at, first], seen[at, second] = seen[at, second].copy(), seen[at, first].copy()
    if chance.random() < 0.15:  # something is hidden
        hidden = chance.choice([*_LEGS[0], *_LEGS[1], *_ARMS[0], *_ARMS[1]], chance.integers(1, 7))
        at = slice(None) if chance.random() < 0.3 else _stretch(chance, 40)
        present[at, hidden] = False
    if chance.random() < 0.1:  # a gap
        present[_stretch(chance, 15)] = False
    if chance.random() < 0.12:  # a short trial
        length = chance.integers(1, FRAMES)
        present[length:] = False
    return seen, np.nan_to_num(visibility), present


def _stretch(chance: np.random.Generator, longest: int) -> slice:
    start = chance.integers(FRAMES)
    return slice(start, start + chance.integers(1, longest + 1))
