"""Detect the landmarks of the person in the frames of a video, and look around for others on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from humanpose3d.loaders.pose_landmarker import PoseDetection
from humanpose3d.pipeline.camera_motion import BackgroundTracker, CameraMotion
from humanpose3d.pipeline.detection.people import Look, list_people, look_around
from humanpose3d.pipeline.detection.sightings import Finder
from humanpose3d.pipeline.detection.track import Landmarker
from humanpose3d.pipeline.signals.identity.person import torso_colour
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray, Landmarks
from humanpose3d.video.prefetch import running_ahead
from humanpose3d.video.reader import Frame

__all__ = ["NOT_FOUND", "Observation", "ProgressCallback", "landmarks_of", "observe"]

ProgressCallback = Callable[[int, int | None], object]
"""Called with the number of frames done and, where it is known, of all frames."""

# So many looks cost a twentieth of the time that following one person does.
_FRAMES_BETWEEN_LOOKS, _LOOKS_IN_SHORT_VIDEOS = 48, 6
_THOROUGH = 3  # every so many looks

NOT_FOUND = PoseDetection(
    world=np.full((len(LANDMARK_NAMES), 3), np.nan, np.float32),
    image=np.full((len(LANDMARK_NAMES), 3), np.nan, np.float32),
    visibility=np.full(len(LANDMARK_NAMES), np.nan, np.float32),
)


@dataclass(frozen=True, eq=False)
class Observation:
    """The detections in all frames."""

    landmarks: Landmarks
    """NaN where nobody was found."""
    colours: FloatArray
    """Shape (T, 3): mean colour of the torso, 0 to 1."""
    mirrored: Landmarks | None = None
    """As found in the mirrored frames, not turned back."""
    camera_motion: CameraMotion = field(default_factory=CameraMotion.unknown)
    """How the background moved."""
    looks: tuple[Look, ...] = ()
    """Everybody, in some of the frames."""
    complete: bool = True
    """Whether the person was looked for to the end: not when there are several, who must be followed one by one."""

    def in_life(self, slow_motion_factor: float) -> Observation:
        """Return the same with the times of the real movement, for a video that plays this many times slower."""
        if slow_motion_factor == 1:
            return self

        def faster(landmarks: Landmarks) -> Landmarks:
            return replace(landmarks, times=landmarks.times / slow_motion_factor)

        mirrored = None if self.mirrored is None else faster(self.mirrored)
        return replace(self, landmarks=faster(self.landmarks), mirrored=mirrored)


def observe(
    frames: Iterable[Frame],
    detector: Landmarker | None = None,
    *,
    mirror_detector: Landmarker | None = None,
    finder: Finder | None = None,
    look_at: float | None = None,
    total: int | None = None,
    progress: ProgressCallback | None = None,
) -> Observation:
    """Detect the person in each frame, while the next frames are decoded in another thread.

    Parameters
    ----------
    frames : iterable of Frame
        At least one; consumed one after the other and never kept.
    detector : Landmarker, optional
        Without it, nobody is followed.
    mirror_detector : Landmarker, optional
        Another one, for the mirrored frames: each follows a person of its own from frame to frame.
    finder : Finder, optional
        Looks around for everybody from time to time. When it has seen several people, the detectors are asked no more.
    look_at : float, optional
        The time of one more look.
    total : int, optional
        Number of frames as far as it is known, for `progress` and the number of looks.
    progress : callable, optional
        Called with (done, total) after each frame.
    """
    times: list[float] = []
    found: list[PoseDetection] = []
    found_mirrored: list[PoseDetection] = []
    colours: list[FloatArray] = []
    looks: list[Look] = []
    between = max(1, min(_FRAMES_BETWEEN_LOOKS, (total or _FRAMES_BETWEEN_LOOKS**2) // _LOOKS_IN_SHORT_VIDEOS))
    background = BackgroundTracker()
    wanted, several = np.inf if look_at is None else look_at, False
    with running_ahead(frames) as upcoming:
        for frame in upcoming:
            regular = len(times) % between == 0
            if finder is not None and (regular or frame.time >= wanted):
                thorough = frame.time >= wanted or len(times) // between % _THOROUGH == 0
                looks.append(look_around(frame.rgb, frame.time, finder, thorough=thorough))
                several = several or _are_several(looks)
                wanted = np.inf if frame.time >= wanted else wanted
            times.append(frame.time)
            if detector is not None and not several:
                moment = round(frame.time * 1000)
                found.append(detector.detect(frame.rgb, moment) or NOT_FOUND)
                picture = found[-1].image[:, :2].astype(np.float64)
                background.look(len(times) - 1, frame.time, frame.rgb, picture)
                colours.append(torso_colour(frame.rgb, picture))
                if mirror_detector is not None:
                    found_mirrored.append(mirror_detector.detect(frame.rgb[:, ::-1], moment) or NOT_FOUND)
            if progress is not None:
                progress(len(times), total)
    return Observation(
        landmarks_of(times, dict(zip(times, found, strict=False))),
        np.array([*colours, *[np.full(3, np.nan)] * (len(times) - len(colours))]),
        landmarks_of(times, dict(zip(times, found_mirrored, strict=False))) if mirror_detector is not None else None,
        background.motion,
        tuple(looks),
        complete=not several,
    )


def _are_several(looks: Sequence[Look]) -> bool:
    """Tell whether there are several people at once; a single look may take furniture for somebody."""
    return len(looks) > 1 and max(len(look.people) for look in looks) > 1 and len(list_people(looks)) > 1


def landmarks_of(times: list[float], found: Mapping[float, PoseDetection]) -> Landmarks:
    """Return detections by time as landmarks, NaN at the other times."""
    every = [found.get(time, NOT_FOUND) for time in times]
    return Landmarks(
        times=np.array(times),
        world=np.array([detection.world for detection in every], np.float64),
        image=np.array([detection.image[:, :2] for detection in every], np.float64),
        visibility=np.array([detection.visibility for detection in every], np.float64),
    )
