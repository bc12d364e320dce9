"""Where lines, bands and labels of a number over time lie in an SVG drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

__all__ = ["Drawing", "Line", "Measurement", "drawing_of"]

WIDTH, HEIGHT = 360, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 26
_LEAST_GAP = 70  # between two dates on the axis, in units of the drawing


@dataclass(frozen=True)
class Measurement:
    """One value of one trial, with the half-width of its 95 % band (NaN where none is known)."""

    when: datetime
    value: float
    band: float


@dataclass(frozen=True)
class Line:
    """One side's line: SVG path data, and its points."""

    side: str
    path: str
    band: str
    bars: str
    dots: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Drawing:
    """A drawing of `WIDTH` by `HEIGHT` units: lines, ticks of the value axis, and dates of the time axis."""

    lines: tuple[Line, ...]
    values: tuple[tuple[str, float], ...]
    dates: tuple[tuple[str, date], ...]
    decimals: int
    width: int = WIDTH
    height: int = HEIGHT


def drawing_of(sides: Mapping[str, Sequence[Measurement]]) -> Drawing:
    """Lay out the measurements of each side; there must be at least one.

    Times are to scale where the trials span a day or more, else the trials stand side by side in their order.
    """
    times = sorted({each.when for measured in sides.values() for each in measured})
    place = _places(times)
    lows, highs = zip(*(_limits(each) for measured in sides.values() for each in measured), strict=True)
    ticks = _ticks(min(lows), max(highs))
    low, high = min(ticks[0], *lows), max(ticks[-1], *highs)

    def y(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    lines = tuple(
        _line(side, sorted(measured, key=lambda each: each.when), place, y)
        for side, measured in sides.items()
        if measured
    )
    values = tuple((f"{y(tick):.1f}", tick) for tick in ticks)
    decimals = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    return Drawing(lines, values, _dates(times, place), decimals)


def _limits(measured: Measurement) -> tuple[float, float]:
    spread = measured.band if math.isfinite(measured.band) else 0.0
    return measured.value - spread, measured.value + spread


def _places(times: Sequence[datetime]) -> dict[datetime, float]:
    """Give each time its place from left to right."""
    span = (times[-1] - times[0]).total_seconds()
    if len(times) == 1:
        shares = [0.5]
    elif span >= 86_400:
        shares = [(each - times[0]).total_seconds() / span for each in times]
    else:
        shares = [index / (len(times) - 1) for index in range(len(times))]
    inset = 14
    width = WIDTH - _LEFT - _RIGHT - 2 * inset
    return {each: _LEFT + inset + share * width for each, share in zip(times, shares, strict=True)}


def _ticks(low: float, high: float) -> list[float]:
    """Return three to six round values that cover a range."""
    span = max(high - low, 1e-3, 0.02 * abs(high))
    raw = span / 4
    unit = 10.0 ** math.floor(math.log10(raw))
    step = unit * next(factor for factor in (1, 2, 5, 10) if factor * unit >= raw * (1 - 1e-9))
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [index * step for index in range(first, last + 1)]


def _line(
    side: str, measured: Sequence[Measurement], place: dict[datetime, float], y: Callable[[float], float]
) -> Line:
    dots = tuple((f"{place[each.when]:.1f}", f"{y(each.value):.1f}") for each in measured)
    upper = [f"{place[each.when]:.1f},{y(_limits(each)[1]):.1f}" for each in measured]
    lower = [f"{place[each.when]:.1f},{y(_limits(each)[0]):.1f}" for each in measured]
    path = "M" + "L".join(",".join(dot) for dot in dots)
    band = "M" + "L".join([*upper, *reversed(lower)]) + "Z"
    bars = "".join(f"M{top}L{bottom}" for top, bottom in zip(upper, lower, strict=True))
    return Line(side, path, band, bars, dots)


def _dates(times: Sequence[datetime], place: dict[datetime, float]) -> tuple[tuple[str, date], ...]:
    """Label as many times as fit: the last for certain, the others where they do not collide."""
    labels: list[tuple[float, date]] = []
    for each in reversed(times):
        if not labels or (labels[-1][0] - place[each] >= _LEAST_GAP and labels[-1][1] != each.date()):
            labels.append((place[each], each.date()))
    return tuple((f"{x:.1f}", day) for x, day in reversed(labels))
