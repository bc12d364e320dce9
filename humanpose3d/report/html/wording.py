"""Format quantities, differences and values of a record as text."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from humanpose3d.kinematics.quantities import BAND, Measured, NotMeasured, Quantity
from humanpose3d.report.data.change import Change
from humanpose3d.report.data.content import AngleMethod, Number, ReportContent
from humanpose3d.report.language import translated
from humanpose3d.report.style import JOINTS

__all__ = [
    "angle_method_label",
    "angle_method_text",
    "change_text",
    "difference_text",
    "difference_value",
    "doubt_text",
    "judgement_text",
    "moment_text",
    "quantity_text",
    "record_lines",
]

_UNITS = {"deg": "°", "%": " %", "times": ""}


def angle_method_label(method: AngleMethod) -> str:
    """Name a method in the switch between angles."""
    return {
        "isb": "as ISB recommends",
        "opensim": "of OpenSim's model",
        "nearer": "of each joint the nearer of the two",
    }[method]


def angle_method_text(content: ReportContent) -> str:
    """Say by which method the angles shown were made; empty where there is only one."""
    if not content.angle_sets:
        return ""
    if content.angle_method == "isb":
        return "Angles as ISB recommends, computed from the markers."
    if content.angle_method == "opensim":
        return "Angles of OpenSim's model, solved by inverse kinematics."
    joints = ", ".join(joint for joint in JOINTS if joint in content.from_opensim)
    return (
        f"Angles of OpenSim's model for {joints}; for all other joints as ISB recommends. "
        "Each came nearer to the truth in such a view on rendered trials."
    )


def quantity_text(quantity: Quantity | None) -> str:
    """Format a quantity with its 95 % band, or the reason why it is missing.

    Examples
    --------
    >>> quantity_text(Measured(55.12, 6.0, "deg"))
    '55 ± 12°'
    >>> quantity_text(Measured(1.234, math.nan, "s"))
    '1.23 s (± unknown)'
    >>> quantity_text(NotMeasured("no floor was found"))
    'not measured: no floor was found'
    """
    if quantity is None:
        return "–"
    if isinstance(quantity, NotMeasured):
        return str(quantity)
    unit, band = _unit(quantity), _band(quantity)
    if not math.isfinite(band):
        value = f"{_signed(quantity.value, 0) if quantity.unit == 'deg' else f'{quantity.value:.3g}'}{unit}"
        return f"{value} (± unknown)"
    if band == 0:
        return f"{quantity.value:g}{unit}"
    digits = _digits(band)
    return f"{_signed(quantity.value, digits)} ± {band:.{digits}f}{unit}"


def difference_value(number: Number) -> str:
    """Format the difference between the sides, such as ``3 ± 17°``; empty where there are no two sides."""
    difference = _difference(number)
    return "" if difference is None else quantity_text(replace(difference, value=abs(difference.value)))


def difference_text(number: Number) -> str:
    """Describe a difference between the sides and its uncertainty; empty where there are no two sides.

    Two sides are called equal where they differ by less than the 95 % band of their difference.
    """
    if number.doubt and isinstance(number.left, Measured) and isinstance(number.right, Measured):
        return f"The two sides are not compared: {number.doubt}."
    if (difference := _difference(number)) is None:
        return ""
    if not math.isfinite(_band(difference)):
        return "No error was measured for this number, so a difference may mean nothing."
    if abs(difference.value) <= _band(difference):
        return f"Differences under {_band_text(difference)} mean nothing here."
    greater = "left" if number.difference is not None and number.difference.value > 0 else "right"
    return f"The {greater} is more; differences under {_band_text(difference)} would mean nothing."


def change_text(change: Change | None) -> str:
    """Format a change with its 95 % band, such as ``+12 ± 8°``.

    Examples
    --------
    >>> change_text(Change(-3.2, 4.0, "deg"))
    '−3.2 ± 7.8°'
    >>> change_text(Change(2, 0.0, "times"))
    '+2'
    """
    if change is None:
        return "–"
    unit = _UNITS.get(change.unit, f" {change.unit}")
    sign = "+" if change.value > 0 else ""
    if not math.isfinite(change.band):
        value = f"{sign}{change.value:.2g}{unit}".replace("-", "−")
        return f"{value} (± unknown)"
    if change.band == 0:
        return f"{sign}{change.value:g}{unit}".replace("-", "−")
    digits = _digits(change.band)
    return f"{sign}{_signed(change.value, digits)} ± {change.band:.{digits}f}{unit}"


def judgement_text(change: Change | None) -> str:
    """Say what a change means: more, less, or too small to tell from chance."""
    if change is None:
        return "not measured in both"
    if not math.isfinite(change.band):
        return "no error is known"
    if change.value == 0 and change.band == 0:
        return "the same"
    if not change.is_told:
        return "could be chance"
    return "more" if change.value > 0 else "less"


def doubt_text(number: Number) -> str:
    """Warn of a number whose error is as large as itself, or unknown where :func:`difference_text` is empty."""
    measured = [part for part in (number.left, number.right, number.value) if isinstance(part, Measured)]
    if number.difference is None and any(not math.isfinite(part.uncertainty) for part in measured):
        return "No error was measured for this number."
    if any(_band(part) > 0 and abs(part.value) <= _band(part) for part in measured):
        return "Its error is as large as the number itself."
    return ""


def moment_text(moment: str) -> str:
    """Format a time stamp of ``run.json`` as ``2026-11-22 20:00 UTC``; a damaged one stays as it is."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{parsed:%Y-%m-%d %H:%M} {parsed.tzname() or ''}".strip()


