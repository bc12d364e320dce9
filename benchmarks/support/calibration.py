"""Fit the calibration of angles, and put what was found on its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from humanpose3d.kinematics.validity.bands import PLACES, Line
from support.deviations import Deviation

Lines = Mapping[str, Mapping[str, Line]]

LINES, ZEROS = ("knee flex",), ("knee flex", "elbow flex")
"""Angles of the body markers whose ranges are nearer to the truth on a line, with trials left out of the fit, and
those of the anatomical markers that have another zero than the same joint centres. The hip has no line: from the front
it would make the curves worse of those who walk in the usual way."""
FEWEST = 5
"""Trials that make a line."""


def fitted_lines(deviations: Sequence[Deviation]) -> Lines:
    """Return the calibration of angles in walking: least squares of true maxima and minima on those found.

    Both together give the slope, because they are far apart; curves alone would give the slope of a regression, which
    is too flat by the noise in them.
    """
    lines: dict[str, dict[str, Line]] = defaultdict(dict)
    for angle in LINES:
        for place in PLACES:
            peaks = [each for each in _peaks(deviations, angle) if each.walking and each.place == place]
            if len({each.trial for each in peaks}) >= FEWEST:
                found, errors = (np.array([getattr(each, key) for each in peaks]) for key in ("found", "error"))
                slope, offset = np.polyfit(found, found - errors, 1)
                lines[angle][place] = Line(_rounded(slope), _rounded(offset))
    return dict(lines)


def fitted_zeros(deviations: Sequence[Deviation]) -> dict[str, float]:
    """Return by how much angles are found too large: maxima and minima of all movements, each trial the same weight."""
    zeros = {}
    for angle in ZEROS:
        by_trial = defaultdict(list)
        for each in _peaks(deviations, angle):
            by_trial[each.trial].append(each.error)
        zeros[angle] = _rounded(np.mean([np.mean(errors) for errors in by_trial.values()]))
    return zeros


def _peaks(deviations: Sequence[Deviation], angle: str) -> list[Deviation]:
    names = f"maximum {angle}", f"minimum {angle}"
    return [each for each in deviations if each.name in names and each.half == "development"]


def _rounded(number: float | np.floating) -> float:
    return float(f"{number:.3g}")


def on_line(each: Deviation, lines: Lines) -> Deviation:
    """Return the deviation of the same value after the calibration, which only walking has."""
    what, _, angle = each.name.partition(" ")
    line = lines.get(angle, {}).get(each.place)
    if line is None or not each.walking:
        return each
    return _moved(each, (line.slope - 1) * each.found + (line.offset if what != "range" else 0.0))


def from_zero(each: Deviation, zeros: Mapping[str, float]) -> Deviation:
    """Return the deviation of the same value, counted from another zero."""
    what, _, angle = each.name.partition(" ")
    return each if what == "range" else _moved(each, -zeros.get(angle, 0.0))


def _moved(each: Deviation, by: float) -> Deviation:
    return each._replace(error=each.error + by, found=each.found + by)
