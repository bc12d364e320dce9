"""Walking and running: the demo's gait at any speed and on any way, limps, and stiff knees."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from demo_clip.gait import ANKLE_DORSIFLEXION, HIP_FLEXION, KNEE_FLEXION, series
from demo_clip.rig import Array
from scipy.interpolate import CubicSpline

from trials.figure import Figure
from trials.motion import SIDES, Contact, Motion, Print, grid, planted, still, turn
from trials.parameters import Movement

_DEMO_STEP, _DEMO_TOE_OFF = 0.692, 0.62  # step length in legs, and the phase of toe-off, of the demo's gait
_WALK_RATIO = 0.0063  # metres of a step for each step a minute, of somebody 1.75 m tall
_FLAT = 0.30  # phase at which a walker's foot is flat on the ground

# Running, degrees at phases of the cycle from foot strike, after textbook curves (Novacheck 1998).
_RUN_PHASE = (0.0, 0.08, 0.17, 0.27, 0.37, 0.50, 0.63, 0.76, 0.88, 1.0)
_RUN_HIP = (36, 33, 22, 6, -7, 0, 26, 46, 46, 36)
_RUN_KNEE = (18, 36, 40, 28, 17, 52, 92, 84, 38, 18)
_RUN_ANKLE = (6, 14, 22, 8, -20, -18, -4, 2, 4, 6)
_RUN_TOE_OFF, _RUN_FLAT = 0.37, 0.16


def locomotion(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Walk or run.

    The step's length and rate follow from the speed: walking keeps their ratio, which goes with the stature to the
    power 1.5 (Sekiya 1996); running has 165 steps a minute.
    """
    speed, running = movement.speed, movement.kind == "run"
    size = figure.leg / 0.86
    cadence = 165 / size**0.5 if running else np.sqrt(60 * speed / (_WALK_RATIO * size**1.5))
    cycle = 120 / cadence
    stride = speed * cycle
    wide = stride / 2 / figure.leg / _DEMO_STEP
    offsets, duties = _timing(movement, speed)

    def phase(t: Array, side: str) -> Array:
        return np.asarray(t / cycle - offsets[side])

    route = _route(movement)

    def along(t: Array) -> Array:
        return np.asarray(speed * (t - times[0]))

    def way(t: Array) -> Array:
        place, heading = route(along(t))
        sway = 0.022 * size * np.cos(2 * np.pi * (phase(t, "l") - 0.31)) * (0.4 if running else 1.0)
        across = np.stack([np.cos(heading), 0 * heading, -np.sin(heading)], axis=1)
        return np.asarray(place + sway[:, None] * across)

    def pose(t: Array) -> Array:
        heading = np.rad2deg(route(along(t))[1])
        warped = {side: _warped(phase(t, side), duties[side], running) for side in SIDES}
        make = _running if running else _walking
        return make(warped, phase(t, "l"), heading, wide, movement)

    flat = _RUN_FLAT / _RUN_TOE_OFF if running else _FLAT / _DEMO_TOE_OFF
    contacts = {side: _contacts(grid(times), cycle, offsets[side], duties[side], flat) for side in SIDES}
    local, root, prints = planted(times, pose, way, contacts, figure, cycle)
    belt = movement.path == "belt"
    if belt:
        root = root - along(times)[:, None] * (0.0, 0.0, 1.0)
    first, last = times[0], times[-1]
    kept = {side: [p for p in prints[side] if p.end >= first - cycle and p.start <= last] for side in SIDES}
    return Motion(local, root, kept, speed=speed, belt=belt)


def _timing(movement: Movement, speed: float) -> tuple[dict[str, float], dict[str, float]]:
    """Phase at which each foot strikes, and share of the cycle that it stays on the ground."""
    if movement.kind == "run":
        return {"l": 0.0, "r": 0.5}, {"l": _RUN_TOE_OFF, "r": _RUN_TOE_OFF}
    duty = 0.62 + 0.05 * (1.15 - speed)
    if not movement.limp:
        return {"l": 0.0, "r": 0.5}, {"l": duty, "r": duty}
    spared = movement.limp.lower()
    other = "r" if spared == "l" else "l"
    return {spared: 0.0, other: 0.43}, {spared: duty - 0.06, other: duty + 0.05}


