"""Find from where a person was filmed: the camera's azimuth about the person, and a word for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from humanpose3d.kinematics.rotations import FloatArray, unit, within

__all__ = ["Sector", "View", "view_of"]

Sector: TypeAlias = Literal["front", "oblique", "side", "back", "turning"]

_WORDS = (
    "from the front",
    "from the front left",
    "from the left side",
    "from the back left",
    "from behind",
    "from the back right",
    "from the right side",
    "from the front right",
)
_SECTORS: tuple[Sector, ...] = ("front", "oblique", "side", "oblique", "back", "oblique", "side", "oblique")
_TURNING = 60.0
"""Degrees. The pelvis and shoulders of a person who walks straight turn by less than 20 about their mean."""
_SHARE_WITHIN = 90.0


@dataclass(frozen=True)
class View:
    """From where a person was filmed, in degrees."""

    azimuth_deg: float
    """The mean over the trial: 0 from the front, 90 from the person's left, 180 from behind."""
    spread_deg: float
    """90 % of the frames lie within this of the mean. It grows where the person turns."""

    @property
    def sector(self) -> Sector:
        """``front``, ``side`` and ``back`` within 22.5 degrees, ``oblique`` between; ``turning`` if none holds."""
        return "turning" if self.spread_deg > _TURNING else _SECTORS[round(self.azimuth_deg / 45) % 8]

    @property
    def word(self) -> str:
        """The view in words, such as ``"from the left side"``."""
        if self.sector == "turning":
            return "from changing directions, because the person turned"
        return _WORDS[round(self.azimuth_deg / 45) % 8]

    @property
    def nearer_side(self) -> Literal["R", "L"] | None:
        """The side of the body that is towards the camera; None from front and back, or if the person turned."""
        if self.sector in ("front", "back", "turning"):
            return None
        return "L" if self.azimuth_deg < 180 else "R"


def view_of(markers: Mapping[str, FloatArray]) -> View | None:
    """Find from where a person was filmed; None where hips or shoulders are never seen.

    Parameters
    ----------
    markers : mapping of str to ndarray, shape (T, 3)
        ``RHip``, ``LHip``, ``RShoulder``, ``LShoulder`` at least: x to the camera's right, y up, z towards the camera.

    Notes
    -----
    A person faces at right angles to the horizontal line from the left to the right side, which is the mean of hips
    and shoulders. The mean over frames is that of directions on a circle (Mardia and Jupp 2000).
    """
    if not {"RHip", "LHip", "RShoulder", "LShoulder"} <= set(markers):
        return None
    right = unit(markers["RHip"] - markers["LHip"]) + unit(markers["RShoulder"] - markers["LShoulder"])
    forward = np.cross([0.0, 1.0, 0.0], right)
    forward = unit(forward[np.isfinite(forward).all(axis=-1)])
    forward = forward[np.isfinite(forward).all(axis=-1)]
    if not len(forward):
        return None
    each = np.degrees(np.arctan2(-forward[:, 0], forward[:, 2]))
    mean = forward.mean(axis=0)
    azimuth = float(np.degrees(np.arctan2(-mean[0], mean[2])))
    spread = float(np.percentile(np.abs(within(each - azimuth, 0)), _SHARE_WITHIN))
    return View(azimuth % 360, spread)
