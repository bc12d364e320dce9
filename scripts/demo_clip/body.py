"""The person: measurements of head, clothes, limbs, hands and shoes, lofted onto the skeleton."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from demo_clip.mesh import Colour, Mesh, Part, assemble, loft, smoothstep
from demo_clip.rig import INDEX, Array, rest_joints

SKIN: Colour = (0.80, 0.58, 0.46)
HAIR: Colour = (0.16, 0.10, 0.07)
SHIRT: Colour = (0.16, 0.47, 0.50)
SHIRT_TRIM: Colour = (0.12, 0.36, 0.40)
SHORTS: Colour = (0.20, 0.22, 0.30)
SOCK: Colour = (0.90, 0.90, 0.88)
SHOE: Colour = (0.78, 0.33, 0.16)
SOLE: Colour = (0.93, 0.93, 0.92)

_HEAD = rest_joints()[INDEX["head"]]
# Azimuth from the face's middle in degrees, height above the head's joint in metres.
_HAIRLINE = (
    (0, 0.161), (35, 0.165), (55, 0.152), (66, 0.125), (78, 0.088), (92, 0.088), (106, 0.03), (180, 0.01),
)  # fmt: skip
# Bridge and tip of the nose: height above the head's joint, and how far it stands out.
_NOSE = ((0.044, 0), (0.052, 0.012), (0.060, 0.024), (0.068, 0.021), (0.085, 0.012), (0.105, 0.006), (0.118, 0))


def _mix(colours: Array, colour: Colour, share: Array) -> Array:
    return colours + (np.array(colour) - colours) * np.clip(share, 0, 1)[:, None]


def _bump(x: Array, y: Array, at: tuple[float, float], size: tuple[float, float]) -> Array:
    return np.exp(-(((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2) / 2)


def _above_hairline(point: Array) -> Array:
    """Height of points (P, 3), in the head's axes, above a hairline that depends on the azimuth."""
    azimuth = np.degrees(np.arctan2(np.abs(point[:, 0]), point[:, 2] - 0.01))
    degrees, heights = np.transpose(_HAIRLINE)
    line = np.interp(azimuth, degrees, heights)
    return np.asarray(point[:, 1] - line)


def _sculpt(vertices: Array) -> Array:
    """Press a face into a smooth head, and raise the hair."""
    point = vertices - _HEAD
    x, y = np.abs(point[:, 0]), point[:, 1]
    front = smoothstep(0.03, 0.075, point[:, 2])
    ridge = np.interp(y, *np.transpose(_NOSE))
    width = np.interp(y, [0.050, 0.062, 0.085, 0.110], [0.0115, 0.0095, 0.0075, 0.008])
    depth = ridge * np.exp(-((x / width) ** 2) / 2)
    depth += 0.006 * _bump(x, y, (0.014, 0.055), (0.005, 0.005))  # wings of the nose
    depth -= 0.007 * _bump(x, y, (0.031, 0.106), (0.013, 0.009))  # eye sockets
    depth += 0.004 * _bump(x, y, (0.028, 0.124), (0.020, 0.007))  # brows
    depth += 0.003 * _bump(x, y, (0.046, 0.075), (0.012, 0.012))  # cheeks
    depth += 0.005 * _bump(x, y, (0.0, 0.032), (0.020, 0.009))  # lips
    depth -= 0.004 * _bump(x, y, (0.0, 0.031), (0.022, 0.0016))
    depth -= 0.003 * _bump(x, y, (0.0, 0.015), (0.018, 0.004))
    depth += 0.005 * _bump(x, y, (0.0, 0.0), (0.014, 0.009))  # chin
    outward = point - (0.0, 0.10, 0.0)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    hair = 0.011 * smoothstep(0.0, 0.022, _above_hairline(point))
    return np.asarray(vertices + outward * hair[:, None] + np.stack([0 * x, 0 * x, depth * front], axis=1))