def record_lines(value: Any, path: str = "") -> list[str]:
    """Format a value of ``run.json`` as lines of text, one for each mapping within it that has values.

    Examples
    --------
    >>> record_lines({"factor": 1.23456, "steps": {"smooth": {"at": 3, "of": []}, "upright": {"turned": True}}})
    ['factor 1.235', 'smooth: at 3, of none', 'upright: turned yes']
    """
    if not isinstance(value, Mapping):
        return [_plain_text(value)]
    plain = [
        f"{_words(key)} {_sentence(part) or _plain_text(part)}"
        for key, part in value.items()
        if not isinstance(part, Mapping)
    ]
    lines = [f"{path}: {', '.join(plain)}" if path else ", ".join(plain)] if plain else []
    for key, part in value.items():
        if isinstance(part, Mapping):
            lines += record_lines(part, _words(key))
    return lines


def _words(key: Any) -> str:
    return translated(str(key).replace("_", " "))


def _sentence(value: Any) -> str:
    """Translate a value that is a sentence, such as why something was left out; empty for any other."""
    return translated(value) if isinstance(value, str) and " " in value else ""


def _plain_text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return translated({None: "–", True: "yes", False: "no"}[value])
    if isinstance(value, (list, tuple)):
        return ", ".join("; ".join(record_lines(part)) for part in value) or translated("none")
    return translated(f"{value:.4g}") if isinstance(value, float) and abs(value) < 1e4 else str(value)


def _difference(number: Number) -> Measured | None:
    """Return the index of asymmetry where it was worked out, else left less right."""
    if number.difference is not None and isinstance(number.asymmetry, Measured):
        return number.asymmetry
    return number.difference


def _signed(value: float, digits: int) -> str:
    """Write a number with a true minus sign, and zero without one."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _band(quantity: Measured) -> float:
    return BAND * quantity.uncertainty


def _band_text(quantity: Measured) -> str:
    band = _band(quantity)
    return f"{band:.{_digits(band)}f}{_unit(quantity)}"


def _unit(quantity: Measured) -> str:
    return _UNITS.get(quantity.unit, f" {quantity.unit}")


def _digits(band: float) -> int:
    """Return the number of decimals for a band: two significant digits, none from 10 on."""
    return 0 if not 0 < band < 10 else max(0, 1 - math.floor(math.log10(band)))
