"""The persons of a video: everybody who is seen when somebody looks around, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from humanpose3d.errors import InvalidSettingError
from humanpose3d.pipeline.detection.matching import Trace, assign, usual_colours
from humanpose3d.pipeline.detection.regions import Rgb, around
from humanpose3d.pipeline.detection.sightings import Finder, Sighting, find_everybody

__all__ = [
    "SAME_TIME_S",
    "Look",
    "Person",
    "Point",
    "choose",
    "describe_people",
    "everybody",
    "list_people",
    "look_around",
    "no_frame_at",
]

_PORTRAIT = 320  # pixels, the longest side of what is kept of a picture
_SURE = 0.75  # mean visibility above which one look is enough
_FEWEST_LOOKS = 2
_MOST_LISTED = 5
_MOST_FOLLOWED = 10  # a landmarker for each takes 150 MB
_MARGIN = 0.15  # of a person's height, within which a point means them

SAME_TIME_S = 0.25
"""How far, in seconds, the time of a point may be from that of the frame that it means."""


class Point(NamedTuple):
    """A point in the picture, and the time (s) at which somebody is there; None is the beginning."""

    x: float
    y: float
    time: float | None = None

    def pixels(self, size: tuple[int, int]) -> tuple[float, float]:
        """Return it in pixels; two numbers up to 1 are fractions of width and height."""
        return (self.x * size[0], self.y * size[1]) if self.x <= 1 and self.y <= 1 else (self.x, self.y)


class Look(NamedTuple):
    """Everybody in one frame."""

    time: float
    people: tuple[Sighting, ...]
    portraits: tuple[Rgb, ...]
    """One small picture for each person."""


@dataclass(frozen=True, eq=False)
class Person:
    """One person of a video.

    Attributes
    ----------
    number : int
        From 1, the one who is seen longest and largest.
    sightings : dict of float to Sighting
        By time in seconds, ascending, as far as anybody looked.
    portrait : ndarray of uint8, shape (height, width, 3)
    """

    number: int
    sightings: dict[float, Sighting]
    portrait: Rgb

    @property
    def first(self) -> float:
        """The time, in seconds, at which they are seen first, as far as anybody looked."""
        return next(iter(self.sightings))

    @property
    def last(self) -> float:
        """The time, in seconds, at which they are seen last."""
        return next(reversed(self.sightings))

    @property
    def height(self) -> float:
        """The median height in pixels."""
        return float(np.median([seen.height for seen in self.sightings.values()]))

    def as_dict(self) -> dict[str, float]:
        """Return it for ``run.json``."""
        return {
            "number": self.number,
            "first_s": round(self.first, 3),
            "last_s": round(self.last, 3),
            "height_px": round(self.height),
        }

    def __str__(self) -> str:
        return f"person {self.number} ({self.first:.1f} to {self.last:.1f} s, {self.height:.0f} pixels tall)"


def look_around(picture: Rgb, time: float, finder: Finder, *, thorough: bool) -> Look:
    """Find everybody in one frame."""
    people = find_everybody(picture, finder, thorough=thorough)
    return Look(time, tuple(people), tuple(_portrait(picture, person) for person in people))


def list_people(looks: Sequence[Look]) -> list[Person]:
    """Return the persons of all looks, in the order of how long and large they are seen.

    Somebody who is seen in a single look counts only if that sighting is sure.
    """
    everybody = _linked(looks)
    kept = [seen for seen in everybody if len(seen) >= min(_FEWEST_LOOKS, len(looks)) or _visibility(seen) > _SURE]
    kept.sort(key=lambda seen: -sum(person.height for person, _ in seen.values()))
    return [
        Person(number, {time: person for time, (person, _) in seen.items()}, _best_portrait(seen))
        for number, seen in enumerate(kept, start=1)
    ]


def choose(
    people: Sequence[Person], choice: int | Point | None, size: tuple[int, int], times: Sequence[float]
) -> Person:
    """Return the person who is meant; `times` are those at which anybody looked.

    Raises
    ------
    InvalidSettingError
        Nobody has that number, or is at that point, or the video has no such time.
    """
    if choice is None or (isinstance(choice, int) and 1 <= choice <= len(people)):
        return people[(choice or 1) - 1]
    if isinstance(choice, int):
        raise InvalidSettingError(f"There is no person {choice}; there are {_listed(people)}.")
    wanted = times[0] if choice.time is None else choice.time
    time = min(times, key=lambda each: abs(each - wanted))
    if abs(time - wanted) > SAME_TIME_S:
        raise no_frame_at(wanted)
    there = [each for each in people if time in each.sightings]
    point = np.array(choice.pixels(size))
    at_point = [each for each in there if _is_at(each.sightings[time], point)]
    if at_point:
        return min(at_point, key=lambda each: np.linalg.norm(each.sightings[time].place - point))
    places = " and ".join("{:.0f},{:.0f}".format(*each.sightings[time].place) for each in there)
    raise InvalidSettingError(
        f"Nobody is at {point[0]:.0f},{point[1]:.0f} (pixels of {size[0]} x {size[1]}) at {time:.2f} s; "
        f"persons are at {places or 'no place then'}."
    )


def everybody(people: Sequence[Person]) -> Sequence[Person]:
    """Return all who are followed together.

    Raises
    ------
    InvalidSettingError
        They are too many for the memory of a usual computer.
    """
    if len(people) > _MOST_FOLLOWED:
        raise InvalidSettingError(
            f"There are {len(people)} persons, and --people all follows at most {_MOST_FOLLOWED}; "
            "choose one a run with --person, or a shorter part with --from and --to."
        )
    return people


def no_frame_at(time: float) -> InvalidSettingError:
    """Return the error of a point at a time that the video does not have."""
    return InvalidSettingError(f"There is no frame at {time:g} s, which --person names; choose another time.")


def describe_people(people: Sequence[Person], analysed: Person | None) -> str | None:
    """Return a sentence for the user on who is analysed, and who is not; None where there is nobody else."""
    others = [person for person in people if person is not analysed]
    if analysed is None or not others:
        return None
    return (
        f"More than one person is in the picture: analysed is {analysed}, not {_listed(others)}; "
        "choose another with --person, or all of them with --people all."
    )


def _linked(looks: Sequence[Look]) -> list[dict[float, tuple[Sighting, Rgb]]]:
    """Return the sightings and portraits of each person by time."""
    everybody: list[dict[float, tuple[Sighting, Rgb]]] = []
    traces: dict[int, Trace] = {}
    for look in looks:
        found = assign(traces, look.people, look.time)
        taken = {j: i for i, j in found.items()}
        for j, (person, portrait) in enumerate(zip(look.people, look.portraits, strict=True)):
            i = taken.get(j, len(everybody))
            if i == len(everybody):
                everybody.append({})
            before = traces.get(i)
            everybody[i][look.time] = person, portrait
            traces[i] = _trace(before, person, look.time, [each.colours for each, _ in everybody[i].values()])
    return everybody


def _trace(before: Trace | None, seen: Sighting, time: float, colours: list[np.ndarray]) -> Trace:
    velocity = np.zeros(2) if before is None else (seen.place - before.last.place) / (time - before.time)
    return Trace(time, seen, velocity, usual_colours(colours))


def _visibility(seen: dict[float, tuple[Sighting, Rgb]]) -> float:
    return max(float(person.visibility.mean()) for person, _ in seen.values())


def _best_portrait(seen: dict[float, tuple[Sighting, Rgb]]) -> Rgb:
    return max(seen.values(), key=lambda each: each[0].visibility.mean() * each[0].height)[1]


def _portrait(picture: Rgb, person: Sighting) -> Rgb:
    region = around(person.centre, person.side, (picture.shape[1], picture.shape[0]))
    step = max(1, -(-max(region.width, region.height) // _PORTRAIT))
    portrait: Rgb = region.of(picture)[::step, ::step].copy()
    return portrait


def _is_at(person: Sighting, point: np.ndarray) -> bool:
    margin = _MARGIN * person.height
    return bool(((point >= person.box[0] - margin) & (point <= person.box[1] + margin)).all())


def _listed(people: Sequence[Person]) -> str:
    return ", ".join(map(str, people[:_MOST_LISTED])) + (" ..." if len(people) > _MOST_LISTED else "")
