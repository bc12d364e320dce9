"""Follow selected persons of a video, from the first frame in which they can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack

import numpy as np

from humanpose3d.loaders.pose_landmarker import PoseDetection, PoseLandmarker
from humanpose3d.pipeline.camera_motion import BackgroundTracker, CameraMotion
from humanpose3d.pipeline.detection.following import Following, same_pose
from humanpose3d.pipeline.detection.observation import Observation, ProgressCallback, landmarks_of
from humanpose3d.pipeline.detection.people import Person
from humanpose3d.pipeline.detection.sightings import Finder, Sighting
from humanpose3d.pipeline.detection.track import Track
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks
from humanpose3d.video.prefetch import running_ahead
from humanpose3d.video.reader import Frame

__all__ = ["follow", "needs_following"]

_AGREEING = 0.6  # share of the looks at which the person found in the whole picture is the one seen there
_NEAR = 1.0  # torso lengths
_MOST_OTHERS, _FARTHEST_OTHER = 3, 8.0  # who may be confused with a person: the nearest, in torso lengths
_GIVEN_UP_S = 0.5


def needs_following(people: Sequence[Person], seen: Observation, size: tuple[int, int], *, chosen: bool) -> bool:
    """Tell whether a person must be followed by a region of their own: others are there, or they are too small.

    Without a choice of the user, only others who are there at the same time count.
    """
    if len(people) != 1:
        return len(people) > 1 and (chosen or not seen.complete)
    found = dict(
        zip(seen.landmarks.times.tolist(), seen.landmarks.image[:, [11, 12, 23, 24]].mean(axis=1), strict=True)
    )
    at = [
        np.linalg.norm(found[time] * size - each.place) < _NEAR * each.torso
        for time, each in people[0].sightings.items()
    ]
    return not seen.complete or float(np.mean(at)) < _AGREEING


def follow(
    people: Sequence[Person],
    chosen: Sequence[Person],
    frames: Iterable[Frame],
    frames_before: Callable[[float], Iterable[Frame]],
    *,
    size: tuple[int, int],
    load: Callable[[], PoseLandmarker],
    finder: Finder,
    mirror: bool = False,
    total: int | None = None,
    progress: ProgressCallback | None = None,
) -> list[Observation]:
    """Return what is seen of the chosen persons in all frames.

    Those who come near them are followed too, so that nobody is taken for somebody else.

    Parameters
    ----------
    people, chosen : sequence of Person
        Everybody, and who is wanted of them.
    frames : iterable of Frame
        The same in which the people were found.
    frames_before : callable
        Returns the frames up to a time, this one included, in the opposite order.
    size : tuple of int
        Width and height of the picture.
    load : callable
        Loads a landmarker for one more person.
    finder : Finder
    mirror : bool
        Whether to look at the mirrored frames, too.
    total, progress
        As for :func:`~humanpose3d.pipeline.detection.observe`.
    """
    numbers = {person.number for person in chosen}
    with ExitStack() as stack:

        def new_track(number: int) -> Track:
            own = stack.enter_context(load())
            return Track(own, stack.enter_context(load()) if mirror and number in numbers else None)

        involved = numbers | {person.number for each in chosen for person in _near(each, people)}
        following = Following(people, {number: new_track(number) for number in sorted(involved)}, finder)
        times: list[float] = []
        background = BackgroundTracker()
        with running_ahead(frames) as upcoming:
            for frame in upcoming:
                following.step(frame)
                times.append(frame.time)
                background.look(len(times) - 1, frame.time, frame.rgb, _points_of(following, frame.time) / size)
                if progress is not None:
                    progress(len(times), total)
        for person in chosen:
            track = following.tracks[person.number]
            others = [other for number, other in following.tracks.items() if number != person.number]
            if track.sightings and (first := min(track.sightings)) > times[0]:
                earlier = new_track(person.number)
                _follow_back(person, track.sightings[first], first, earlier, others, frames_before(first), finder)
                track.sightings |= earlier.sightings
                track.mirrored |= earlier.mirrored
        return [_observed(times, following.tracks[person.number], size, mirror, background.motion) for person in chosen]


def _near(person: Person, people: Sequence[Person]) -> list[Person]:
    """Return those who come nearest to a person, of all who come near."""
    apart = {other.number: _nearest(person, other) for other in people if other is not person}
    near = sorted(
        (other for other in people if apart.get(other.number, np.inf) < _FARTHEST_OTHER), key=lambda o: apart[o.number]
    )
    return near[:_MOST_OTHERS]


def _nearest(first: Person, second: Person) -> float:
    """Return how near two persons come to each other as far as anybody looked, in torso lengths."""
    distances = []
    for time, seen in first.sightings.items():
        moment = min(second.sightings, key=lambda t: abs(t - time))
        other = second.sightings[moment]
        distances.append(np.linalg.norm(seen.place - other.place) / max(seen.torso, other.torso))
    return float(min(distances))


def _follow_back(
    person: Person,
    seen: Sighting,
    first: float,
    track: Track,
    others: Sequence[Track],
    frames: Iterable[Frame],
    finder: Finder,
) -> None:
    """Follow a person from their first sighting back to where they come into the picture."""
    begin = Person(person.number, {first: seen}, person.portrait)
    following, last = Following([begin], {person.number: track}, finder), first
    for frame in frames:
        following.step(frame)
        known = [other.sightings[frame.time] for other in others if frame.time in other.sightings]
        if frame.time in track.sightings:
            if any(same_pose(track.sightings[frame.time], other) for other in known):
                track.forget(frame.time)
                return
            last = frame.time
        if last - frame.time > _GIVEN_UP_S:
            return


def _points_of(following: Following, time: float) -> FloatArray:
    """Return the landmarks (N, 2), in pixels, of all who are seen at a time: they are no background."""
    seen = [track.sightings[time].points for track in following.tracks.values() if time in track.sightings]
    return np.concatenate(seen) if seen else np.full((1, 2), np.nan)


def _observed(
    times: list[float], track: Track, size: tuple[int, int], mirror: bool, motion: CameraMotion
) -> Observation:
    found = {time: _detection(each, size) for time, each in track.sightings.items()}
    mirrored: Landmarks | None = landmarks_of(times, track.mirrored) if mirror else None
    nothing = np.full(3, np.nan)
    colours = [track.sightings[time].colours[0] if time in track.sightings else nothing for time in times]
    return Observation(landmarks_of(times, found), np.array(colours), mirrored, motion)


def _detection(seen: Sighting, size: tuple[int, int]) -> PoseDetection:
    image = np.concatenate([seen.points / size, np.zeros((len(seen.points), 1))], axis=1)
    return PoseDetection(seen.world.astype(np.float32), image.astype(np.float32), seen.visibility.astype(np.float32))
