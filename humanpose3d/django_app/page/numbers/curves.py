"""Numbers of a person over time, placed on a grid for drawing, with their bands."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from humanpose3d.django_app.page.numbers.wording import name_of, rounded, side_of, text_of

__all__ = ["compared_rows", "curves_of"]

_FEWEST = 2
_MARGIN = 0.05
_TICKS = 4


def curves_of(trials: Iterable[Any]) -> list[dict[str, Any]]:
    """Return a curve for each number that at least two trials have, oldest first.

    Places are percent of the width and height of a drawing, y downwards; the bands are 95 % bands.
    """
    series: dict[tuple[str, str, str], list[tuple[Any, Mapping[str, Any]]]] = defaultdict(list)
    for trial in sorted(trials, key=_moment):
        for number in trial.found:
            series[number["key"], number["side"], number["unit"]].append((trial, number))
    return [_curve(*key, points) for key, points in series.items() if len(points) >= _FEWEST]


def compared_rows(trials: Sequence[Any]) -> list[dict[str, Any]]:
    """Return a row for each number that one of the trials has, with a cell for each trial; None where it has none."""
    keys = {(number["key"], number["side"], number["unit"]): None for trial in trials for number in trial.found}
    found = [{(each["key"], each["side"], each["unit"]): each for each in trial.found} for trial in trials]
    return [
        {
            "name": name_of(key),
            "side": side_of(side),
            "unit": unit,
            "cells": [
                None if (n := numbers.get((key, side, unit))) is None else {**n, "text": text_of(n)}
                for numbers in found
            ],
        }
        for key, side, unit in keys
    ]


def _moment(trial: Any) -> datetime:
    recorded = trial.date
    moment: datetime = trial.created
    return moment if recorded is None else datetime.combine(recorded, moment.timetz())


def _curve(key: str, side: str, unit: str, points: Sequence[tuple[Any, Mapping[str, Any]]]) -> dict[str, Any]:
    bands = [number["band"] or 0.0 for _, number in points]
    values = [number["value"] for _, number in points]
    low = min(value - band for value, band in zip(values, bands, strict=True))
    high = max(value + band for value, band in zip(values, bands, strict=True))
    room = (high - low) * _MARGIN or 1.0
    low, high = low - room, high + room
    times = [_moment(trial).timestamp() for trial, _ in points]
    first, last = times[0], times[-1]

    def across(i: int) -> float:
        share = (times[i] - first) / (last - first) if last > first else i / (len(points) - 1)
        return round(2 + 96 * share, 2)

    def down(value: float) -> float:
        return round(100 * (high - value) / (high - low), 2)

    placed = [
        {
            "x": across(i),
            "y": down(number["value"]),
            "y_low": down(number["value"] - bands[i]),
            "y_high": down(number["value"] + bands[i]),
            "date": _moment(trial).date(),
            "value": number["value"],
            "band": number["band"],
            "text": text_of(number),
            "trial": trial.pk,
        }
        for i, (trial, number) in enumerate(points)
    ]
    upper, lower = ([f"{each['x']},{each[edge]}" for each in placed] for edge in ("y_high", "y_low"))
    return {
        "key": key,
        "name": name_of(key),
        "side": side_of(side),
        "unit": "°" if unit == "deg" else unit,
        "low": low,
        "high": high,
        "ticks": [{"y": down(value), "label": label} for value, label in _ticks(low, high)],
        "points": placed,
        "line": " ".join(f"{each['x']},{each['y']}" for each in placed),
        "area": " ".join([*upper, *reversed(lower)]),
    }


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return a few round values between two."""
    rough = (high - low) / _TICKS
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough)
    digits = max(0, -math.floor(math.log10(step)))
    values = [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return [(value, rounded(value, digits)) for value in values]
