"""Who is who: assign people who are seen now to those who were seen before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from humanpose3d.pipeline.detection.sightings import Sighting
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["BEYOND_REACH", "Trace", "assign", "colour_difference", "usual_colours"]

# Somebody may be off what was expected by so many torso lengths at once, and by so many more for each second that
# they were not seen: a walker's torso is half a metre. The size is a logarithm.
_REACH, _REACH_PER_S = 0.8, 6.0
_FARTHEST_S = 1.0  # seconds for which a velocity is carried on
_SIZE, _SIZE_PER_S, _MOST_SIZE = 0.5, 0.4, 1.0
# Colours are shares of 1. From the side, an arm that swings before the torso changes them at every step: so they never
# make another person of somebody who has stayed in place.
_COLOUR, _STAYED = 0.16, 0.5
_MOST = 3.0  # above it, a person is another
BEYOND_REACH = 1e6
"""The difference of a person where, or as large as, somebody cannot be."""


@dataclass(frozen=True)
class Trace:
    """What is known of a person: the last sighting, the velocity (2,) in pixels per second, and usual colours."""

    time: float
    last: Sighting
    velocity: FloatArray
    colours: FloatArray

    def expected(self, time: float) -> FloatArray:
        """Return the place (2,) at another time, in pixels."""
        ahead = float(np.clip(time - self.time, -_FARTHEST_S, _FARTHEST_S))
        return np.asarray(self.last.place + self.velocity * ahead)

    def difference(self, seen: Sighting, time: float) -> float:
        """Return how little a sighting at a time is like the person: 0 where it is as expected."""
        lost = abs(time - self.time)
        scale = max(self.last.torso, seen.torso)
        moved = min(np.linalg.norm(seen.place - place) for place in (self.expected(time), self.last.place)) / scale
        grown = abs(np.log(seen.torso / self.last.torso))
        colours = colour_difference(self.colours, seen.colours) / _COLOUR
        far = moved / (_REACH + _REACH_PER_S * lost)
        larger = grown / min(_SIZE + _SIZE_PER_S * lost, _MOST_SIZE)
        if far > 1 or larger > 1:
            return BEYOND_REACH
        return float(far + larger + (min(colours, 1.0) if moved < _STAYED else colours))


def assign(traces: Mapping[int, Trace], seen: Sequence[Sighting], time: float) -> dict[int, int]:
    """Return the index in `seen` of each person who is among them, so that they differ least in all."""
    from scipy.optimize import linear_sum_assignment

    if not traces or not seen:
        return {}
    costs = np.array([[min(trace.difference(each, time), _MOST + 1) for each in seen] for trace in traces.values()])
    people = list(traces)
    return {people[i]: int(j) for i, j in zip(*linear_sum_assignment(costs), strict=True) if costs[i, j] <= _MOST}


def colour_difference(first: FloatArray, second: FloatArray) -> float:
    """Return the difference of two sets of colours (2, 3), the mean of both parts; 0 where one is not known."""
    difference = np.abs(first - second).max(axis=1)
    known = difference[np.isfinite(difference)]
    return float(known.mean()) if len(known) else 0.0


def usual_colours(seen: Iterable[FloatArray]) -> FloatArray:
    """Return the median of several sets of colours (2, 3), each part as far as it is known; NaN where it never is."""
    parts = np.stack(list(seen), axis=1)
    known = [part[np.isfinite(part).all(axis=1)] for part in parts]
    return np.array([np.median(part, axis=0) if len(part) else np.full(3, np.nan) for part in known])
