"""How far a monocular trial is from the truth: the measures of the field, on MediaPipe's 33 landmarks.

Distances are taken after moving the middle of the hips onto each other. Frames in which a landmark that is compared
is missing are left out, and ``seen`` says how many remain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LEFT = {"shoulder": 11, "elbow": 13, "wrist": 15, "hip": 23, "knee": 25, "ankle": 27, "foot": 31}
RIGHT = {name: number + 1 for name, number in LEFT.items()}
HIPS = [LEFT["hip"], RIGHT["hip"]]
COMPARED = [side[name] for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in (LEFT, RIGHT)]

BONES = [(side[a], side[b]) for side in (LEFT, RIGHT) for a, b in (("hip", "knee"), ("knee", "ankle"))]
BONES += [(side[a], side[b]) for side in (LEFT, RIGHT) for a, b in (("shoulder", "elbow"), ("elbow", "wrist"))]
BONES += [(LEFT[name], RIGHT[name]) for name in ("shoulder", "hip")]
# The bone variation is the mean of ten bones: thighs, shanks, upper arms, forearms, shoulders, hips.

ANGLES = {
    "knee": ("hip", "knee", "ankle"),
    "hip": ("shoulder", "hip", "knee"),
    "elbow": ("shoulder", "elbow", "wrist"),
    "ankle": ("knee", "ankle", "foot"),
    "shoulder": ("elbow", "shoulder", "hip"),
}
"""Angles between two lines that meet in the landmark in the middle; both sides count together."""


@dataclass(frozen=True)
class Accuracy:
    """One row of a table.

    Attributes
    ----------
    seen : float
        Percent of the frames that could be compared.
    mpjpe : float
        Mean distance of the 12 landmarks, mm, at the size that the method gives.
    pa : float
        The same after the best turn, shift and size in each frame (Procrustes), mm.
    depth : float
        Mean distance along the line of sight alone, mm.
    bone : float
        Standard deviation through mean of a bone's length, mean of 10 bones, percent.
    knee, hip, elbow, ankle, shoulder : float
        Root of the mean squared error of the angle, degrees; NaN where the truth lacks a landmark.
    acceleration : float
        Mean size, m/s²: of noise, mostly.
    """

    seen: float
    mpjpe: float
    pa: float
    depth: float
    bone: float
    knee: float
    hip: float
    elbow: float
    ankle: float
    shoulder: float
    acceleration: float

    @classmethod
    def of(cls, world: FloatArray, truth: FloatArray, times: FloatArray) -> Accuracy:
        """Compare (T, 33, 3) with (T, 33, 3), metres."""
        whole = np.isfinite(world[:, COMPARED]).all(axis=(1, 2))
        found, true = _about_hips(world[whole]), _about_hips(truth[whole])
        difference = (found - true)[:, COMPARED]
        angles = {name: _rmse(_angles(found, name) - _angles(true, name)) for name in ANGLES}
        lengths = np.stack([np.linalg.norm(found[:, a] - found[:, b], axis=-1) for a, b in BONES])
        return cls(
            seen=100 * float(whole.mean()),
            mpjpe=1e3 * float(np.linalg.norm(difference, axis=-1).mean()),
            pa=1e3 * float(np.linalg.norm(aligned(found[:, COMPARED], true[:, COMPARED]), axis=-1).mean()),
            depth=1e3 * float(np.abs(difference[..., 2]).mean()),
            bone=100 * float((lengths.std(axis=1) / lengths.mean(axis=1)).mean()),
            acceleration=_acceleration(_about_hips(world)[:, COMPARED], times),
            **angles,
        )

    @classmethod
    def mean(cls, rows: list[Accuracy]) -> Accuracy:
        """Return the mean of each measure."""
        return cls(*(float(np.mean([getattr(row, field.name) for row in rows])) for field in fields(cls)))


def aligned(found: FloatArray, true: FloatArray) -> FloatArray:
    """Return what is left of the differences, (T, N, 3), after the best similarity transform in each frame.

    Umeyama, IEEE Transactions on Pattern Analysis and Machine Intelligence 13:376 (1991).
    """
    found, true = found - found.mean(axis=1, keepdims=True), true - true.mean(axis=1, keepdims=True)
    u, singular, vt = np.linalg.svd(np.einsum("tni,tnj->tij", found, true))
    signs = np.ones(singular.shape)
    signs[:, -1] = np.sign(np.linalg.det(u @ vt))
    scale = (singular * signs).sum(axis=1) / (found**2).sum(axis=(1, 2))
    return np.asarray(scale[:, None, None] * (found @ ((u * signs[:, None]) @ vt)) - true)


def read_reference(values: Mapping[str, FloatArray], camera: int) -> FloatArray:
    """Return the reference of the real trial in one camera's axes at that camera's own frames, (T, 33, 3).

    Parameters
    ----------
    values : mapping
        Of ``reference.npz``.
    camera : int
        From 0.
    """
    points = values["xyz"]
    place = np.clip(np.arange(len(points)) - values["frame_offset"][camera], 0, len(points) - 1)
    before = np.minimum(np.floor(place).astype(int), len(points) - 2)
    share = (place - before)[:, None, None]
    points = points[before] * (1 - share) + points[before + 1] * share
    reference = np.full((len(points), 33, 3), np.nan)
    reference[:, values["mp_index"]] = points @ values["R"][camera].T + values["T"][camera]
    return reference


def _about_hips(points: FloatArray) -> FloatArray:
    return points - points[:, HIPS].mean(axis=1, keepdims=True)


def _angles(points: FloatArray, name: str) -> FloatArray:
    sides = []
    for side in (LEFT, RIGHT):
        start, middle, end = (points[:, side[landmark]] for landmark in ANGLES[name])
        first, second = start - middle, end - middle
        cosine = (first * second).sum(axis=-1) / np.linalg.norm(first, axis=-1) / np.linalg.norm(second, axis=-1)
        sides.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.concatenate(sides)


def _rmse(difference: FloatArray) -> float:
    return float(np.sqrt((difference**2).mean()))


def _acceleration(points: FloatArray, times: FloatArray) -> float:
    second = np.diff(points, 2, axis=0) / np.median(np.diff(times)) ** 2
    return float(np.nanmean(np.linalg.norm(second, axis=-1)))
