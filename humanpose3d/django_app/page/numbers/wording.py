"""Names of stages and numbers for people, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from humanpose3d.report.language import DEFAULT, languages

__all__ = [
    "name_of",
    "numbers_for_people",
    "report_language",
    "rounded",
    "side_of",
    "stage_label",
    "text_of",
    "unit_of",
]

_STAGES = {
    "models": gettext_lazy("Fetching the models"),
    "detect": gettext_lazy("Finding the person in each frame"),
    "depth": gettext_lazy("Correcting the depth"),
    "refiner": gettext_lazy("Correcting the positions"),
    "motion": gettext_lazy("Filling gaps"),
    "signals": gettext_lazy("Cleaning the movement"),
    "markers": gettext_lazy("Placing the markers"),
    "augment": gettext_lazy("Adding anatomical markers"),
    "angles": gettext_lazy("Computing the joint angles"),
    "joint": gettext_lazy("Correcting the joint angles"),
    "movement": gettext_lazy("Recognising the movement"),
    "write": gettext_lazy("Writing the files"),
    "c3d": gettext_lazy("Writing the files"),
    "xlsx": gettext_lazy("Writing the files"),
    "opensim": gettext_lazy("Fitting the OpenSim model"),
    "overlay": gettext_lazy("Drawing the video"),
    "plots": gettext_lazy("Drawing the curves"),
    "report": gettext_lazy("Writing the report"),
}
_NAMES = {
    "cadence": gettext_lazy("Cadence"),
    "walking_speed": gettext_lazy("Walking speed"),
    "step_length": gettext_lazy("Step length"),
    "step_time": gettext_lazy("Step time"),
    "step_time_asymmetry": gettext_lazy("Step time, asymmetry"),
    "step_length_asymmetry": gettext_lazy("Step length, asymmetry"),
    "step_width": gettext_lazy("Step width"),
    "stride_length": gettext_lazy("Stride length"),
    "stride_time": gettext_lazy("Stride time"),
    "stance": gettext_lazy("Stance phase"),
    "swing": gettext_lazy("Swing phase"),
    "double_support": gettext_lazy("Double support"),
    "foot_progression": gettext_lazy("Foot progression"),
    "repetitions": gettext_lazy("Repetitions"),
    "repetition_time": gettext_lazy("Time of a repetition"),
    "jump_height_hips": gettext_lazy("Jump height, by the hips"),
    "jump_height_flight": gettext_lazy("Jump height, by flight time"),
    "seat_height": gettext_lazy("Hip height when seated"),
    "seat_rise": gettext_lazy("Rise from the seat"),
    "sway_ap": gettext_lazy("Sway, forward and back"),
    "sway_ml": gettext_lazy("Sway, sideways"),
    "hip_range": gettext_lazy("Hip, range of flexion"),
    "knee_range": gettext_lazy("Knee, range of flexion"),
    "ankle_range": gettext_lazy("Ankle, range of flexion"),
    "shoulder_range": gettext_lazy("Shoulder, range of flexion"),
    "elbow_range": gettext_lazy("Elbow, range of flexion"),
}
_UNITS = {"deg": "°", "1": "", "times": "", "steps/min": gettext_lazy("steps/min")}


def report_language() -> str:
    """Return the language of the visitor, for a report; English where reports do not know it."""
    code = (get_language() or DEFAULT).partition("-")[0]
    return code if code in languages() else DEFAULT


def stage_label(stage: str) -> str:
    """Return what a stage does, in words."""
    return str(_STAGES.get(stage) or stage or _("Starting"))


def name_of(key: str) -> str:
    """Return the name of a number; one without a name is called by its key."""
    return str(_NAMES.get(key) or key.replace("_", " ").capitalize())


def side_of(side: str) -> str:
    """Return the name of a side; nothing for a number of both."""
    return {"R": _("right"), "L": _("left")}.get(side, "")


def unit_of(unit: str) -> str:
    """Return a unit as it is written; nothing for a count."""
    return str(_UNITS.get(unit, unit))


def text_of(number: Mapping[str, Any]) -> str:
    """Return a number with the half-width of its 95 % band and its unit, such as ``62 ± 4°``."""
    band = number["band"]
    size = abs(number["value"]) if band is None else band
    digits = 0 if size >= (100 if band is None else 1) else 1 if size >= (10 if band is None else 0.1) else 2
    unit = unit_of(number["unit"])
    unit = f" {unit}" if unit not in ("", "°") else unit
    value = rounded(number["value"], digits)
    return f"{value}{unit}" if band is None else f"{value} ± {rounded(band, digits)}{unit}"


def rounded(value: float, digits: int) -> str:
    """Return a number in the reader's notation; Django's own function cuts off digits instead of rounding."""
    return str(number_format(Decimal(f"{value:.{digits}f}"), digits))


def numbers_for_people(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return numbers with their names, sides and texts."""
    return [
        {**each, "name": name_of(each["key"]), "side_name": side_of(each["side"]), "text": text_of(each)}
        for each in found
    ]
