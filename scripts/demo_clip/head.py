"""The head: a face pressed into a lofted skull, hair, ears and neck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from demo_clip.mesh import Colour, Part, smoothstep
from demo_clip.outfit import DEMO_OUTFIT, Outfit
from demo_clip.rig import INDEX, Array, rest_joints

_HEAD = rest_joints()[INDEX["head"]]
# Azimuth from the face's middle in degrees, height above the head's joint in metres.
_HAIRLINE = (
    (0, 0.161), (35, 0.165), (55, 0.152), (66, 0.125), (78, 0.088), (92, 0.088), (106, 0.03), (180, 0.01),
)  # fmt: skip
# Bridge and tip of the nose: height above the head's joint, and how far it stands out.
_NOSE = ((0.044, 0), (0.052, 0.012), (0.060, 0.024), (0.068, 0.021), (0.085, 0.012), (0.105, 0.006), (0.118, 0))


def _mix(colours: Array, colour: Colour | Array, share: Array) -> Array:
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


def _face(outfit: Outfit, rest: Array) -> Array:
    """Colours of the head: skin, hair, brows, eyes, lips; the darker the skin, the darker the features."""
    tone = np.array(outfit.skin) / DEMO_OUTFIT.skin
    point = rest - _HEAD
    x, y = np.abs(point[:, 0]), point[:, 1]
    front = point[:, 2] > 0.05
    colours = np.broadcast_to(outfit.skin, point.shape).copy()
    colours = _mix(colours, tone * (0.80, 0.44, 0.36), 0.35 * front * _bump(x, y, (0.045, 0.068), (0.014, 0.012)))
    colours = _mix(colours, tone * (0.30, 0.16, 0.12), 0.7 * front * _bump(x, y, (0.008, 0.050), (0.004, 0.0022)))
    smile = 0.031 + 4 * x**2
    lips = smoothstep(1.1, 0.85, (x / 0.025) ** 2 + ((y - smile) / 0.0085) ** 2)
    colours = _mix(colours, tone * (0.66, 0.34, 0.31), 0.8 * front * lips)
    colours = _mix(colours, tone * (0.35, 0.14, 0.13), front * lips * smoothstep(0.0016, 0.0006, np.abs(y - smile)))
    brow = y - 0.1215 - 0.20 * np.minimum(x - 0.020, 0.040 - x + 0.008)
    hairs = smoothstep(0.0045, 0.0025, np.abs(brow)) * smoothstep(0.013, 0.016, x) * smoothstep(0.052, 0.048, x)
    colours = _mix(colours, outfit.hair, 0.85 * front * hairs)
    u, v = x - 0.031, y - 0.1045
    almond = (u / 0.0150) ** 2 + (v / 0.0062) ** 2
    colours = _mix(colours, (0.25, 0.14, 0.10), front * smoothstep(1.75, 1.25, almond) * (v > 0.001))
    eye = front * smoothstep(1.1, 0.9, almond)
    colours = _mix(colours, (0.93, 0.92, 0.90), eye)
    colours = _mix(colours, (0.30, 0.20, 0.12), eye * smoothstep(0.0068, 0.0058, np.hypot(u, v)))
    colours = _mix(colours, (0.05, 0.04, 0.04), eye * smoothstep(0.0034, 0.0026, np.hypot(u, v)))
    return _mix(colours, outfit.hair, smoothstep(-0.0015, 0.0015, _above_hairline(point)))


def head(outfit: Outfit, loft: Callable[..., Part]) -> list[Part]:
    """Parts of the head, the neck and the ears."""
    # y, half width, front and back of the head, in its own axes
    profile = np.array([
        (-0.018, 0.030, 0.082, 0.030), (-0.005, 0.046, 0.091, 0.000), (0.015, 0.057, 0.095, -0.030),
        (0.040, 0.066, 0.097, -0.060), (0.070, 0.0725, 0.099, -0.082), (0.105, 0.0755, 0.101, -0.096),
        (0.140, 0.0745, 0.101, -0.097), (0.170, 0.066, 0.091, -0.086), (0.192, 0.050, 0.070, -0.064),
    ])  # fmt: skip
    y, half, front, back = profile.T
    rings = np.stack([y + _HEAD[1], 0 * y, (front + back) / 2, half, (front - back) / 2, 0 * y + 2.25], axis=1)
    skull = loft(
        rings.tolist(), bones=["head"], paint=partial(_face, outfit), caps=(0.008, 0.013), segments=120, spacing=0.0025
    )
    neck = loft(
        [(0.47, 0, -0.030, 0.066, 0.062, 2), (0.54, 0, -0.020, 0.057, 0.058, 2), (0.60, 0, -0.008, 0.053, 0.056, 2),
         (0.66, 0, 0.0, 0.053, 0.058, 2)],
        bones=["chest", "head"], paint=outfit.skin, upward=True,
    )  # fmt: skip
    ear = loft(
        [(0.682, 0.074, 0.002, 0.008, 0.008, 2), (0.702, 0.079, -0.004, 0.011, 0.016, 2.2),
         (0.726, 0.083, -0.008, 0.012, 0.021, 2.2)],
        bones=["head"], paint=outfit.skin, caps=(0.006, 0.008), spacing=0.006,
    )  # fmt: skip
    return [replace(skull, vertices=_sculpt(skull.vertices)), neck, ear, ear.mirrored()]
