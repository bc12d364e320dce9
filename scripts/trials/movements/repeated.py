"""What exercises share: when they repeat themselves, how the arms are held, and legs that are too short."""

from __future__ import annotations

import numpy as np
from demo_clip.rig import INDEX, Array

from trials.figure import Figure, FootTrack
from trials.motion import SIDES, Repetition, turn
from trials.parameters import Movement

SIGNS = (("l", 1), ("r", -1))


def cycles(times: Array, movement: Movement, turning: float = 0.5) -> list[Repetition]:
    """Repetitions that lie wholly in the trial."""
    period = movement.period
    first, last = np.ceil(times[0] / period - 1e-9), np.floor(times[-1] / period + 1e-9)
    return [Repetition(n * period, (n + turning) * period, (n + 1) * period) for n in np.arange(first, last).tolist()]


def wave(t: Array, movement: Movement) -> Array:
    """Return the share of the way to the turning point: 0 at a repetition's start and end, 1 in the middle."""
    return np.asarray((1 - np.cos(2 * np.pi * t / movement.period)) / 2)


def arms(local: Array, flexion: float | Array, elbow: float | Array = 12.0, abduction: float | Array = 9.0) -> None:
    """Hold both arms alike, degrees."""
    for side, sign in SIGNS:
        turn(local, f"upper_arm_{side}", ("z", sign * np.asarray(abduction)), ("x", -np.asarray(flexion)))
        turn(local, f"forearm_{side}", ("x", -np.asarray(elbow)))


def bent_down(local: Array, root: Array, feet: dict[str, FootTrack], figure: Figure) -> Array:
    """How far the pelvis is too high for the legs; at corners of the movement it comes down smoothly."""
    _, joints = figure.kinematics(local)
    needed = [figure.reach(joints[:, INDEX[f"thigh_{side}"]] + root, feet[side].ankle) for side in SIDES]
    return np.asarray(np.log1p(np.exp(np.max(needed, axis=0) / 0.01)) * 0.01)
