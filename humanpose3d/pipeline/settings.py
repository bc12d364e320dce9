"""What a user may set for a run, checked before anything is opened."""

import math
from dataclasses import dataclass
from pathlib import Path

from humanpose3d.pipeline.errors import InvalidSettingError

__all__ = ["Settings"]

_HEIGHT_M = (0.5, 2.5)
_WEIGHT_KG = (2.0, 400.0)


@dataclass(frozen=True)
class Settings:
    """Settings of a run.

    Attributes
    ----------
    height : float or None
        The person's height in metres.
    weight : float or None
        The person's weight in kilograms.
    output : Path or None
        Folder for the results; None means a folder named after the video in the current folder.

    Raises
    ------
    InvalidSettingError
        A value cannot be meant; the message says what would be.
    """

    height: float | None = None
    weight: float | None = None
    output: Path | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.height is not None:
            _check("height", self.height, "metres", _HEIGHT_M, _height_hint(self.height))
        if self.weight is not None:
            _check("weight", self.weight, "kilograms", _WEIGHT_KG, _weight_hint(self.weight))

    def folder_for(self, video: Path) -> Path:
        """Return the folder for the results of `video`."""
        return self.output or Path.cwd() / f"{video.stem}_humanpose3d"


def _check(name: str, value: float, unit: str, limits: tuple[float, float], hint: str) -> None:
    low, high = limits
    if not low <= value <= high:  # so NaN fails too
        raise InvalidSettingError(f"The {name} must be in {unit}, {low:g} to {high:g}, not {value:g}{hint}.")


def _height_hint(value: float) -> str:
    if math.isfinite(value) and _HEIGHT_M[0] <= value / 100 <= _HEIGHT_M[1]:
        return f"; {value:g} looks like centimetres, use {value / 100:g}"
    return "; for example 1.78"


def _weight_hint(value: float) -> str:
    if math.isfinite(value) and _WEIGHT_KG[0] <= value / 1000 <= _WEIGHT_KG[1]:
        return f"; {value:g} looks like grams, use {value / 1000:g}"
    return "; for example 75"
