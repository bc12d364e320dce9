"""Detect the landmarks of a person in the frames of a video."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from humanpose3d.loaders.pose_landmarker import PoseDetection, PoseLandmarker
from humanpose3d.pipeline.camera_motion import BackgroundTracker, CameraMotion
from humanpose3d.pipeline.signals.body import HIPS, SHOULDERS, middle
from humanpose3d.pipeline.signals.identity.person import torso_colour
from humanpose3d.pipeline.trajectories import LANDMARK_NAMES, FloatArray, Landmarks
from humanpose3d.video.prefetch import running_ahead
from humanpose3d.video.reader import Frame

__all__ = ["Observation", "ProgressCallback", "are_several", "observe"]

ProgressCallback = Callable[[int, int | None], object]
"""Called with the number of frames done and, where it is known, of all frames."""

_SECONDS_BETWEEN_LOOKS = 2.0
_LEAST_APART = 0.5  # in torso lengths

_NOT_FOUND = PoseDetection(
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
    others_at: tuple[float, ...] = ()
    """Moments, in seconds, of those looked at, at which more than one person was in the picture."""
    camera_motion: CameraMotion = field(default_factory=CameraMotion.unknown)
    """How the background moved."""

    def in_life(self, slow_motion_factor: float) -> Observation:
        """Return the same with the times of the real movement, for a video that plays this many times slower."""
        if slow_motion_factor == 1:
            return self

        def faster(landmarks: Landmarks) -> Landmarks:
            return replace(landmarks, times=landmarks.times / slow_motion_factor)

        return replace(
            self,
            landmarks=faster(self.landmarks),
            mirrored=None if self.mirrored is None else faster(self.mirrored),
            others_at=tuple(moment / slow_motion_factor for moment in self.others_at),
        )


def observe(
    frames: Iterable[Frame],
    detector: PoseLandmarker,
    *,
    mirror_detector: PoseLandmarker | None = None,
    people_detector: PoseLandmarker | None = None,
    total: int | None = None,
    progress: ProgressCallback | None = None,
) -> Observation:
    """Detect the person in each frame, while the next frames are decoded in another thread.

    Parameters
    ----------
    frames : iterable of Frame
        At least one; consumed one after the other and never kept.
    detector : PoseLandmarker
    mirror_detector : PoseLandmarker, optional
        Another one, for the mirrored frames: each follows a person of its own from frame to frame.
    people_detector : PoseLandmarker, optional
        One more, which looks every two seconds whether somebody else is there.
    total : int, optional
        Number of frames as far as it is known, for `progress`.
    progress : callable, optional
        Called with (done, total) after each frame.
    """
    times: list[float] = []
    found: list[PoseDetection] = []
    found_mirrored: list[PoseDetection] = []
    colours: list[FloatArray] = []
    others_at: list[float] = []
    next_look = 0.0
    background = BackgroundTracker()
    with running_ahead(frames) as upcoming:
        for frame in upcoming:
            moment = round(frame.time * 1000)
            times.append(frame.time)
            found.append(detector.detect(frame.rgb, moment) or _NOT_FOUND)
            picture = found[-1].image[:, :2].astype(np.float64)
            background.look(len(times) - 1, frame.time, frame.rgb, picture)
            colours.append(torso_colour(frame.rgb, picture))
            if mirror_detector is not None:
                found_mirrored.append(mirror_detector.detect(frame.rgb[:, ::-1], moment) or _NOT_FOUND)
            if people_detector is not None and frame.time >= next_look:
                next_look = frame.time + _SECONDS_BETWEEN_LOOKS
                if are_several(people_detector.detect_all(frame.rgb, moment), frame.rgb.shape[1] / frame.rgb.shape[0]):
                    others_at.append(frame.time)
            if progress is not None:
                progress(len(times), total)
    mirrored = _landmarks(times, found_mirrored) if mirror_detector is not None else None
    return Observation(_landmarks(times, found), np.array(colours), mirrored, tuple(others_at), background.motion)


def are_several(people: Sequence[PoseDetection], aspect: float) -> bool:
    """Tell whether these are different people; one person may be detected twice, in nearly the same place.

    `aspect` is the width of the picture divided by its height.
    """
    if len(people) < 2:
        return False
    picture = np.array([person.image[:, :2] for person in people]) * [aspect, 1.0]
    shoulders, hips = middle(picture, SHOULDERS)[:, 0], middle(picture, HIPS)[:, 0]
    torso = np.linalg.norm(shoulders - hips, axis=1).max()
    places = (shoulders + hips) / 2
    return bool(np.linalg.norm(places - places[0], axis=1).max() > _LEAST_APART * torso)


def _landmarks(times: list[float], found: list[PoseDetection]) -> Landmarks:
    return Landmarks(
        times=np.array(times),
        world=np.array([detection.world for detection in found], np.float64),
        image=np.array([detection.image[:, :2] for detection in found], np.float64),
        visibility=np.array([detection.visibility for detection in found], np.float64),
    )
