"""Fit the calibration of angles in walking, and put what was found on its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from humanpose3d.kinematics.validity.bands import PLACES, Line
from support.deviations import Deviation

Lines = Mapping[str, Mapping[str, Line]]

CALIBRATED, CALIBRATED_AT = ("knee flex",), PLACES[:4]
"""Angles in walking that are found too small or too large alike in all people, and where: of trials left out of the
fit, the range is then nearer to the truth. From the front and from behind, the bend of a knee is depth; how much of it
is lost there differs from person to person (standard deviation 8 to 11 degrees, and 4 to 6 elsewhere)."""
FEWEST = 5
"""Trials that make a line."""


def fitted_lines(deviations: Sequence[Deviation]) -> Lines:
    """Return the calibration of angles in walking: least squares of true maxima and minima on those found.

    Both together give the slope, because they are far apart; curves alone would give the slope of a regression, which
    is too flat by the noise in them.
    """
    lines: dict[str, dict[str, Line]] = defaultdict(dict)
    for angle in CALIBRATED:
        for place in CALIBRATED_AT:
            peaks = [
                each
                for each in deviations
                if each.name in (f"maximum {angle}", f"minimum {angle}")
                and (each.place, each.half, each.walking) == (place, "development", True)
            ]
            if len({each.trial for each in peaks}) >= FEWEST:
                found, errors = (np.array([getattr(each, key) for each in peaks]) for key in ("found", "error"))
                slope, offset = np.polyfit(found, found - errors, 1)
                lines[angle][place] = Line(*(float(f"{number:.3g}") for number in (slope, offset)))
    return dict(lines)


def on_line(each: Deviation, lines: Lines) -> Deviation:
    """Return the deviation of the same value after the calibration, which only walking has."""
    what, _, angle = each.name.partition(" ")
    line = lines.get(angle, {}).get(each.place)
    if line is None or not each.walking:
        return each
    moved = (line.slope - 1) * each.found + (line.offset if what != "range" else 0.0)
    return each._replace(error=each.error + moved, found=each.found + moved)
