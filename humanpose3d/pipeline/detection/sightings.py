"""One person in one picture: where they are, how large, and the colours of their clothes; and all persons in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from humanpose3d.loaders.pose_landmarker import PoseDetection
from humanpose3d.pipeline.detection.regions import Region, Rgb, around, tiles
from humanpose3d.pipeline.signals.body import ARMS, HIPS, LEGS, SHOULDERS, TRUNK, index
from humanpose3d.pipeline.signals.identity.person import place_and_size_in, torso_colour
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["Finder", "Sighting", "are_one", "find_everybody", "sighted", "without"]

_LEAST_VISIBILITY = 0.6  # mean of what lies in the picture; below it, the model sees furniture
_LEAST_HEIGHT = 50.0  # pixels
_LEAST_APART = 0.5  # torso lengths; one person may be detected twice, in nearly the same place
_SAME_AREA = 0.4  # of both boxes together
_SIDE = 1.6  # of a square about a person, in their heights
_CUT_MARGIN = 0.03  # of a tile's side
_PARTS = (
    TRUNK,
    *(np.append(SHOULDERS[k], ARMS[k::2]) for k in (0, 1)),
    *(np.append(HIPS[k], LEGS[k::2]) for k in (0, 1)),
)
_THIGHS = index("left_hip", "right_hip", "left_knee", "right_knee")


class Finder(Protocol):
    """Finds persons in a picture; of the loaders, ``PoseFinder``."""

    def find(self, rgb: Rgb) -> list[PoseDetection]:
        """Return those found."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """One person in one picture."""

    points: FloatArray
    """Shape (33, 2): the landmarks in pixels of the picture."""
    world: FloatArray
    """Shape (33, 3): as :class:`~humanpose3d.loaders.PoseDetection` has them."""
    visibility: FloatArray
    """Shape (33,)."""
    colours: FloatArray
    """Shape (2, 3): mean colours of torso and thighs, 0 to 1; NaN where they are outside."""

    @cached_property
    def place(self) -> FloatArray:
        """Shape (2,): the middle of the torso, in pixels."""
        return self._place_and_size[0]

    @cached_property
    def torso(self) -> float:
        """Pixels that half a metre, about a torso, would have at the person's distance."""
        size = float(self._place_and_size[1])
        return size if np.isfinite(size) else max(1.0, 0.3 * self.height)

    @cached_property
    def _place_and_size(self) -> tuple[FloatArray, FloatArray]:
        return place_and_size_in(self.points, self.world)

    @cached_property
    def box(self) -> tuple[FloatArray, FloatArray]:
        """The corners of the smallest rectangle about all landmarks, (left, top) and (right, bottom)."""
        return self.points.min(axis=0), self.points.max(axis=0)

    @property
    def height(self) -> float:
        """Of the box, in pixels."""
        return float(self.box[1][1] - self.box[0][1])

    @property
    def side(self) -> float:
        """Of a square region that holds the person with some space around, in pixels."""
        return _SIDE * float(np.max(self.box[1] - self.box[0]))

    @property
    def centre(self) -> FloatArray:
        """Of the box, in pixels."""
        return np.asarray((self.box[0] + self.box[1]) / 2)


def sighted(detection: PoseDetection, region: Region, picture: Rgb) -> Sighting:
    """Return what was detected in a region of a picture, in the picture."""
    points = region.in_picture(detection.image[:, :2].astype(np.float64))
    fractions = points / picture.shape[1::-1]
    # As corners of the torso the thighs' ends are taken, for their colour.
    thighs = np.array(fractions)
    thighs[index("left_shoulder", "right_shoulder", "left_hip", "right_hip")] = fractions[_THIGHS]
    colours = np.array([torso_colour(picture, fractions), torso_colour(picture, thighs)])
    return Sighting(points, detection.world.astype(np.float64), detection.visibility.astype(np.float64), colours)


def find_everybody(picture: Rgb, finder: Finder, *, thorough: bool) -> list[Sighting]:
    """Find the persons in a picture, each once; small ones too, if `thorough`.

    Who was found is painted over before smaller tiles are looked at: nobody is then found twice, which costs most of
    the time, and the model sees those beside them.
    """
    found: list[Sighting] = []
    rest, size = picture, (picture.shape[1], picture.shape[0])
    for tile in tiles(size, thorough=thorough):
        news: list[Sighting] = []
        for detection in finder.find(tile.of(rest)):
            person = sighted(detection, tile, picture)
            if not tile.surrounds(person.points, size, _CUT_MARGIN * tile.width):
                person = _whole(person, rest, picture, finder)
            if _is_person(person, size) and not any(are_one(person, other) for other in (*found, *news)):
                news.append(person)
        if news:
            found += news
            rest = without(picture, found)
    return found


def without(picture: Rgb, people: Iterable[Sighting]) -> Rgb:
    """Return a copy of a picture with people painted over."""
    picture = picture.copy()
    for person in people:
        margin = 0.25 * person.torso
        for part in _PARTS:
            low, high = person.points[part].min(axis=0) - margin, person.points[part].max(axis=0) + margin
            (left, top), (right, bottom) = np.maximum(low, 0).astype(int), np.maximum(high, 0).astype(int)
            picture[top:bottom, left:right] = 128
    return picture


def are_one(first: Sighting, second: Sighting) -> bool:
    """Tell whether two sightings in one picture are of one person."""
    if np.linalg.norm(first.place - second.place) < _LEAST_APART * min(first.torso, second.torso):
        return True
    common = np.prod(
        np.clip(np.minimum(first.box[1], second.box[1]) - np.maximum(first.box[0], second.box[0]), 0, None)
    )
    areas = [np.prod(each.box[1] - each.box[0]) for each in (first, second)]
    return bool(common > _SAME_AREA * (sum(areas) - common))


def _whole(person: Sighting, rest: Rgb, picture: Rgb, finder: Finder) -> Sighting:
    """Look again at somebody who is cut by the side of a tile."""
    region = around(person.centre, person.side, (picture.shape[1], picture.shape[0]))
    again: Sequence[Sighting] = [sighted(each, region, picture) for each in finder.find(region.of(rest))]
    return min(again, key=lambda each: float(np.linalg.norm(each.place - person.place)), default=person)


def _is_person(person: Sighting, size: tuple[int, int]) -> bool:
    inside = np.asarray(((person.points >= 0) & (person.points < size)).all(axis=1))
    trunk = inside[index("left_shoulder", "right_shoulder", "left_hip", "right_hip")].sum() >= 2
    return bool(trunk and person.visibility[inside].mean() >= _LEAST_VISIBILITY and person.height >= _LEAST_HEIGHT)
