"""The first stage: frames in, raw landmarks out."""

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from humanpose3d.loaders.pose_landmarker import PoseDetection
from humanpose3d.pipeline.prefetch import running_ahead
from humanpose3d.pipeline.trial import LANDMARK_NAMES, Landmarks
from humanpose3d.pipeline.video import Frame

__all__ = ["PoseDetector", "ProgressCallback", "detect_landmarks"]

ProgressCallback = Callable[[int, int | None], object]
"""Called with the number of frames done and, where it is known, of all frames."""

_NOT_FOUND = PoseDetection(
    world=np.full((len(LANDMARK_NAMES), 3), np.nan, np.float32),
    image=np.full((len(LANDMARK_NAMES), 3), np.nan, np.float32),
    visibility=np.full(len(LANDMARK_NAMES), np.nan, np.float32),
)


class PoseDetector(Protocol):
    """What the stage needs of a pose model; :class:`~humanpose3d.loaders.PoseLandmarker` is one."""

    def detect(self, rgb: npt.NDArray[np.uint8], time_ms: int) -> PoseDetection | None:
        """Find the person in one frame."""


def detect_landmarks(
    frames: Iterable[Frame],
    detector: PoseDetector,
    *,
    total: int | None = None,
    progress: ProgressCallback | None = None,
) -> Landmarks:
    """Detect the person in each frame, while the next frames are decoded in another thread.

    Parameters
    ----------
    frames : iterable of Frame
        At least one; consumed one after the other and never kept.
    detector : PoseDetector
    total : int, optional
        Number of frames as far as it is known, for `progress`.
    progress : callable, optional
        Called with (done, total) after each frame.

    Returns
    -------
    Landmarks
        All frames; NaN where nobody was found.
    """
    times: list[float] = []
    found: list[PoseDetection] = []
    with running_ahead(frames) as upcoming:
        for frame in upcoming:
            detection = detector.detect(frame.rgb, round(frame.time * 1000))
            times.append(frame.time)
            found.append(detection or _NOT_FOUND)
            if progress is not None:
                progress(len(times), total)
    return Landmarks(
        times=np.array(times),
        world=np.array([detection.world for detection in found], np.float64),
        image=np.array([detection.image[:, :2] for detection in found], np.float64),
        visibility=np.array([detection.visibility for detection in found], np.float64),
    )
