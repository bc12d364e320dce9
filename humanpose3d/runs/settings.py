"""Settings of a run, checked before anything is opened."""

import math
from dataclasses import asdict, dataclass, field
from datetime import date as calendar_date
from pathlib import Path
from typing import Any

from humanpose3d.errors import InvalidSettingError
from humanpose3d.pipeline.signals.lens import LIMITS_MM
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.report.language import DEFAULT, languages

__all__ = ["ABOUT", "AUGMENTERS", "FORMATS", "PEOPLE", "QUALITIES", "SIDES", "PersonChoice", "Settings"]

PersonChoice = int | tuple[float, float] | tuple[float, float, float] | None
"""A number of the list of people; or x and y of a point in the picture, and a time in seconds; None chooses."""

AUGMENTERS = ("auto", "gru", "pose2sim", "none")
QUALITIES = ("normal", "high")
PEOPLE = ("one", "all")
FORMATS = ("c3d", "xlsx", "opensim")
"""Of further files, for other programs."""
SIDES = ("left", "right", "both")
ABOUT = ("subject", "date", "task", "side", "note")
"""What is told about a recording in the head of its report; none of it changes a number."""
_SLOWEST = 100.0
_FASTEST_HZ = 10_000.0

_LONGEST_TEXT = {"subject": 80, "task": 80, "note": 2000}
_HEIGHT_M = (0.5, 2.5)
_WEIGHT_KG = (2.0, 400.0)


