"""Detect feet that the pose model sees foreshortened, and leave out their ankle angles."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.rotations import FloatArray

__all__ = ["collapsed_feet", "describe_collapsed_feet", "without_ankles"]

_USUAL = 0.152 / 0.246
"""Length of the foot in lengths of the shank: Drillis and Contini 1966, as in Winter, Biomechanics and Motor Control
of Human Movement, figure 4.1."""
_LEAST = 0.5 * _USUAL
"""A foot that is half as long as it should be may point 60 degrees away from where it seems to point."""


def collapsed_feet(names: Sequence[str], positions: FloatArray) -> dict[str, float]:
    """Find the feet that are less than half as long, in the median of a trial, as the shank says they should be.

    Parameters
    ----------
    names : sequence of M str
    positions : ndarray, shape (T, M, 3)
        As detected, before any fit gave the bones other lengths. NaN where a marker is missing.

    Returns
    -------
    dict of str to float
        For ``R`` and ``L``, where collapsed: length of the foot, from heel to big toe, through that of the shank.
    """
    point = dict(zip(names, np.moveaxis(np.asarray(positions, np.float64), 1, 0), strict=True))
    found = {}
    for side in "RL":
        if not {f"{side}{marker}" for marker in ("Heel", "BigToe", "Knee", "Ankle")} <= set(point):
            continue
        foot = np.linalg.norm(point[f"{side}BigToe"] - point[f"{side}Heel"], axis=-1)
        shank = np.linalg.norm(point[f"{side}Knee"] - point[f"{side}Ankle"], axis=-1)
        seen = np.isfinite(foot) & (shank > 0)
        if seen.any() and (share := float(np.median(foot[seen] / shank[seen]))) < _LEAST:
            found[side] = share
    return found


def without_ankles(angles: JointAngles, sides: Mapping[str, float]) -> JointAngles:
    """Leave the ankle's angles empty on the given sides."""
    degrees = angles.degrees.copy()
    degrees[:, [angles.names.index(f"ankle_{side}") for side in sides]] = np.nan
    return replace(angles, degrees=degrees)


def describe_collapsed_feet(sides: Mapping[str, float]) -> list[str]:
    """Return a sentence for the user about each foot."""
    return [
        f"The {'right' if side == 'R' else 'left'} foot was seen only {share / _USUAL:.0%} as long as it should be "
        "beside the shank, because its depth is lost, so the angle of that ankle is left empty. A camera that sees "
        "the foot from the side shows it."
        for side, share in sides.items()
    ]
