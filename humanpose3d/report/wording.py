"""Quantities, differences and values of a record in words."""

import math
from collections.abc import Mapping
from typing import Any

from humanpose3d.kinematics.quantities import Measured, NotMeasured, Quantity
from humanpose3d.report.content import Number

__all__ = ["change_text", "difference_text", "quantity_text", "record_text"]

_UNITS = {"deg": "°", "%": " %", "times": ""}


def quantity_text(quantity: Quantity | None) -> str:
    """Show a quantity with the band that holds 95 % of such numbers, or why it is not there.

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
    unit = _unit(quantity)
    band = 2 * quantity.uncertainty
    if not math.isfinite(band):
        value = f"{quantity.value:.0f}" if quantity.unit == "deg" else f"{quantity.value:.3g}"
        return f"{value}{unit} (± unknown)"
    if band == 0:
        return f"{quantity.value:g}{unit}"
    digits = _digits(band)
    return f"{quantity.value:.{digits}f} ± {band:.{digits}f}{unit}"


def difference_text(number: Number) -> str:
    """Say what a difference between the sides is worth, or nothing where there are no two sides.

    Two sides are called equal where they differ by less than the 95 % band of their difference.

    Examples
    --------
    >>> one, other = Measured(55.0, 6.0, "deg"), Measured(57.0, 6.0, "deg")
    >>> difference_text(Number("Knee", "", left=one, right=other))
    'No difference can be told: it is 2°, and less than 17° means nothing here.'
    """
    difference = number.difference
    if difference is None:
        return ""
    more = "left" if difference.value > 0 else "right"
    if isinstance(number.asymmetry, Measured):
        difference = number.asymmetry
    return _compared(difference, f"The {more} is {{}} more", "difference")


def change_text(before: Quantity | None, after: Quantity | None) -> str:
    """Say what the change of a number from one trial to another is worth.

    Examples
    --------
    >>> change_text(Measured(50.0, 6.0, "deg"), Measured(80.0, 6.0, "deg"))
    'It is 30° more, and more than 17° means something here.'
    """
    if not isinstance(before, Measured) or not isinstance(after, Measured):
        return "–"
    uncertainty = math.hypot(before.uncertainty, after.uncertainty)
    change = Measured(after.value - before.value, uncertainty, after.unit)
    return _compared(change, f"It is {{}} {'more' if change.value > 0 else 'less'}", "change")


def _compared(difference: Measured, statement: str, what: str) -> str:
    size, band, unit = abs(difference.value), 2 * difference.uncertainty, _unit(difference)
    if not math.isfinite(band):
        return f"{statement.format(f'{size:.2g}{unit}')}; nobody measured whether that means anything."
    digits = _digits(band) if band else 0
    size_text, band_text = f"{size:.{digits}f}{unit}", f"{band:.{digits}f}{unit}"
    if size <= band:
        return f"No {what} can be told: it is {size_text}, and less than {band_text} means nothing here."
    return f"{statement.format(size_text)}, and more than {band_text} means something here."


def record_text(value: Any) -> str:
    """Show a value of ``run.json``, with all that is in it.

    Examples
    --------
    >>> record_text({"frames_exchanged": 3, "parts": ["leg", None], "ran": True, "seconds": 0.25})
    'frames exchanged: 3, parts: [leg, –], ran: yes, seconds: 0.25'
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')}: {_within(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_within, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    return f"{value:.4g}" if isinstance(value, float) and abs(value) < 1e4 else str(value)


def _within(value: Any) -> str:
    return f"({record_text(value)})" if isinstance(value, Mapping) else record_text(value)


def _unit(quantity: Measured) -> str:
    return _UNITS.get(quantity.unit, f" {quantity.unit}")


def _digits(band: float) -> int:
    """Give the decimals that a band of this width bears: two significant ones, none from 10 on."""
    return 0 if band >= 10 else max(0, 1 - math.floor(math.log10(band)))
