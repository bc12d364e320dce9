"""Settings of a run, checked before anything is opened."""

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from humanpose3d.errors import InvalidSettingError
from humanpose3d.pipeline.signals.settings import SignalSettings

__all__ = ["AUGMENTERS", "QUALITIES", "Settings"]

AUGMENTERS = ("auto", "gru", "pose2sim", "none")
QUALITIES = ("normal", "high")
_SLOWEST = 100.0

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
    refine : bool
        Whether the depth, joint and main refiner networks correct what was seen.
    motion : bool
        Whether the motion model may fill dropped joints and damp jitter.
    augmenter : {"auto", "gru", "pose2sim", "none"}
        What adds the 43 anatomical markers; ``"auto"`` takes what is there.
    signals : SignalSettings
        The steps from raw landmarks to movement, and their numbers.
    quality : {"normal", "high"}
        ``"high"`` also detects in the mirrored frames and averages, which takes twice as long.
    overlay : bool
        Whether to draw the skeleton into a copy of the video.
    slow_motion_factor : float
        How many times slower than real time the video plays; 8 for 240 frames/s played at 30.

    Raises
    ------
    InvalidSettingError
        A value is out of range; the message names the range.
    """

    height: float | None = None
    weight: float | None = None
    output: Path | None = None
    refine: bool = True
    motion: bool = True
    augmenter: str = "auto"
    signals: SignalSettings = field(default_factory=SignalSettings)
    quality: str = "normal"
    slow_motion_factor: float = 1.0
    overlay: bool = True

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.height is not None:
            _check("height", self.height, "metres", _HEIGHT_M, _height_hint(self.height))
        if self.weight is not None:
            _check("weight", self.weight, "kilograms", _WEIGHT_KG, _weight_hint(self.weight))
        _check_choice("augmenter", self.augmenter, AUGMENTERS)
        _check_choice("quality", self.quality, QUALITIES)
        if not 1 <= self.slow_motion_factor <= _SLOWEST:
            raise InvalidSettingError(
                f"The slow-motion factor must be 1 to {_SLOWEST:g}, not {self.slow_motion_factor:g}; "
                "240 frames/s played at 30 are 8."
            )

    @property
    def needed_models(self) -> tuple[str, ...]:
        """The models that a run needs, in the order of their use."""
        return ("mediapipe", *self.later_models)

    @property
    def later_models(self) -> tuple[str, ...]:
        """The models that stages after the detection need, in the order of their use."""
        refiners = ("depth", "refiner") if self.refine else ()
        gru = ("gru",) if self.motion or self.augmenter in ("auto", "gru") else ()
        joint = ("joint",) if self.refine else ()
        return refiners + gru + joint

    def as_record(self) -> dict[str, Any]:
        """Return the settings as ``run.json`` holds them."""
        return {
            "height_m": self.height,
            "weight_kg": self.weight,
            "refine": self.refine,
            "motion": self.motion,
            "augmenter": self.augmenter,
            "quality": self.quality,
            "overlay": self.overlay,
            "slow_motion_factor": self.slow_motion_factor,
            "signals": asdict(self.signals),
        }

    def folder_for(self, video: Path) -> Path:
        """Return the folder for the results of `video`."""
        return self.output or Path.cwd() / f"{video.stem}_humanpose3d"


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidSettingError(f"The {name} must be one of {', '.join(choices)}, not {value!r}.")


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