def _face(rest: Array) -> Array:
    """Colours of the head: skin, hair, brows, eyes, lips."""
    point = rest - _HEAD
    x, y = np.abs(point[:, 0]), point[:, 1]
    front = point[:, 2] > 0.05
    colours = np.broadcast_to(SKIN, point.shape).copy()
    colours = _mix(colours, (0.80, 0.44, 0.36), 0.35 * front * _bump(x, y, (0.045, 0.068), (0.014, 0.012)))
    colours = _mix(colours, (0.30, 0.16, 0.12), 0.7 * front * _bump(x, y, (0.008, 0.050), (0.004, 0.0022)))
    smile = 0.031 + 4 * x**2
    lips = smoothstep(1.1, 0.85, (x / 0.025) ** 2 + ((y - smile) / 0.0085) ** 2)
    colours = _mix(colours, (0.66, 0.34, 0.31), 0.8 * front * lips)
    colours = _mix(colours, (0.35, 0.14, 0.13), front * lips * smoothstep(0.0016, 0.0006, np.abs(y - smile)))
    brow = y - 0.1215 - 0.20 * np.minimum(x - 0.020, 0.040 - x + 0.008)
    hairs = smoothstep(0.0045, 0.0025, np.abs(brow)) * smoothstep(0.013, 0.016, x) * smoothstep(0.052, 0.048, x)
    colours = _mix(colours, HAIR, 0.85 * front * hairs)
    u, v = x - 0.031, y - 0.1045
    almond = (u / 0.0150) ** 2 + (v / 0.0062) ** 2
    colours = _mix(colours, (0.25, 0.14, 0.10), front * smoothstep(1.75, 1.25, almond) * (v > 0.001))
    eye = front * smoothstep(1.1, 0.9, almond)
    colours = _mix(colours, (0.93, 0.92, 0.90), eye)
    colours = _mix(colours, (0.30, 0.20, 0.12), eye * smoothstep(0.0068, 0.0058, np.hypot(u, v)))
    colours = _mix(colours, (0.05, 0.04, 0.04), eye * smoothstep(0.0034, 0.0026, np.hypot(u, v)))
    return _mix(colours, HAIR, smoothstep(-0.0015, 0.0015, _above_hairline(point)))


def _head() -> list[Part]:
    # y, half width, front and back of the head, in its own axes
    profile = np.array([
        (-0.018, 0.030, 0.082, 0.030), (-0.005, 0.046, 0.091, 0.000), (0.015, 0.057, 0.095, -0.030),
        (0.040, 0.066, 0.097, -0.060), (0.070, 0.0725, 0.099, -0.082), (0.105, 0.0755, 0.101, -0.096),
        (0.140, 0.0745, 0.101, -0.097), (0.170, 0.066, 0.091, -0.086), (0.192, 0.050, 0.070, -0.064),
    ])  # fmt: skip
    y, half, front, back = profile.T
    rings = np.stack([y + _HEAD[1], 0 * y, (front + back) / 2, half, (front - back) / 2, 0 * y + 2.25], axis=1)
    skull = loft(rings.tolist(), bones=["head"], paint=_face, caps=(0.008, 0.013), segments=120, spacing=0.0025)
    neck = loft(
        [(0.47, 0, -0.030, 0.066, 0.062, 2), (0.54, 0, -0.020, 0.057, 0.058, 2), (0.60, 0, -0.008, 0.053, 0.056, 2),
         (0.66, 0, 0.0, 0.053, 0.058, 2)],
        bones=["chest", "head"], paint=SKIN, upward=True,
    )  # fmt: skip
    ear = loft(
        [(0.682, 0.074, 0.002, 0.008, 0.008, 2), (0.702, 0.079, -0.004, 0.011, 0.016, 2.2),
         (0.726, 0.083, -0.008, 0.012, 0.021, 2.2)],
        bones=["head"], paint=SKIN, caps=(0.006, 0.008), spacing=0.006,
    )  # fmt: skip
    return [replace(skull, vertices=_sculpt(skull.vertices)), neck, ear, ear.mirrored()]


