"""Follow several persons through a video together, so that nobody is taken for somebody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from humanpose3d.pipeline.detection.matching import BEYOND_REACH, assign
from humanpose3d.pipeline.detection.people import Person
from humanpose3d.pipeline.detection.regions import around
from humanpose3d.pipeline.detection.sightings import Finder, Sighting, sighted, without
from humanpose3d.pipeline.detection.track import Track
from humanpose3d.video.reader import Frame

__all__ = ["Following", "same_pose"]

_BENEFIT = 0.5  # of the doubt, for the one who was there before
_SAME_POSE = 0.35  # torso lengths between landmarks of one body, seen twice
_SEARCH_S, _SEARCH_STEP_S = 3.0, 0.15  # how long, and in which steps, a lost person is searched around their place
_SEARCH_GROWTH = 1.5  # of the region's side, for each second


class Following:
    """Tracks of persons, fed with frames in the order of time, or all in the opposite order.

    A person is taken up at the first look that saw them. Two tracks that come to show one body belong to the one
    whom it is more like; the other is lost, and searched around the place where they should be by now, with those who
    are seen painted over. Looks also correct a track that went off with somebody else.
    """

    def __init__(self, people: Sequence[Person], tracks: Mapping[int, Track], finder: Finder) -> None:
        self.tracks = dict(tracks)
        self._looks: dict[float, dict[int, Sighting]] = {}
        for person in people:
            for time, seen in person.sightings.items():
                self._looks.setdefault(time, {})[person.number] = seen
        self._finder = finder
        self._searched: dict[int, float] = {}

    def step(self, frame: Frame) -> None:
        """Take the next frame."""
        look = self._looks.get(frame.time, {})
        seen = self._seen(frame)
        self._correct(look, seen, frame.time)
        for number, person in self._found_again(look, seen, frame).items():
            self._begin(number, person, seen, frame)
        for number, person in look.items():
            track = self.tracks.get(number)
            if track is not None and not track.sightings and not _shown_by(person, seen.values()):
                self._begin(number, person, seen, frame)
            if number in seen and same_pose(person, seen[number]):
                self.tracks[number].confirmed = frame.time

    def _seen(self, frame: Frame) -> dict[int, Sighting]:
        """Let all active tracks look, and accept each body for one of them."""
        seen: dict[int, Sighting] = {}
        misfit: dict[int, float] = {}
        for number, track in self.tracks.items():
            if not track.active or (trace := track.trace) is None:
                continue
            person = track.look(frame.rgb, frame.time)
            difference = BEYOND_REACH if person is None else trace.difference(person, frame.time)
            if person is None or difference >= min(BEYOND_REACH, self._difference_of_lost(person, frame.time)):
                track.lose(frame.time)
            else:
                seen[number], misfit[number] = person, difference
        for first, second in combinations(list(seen), 2):
            if first in seen and second in seen and same_pose(seen[first], seen[second]):
                loser = max((first, second), key=misfit.__getitem__)
                self.tracks[loser].lose(frame.time)
                del seen[loser]
        for number, person in seen.items():
            self.tracks[number].accept(person, frame.time, misfit[number])
        return seen

    def _difference_of_lost(self, person: Sighting, time: float) -> float:
        """Return how little a sighting is like the one, among those who are lost, whom it is most like."""
        lost = [track.trace for track in self.tracks.values() if not track.active]
        recent = [trace for trace in lost if trace is not None and abs(time - trace.time) <= _SEARCH_S]
        return min((trace.difference(person, time) for trace in recent), default=np.inf) + _BENEFIT

    def _correct(self, look: Mapping[int, Sighting], seen: dict[int, Sighting], time: float) -> None:
        """End tracks that follow somebody whom this look knows as another."""
        for number, person in list(seen.items()):
            others = [each for other, each in look.items() if other != number]
            if number in look and not same_pose(person, look[number]) and _shown_by(person, others):
                self.tracks[number].forget_after(self.tracks[number].confirmed)
                self.tracks[number].lose(time)
                del seen[number]

    def _found_again(
        self, look: Mapping[int, Sighting], seen: Mapping[int, Sighting], frame: Frame
    ) -> dict[int, Sighting]:
        traces = {
            number: trace
            for number, track in self.tracks.items()
            if not track.active and (trace := track.trace) is not None
        }
        if not traces:
            return {}
        free = {number: person for number, person in look.items() if not _shown_by(person, seen.values())}
        found = {number: free.pop(number) for number in traces if number in free}
        waiting = {number: trace for number, trace in traces.items() if number not in found}
        others = [*seen.values(), *found.values(), *free.values()]
        candidates: list[Sighting] = []
        for number, trace in waiting.items():
            lost = abs(frame.time - trace.time)
            if lost > _SEARCH_S or abs(frame.time - self._searched.get(number, -np.inf)) < _SEARCH_STEP_S * min(
                lost, 1
            ):
                continue
            self._searched[number] = frame.time
            side = trace.last.side * (1 + _SEARCH_GROWTH * lost)
            size = (frame.rgb.shape[1], frame.rgb.shape[0])
            region = around(trace.expected(frame.time), side, size)
            picture = region.of(without(frame.rgb, others))
            candidates += [sighted(each, region, frame.rgb) for each in self._finder.find(picture)]
        candidates = [each for each in candidates if not _shown_by(each, others)]
        matched = assign(waiting, candidates, frame.time)
        return found | {number: candidates[j] for number, j in matched.items()}

    def _begin(self, number: int, person: Sighting, seen: dict[int, Sighting], frame: Frame) -> None:
        others = [each for other, each in seen.items() if other != number]
        clean = without(frame.rgb, others) if others else frame.rgb
        shown = self.tracks[number].begin(person, frame.rgb, frame.time, clean)
        if shown is None or not same_pose(shown, person):
            self.tracks[number].lose(frame.time)
            return
        self.tracks[number].accept(shown, frame.time)
        seen[number] = shown


def same_pose(first: Sighting, second: Sighting) -> bool:
    """Tell whether two sightings are of one body, in one frame."""
    apart = np.linalg.norm(first.points - second.points, axis=1)
    return bool(np.median(apart) < _SAME_POSE * min(first.torso, second.torso))


def _shown_by(person: Sighting, others: Iterable[Sighting]) -> bool:
    return any(same_pose(person, other) for other in others)
