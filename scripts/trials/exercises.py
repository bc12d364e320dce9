"""Exercises on the spot: squats, lunges, chairs, stairs, jumps, raised knees and arms; standing and lying."""

from __future__ import annotations

import numpy as np
from demo_clip.mesh import smoothstep
from demo_clip.rig import INDEX, Array
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

from trials.figure import Figure, FootTrack
from trials.motion import SIDES, Box, Contact, Motion, Pose, Repetition, Way, grid, planted, still, turn
from trials.parameters import Movement

_GRAVITY = 9.81
_SIGNS = (("l", 1), ("r", -1))


def exercise(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Do the movement's exercise."""
    make = {
        "squat": _squat,
        "lunge": _lunge,
        "sit to stand": _sit_to_stand,
        "stair": _stair,
        "jump": _jump,
        "knee lifts": _knee_lifts,
        "arm raises": _arm_raises,
        "stand": _stand,
        "lie": _lie,
    }[movement.kind]
    return make(times, movement, figure)


def _cycles(times: Array, movement: Movement, turning: float = 0.5) -> list[Repetition]:
    """Repetitions that lie wholly in the trial."""
    period = movement.period
    first, last = np.ceil(times[0] / period - 1e-9), np.floor(times[-1] / period + 1e-9)
    return [Repetition(n * period, (n + turning) * period, (n + 1) * period) for n in np.arange(first, last).tolist()]


def _wave(t: Array, movement: Movement) -> Array:
    return np.asarray((1 - np.cos(2 * np.pi * t / movement.period)) / 2)


def _arms(local: Array, flexion: float | Array, elbow: float | Array = 12.0, abduction: float | Array = 9.0) -> None:
    for side, sign in _SIGNS:
        turn(local, f"upper_arm_{side}", ("z", sign * np.asarray(abduction)), ("x", -np.asarray(flexion)))
        turn(local, f"forearm_{side}", ("x", -np.asarray(elbow)))


def _turned_out(local: Array, degrees: float = 7.0) -> None:
    for side, sign in _SIGNS:
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
    for side, sign in _SIGNS:
        turn(local, f"thigh_{side}", ("z", sign * degrees))


def _squat(times: Array, movement: Movement, figure: Figure) -> Motion:
    def pose(t: Array) -> Array:
        u = movement.depth * _wave(t, movement)
        local = still(len(t))
        turn(local, "pelvis", ("x", 2 + 26 * u))
        turn(local, "lumbar", ("x", 2 * u))
        turn(local, "head", ("x", -18 * u))
        _apart(local, 6.0)
        for side, _ in _SIGNS:
            turn(local, f"thigh_{side}", ("x", -(2 + 96 * u)))
            turn(local, f"shank_{side}", ("x", 90 * u))
            turn(local, f"foot_{side}", ("x", -20 * u))
        _turned_out(local, 10.0)
        _arms(local, 3 + 80 * u, 8.0)
        return local

    local, root = _standing(times, pose, figure)
    return Motion(local, root, repetitions=_cycles(times, movement))


def _sit_to_stand(times: Array, movement: Movement, figure: Figure) -> Motion:
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
        for side, _ in _SIGNS:
            turn(local, f"thigh_{side}", ("x", -(tilt + 82 * u)))
            turn(local, f"shank_{side}", ("x", 96 * u))
            turn(local, f"foot_{side}", ("x", -14 * u))
        _turned_out(local, 6.0)
        _arms(local, 6 + 26 * u + 20 * bow, 14 + 50 * u)
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
    return Motion(local, root, repetitions=_cycles(times, movement), boxes=boxes)


def _lunge(times: Array, movement: Movement, figure: Figure) -> Motion:
    u, leg, count = movement.depth * _wave(times, movement), figure.leg, len(times)
    local = still(count)
    turn(local, "pelvis", ("x", 3 + 6 * u))
    turn(local, "head", ("x", -3 * u))
    _arms(local, 4.0, 30 + 40 * u, 14.0)
    front, rear = 0.40 * leg, -0.52 * leg
    pitch = {"l": 0 * u, "r": -38 - 24 * u}
    feet = {}
    for side, sign, z in (("l", 1, front), ("r", -1, rear)):
        along, up = figure.rolled(pitch[side])
        feet[side] = FootTrack(
            np.stack([0 * u + sign * 0.1 * leg, up, z + along], axis=1), pitch[side], 0 * u + 2 * sign
        )
    root = np.stack([0 * u, figure.standing - (0.13 + 0.38 * u) * leg, 0 * u], axis=1)
    return Motion(figure.with_legs(local, root, feet), root, repetitions=_cycles(times, movement))


def _stair(times: Array, movement: Movement, figure: Figure) -> Motion:
    share, leg = times / movement.period % 1.0, figure.leg
    rise, tread = 0.19 * leg, 0.40 * leg
    local = still(len(times))
    swings = {"l": ((0.08, 0.23), (0.55, 0.70)), "r": ((0.28, 0.43), (0.75, 0.90))}
    feet = {}
    for side, sign in _SIGNS:
        (up_from, up_to), (down_from, down_to) = swings[side]
        going, coming = (share - up_from) / (up_to - up_from), (share - down_from) / (down_to - down_from)
        forward = smoothstep(0.25, 1.0, going) - smoothstep(0.0, 0.75, coming)
        height = smoothstep(0.0, 0.65, going) - smoothstep(0.35, 1.0, coming)
        lift = sum(np.where((x > 0) & (x < 1), np.sin(np.pi * np.clip(x, 0, 1)) ** 2, 0) for x in (going, coming))
        pitch = -16 * lift
        along, above = figure.rolled(pitch)
        ankle = np.stack(
            [0 * share + sign * 0.1 * leg, above + rise * height + 0.07 * leg * lift, tread * forward + along], 1
        )
        feet[side] = FootTrack(ankle, pitch, 0 * share + 5 * sign)
    place = PchipInterpolator([0, 0.14, 0.32, 0.55, 0.64, 0.80, 1], [0, 0, 0.9, 0.95, 0.9, 0.05, 0])(share)
    height = PchipInterpolator([0, 0.22, 0.40, 0.56, 0.71, 1], [0, 0, 1, 1, 0, 0])(share)
    side_step = PchipInterpolator(
        [0, 0.12, 0.22, 0.30, 0.44, 0.58, 0.70, 0.80, 0.92, 1], [0, -1, -1, 1, 0, -1, -1, 1, 0, 0]
    )
    root = np.stack(
        [0.06 * leg * side_step(share), figure.standing - 0.02 * leg + rise * height, tread * place], axis=1
    )
    lean = 8 + 8 * np.sin(2 * np.pi * share) ** 2
    turn(local, "pelvis", ("x", lean))
    turn(local, "head", ("x", 0 * share + 8))
    _arms(local, 8 + 8 * np.sin(2 * np.pi * share), 24.0, 12.0)
    root[:, 1] -= _bent_down(local, root, feet, figure)
    depth = 0.5 * leg
    box = Box((0.0, rise / 2, tread - 0.10 * leg + depth / 2 - 0.03), (0.8 * leg, rise, depth), (0.52, 0.50, 0.47))
    return Motion(figure.with_legs(local, root, feet), root, repetitions=_cycles(times, movement), boxes=[box])


def _bent_down(local: Array, root: Array, feet: dict[str, FootTrack], figure: Figure) -> Array:
    """How far the pelvis is too high for the legs; at corners of the movement it comes down smoothly."""
    _, joints = figure.kinematics(local)
    needed = [figure.reach(joints[:, INDEX[f"thigh_{side}"]] + root, feet[side].ankle) for side in SIDES]
    return np.asarray(np.log1p(np.exp(np.max(needed, axis=0) / 0.01)) * 0.01)


def _jump(times: Array, movement: Movement, figure: Figure) -> Motion:
    leg, share = figure.leg, times % movement.period
    flight = 0.40 * np.sqrt(movement.depth * leg / 0.86)
    speed, off = _GRAVITY * flight / 2, 0.80
    land = off + flight
    knots = np.array([
        (0, 0, 0), (0.15, 0, 0), (0.52, -0.33 * leg, 0), (off, 0.115 * leg, speed), (land, 0.075 * leg, -speed),
        (land + 0.22, -0.22 * leg, 0), (land + 0.75, 0, 0), (max(movement.period, land + 0.8), 0, 0),
    ])  # fmt: skip
    up = CubicHermiteSpline(*knots.T)(share)
    tip = PchipInterpolator([0, 0.62, off, off + 0.5 * flight, land, land + 0.09, 9], [0, 0, -40, -34, -22, 0, 0])
    pitch = tip(share)
    along, above = figure.rolled(pitch)
    air = np.clip(share - off, 0, flight)
    lift = np.where((share > off) & (share < land), speed * air - _GRAVITY * air**2 / 2, 0)
    feet = {
        side: FootTrack(np.stack([0 * up + sign * 0.12 * leg, above + lift, along], 1), pitch, 0 * up + 7 * sign)
        for side, sign in _SIGNS
    }
    crouch = np.clip(-up / (0.33 * leg), 0, 1)
    local = still(len(times))
    turn(local, "pelvis", ("x", 3 + 32 * crouch))
    turn(local, "head", ("x", -20 * crouch))
    swing = PchipInterpolator([0, 0.1, 0.46, off + 0.2, land + 0.1, land + 0.6, 9], [3, 3, -32, 105, 75, 8, 3])
    _arms(local, swing(share), 20.0, 12.0)
    root = np.stack([0 * up, figure.standing - 0.004 * leg + up, -0.11 * leg * crouch], axis=1)
    root[:, 1] -= _bent_down(local, root, feet, figure) * (lift == 0)
    return Motion(
        figure.with_legs(local, root, feet), root, repetitions=_cycles(times, movement, off / movement.period)
    )


def _knee_lifts(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Raise left and right knee in turn; a repetition is one of each."""

    def raised(t: Array, side: str) -> Array:
        phase = (t / movement.period + (0.0 if side == "l" else 0.5)) % 1.0
        return movement.depth * np.where(phase < 0.5, np.sin(2 * np.pi * np.minimum(phase, 0.5)) ** 2, 0)

    def pose(t: Array) -> Array:
        local = still(len(t))
        shift = np.sin(2 * np.pi * t / movement.period)
        turn(local, "pelvis", ("x", 2.0), ("z", 2 * shift))
        turn(local, "lumbar", ("z", -2 * shift))
        for side, sign in _SIGNS:
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
    return Motion(local, root, repetitions=_cycles(times, movement))


def _arm_raises(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Raise straight arms: in front of the body, or sideways where `movement.path` is "curved"."""

    def pose(t: Array) -> Array:
        u = movement.depth * _wave(t, movement)
        local = still(len(t))
        turn(local, "pelvis", ("x", 2.0))
        turn(local, "lumbar", ("x", -4 * u))
        if movement.path == "curved":
            _arms(local, 0.0, 3.0, 8 + 140 * u)
        else:
            _arms(local, 3 + 145 * u, 3.0, 6.0)
        return local

    local, root = _standing(times, pose, figure)
    return Motion(local, root, repetitions=_cycles(times, movement))


def _stand(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Stand quietly, with some sway and a look around."""

    def pose(t: Array) -> Array:
        local = still(len(t))
        sway = np.sin(2 * np.pi * 0.33 * t) + 0.5 * np.sin(2 * np.pi * 0.71 * t + 1)
        turn(local, "pelvis", ("x", 2 + 0.5 * sway), ("y", sway))
        turn(local, "head", ("y", 20 * movement.depth * np.sin(2 * np.pi * t / movement.period)))
        for side, _ in _SIGNS:
            turn(local, f"thigh_{side}", ("x", -3 - 0.5 * sway))
            turn(local, f"shank_{side}", ("x", 2.0))
        _turned_out(local)
        _arms(local, 3 + sway, 10.0)
        return local

    local, root = _standing(times, pose, figure)
    return Motion(local, root)


def _lie(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Lie on the back, and slide one heel after the other towards the seat and back."""
    phase = times / movement.period
    local = still(len(times))
    turn(local, "pelvis", ("x", -90.0))
    turn(local, "head", ("x", 10.0))
    for k, (side, sign) in enumerate(_SIGNS):
        own = (phase + 0.5 * k) % 1.0
        u = movement.depth * np.where(own < 0.5, np.sin(2 * np.pi * np.minimum(own, 0.5)) ** 2, 0)
        turn(local, f"thigh_{side}", ("z", sign * 5.0), ("x", -46 * u))
        turn(local, f"shank_{side}", ("x", 92 * u))
        turn(local, f"foot_{side}", ("x", 25 + 0 * u))
    _arms(local, -4.0, 6.0, 24.0)
    root = np.tile([0.0, 0.135 * figure.foot, 0.0], (len(times), 1))
    return Motion(local, root, repetitions=_cycles(times, movement))
