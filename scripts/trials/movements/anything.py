"""Movement that has no name: back and forth between postures by chance, on both feet or one, or of the arms alone."""

from __future__ import annotations

import numpy as np
from demo_clip.mesh import smoothstep
from demo_clip.rig import INDEX, Array, rotation

from trials.figure import Figure, FootTrack
from trials.motion import Motion, still, turn
from trials.movements.repeated import SIGNS, bent_down, cycles
from trials.parameters import Movement

# What a posture holds, least and most: degrees about the axes of the bones, and lengths of the leg.
_TRUNK = {"pelvis": ((-8, 50), (-8, 8), (-25, 25)), "lumbar": ((-8, 20), (-10, 10), (-12, 12)),
          "chest": ((-5, 15), (-8, 8), (-15, 15)), "head": ((-25, 15), (-10, 10), (-35, 35))}  # fmt: skip
_ARM = {"upper_arm": ((-150, 30), (0, 95), (-40, 40)), "forearm": ((-130, -3), (0, 0), (0, 0))}
_LOWERED = (-0.05, 0.5)
_HALF_STANCE, _SPLIT, _TOES_OUT = (0.05, 0.42), 0.5, (-5, 30)
_HEEL_RAISED = (0.25, 110.0)  # behind this split the rear heel rises, by degrees a leg's length
_RAISED_LEG = ((-0.25, 0.8), (-0.05, 0.45), (0.3, 0.95))  # foot ahead of, beside, and below the hip
_TIPPED = 35.0
_HELD = 0.15  # share of the way from one posture to the next in which a posture is held


def anything(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Take postures that `movement.manner` draws, one after the other; a depth below 1 keeps them near upright."""
    chance = np.random.default_rng(movement.manner)
    leg, count = figure.leg, int(chance.integers(2, 4))
    shares = _shares(times / movement.period % 1.0, count)

    def drawn(least: float, most: float) -> Array:
        """Return a curve through as many values by chance as there are postures."""
        return shares @ chance.uniform(least, most, count)

    local = still(len(times))
    for bone, ranges in _TRUNK.items():
        turn(local, bone, *((axis, movement.depth * drawn(*one)) for axis, one in zip("xzy", ranges, strict=True)))
    for side, sign in SIGNS:
        for bone, (x, z, y) in _ARM.items():
            turn(local, f"{bone}_{side}", ("z", sign * drawn(*z)), ("y", sign * drawn(*y)), ("x", drawn(*x)))
    raised = "lr"[chance.integers(2)] if chance.random() < 0.4 else ""
    up = shares @ (chance.permutation(count) == 0) if raised else 0 * times
    ground = {side: _standing_foot(chance, sign, figure) for side, sign in SIGNS}
    over = ground["r" if raised == "l" else "l"]  # the foot that carries the weight when the other is raised
    middle = (ground["l"].ankle + ground["r"].ankle) / 2
    half = np.abs(ground["l"].ankle - middle) * (1, 0, 1)
    between = middle + half * np.stack([drawn(-0.9, 0.9), 0 * times, drawn(-0.6, 0.6)], axis=1)
    root = between + up[:, None] * (over.ankle - between)
    root[:, 1] = figure.standing - movement.depth * np.maximum(drawn(*_LOWERED), 0) * leg
    feet, joints = {}, figure.kinematics(local)[1]
    for side, sign in SIGNS:
        lift = up if side == raised else 0 * up
        beside = np.stack([sign * drawn(*_RAISED_LEG[1]), -drawn(*_RAISED_LEG[2]), drawn(*_RAISED_LEG[0])], axis=1)
        hip = joints[:, INDEX[f"thigh_{side}"]] + root
        foot = ground[side]
        ankle = foot.ankle + lift[:, None] * (hip + leg * beside - foot.ankle)
        ankle[:, 1] = np.maximum(ankle[:, 1], foot.ankle[1])
        feet[side] = FootTrack(ankle, foot.pitch + lift * drawn(-_TIPPED, 10), foot.yaw + 0 * times)
    root[:, 1] -= bent_down(local, root, feet, figure)
    return Motion(figure.with_legs(local, root, feet), root, repetitions=cycles(times, movement))


def with_own_arms(times: Array, movement: Movement, local: Array) -> Array:
    """Let the arms do something apart from the movement, if they shall: held still, or moved between postures.

    People who walk carry something, keep their balance, or have a hand in a pocket or at an ear.
    """
    if not movement.arms:
        return local
    chance, local = np.random.default_rng(movement.arms), local.copy()
    still_arms, period = chance.random() < 0.5, chance.uniform(1.2, 4.0)
    first = int(chance.integers(2))
    for side, sign in (SIGNS, SIGNS[:1], SIGNS[1:])[0 if chance.random() < 0.7 else 1 + first]:
        count = 1 if still_arms else int(chance.integers(2, 4))
        shares = _shares((times / period + chance.random()) % 1.0, count)
        for bone, ranges in _ARM.items():
            x, z, y = (shares @ chance.uniform(*one, count) for one in ranges)
            held = rotation("z", sign * z) @ rotation("y", sign * y) @ rotation("x", x)
            local[:, INDEX[f"{bone}_{side}"]] = held
    return local


def _shares(phase: Array, count: int) -> Array:
    """Return how much of each posture (T, count) there is; they follow one another round the circle."""
    place = phase * count
    before = np.floor(place).astype(int) % count
    after = smoothstep(_HELD, 1 - _HELD, place - np.floor(place))
    one = np.eye(count)
    return np.asarray((1 - after)[:, None] * one[before] + after[:, None] * one[(before + 1) % count])


def _standing_foot(chance: np.random.Generator, sign: int, figure: Figure) -> FootTrack:
    """Draw where a foot stands, and how far it is turned out; one far behind stands on its toes."""
    aside, ahead = chance.uniform(*_HALF_STANCE), np.clip(chance.normal(0, 0.4 * _SPLIT), -_SPLIT, _SPLIT)
    free, rate = _HEEL_RAISED
    pitch = -rate * max(-ahead - free, 0.0)
    along, above = figure.rolled(np.array([pitch]))
    ankle = np.array([sign * aside * figure.leg, above[0], ahead * figure.leg + along[0]])
    return FootTrack(ankle, np.asarray(pitch), np.asarray(sign * chance.uniform(*_TOES_OUT)))
