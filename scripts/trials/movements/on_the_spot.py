"""Exercises with both feet in one place: squats, chairs, raised knees and arms; standing and lying."""

from __future__ import annotations

import numpy as np
from demo_clip.mesh import smoothstep
from demo_clip.rig import INDEX, Array

from trials.figure import Figure
from trials.motion import SIDES, Box, Contact, Motion, Pose, Way, grid, planted, still, turn
from trials.movements.repeated import SIGNS, arms, cycles, wave
from trials.parameters import Movement


def _turned_out(local: Array, degrees: float = 7.0) -> None:
    for side, sign in SIGNS:
        turn(local, f"foot_{side}", ("y", sign * degrees))


def _standing(
    times: Array, pose: Pose, figure: Figure, lifts: dict[str, list[Contact]] | None = None
) -> tuple[Array, Array]:
    """Keep the feet where they stand, and the pelvis where the pose puts it over them."""
    moments = grid(times)
    middle = float(moments.mean())
    whole = {side: [Contact(moments[0] - 1, middle, moments[-1] + 1)] for side in SIDES}
    local, root, _ = planted(times, pose, _over_feet(pose, figure), lifts or whole, figure)
    return local, root


def _over_feet(pose: Pose, figure: Figure) -> Way:
    def way(t: Array) -> Array:
        _, joints = figure.kinematics(pose(t))
        ankles = (joints[:, INDEX["foot_l"]] + joints[:, INDEX["foot_r"]]) / 2
        return np.asarray(-ankles * (1, 0, 1))

    return way


def _apart(local: Array, degrees: float) -> None:
    """Spread the legs before they bend."""
    for side, sign in SIGNS:
        turn(local, f"thigh_{side}", ("z", sign * degrees))


