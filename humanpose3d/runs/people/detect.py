"""Run the detection: find who is in the video, and follow whom the settings choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

from humanpose3d.errors import InvalidSettingError, NobodyDetectedError
from humanpose3d.loaders.pose_landmarker import load_pose_finder, load_pose_landmarker
from humanpose3d.pipeline.detection.observation import Observation, ProgressCallback, observe
from humanpose3d.pipeline.detection.people import (
    SAME_TIME_S,
    Person,
    Point,
    choose,
    everybody,
    list_people,
    no_frame_at,
)
from humanpose3d.pipeline.detection.selected import follow, needs_following
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import ModelRecord, StageLog
from humanpose3d.video.reader import Frame, VideoReader

__all__ = ["Detected", "Seen", "detect", "find_people", "nobody_listed"]

_MOST_IN_A_TILE = 4
_FRAMES_AT_ONCE = 16  # of a video that is read backwards


class Seen(NamedTuple):
    """What is seen of one person."""

    person: Person | None
    """None where nobody was clearly seen by those who looked around."""
    observation: Observation
    followed: bool
    """Whether by a region of their own."""


class Detected(NamedTuple):
    """Everybody in the video, and what is seen of those chosen."""

    people: list[Person]
    chosen: list[Seen]


def find_people(video: Path, settings: Settings, model: Path, progress: ProgressCallback | None = None) -> list[Person]:
    """Return who is in the part of the video that the settings name, the longest and largest first."""
    with VideoReader(video, **settings.section) as reader, load_pose_finder(model, people=_MOST_IN_A_TILE) as finder:
        total = reader.expected_frames
        return list_people(observe(reader.frames(), finder=finder, total=total, progress=progress).looks)


def detect(
    reader: VideoReader, settings: Settings, model: Path, log: StageLog, progress: ProgressCallback | None
) -> Detected:
    """Detect the chosen persons in all frames: stage ``detect``.

    Raises
    ------
    NobodyDetectedError
        Nobody is in the video.
    InvalidSettingError
        The person chosen is not in it, or everybody is too many.
    """
    point = settings.person if settings.person is None or isinstance(settings.person, int) else Point(*settings.person)
    if isinstance(point, Point) and point.time is not None:
        _check_time(reader, settings, point.time)
    with ExitStack() as stack, log.running("detect") as stage:
        stage.models = [ModelRecord.of("mediapipe", model)]
        detector = stack.enter_context(load_pose_landmarker(model))
        mirror = stack.enter_context(load_pose_landmarker(model)) if settings.quality == "high" else None
        finder = stack.enter_context(load_pose_finder(model, people=_MOST_IN_A_TILE))
        size, total = (reader.info.width, reader.info.height), reader.expected_frames
        seen = observe(
            reader.frames(),
            detector,
            mirror_detector=mirror,
            finder=finder,
            look_at=point.time if isinstance(point, Point) else None,
            total=total,
            progress=progress,
        )
        people, times = list_people(seen.looks), [look.time for look in seen.looks]
        if not people and not seen.landmarks.detected.any():
            raise NobodyDetectedError(
                f"Nobody was detected in the {len(seen.landmarks.times)} frames of {reader.path}; "
                "the whole person should be in the picture, well lit, and not too small."
            )
        if not people and (point is not None or settings.people == "all"):
            raise nobody_listed(reader.path)
        if settings.people == "all":
            chosen = everybody(people)
        else:
            chosen = [choose(people, point, size, times)] if people else []
        stage.details = {"people": [_described(person, chosen) for person in people]}
        if not needs_following(people, seen, size, chosen=point is not None or settings.people == "all"):
            return Detected(people, [Seen(chosen[0] if chosen else None, seen, followed=False)])
        again = stack.enter_context(VideoReader(reader.path, **settings.section))
        found = follow(
            people,
            chosen,
            again.frames(),
            lambda time: _frames_back(reader, settings, time),
            size=size,
            load=lambda: load_pose_landmarker(model),
            finder=finder,
            mirror=mirror is not None,
            total=total,
            progress=progress,
        )
        return Detected(people, [Seen(*pair, followed=True) for pair in zip(chosen, found, strict=True)])


def nobody_listed(video: Path) -> NobodyDetectedError:
    """Return the error of a video in which nobody can be chosen."""
    return NobodyDetectedError(
        f"Nobody is seen clearly enough in {video} to be listed; "
        "a run without --person and --people takes whom the detector finds."
    )


def _check_time(reader: VideoReader, settings: Settings, time: float) -> None:
    """Raise before any detection if the part of the video that is used has no frame at a time."""
    start, end = max(reader.start, time - SAME_TIME_S), min(reader.end, time + SAME_TIME_S)
    try:
        with VideoReader(reader.path, start=start, end=end, rate=settings.rate):
            pass
    except InvalidSettingError:
        raise no_frame_at(time) from None


def _described(person: Person, chosen: Sequence[Person]) -> dict[str, Any]:
    return {**person.as_dict(), "analysed": person in chosen}


def _frames_back(reader: VideoReader, settings: Settings, time: float) -> Iterator[Frame]:
    """Yield the frames from a time back to the start, a few at once."""
    piece = _FRAMES_AT_ONCE / (reader.info.nominal_rate or 30.0)
    end, before = time, time
    while True:
        start = max(settings.start, end - piece)
        frames: list[Frame] = []
        with (
            suppress(InvalidSettingError),  # there is no frame in this part
            VideoReader(reader.path, start=start, end=end, rate=settings.rate) as part,
        ):
            frames = [frame for frame in part.frames() if frame.time <= before]
        yield from reversed(frames)
        if start <= settings.start:
            return
        end, before = start, min((frame.time for frame in frames), default=start) - 1e-9