def _trunk() -> list[Part]:
    shirt = loft(
        [(-0.030, 0, 0.000, 0.189, 0.140, 2.3), (0.03, 0, -0.001, 0.178, 0.127, 2.4), (0.12, 0, 0.0, 0.159, 0.112, 2.4),
         (0.22, 0, 0.002, 0.163, 0.116, 2.4), (0.34, 0, 0.0, 0.180, 0.122, 2.5), (0.42, 0, -0.004, 0.188, 0.114, 2.5),
         (0.47, 0, -0.010, 0.182, 0.100, 2.3), (0.510, 0, -0.016, 0.165, 0.082, 2.2),
         (0.537, 0, -0.020, 0.122, 0.070, 2.1), (0.558, 0, -0.022, 0.074, 0.065, 2)],
        bones=["pelvis", "lumbar", "chest"], paint=SHIRT, upward=True, blend=0.06, segments=48,
    )  # fmt: skip
    collar = loft(
        [(0.540, 0, -0.023, 0.076, 0.068, 2), (0.562, 0, -0.022, 0.064, 0.063, 2)],
        bones=["chest"], paint=SHIRT_TRIM, segments=36, spacing=0.006,
    )  # fmt: skip
    seat = loft(
        [(-0.115, 0, -0.006, 0.140, 0.080, 2.4), (-0.06, 0, -0.008, 0.166, 0.100, 2.4),
         (0.02, 0, -0.004, 0.166, 0.114, 2.4)],
        bones=["pelvis"], paint=SHORTS, caps=(0.02, 0.0), segments=36,
    )  # fmt: skip
    return [shirt, collar, seat]


def _leg() -> list[Part]:
    shorts = loft(
        [(-0.03, 0.080, -0.006, 0.078, 0.086, 2.3), (-0.10, 0.089, -0.005, 0.089, 0.100, 2.2),
         (-0.22, 0.092, 0.000, 0.085, 0.095, 2.1), (-0.345, 0.092, 0.002, 0.080, 0.087, 2.1)],
        bones=["pelvis", "thigh_l"], paint=SHORTS, segments=32, blend=0.09,
    )  # fmt: skip
    skin = loft(
        [(-0.30, 0.090, 0.002, 0.067, 0.074, 2), (-0.38, 0.089, 0.004, 0.057, 0.062, 2.1),
         (-0.436, 0.088, 0.003, 0.053, 0.058, 2.2), (-0.49, 0.089, -0.005, 0.051, 0.055, 2.1),
         (-0.56, 0.090, -0.014, 0.055, 0.060, 2), (-0.64, 0.089, -0.013, 0.049, 0.053, 2),
         (-0.74, 0.088, -0.006, 0.037, 0.041, 2), (-0.82, 0.088, -0.003, 0.033, 0.038, 2)],
        bones=["thigh_l", "shank_l"], paint=SKIN,
    )  # fmt: skip
    sock = loft(
        [(-0.775, 0.088, -0.005, 0.039, 0.043, 2), (-0.84, 0.088, -0.004, 0.037, 0.042, 2),
         (-0.874, 0.088, -0.006, 0.037, 0.046, 2.1), (-0.90, 0.088, -0.006, 0.036, 0.050, 2.1)],
        bones=["shank_l", "foot_l"], paint=SOCK, blend=0.03, spacing=0.008,
    )  # fmt: skip
    return [shorts, skin, sock]


