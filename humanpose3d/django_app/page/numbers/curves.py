"""Numbers of several trials: of one person over time, and of chosen ones side by side."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from humanpose3d.django_app.page.numbers.drawing import Measurement, drawing_of
from humanpose3d.django_app.page.numbers.wording import name_of, side_of, text_of, unit_of

__all__ = ["compared_rows", "curves_of"]

_FEWEST = 2


def curves_of(trials: Iterable[Any]) -> list[dict[str, Any]]:
    """Return a curve for each number that at least two trials have, its two sides in one drawing.

    Each has ``name``, ``unit``, ``drawing``, and ``rows`` with ``date``, ``side`` and ``text``, oldest first.
    """
    found: dict[tuple[str, str], list[tuple[Any, Any]]] = defaultdict(list)
    for trial in sorted(trials, key=_moment):
        for number in trial.found:
            found[number["key"], number["unit"]].append((trial, number))
    return [
        _curve(key, unit, points)
        for (key, unit), points in found.items()
        if len({each.pk for each, _ in points}) >= _FEWEST
    ]


def compared_rows(trials: Sequence[Any]) -> list[dict[str, Any]]:
    """Return a row for each number that one of the trials has, with a cell for each trial; None where it has none."""
    keys = {(number["key"], number["side"], number["unit"]): None for trial in trials for number in trial.found}
    found = [{(each["key"], each["side"], each["unit"]): text_of(each) for each in trial.found} for trial in trials]
    return [
        {"name": name_of(key[0]), "side": side_of(key[1]), "cells": [texts.get(key) for texts in found]} for key in keys
    ]


def _moment(trial: Any) -> datetime:
    recorded = trial.date
    moment = localtime(trial.created)
    return moment if recorded is None else datetime.combine(recorded, moment.timetz())


def _curve(key: str, unit: str, points: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    sides: dict[str, list[Measurement]] = {"L": [], "R": [], "": []}
    for trial, number in points:
        band = math.nan if number["band"] is None else number["band"]
        sides[number["side"]].append(Measurement(_moment(trial), number["value"], band))
    rows = [
        {"date": _moment(trial).date(), "side": side_of(number["side"]), "text": text_of(number)}
        for trial, number in points
    ]
    return {"name": name_of(key), "unit": unit_of(unit), "drawing": drawing_of(sides), "rows": rows}
