"""Correct the widths of shoulders and hips with the usual proportions of an adult body.

The pose model makes the hips of one person 1.4 times as wide as they are, and those of another right; people differ
by a tenth. An image from the front or the side alone does not show which.
"""

import numpy as np

from humanpose3d.pipeline.signals.body import BONES, HIPS, SHOULDERS, index
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["LEG_AND_TRUNK_SHARE", "at_stature_of", "towards_usual_widths", "trunk_and_leg"]

LEG_AND_TRUNK_SHARE = 0.245 + 0.246 + 0.288
"""Thigh, shank, and from the hips to the shoulders, in shares of the height: Drillis and Contini 1966, as in Winter,
Biomechanics and Motor Control of Human Movement, figure 4.1."""

# Between the centres of the joints, in shares of the height: 0.20 and 0.09 in the model of Rajagopal (2016); 0.21 and
# 0.12 as the pose model's own landmarks, triangulated from four cameras, have them on a real person.
_SHOULDERS_SHARE, _HIPS_SHARE = 0.2, 0.1


def _bone(*names: str) -> int:
    return int(BONES.tolist().index(index(*names).tolist()))


_SHOULDER_LINE, _HIP_LINE = BONES.tolist().index(SHOULDERS.tolist()), BONES.tolist().index(HIPS.tolist())
_FLANK, _BRACE = _bone("left_shoulder", "left_hip"), _bone("left_shoulder", "right_hip")
_FLANKS = [_FLANK, _bone("right_shoulder", "right_hip")]
_BRACES = [_BRACE, _bone("right_shoulder", "left_hip")]
_THIGH, _SHANK = _bone("left_hip", "left_knee"), _bone("left_knee", "left_ankle")


def towards_usual_widths(lengths: FloatArray) -> FloatArray:
    """Move the widths of shoulders and hips half-way to the usual ones at that stature.

    Half-way (the geometric mean) because both are uncertain. All other lengths stay, that of the trunk included.

    Parameters
    ----------
    lengths : ndarray, shape (20,)
        Of :data:`~humanpose3d.pipeline.signals.body.BONES`, the same on both sides.
    """
    stature, trunk = _stature(lengths), _trunk(lengths)
    shoulders = np.sqrt(lengths[_SHOULDER_LINE] * _SHOULDERS_SHARE * stature)
    hips = np.sqrt(lengths[_HIP_LINE] * _HIPS_SHARE * stature)
    changed: FloatArray = lengths.copy()
    changed[_SHOULDER_LINE], changed[_HIP_LINE] = shoulders, hips
    changed[_FLANKS] = np.hypot(trunk, (shoulders - hips) / 2)
    changed[_BRACES] = np.hypot(trunk, (shoulders + hips) / 2)
    return changed


def at_stature_of(lengths: FloatArray, other: FloatArray) -> FloatArray:
    """Scale a body to the stature of another; both of shape (20,)."""
    return lengths * (_stature(other) / _stature(lengths))


def trunk_and_leg(lengths: FloatArray) -> float:
    """Return the distance from the shoulders over a hip to the ankle, lengths (20,)."""
    return float(_trunk(lengths) + lengths[_THIGH] + lengths[_SHANK])


def _stature(lengths: FloatArray) -> float:
    return trunk_and_leg(lengths) / LEG_AND_TRUNK_SHARE


def _trunk(lengths: FloatArray) -> float:
    """Return the distance between the middles of shoulders and hips: the height of a trapezium."""
    half_difference = (lengths[_SHOULDER_LINE] - lengths[_HIP_LINE]) / 2
    return float(np.sqrt(max(lengths[_FLANK] ** 2 - half_difference**2, 0.0)))
