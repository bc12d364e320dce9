"""Examples for the training: bodies in motion before cameras, as a pose model shows them, with their 3D links."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from demo_clip.rig import Array, rotation

from depth_prior.movement import FRAMES
from depth_prior.noise import Residuals, SeenTrial, drawn, person_sizes
from depth_prior.variation import varied
from humanpose3d.pipeline.signals.body import BODY, MIRRORED, index
from humanpose3d.pipeline.signals.depth_prior.inputs import SEEN, features
from humanpose3d.pipeline.signals.fit.anatomy import PARENT_PLACES
from humanpose3d.pipeline.signals.lens import ASSUMED, Lens
from humanpose3d.pipeline.signals.rays import turns_towards

_SEEN_SHARE = 0.5  # of the examples are trials as they were seen
_VARIED_SHARE = 0.85  # of these have another body
_NEAREST = 0.6  # lengths of trunk and leg
_OF_BODY = np.searchsorted(SEEN, BODY)
_SIDES = np.searchsorted(SEEN, MIRRORED[SEEN])
_LEGS = [np.searchsorted(SEEN, index(*(f"{side}_{part}" for part in ("knee", "ankle", "heel", "foot_index"))))
         for side in ("left", "right")]  # fmt: skip
_ARMS = [np.searchsorted(SEEN, index(*(f"{side}_{part}" for part in ("elbow", "wrist")))) for side in ("left", "right")]


class Batch(NamedTuple):
    """B clips of T frames."""

    given: npt.NDArray[np.float32]  # (B, T, FEATURES)
    there: npt.NDArray[np.bool_]  # (B, T): the frames that count
    links: npt.NDArray[np.float32]  # (B, T, J, 3): true, in lengths of trunk and leg
    exchanged: npt.NDArray[np.float32]  # (B, T): 1 where the legs are exchanged


def batch(
    chance: np.random.Generator,
    clips: npt.NDArray[np.float32],
    bodies: Array,
    library: list[Residuals],
    trials: list[SeenTrial],
    count: int,
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
    trials : list of SeenTrial
    count : int
    """
    chosen = chance.integers(len(clips), size=count)
    points = np.empty((count, *clips.shape[1:]))
    seen, visibility = np.empty((*points.shape[:3], 2)), np.empty(points.shape[:3])
    present, exchanged = np.empty(points.shape[:3], bool), np.empty(points.shape[:2], np.float32)
    spreads = np.empty(exchanged.shape)
    for k, i in enumerate(chosen):
        if trials and chance.random() < _SEEN_SHARE:
            trial = trials[chance.integers(len(trials))]
            lens = _known(chance, trial.lens)
            points[k], seen[k], visibility[k], present[k], exchanged[k] = _cut(chance, trial, lens)
            spreads[k] = lens.spread
            continue
        focal_length = float(np.exp(chance.normal(0, 0.35)))
        points[k], azimuth = _before_camera(chance, clips[i] / bodies[i], focal_length)
        lens = _known(chance, focal_length)
        spreads[k] = lens.spread
        rays = points[k, ..., :2] / points[k, ..., 2:] * focal_length / lens.focal_length
        seen[k], visibility[k], present[k], exchanged[k] = _as_seen(chance, rays, azimuth, library)
    given, there = features(*(np.concatenate(list(each)) for each in (seen, visibility, present, spreads)))
    shape = (count, FRAMES, -1)
    links = _links(points).reshape(*shape[:2], len(BODY), 3)
    return Batch(given.reshape(shape), there.reshape(count, FRAMES), links, exchanged)