def _contacts(moments: Array, cycle: float, offset: float, duty: float, flat: float) -> list[Contact]:
    first, last = np.floor(moments[0] / cycle) - 1, np.ceil(moments[-1] / cycle) + 1
    starts = (np.arange(first, last) + offset) * cycle
    return [Contact(s, s + flat * duty * cycle, s + duty * cycle) for s in starts.tolist()]


def _warped(phase: Array, duty: float, running: bool) -> Array:
    """Phase of the model curves, whose toe-off is elsewhere in the cycle."""
    whole, toe_off = np.floor(phase), _RUN_TOE_OFF if running else _DEMO_TOE_OFF
    return np.asarray(whole + np.interp(phase - whole, [0, duty, 1], [0, toe_off, 1]))


def _route(movement: Movement) -> Callable[[Array], tuple[Array, Array]]:
    """Return the function from metres walked (N,) to places (N, 3) and headings (N,) in radians."""
    radius = movement.distance

    def straight(s: Array) -> tuple[Array, Array]:
        return np.stack([0 * s, 0 * s, s], axis=1), 0 * s

    def curved(s: Array) -> tuple[Array, Array]:
        heading = s / radius
        return np.stack([radius * (1 - np.cos(heading)), 0 * s, radius * np.sin(heading)], axis=1), heading

    def turning(s: Array) -> tuple[Array, Array]:
        bend = 0.45
        heading = np.clip((s - movement.distance) / bend, 0, np.pi)
        back = np.maximum(s - movement.distance - np.pi * bend, 0)
        z = np.minimum(s, movement.distance) + bend * np.sin(heading) - back
        return np.stack([bend * (1 - np.cos(heading)), 0 * s, z], axis=1), heading

    return {"belt": straight, "straight": straight, "curved": curved, "turn": turning}[movement.path]


# Least and most of what is drawn.
_MANNERS = {"lean": (-6, 14), "crouch": (-3, 20), "hips": (0.8, 1.15), "knees": (0.75, 1.15), "arms": (0.0, 1.7),
            "elbows": (-10, 50), "arms_apart": (-8, 12), "legs_apart": (-3, 6), "toes_out": (-10, 14),
            "trunk": (0.0, 2.0), "pelvis": (0.0, 2.0)}  # fmt: skip


class _Manner(NamedTuple):
    """How somebody walks: degrees that are added, and factors."""

    lean: float = 0.0
    crouch: float = 0.0
    hips: float = 1.0
    knees: float = 1.0
    arms: float = 1.0
    elbows: float = 0.0
    arms_apart: float = 0.0
    legs_apart: float = 0.0
    toes_out: float = 0.0
    trunk: float = 1.0
    pelvis: float = 1.0

    @classmethod
    def drawn(cls, seed: int) -> _Manner:
        """Draw a manner; 0 is the usual one."""
        if not seed:
            return cls()
        chance = np.random.default_rng(seed)
        return cls(**{name: float(chance.uniform(*limits)) for name, limits in _MANNERS.items()})


