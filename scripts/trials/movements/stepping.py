"""Lunges, steps up and down, and jumps: exercises whose feet go their own ways."""

from __future__ import annotations

import numpy as np
from demo_clip.mesh import smoothstep
from demo_clip.rig import Array
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

from trials.figure import Figure, FootTrack
from trials.motion import Box, Motion, still, turn
from trials.movements.repeated import SIGNS, arms, bent_down, cycles, wave
from trials.parameters import Movement

_GRAVITY = 9.81


def lunge(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Lower and raise the body between the left foot in front and the right toes behind."""
    u, leg, count = movement.depth * wave(times, movement), figure.leg, len(times)
    local = still(count)
    turn(local, "pelvis", ("x", 3 + 6 * u))
    turn(local, "head", ("x", -3 * u))
    arms(local, 4.0, 30 + 40 * u, 14.0)
    front, rear = 0.40 * leg, -0.52 * leg
    pitch = {"l": 0 * u, "r": -38 - 24 * u}
    feet = {}
    for side, sign, z in (("l", 1, front), ("r", -1, rear)):
        along, up = figure.rolled(pitch[side])
        feet[side] = FootTrack(
            np.stack([0 * u + sign * 0.1 * leg, up, z + along], axis=1), pitch[side], 0 * u + 2 * sign
        )
    root = np.stack([0 * u, figure.standing - (0.13 + 0.38 * u) * leg, 0 * u], axis=1)
    return Motion(figure.with_legs(local, root, feet), root, repetitions=cycles(times, movement))


def stair(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Step up onto a box, left foot first, and backwards down again."""
    share, leg = times / movement.period % 1.0, figure.leg
    rise, tread = 0.19 * leg, 0.40 * leg
    local = still(len(times))
    swings = {"l": ((0.08, 0.23), (0.55, 0.70)), "r": ((0.28, 0.43), (0.75, 0.90))}
    feet = {}
    for side, sign in SIGNS:
        (up_from, up_to), (down_from, down_to) = swings[side]
        going, coming = (share - up_from) / (up_to - up_from), (share - down_from) / (down_to - down_from)
        forward = smoothstep(0.25, 1.0, going) - smoothstep(0.0, 0.75, coming)
        height = smoothstep(0.0, 0.65, going) - smoothstep(0.35, 1.0, coming)
        lift = np.sin(np.pi * np.clip(going, 0, 1)) ** 2 + np.sin(np.pi * np.clip(coming, 0, 1)) ** 2
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
    arms(local, 8 + 8 * np.sin(2 * np.pi * share), 24.0, 12.0)
    root[:, 1] -= bent_down(local, root, feet, figure)
    depth = 0.5 * leg
    box = Box((0.0, rise / 2, tread - 0.10 * leg + depth / 2 - 0.03), (0.8 * leg, rise, depth), (0.52, 0.50, 0.47))
    return Motion(figure.with_legs(local, root, feet), root, repetitions=cycles(times, movement), boxes=[box])


def jump(times: Array, movement: Movement, figure: Figure) -> Motion:
    """Jump from a counter-movement, with the arms; the turning point of a repetition is the take-off."""
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
        for side, sign in SIGNS
    }
    crouch = np.clip(-up / (0.33 * leg), 0, 1)
    local = still(len(times))
    turn(local, "pelvis", ("x", 3 + 32 * crouch))
    turn(local, "head", ("x", -20 * crouch))
    swing = PchipInterpolator([0, 0.1, 0.46, off + 0.2, land + 0.1, land + 0.6, 9], [3, 3, -32, 105, 75, 8, 3])
    arms(local, swing(share), 20.0, 12.0)
    root = np.stack([0 * up, figure.standing - 0.004 * leg + up, -0.11 * leg * crouch], axis=1)
    root[:, 1] -= bent_down(local, root, feet, figure) * (lift == 0)
    return Motion(figure.with_legs(local, root, feet), root, repetitions=cycles(times, movement, off / movement.period))