def _known(chance: np.random.Generator, focal_length: float) -> Lens:
    """Return a lens as a run knows it: not at all, or as told or estimated."""
    if chance.random() < 0.5:
        return ASSUMED
    spread = chance.uniform(0.02, 0.3)
    return Lens(focal_length * float(np.exp(chance.normal(0, spread))), spread, "estimated")


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
    pitch = chance.normal(5, 8) if chance.random() < 0.5 else chance.uniform(-25, 45)
    roll = chance.normal(0, 6 if chance.random() < 0.85 else 20)
    turn = rotation("z", roll) @ rotation("x", pitch) @ rotation("y", -azimuth)
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
) -> tuple[Array, Array, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    wrong, visibility = drawn(chance, library, azimuth, FRAMES)
    if chance.random() < 0.4:  # what is always wrong is another on other people
        wrong = wrong - np.nanmean(wrong, axis=0) + chance.normal(0, 0.02, (1, *rays.shape[1:]))
    wrong = wrong * chance.uniform(0.5, 1.4) + chance.normal(0, 0.012, (1, *rays.shape[1:]))
    return _spoilt(chance, rays + wrong * person_sizes(rays[:, _OF_BODY]), visibility.copy())


def _cut(
    chance: np.random.Generator, trial: SeenTrial, lens: Lens
) -> tuple[Array, Array, Array, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Draw a stretch of a trial, mostly with another body; behind the end of a short one nothing is seen."""
    start = chance.integers(max(1, len(trial.wrong) - FRAMES // 2))
    at = np.round(start + chance.uniform(0.85, 1.2) * np.arange(FRAMES)).astype(int)
    ended, at = at >= len(trial.wrong), np.minimum(at, len(trial.wrong) - 1)
    points, wrong = trial.points[at], trial.wrong[at] + chance.normal(0, 0.012, (1, *trial.wrong.shape[1:]))
    if chance.random() < _VARIED_SHARE:
        points = varied(chance, points)
    rays = points[..., :2] / points[..., 2:] * trial.lens / lens.focal_length
    rays = np.where(ended[:, None, None], np.nan, rays + wrong * person_sizes(rays[:, _OF_BODY]))
    seen, visibility, present, exchanged = _spoilt(chance, rays, trial.visibility[at])
    return points, seen, visibility, present, exchanged ^ trial.exchanged[at]


def _spoilt(
    chance: np.random.Generator, seen: Array, visibility: Array
) -> tuple[Array, Array, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Exchange legs and arms, hide landmarks, and leave gaps, by chance."""
    present = np.isfinite(seen).all(axis=2)
    if chance.random() < 0.4:  # of real people a pose model is surer than of drawn ones, or less sure
        visibility = visibility ** np.exp(chance.normal(0, 0.7))
    exchanged = _exchanged(chance, np.linalg.norm(seen[:, _LEGS[0][1]] - seen[:, _LEGS[1][1]], axis=1))
    # The hidden leg is seen where the other is.
    if (exchanged.any() and chance.random() < 0.5) or chance.random() < 0.1:
        hidden, other = _LEGS if chance.random() < 0.5 else _LEGS[::-1]
        start = np.flatnonzero(exchanged)[0] if exchanged.any() else chance.integers(FRAMES)
        at, share = slice(max(start - 2, 0), start + chance.integers(2, 9)), chance.uniform(0.5, 1.0)
        seen[at, hidden] += share * (seen[at, other] - seen[at, hidden])
        visibility[at, hidden] *= chance.uniform(0.2, 1.0)
    # A pose model that takes one leg for the other believes in what it says: its visibility seldom tells.
    for values in (seen, present, visibility)[: 3 if chance.random() < 0.15 else 2]:
        first, second = (values[:, leg].copy() for leg in _LEGS)
        values[np.ix_(exchanged, _LEGS[0])], values[np.ix_(exchanged, _LEGS[1])] = second[exchanged], first[exchanged]
    if chance.random() < 0.03:  # arms that are exchanged
        first, second = _ARMS
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
    return seen, np.nan_to_num(visibility), present, exchanged


def _exchanged(chance: np.random.Generator, apart: Array) -> npt.NDArray[np.bool_]:
    """Draw frames with exchanged legs: from where the ankles meet, by their distance (T,), to there or for a while."""
    exchanged = np.zeros(len(apart), bool)
    draw = chance.random()
    if draw < 0.04:
        exchanged[:] = True
    if not 0.04 < draw < 0.6:
        return exchanged
    meetings = 1 + np.flatnonzero((apart[1:-1] <= apart[:-2]) & (apart[1:-1] < apart[2:]))
    for _ in range(chance.integers(1, 4)):
        start = chance.integers(len(apart))
        if len(meetings) and chance.random() < 0.75:
            start = max(0, int(chance.choice(meetings)) + chance.integers(-1, 3))
        end = start + chance.integers(1, 15)
        if (meetings > start + 2).any() and chance.random() < 0.5:
            end = meetings[meetings > start + 2][0]
        exchanged[start:end] ^= True
    return exchanged


def _stretch(chance: np.random.Generator, longest: int) -> slice:
    start = chance.integers(FRAMES)
    return slice(start, start + chance.integers(1, longest + 1))