def _walking(phase: dict[str, Array], left: Array, heading: Array, wide: float, movement: Movement) -> Array:
    local, manner = still(len(left)), _Manner.drawn(movement.manner)
    swing, lean = np.cos(2 * np.pi * left), 0.0 * left
    if movement.limp:
        sign = 1 if movement.limp == "R" else -1
        lean = sign * 6 * np.maximum(np.cos(2 * np.pi * (phase[movement.limp.lower()] - 0.28)), 0)
    tall, tip, twist = np.sqrt(wide), 3 * manner.pelvis * np.sin(2 * np.pi * left), wide * manner.trunk
    turn(local, "pelvis", ("y", heading - 5 * wide * manner.pelvis * swing), ("z", tip), ("x", 6.0 + 0.4 * manner.lean))
    turn(local, "lumbar", ("x", -4.0 + 0.6 * manner.lean), ("z", lean - tip), ("y", 4 * twist * swing))
    turn(local, "chest", ("y", 6 * twist * swing))
    turn(local, "head", ("y", -5 * twist * swing), ("x", -3.0 - 0.7 * manner.lean), ("z", -lean))
    for side, sign in (("l", 1), ("r", -1)):
        p, stiff = phase[side], movement.stiff.lower() == side
        hip, knee = series(HIP_FLEXION, p), series(KNEE_FLEXION, p)
        hip = HIP_FLEXION[0] + manner.hips * (wide if not stiff else 0.8 * wide) * (hip - HIP_FLEXION[0])
        bend = 0.25 if stiff else tall * manner.knees
        knee = KNEE_FLEXION[0] * (0.5 if stiff else tall) + bend * (knee - KNEE_FLEXION[0])
        crouch = 0.0 if stiff else manner.crouch
        spread = 3.3 + manner.legs_apart
        turn(local, f"thigh_{side}", ("z", -tip - sign * spread), ("x", -hip - 0.55 * crouch - 0.4 * manner.lean))
        turn(local, f"shank_{side}", ("x", np.maximum(knee + crouch, 0)))
        dorsiflexion = tall * series(ANKLE_DORSIFLEXION, p) + 0.45 * crouch
        turn(local, f"foot_{side}", ("x", -dorsiflexion), ("y", sign * (6.0 + manner.toes_out)))
        q = 2 * np.pi * (p + 0.5)
        reach = wide * manner.arms
        apart = sign * (10.0 + manner.arms_apart)
        turn(local, f"upper_arm_{side}", ("x", -(4 + 20 * reach * np.cos(q + 0.2))), ("z", apart))
        turn(local, f"forearm_{side}", ("x", -(20 + manner.elbows + 13 * reach * np.cos(q))), ("z", sign * -6.0))
    return local


@lru_cache(maxsize=3)
def _curve(degrees: tuple[int, ...]) -> CubicSpline:
    return CubicSpline(_RUN_PHASE, degrees, bc_type="periodic")


def _running(phase: dict[str, Array], left: Array, heading: Array, _wide: float, movement: Movement) -> Array:
    local = still(len(left))
    swing, tip = np.cos(2 * np.pi * left), 3 * np.sin(2 * np.pi * left)
    # The curves are those of about 3 m/s.
    size = movement.speed / 3.0
    turn(local, "pelvis", ("y", heading - 6 * swing), ("z", tip), ("x", 12.0))
    turn(local, "lumbar", ("x", -4.0), ("y", 6 * swing))
    turn(local, "chest", ("y", 9 * swing))
    turn(local, "head", ("y", -9 * swing), ("x", -6.0))
    for side, sign in (("l", 1), ("r", -1)):
        p = phase[side] % 1.0
        turn(local, f"thigh_{side}", ("z", -tip - sign * 5.0), ("x", -(_curve(_RUN_HIP)(p) - 20) * size - 22))
        turn(local, f"shank_{side}", ("x", 18 + (_curve(_RUN_KNEE)(p) - 18) * np.minimum(size, 1.1)))
        turn(local, f"foot_{side}", ("x", -_curve(_RUN_ANKLE)(p)), ("y", sign * 4.0))
        q = 2 * np.pi * (p + 0.5)
        turn(local, f"upper_arm_{side}", ("x", -(-4 + 32 * size * np.cos(q + 0.1))), ("z", sign * 12.0))
        turn(local, f"forearm_{side}", ("x", -(88 + 14 * np.cos(q))), ("z", sign * -10.0))
    return local


def strides(prints: dict[str, list[Print]]) -> dict[str, list[tuple[float, float, float, float]]]:
    """Step time, step length, stride length and step width at each heel strike.

    The line from one footprint to the next of the same foot is the stride; the step is what the foot is ahead of the
    other foot's print along it, and the width what that print is beside it (Huxham 2006). On a belt the prints are
    those on the belt.

    Returns
    -------
    dict of str to list of (step time, step length, stride length, step width)
        One for each footprint that has both neighbours; NaN elsewhere.
    """
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for side, other in (("l", "r"), ("r", "l")):
        found[side] = []
        for k, own in enumerate(prints[side]):
            between = [p for p in prints[other] if k and prints[side][k - 1].start < p.start < own.start]
            if not between:
                found[side].append((np.nan,) * 4)
                continue
            stride, step = own.heel - prints[side][k - 1].heel, own.heel - between[-1].heel
            length = float(np.linalg.norm(stride))
            ahead = float(step @ stride) / length
            beside = float(np.linalg.norm(step - stride * ahead / length))
            time = own.start - between[-1].start
            found[side].append((time if np.isfinite(time) else np.nan, ahead, length, beside))
    return found
