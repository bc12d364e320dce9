"""The person: measurements of clothes, limbs, hands and shoes, lofted onto the skeleton."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

from demo_clip import mesh
from demo_clip.head import head
from demo_clip.mesh import Mesh, Part, assemble, smoothstep
from demo_clip.outfit import DEMO_OUTFIT, Outfit
from demo_clip.rig import INDEX

Loft = Callable[..., Part]


def _trunk(outfit: Outfit, loft: Loft) -> list[Part]:
    shirt = loft(
        [(-0.030, 0, 0.000, 0.189, 0.140, 2.3), (0.03, 0, -0.001, 0.178, 0.127, 2.4), (0.12, 0, 0.0, 0.159, 0.112, 2.4),
         (0.22, 0, 0.002, 0.163, 0.116, 2.4), (0.34, 0, 0.0, 0.180, 0.122, 2.5), (0.42, 0, -0.004, 0.188, 0.114, 2.5),
         (0.47, 0, -0.010, 0.182, 0.100, 2.3), (0.510, 0, -0.016, 0.165, 0.082, 2.2),
         (0.537, 0, -0.020, 0.122, 0.070, 2.1), (0.558, 0, -0.022, 0.074, 0.065, 2)],
        bones=["pelvis", "lumbar", "chest"], paint=outfit.shirt, upward=True, blend=0.06, segments=48,
    )  # fmt: skip
    collar = loft(
        [(0.540, 0, -0.023, 0.076, 0.068, 2), (0.562, 0, -0.022, 0.064, 0.063, 2)],
        bones=["chest"], paint=outfit.trim, segments=36, spacing=0.006,
    )  # fmt: skip
    seat = loft(
        [(-0.115, 0, -0.006, 0.140, 0.080, 2.4), (-0.06, 0, -0.008, 0.166, 0.100, 2.4),
         (0.02, 0, -0.004, 0.166, 0.114, 2.4)],
        bones=["pelvis"], paint=outfit.lower, caps=(0.02, 0.0), segments=36,
    )  # fmt: skip
    return [shirt, collar, seat, *([_skirt(outfit, loft)] if outfit.legwear == "skirt" else [])]


def _skirt(outfit: Outfit, loft: Loft) -> Part:
    cloth = loft(
        [(0.03, 0, -0.002, 0.172, 0.120, 2.3), (-0.08, 0, -0.004, 0.196, 0.138, 2.3),
         (-0.25, 0, 0.000, 0.215, 0.150, 2.2), (-0.50, 0, 0.002, 0.232, 0.168, 2.2)],
        bones=["pelvis"], paint=outfit.lower, segments=48,
    )  # fmt: skip
    x, y, _ = cloth.vertices.T
    hanging, left = smoothstep(0.0, -0.22, y), smoothstep(-0.12, 0.12, x)
    weights = cloth.weights * (1 - hanging)[:, None]
    weights[:, INDEX["thigh_l"]], weights[:, INDEX["thigh_r"]] = hanging * left, hanging * (1 - left)
    return replace(cloth, weights=weights)


_TROUSERS = (
    (-0.40, 0.091, 0.003, 0.076, 0.083, 2.1), (-0.47, 0.090, 0.000, 0.070, 0.076, 2.1),
    (-0.60, 0.090, -0.010, 0.068, 0.073, 2), (-0.85, 0.089, -0.006, 0.060, 0.068, 2),
)  # fmt: skip
_LONG_SLEEVE = (
    (0.20, 0.178, -0.005, 0.053, 0.056, 2), (0.13, 0.178, -0.004, 0.051, 0.054, 2),
    (0.03, 0.178, -0.004, 0.044, 0.048, 2), (-0.055, 0.178, -0.005, 0.033, 0.038, 2.1),
)  # fmt: skip


def _leg(outfit: Outfit, loft: Loft) -> list[Part]:
    long = outfit.legwear == "trousers"
    cloth = loft(
        [(-0.03, 0.080, -0.006, 0.078, 0.086, 2.3), (-0.10, 0.089, -0.005, 0.089, 0.100, 2.2),
         (-0.22, 0.092, 0.000, 0.085, 0.095, 2.1), (-0.345, 0.092, 0.002, 0.080, 0.087, 2.1),
         *(_TROUSERS if long else ())],
        bones=["pelvis", "thigh_l", *(["shank_l"] if long else [])], paint=outfit.lower, segments=32, blend=0.09,
    )  # fmt: skip
    skin = loft(
        [(-0.30, 0.090, 0.002, 0.067, 0.074, 2), (-0.38, 0.089, 0.004, 0.057, 0.062, 2.1),
         (-0.436, 0.088, 0.003, 0.053, 0.058, 2.2), (-0.49, 0.089, -0.005, 0.051, 0.055, 2.1),
         (-0.56, 0.090, -0.014, 0.055, 0.060, 2), (-0.64, 0.089, -0.013, 0.049, 0.053, 2),
         (-0.74, 0.088, -0.006, 0.037, 0.041, 2), (-0.82, 0.088, -0.003, 0.033, 0.038, 2)],
        bones=["thigh_l", "shank_l"], paint=outfit.skin,
    )  # fmt: skip
    sock = loft(
        [(-0.775, 0.088, -0.005, 0.039, 0.043, 2), (-0.84, 0.088, -0.004, 0.037, 0.042, 2),
         (-0.874, 0.088, -0.006, 0.037, 0.046, 2.1), (-0.90, 0.088, -0.006, 0.036, 0.050, 2.1)],
        bones=["shank_l", "foot_l"], paint=outfit.sock, blend=0.03, spacing=0.008,
    )  # fmt: skip
    return [cloth, sock] if long else [cloth, skin, sock]


def _shoe(outfit: Outfit, loft: Loft) -> list[Part]:
    upper = loft(
        [(-0.066, 0.088, -0.905, 0.028, 0.036, 2.3), (-0.040, 0.088, -0.900, 0.036, 0.046, 2.5),
         (0.010, 0.088, -0.899, 0.039, 0.046, 2.5), (0.055, 0.089, -0.908, 0.040, 0.037, 2.5),
         (0.110, 0.091, -0.918, 0.045, 0.028, 2.5), (0.155, 0.090, -0.922, 0.042, 0.023, 2.4),
         (0.180, 0.088, -0.924, 0.034, 0.018, 2.3)],
        bones=["foot_l"], paint=outfit.shoe, along="z", caps=(0.012, 0.018), segments=32, spacing=0.008,
    )  # fmt: skip
    sole = loft(
        [(-0.066, 0.088, -0.940, 0.031, 0.013, 4), (-0.030, 0.088, -0.942, 0.039, 0.014, 4),
         (0.040, 0.089, -0.942, 0.040, 0.014, 4), (0.110, 0.091, -0.941, 0.049, 0.014, 4),
         (0.150, 0.090, -0.938, 0.046, 0.013, 4), (0.182, 0.088, -0.932, 0.036, 0.012, 4)],
        bones=["foot_l"], paint=outfit.sole, along="z", caps=(0.016, 0.022), segments=32, spacing=0.008,
    )  # fmt: skip
    return [upper, sole]


def _arm(outfit: Outfit, loft: Loft) -> list[Part]:
    long = outfit.sleeves == "long"
    sleeve = loft(
        [(0.528, 0.148, -0.012, 0.034, 0.042, 2), (0.495, 0.165, -0.008, 0.055, 0.062, 2.1),
         (0.44, 0.172, -0.006, 0.060, 0.067, 2.1), (0.38, 0.177, -0.005, 0.057, 0.063, 2.1),
         (0.295, 0.179, -0.005, 0.057, 0.062, 2.1),
         *(_LONG_SLEEVE if long else ())],
        bones=["chest", "upper_arm_l", *(["forearm_l"] if long else [])], paint=outfit.shirt, caps=(0.0, 0.014),
        segments=32, blend=0.05,
    )  # fmt: skip
    skin = loft(
        [(0.40, 0.178, -0.005, 0.046, 0.052, 2), (0.30, 0.178, -0.005, 0.043, 0.049, 2),
         (0.22, 0.178, -0.005, 0.038, 0.041, 2), (0.185, 0.178, -0.006, 0.037, 0.039, 2),
         (0.13, 0.178, -0.003, 0.040, 0.043, 2), (0.05, 0.178, -0.004, 0.034, 0.038, 2),
         (-0.02, 0.178, -0.005, 0.026, 0.031, 2.1), (-0.09, 0.178, -0.005, 0.019, 0.028, 2.3)],
        bones=["upper_arm_l", "forearm_l"], paint=outfit.skin,
    )  # fmt: skip
    return [sleeve, skin]


def _hand(outfit: Outfit, loft: Loft) -> list[Part]:
    palm = loft(
        [(-0.070, 0.178, -0.004, 0.020, 0.028, 2.3), (-0.100, 0.177, -0.003, 0.018, 0.035, 2.4),
         (-0.140, 0.175, -0.003, 0.016, 0.040, 2.5), (-0.165, 0.173, -0.003, 0.013, 0.038, 2.5)],
        bones=["hand_l"], paint=outfit.skin, caps=(0.006, 0.006), spacing=0.01,
    )  # fmt: skip
    fingers = [
        loft(
            [(-0.155, 0.174, z, 0.0095, 0.0095, 2), (-0.165 - 0.4 * length, 0.171, z * 1.05, 0.009, 0.009, 2),
             (-0.165 - length, 0.158, z * 1.05, 0.007, 0.0075, 2)],
            bones=["hand_l"], paint=outfit.skin, caps=(0.008, 0.004), segments=12, spacing=0.01,
        )
        for z, length in ((0.025, 0.068), (0.0065, 0.076), (-0.0125, 0.070), (-0.0305, 0.054))
    ]  # fmt: skip
    thumb = loft(
        [(-0.085, 0.176, 0.018, 0.013, 0.015, 2), (-0.115, 0.173, 0.038, 0.012, 0.012, 2),
         (-0.145, 0.170, 0.051, 0.0105, 0.0105, 2), (-0.170, 0.167, 0.056, 0.008, 0.009, 2)],
        bones=["hand_l"], paint=outfit.skin, caps=(0.007, 0.005), segments=16, spacing=0.01,
    )  # fmt: skip
    return [palm, *fingers, thumb]


@lru_cache(maxsize=4)
def person(outfit: Outfit = DEMO_OUTFIT) -> Mesh:
    """Build the whole body as one mesh."""
    loft = partial(mesh.loft, coarseness=outfit.coarseness)
    left = [part for limb in (_leg, _shoe, _arm, _hand) for part in limb(outfit, loft)]
    middle = [*head(outfit, loft), *_trunk(outfit, loft)]
    return assemble([*middle, *left, *(part.mirrored() for part in left)])