def squat(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Squat with the arms stretched forward; the pelvis is lowest in the middle of a repetition."""

    def pose(t: Array) -> Array:
        u = movement.depth * wave(t, movement)
        local = still(len(t))
        turn(local, "pelvis", ("x", 2 + 26 * u))
        turn(local, "lumbar", ("x", 2 * u))
        turn(local, "head", ("x", -18 * u))
        _apart(local, 6.0)
        for side, _ in SIGNS:
            turn(local, f"thigh_{side}", ("x", -(2 + 96 * u)))
            turn(local, f"shank_{side}", ("x", 90 * u))
            turn(local, f"foot_{side}", ("x", -20 * u))
        _turned_out(local, 10.0)
        arms(local, 3 + 80 * u, 8.0)
        return local

    local, root = _standing(times, pose, figure)
    return Motion(local, root, repetitions=cycles(times, movement))


def sit_to_stand(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Rise from a chair and sit down again; a repetition begins and ends on the chair."""

    def seated(t: Array) -> Array:
        phase = (t / movement.period) % 1.0
        return smoothstep(0.42, 0.14, phase) + smoothstep(0.58, 0.86, phase)

    def pose(t: Array) -> Array:
        u = seated(t)
        bow = 4 * u * (1 - u)
        tilt = 2 + 4 * u + 34 * bow
        local = still(len(t))
        turn(local, "pelvis", ("x", tilt))
        turn(local, "head", ("x", -0.5 * tilt))
        _apart(local, 4.0)
        for side, _ in SIGNS:
            turn(local, f"thigh_{side}", ("x", -(tilt + 82 * u)))
            turn(local, f"shank_{side}", ("x", 96 * u))
            turn(local, f"foot_{side}", ("x", -14 * u))
        _turned_out(local, 6.0)
        arms(local, 6 + 26 * u + 20 * bow, 14 + 50 * u)
        return local

    local, root = _standing(times, pose, figure)
    _, seat = _standing(np.array([0.0, 1e-3]), pose, figure)
    top = float(seat[0, 1]) - 0.12 * figure.foot
    back = float(seat[0, 2])
    boxes = [
        Box((0.0, top - 0.025, back - 0.04), (0.46, 0.05, 0.46)),
        Box((0.0, top + 0.22, back - 0.29), (0.46, 0.44, 0.04)),
    ]
    boxes += [Box((x, top / 2, back + z), (0.05, top, 0.05)) for x in (-0.2, 0.2) for z in (-0.25, 0.15)]
    return Motion(local, root, repetitions=cycles(times, movement), boxes=boxes)


def knee_lifts(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Raise left and right knee in turn; a repetition is one of each."""

    def raised(t: Array, side: str) -> Array:
        phase = (t / movement.period + (0.0 if side == "l" else 0.5)) % 1.0
        return movement.depth * np.where(phase < 0.5, np.sin(2 * np.pi * np.minimum(phase, 0.5)) ** 2, 0)

    def pose(t: Array) -> Array:
        local = still(len(t))
        shift = np.sin(2 * np.pi * t / movement.period)
        turn(local, "pelvis", ("x", 2.0), ("z", 2 * shift))
        turn(local, "lumbar", ("z", -2 * shift))
        for side, sign in SIGNS:
            u = raised(t, side)
            turn(local, f"thigh_{side}", ("x", -(2 + 78 * u)))
            turn(local, f"shank_{side}", ("x", 3 + 82 * u))
            turn(local, f"foot_{side}", ("x", -(1 - 12 * u)), ("y", 5.0 * sign))
            other = raised(t, "r" if side == "l" else "l")
            turn(local, f"upper_arm_{side}", ("x", -(35 * other - 12 * u)), ("z", sign * 9.0))
            turn(local, f"forearm_{side}", ("x", -(25 + 30 * other)))
        return local

    def way(t: Array) -> Array:
        shift = -0.05 * figure.leg * np.sin(2 * np.pi * t / movement.period)
        return np.stack([shift, 0 * t, 0 * t], axis=1)

    half = movement.period / 2
    contacts: dict[str, list[Contact]] = {}
    moments = grid(times)
    for side, offset in (("l", half), ("r", 0.0)):
        first = np.floor(moments[0] / movement.period) - 1
        starts = offset + movement.period * np.arange(first, moments[-1] / movement.period + 2)
        contacts[side] = [Contact(s - 0.04, s + half / 2, s + half + 0.04) for s in starts.tolist()]
    local, root, _ = planted(times, pose, way, contacts, figure)
    return Motion(local, root, repetitions=cycles(times, movement))


def arm_raises(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Raise straight arms: in front of the body, or sideways where `movement.path` is "curved"."""

    def pose(t: Array) -> Array:
        u = movement.depth * wave(t, movement)
        local = still(len(t))
        turn(local, "pelvis", ("x", 2.0))
        turn(local, "lumbar", ("x", -4 * u))
        if movement.path == "curved":
            arms(local, 0.0, 3.0, 8 + 140 * u)
        else:
            arms(local, 3 + 145 * u, 3.0, 6.0)
        return local

    local, root = _standing(times, pose, figure)
    return Motion(local, root, repetitions=cycles(times, movement))


def stand(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Stand quietly, with some sway and a look around; a depth above 1 sways more, and sideways too."""

    def pose(t: Array) -> Array:
        local = still(len(t))
        sway = movement.depth * (np.sin(2 * np.pi * 0.33 * t) + 0.5 * np.sin(2 * np.pi * 0.71 * t + 1))
        lean = 0.2 * (movement.depth - 1) * np.sin(2 * np.pi * 0.47 * t + 2)
        turn(local, "pelvis", ("x", 2 + 0.5 * sway), ("y", sway))
        turn(local, "head", ("y", 20 * np.sin(2 * np.pi * t / movement.period)))
        for side, _ in SIGNS:
            turn(local, f"thigh_{side}", ("x", -3 - 0.5 * sway), ("z", lean))
            turn(local, f"shank_{side}", ("x", 2.0))
        _turned_out(local)
        arms(local, 3 + sway, 10.0)
        return local

    local, root = _standing(times, pose, figure)
    return Motion(local, root)


def lie(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Lie on the back, and slide one heel after the other towards the seat and back."""
    phase = times / movement.period
    local = still(len(times))
    turn(local, "pelvis", ("x", -90.0))
    turn(local, "head", ("x", 10.0))
    for k, (side, sign) in enumerate(SIGNS):
        own = (phase + 0.5 * k) % 1.0
        u = movement.depth * np.where(own < 0.5, np.sin(2 * np.pi * np.minimum(own, 0.5)) ** 2, 0)
        turn(local, f"thigh_{side}", ("z", sign * 5.0), ("x", -46 * u))
        turn(local, f"shank_{side}", ("x", 92 * u))
        turn(local, f"foot_{side}", ("x", 25 + 0 * u))
    arms(local, -4.0, 6.0, 24.0)
    root = np.tile([0.0, 0.135 * figure.foot, 0.0], (len(times), 1))
    return Motion(local, root, repetitions=cycles(times, movement))
