"""Persons in pictures, as somebody who looks around finds them."""

import numpy as np

from humanpose3d.pipeline.detection.people import Look
from humanpose3d.pipeline.detection.sightings import Sighting
from support.bodies import standing

RED, BLUE = ([0.8, 0.2, 0.1], [0.1, 0.1, 0.8])


def standing_person(
    x: float, y: float = 200.0, *, metre: float = 120.0, shirt: list[float] = RED, visibility: float = 1.0
) -> Sighting:
    """A person with mid-hip at a place, so many pixels a metre."""
    world = standing()
    return Sighting(world[:, :2] * metre + [x, y], world, np.full(33, visibility), np.array([shirt, [0.2, 0.2, 0.2]]))


def look(time: float, *people: Sighting) -> Look:
    """One frame with these persons."""
    return Look(time, people, tuple(np.full((4, 4, 3), i, np.uint8) for i in range(len(people))))