@dataclass(frozen=True)
class Settings:
    """Settings of a run, which :func:`humanpose3d.runs.run.run_pipeline` describes.

    Raises
    ------
    InvalidSettingError
        A value is out of range; the message names the range.
    """

    height: float | None = None
    weight: float | None = None
    focal_length: float | None = None
    output: Path | None = None
    refine: bool = True
    motion: bool = True
    augmenter: str = "auto"
    signals: SignalSettings = field(default_factory=SignalSettings)
    quality: str = "normal"
    slow_motion_factor: float = 1.0
    overlay: bool = True
    start: float = 0.0
    end: float | None = None
    rate: float | None = None
    person: PersonChoice = None
    people: str = "one"
    formats: tuple[str, ...] = ()
    osim: Path | None = None
    osim_markers: Path | None = None
    blur_faces: bool = False
    language: str = DEFAULT
    subject: str | None = None
    date: str | None = None
    task: str | None = None
    side: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        self._check_about()
        if self.height is not None:
            _check("height", self.height, "metres", _HEIGHT_M, 100, "centimetres", "1.78")
        if self.weight is not None:
            _check("weight", self.weight, "kilograms", _WEIGHT_KG, 1000, "grams", "75")
        low, high = LIMITS_MM
        if self.focal_length is not None and not low <= self.focal_length <= high:
            raise InvalidSettingError(
                f"The focal length must be in millimetres in terms of 35 mm film, {low:g} to {high:g}, not "
                f"{self.focal_length:g}; the main camera of a telephone has about 26."
            )
        chosen = [
            ("augmenter", self.augmenter, AUGMENTERS),
            ("quality", self.quality, QUALITIES),
            ("language", self.language, languages()),
        ]
        for name, value, choices in (*chosen, *(("format", each, FORMATS) for each in self.formats)):
            if value not in choices:
                raise InvalidSettingError(f"The {name} must be one of {', '.join(choices)}, not {value!r}.")
        if not 1 <= self.slow_motion_factor <= _SLOWEST:
            raise InvalidSettingError(
                f"The slow-motion factor must be 1 to {_SLOWEST:g}, not {self.slow_motion_factor:g}; "
                "240 frames/s played at 30 are 8."
            )
        self._check_section()
        if self.people not in PEOPLE:
            raise InvalidSettingError(f"The people must be one of {', '.join(PEOPLE)}, not {self.people!r}.")
        if self.person is not None:
            _check_person(self.person, self.people)

    def _check_section(self) -> None:
        if not 0 <= self.start < math.inf:
            raise InvalidSettingError(f"The start (--from) must be 0 or more seconds, not {self.start:g}.")
        if self.end is not None and not self.end > self.start:
            raise InvalidSettingError(f"The end (--to), {self.end:g} s, must come after the start, {self.start:g} s.")
        if self.rate is not None and not 0 < self.rate <= _FASTEST_HZ:
            raise InvalidSettingError(
                f"The rate (--rate) must be above 0 and at most {_FASTEST_HZ:g} Hz, not {self.rate:g}."
            )

    def _check_about(self) -> None:
        for name, longest in _LONGEST_TEXT.items():
            text = getattr(self, name) or ""
            if len(text) > longest:
                raise InvalidSettingError(f"The {name} must be {longest} characters or fewer, not {len(text)}.")
        if self.side not in (None, *SIDES):
            raise InvalidSettingError(f"The side must be one of {', '.join(SIDES)}, not {self.side!r}.")
        if self.date is not None:
            try:
                calendar_date.fromisoformat(self.date)
            except ValueError:
                text = f"The date must be a day such as 2026-11-28 (year, month, day), not {self.date!r}."
                raise InvalidSettingError(text) from None

    @property
    def section(self) -> dict[str, Any]:
        """What of the video is read, as keyword arguments of its reader."""
        return {"start": self.start, "end": self.end, "rate": self.rate}

    @property
    def needed_models(self) -> tuple[str, ...]:
        """The models that a run needs, in the order of their use."""
        return ("mediapipe", *self.later_models)

    @property
    def later_models(self) -> tuple[str, ...]:
        """The models that stages after the detection need, in the order of their use."""
        gru = ("gru",) if self.motion or self.augmenter in ("auto", "gru") else ()
        return ("depth", "refiner", *gru, "joint") if self.refine else gru

    def as_record(self) -> dict[str, Any]:
        """Return the settings as ``run.json`` holds them."""
        return {
            "height_m": self.height,
            "weight_kg": self.weight,
            "focal_length_35mm": self.focal_length,
            "refine": self.refine,
            "motion": self.motion,
            "augmenter": self.augmenter,
            "quality": self.quality,
            "overlay": self.overlay,
            "blur_faces": self.blur_faces,
            "language": self.language,
            "slow_motion_factor": self.slow_motion_factor,
            "start_s": self.start,
            "end_s": self.end,
            "rate_hz": self.rate,
            "person": self.person,
            "people": self.people,
            "formats": list(self.formats),
            "osim": None if self.osim is None else self.osim.name,
            "osim_markers": None if self.osim_markers is None else self.osim_markers.name,
            "signals": asdict(self.signals),
            "about": {name: getattr(self, name) for name in ABOUT},
        }

    def folder_for(self, video: Path) -> Path:
        """Return the folder for the results of `video`."""
        return self.output or Path.cwd() / f"{video.stem}_humanpose3d"


def _check_person(person: int | tuple[float, ...], people: str) -> None:
    """Raise if a choice can't be meant."""
    if people == "all":
        raise InvalidSettingError("Give one person (--person) or --people all, not both.")
    if isinstance(person, int):
        if person < 1:
            raise InvalidSettingError(f"Persons have numbers from 1 (--person), not {person}.")
    elif isinstance(person, str) or len(person) not in (2, 3) or not all(0 <= number < math.inf for number in person):
        given = repr(person) if isinstance(person, str) else ", ".join(f"{number:g}" for number in person)
        raise InvalidSettingError(f"A point (--person) is X,Y or X,Y@S, none of them below 0, not {given}.")


def _check(
    name: str, value: float, unit: str, limits: tuple[float, float], factor: int, smaller: str, example: str
) -> None:
    """Raise if a value is out of its limits, with a hint where it makes sense in a smaller unit."""
    low, high = limits
    if low <= value <= high:  # so NaN fails too
        return
    slip = low <= value / factor <= high
    hint = f"{value:g} looks like {smaller}, use {value / factor:g}" if slip else f"for example {example}"
    raise InvalidSettingError(f"The {name} must be in {unit}, {low:g} to {high:g}, not {value:g}; {hint}.")