def _shoe() -> list[Part]:
    upper = loft(
        [(-0.066, 0.088, -0.905, 0.028, 0.036, 2.3), (-0.040, 0.088, -0.900, 0.036, 0.046, 2.5),
         (0.010, 0.088, -0.899, 0.039, 0.046, 2.5), (0.055, 0.089, -0.908, 0.040, 0.037, 2.5),
         (0.110, 0.091, -0.918, 0.045, 0.028, 2.5), (0.155, 0.090, -0.922, 0.042, 0.023, 2.4),
         (0.180, 0.088, -0.924, 0.034, 0.018, 2.3)],
        bones=["foot_l"], paint=SHOE, along="z", caps=(0.012, 0.018), segments=32, spacing=0.008,
    )  # fmt: skip
    sole = loft(
        [(-0.066, 0.088, -0.940, 0.031, 0.013, 4), (-0.030, 0.088, -0.942, 0.039, 0.014, 4),
         (0.040, 0.089, -0.942, 0.040, 0.014, 4), (0.110, 0.091, -0.941, 0.049, 0.014, 4),
         (0.150, 0.090, -0.938, 0.046, 0.013, 4), (0.182, 0.088, -0.932, 0.036, 0.012, 4)],
        bones=["foot_l"], paint=SOLE, along="z", caps=(0.016, 0.022), segments=32, spacing=0.008,
    )  # fmt: skip
    return [upper, sole]


def _arm() -> list[Part]:
    sleeve = loft(
        [(0.528, 0.148, -0.012, 0.034, 0.042, 2), (0.495, 0.165, -0.008, 0.055, 0.062, 2.1),
         (0.44, 0.172, -0.006, 0.060, 0.067, 2.1), (0.38, 0.177, -0.005, 0.057, 0.063, 2.1),
         (0.295, 0.179, -0.005, 0.057, 0.062, 2.1)],
        bones=["chest", "upper_arm_l"], paint=SHIRT, caps=(0.0, 0.014), segments=32, blend=0.05,
    )  # fmt: skip
    skin = loft(
        [(0.40, 0.178, -0.005, 0.046, 0.052, 2), (0.30, 0.178, -0.005, 0.043, 0.049, 2),
         (0.22, 0.178, -0.005, 0.038, 0.041, 2), (0.185, 0.178, -0.006, 0.037, 0.039, 2),
         (0.13, 0.178, -0.003, 0.040, 0.043, 2), (0.05, 0.178, -0.004, 0.034, 0.038, 2),
         (-0.02, 0.178, -0.005, 0.026, 0.031, 2.1), (-0.09, 0.178, -0.005, 0.019, 0.028, 2.3)],
        bones=["upper_arm_l", "forearm_l"], paint=SKIN,
    )  # fmt: skip
    return [sleeve, skin]


def _hand() -> list[Part]:
    palm = loft(
        [(-0.070, 0.178, -0.004, 0.020, 0.028, 2.3), (-0.100, 0.177, -0.003, 0.018, 0.035, 2.4),
         (-0.140, 0.175, -0.003, 0.016, 0.040, 2.5), (-0.165, 0.173, -0.003, 0.013, 0.038, 2.5)],
        bones=["hand_l"], paint=SKIN, caps=(0.006, 0.006), spacing=0.01,
    )  # fmt: skip
    fingers = [
        loft(
            [(-0.155, 0.174, z, 0.0095, 0.0095, 2), (-0.165 - 0.4 * length, 0.171, z * 1.05, 0.009, 0.009, 2),
             (-0.165 - length, 0.158, z * 1.05, 0.007, 0.0075, 2)],
            bones=["hand_l"], paint=SKIN, caps=(0.008, 0.004), segments=12, spacing=0.01,
        )
        for z, length in ((0.025, 0.068), (0.0065, 0.076), (-0.0125, 0.070), (-0.0305, 0.054))
    ]  # fmt: skip
    thumb = loft(
        [(-0.085, 0.176, 0.018, 0.013, 0.015, 2), (-0.115, 0.173, 0.038, 0.012, 0.012, 2),
         (-0.145, 0.170, 0.051, 0.0105, 0.0105, 2), (-0.170, 0.167, 0.056, 0.008, 0.009, 2)],
        bones=["hand_l"], paint=SKIN, caps=(0.007, 0.005), segments=16, spacing=0.01,
    )  # fmt: skip
    return [palm, *fingers, thumb]


@lru_cache(maxsize=1)
def person() -> Mesh:
    """Build the whole body as one mesh."""
    left = [*_leg(), *_shoe(), *_arm(), *_hand()]
    return assemble([*_head(), *_trunk(), *left, *(part.mirrored() for part in left)])
