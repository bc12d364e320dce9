"""One person, followed from frame to frame by a square region about where they were."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np

from humanpose3d.loaders.pose_landmarker import PoseDetection
from humanpose3d.pipeline.detection.matching import Trace, usual_colours
from humanpose3d.pipeline.detection.regions import Region, Rgb, around
from humanpose3d.pipeline.detection.sightings import Sighting, sighted
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["Landmarker", "Track"]

_HISTORY_S, _HISTORY_FRAMES = 0.35, 90  # of places, for the velocity; of colours
_FEWEST_PLACES = 3
_DOUBTFUL = 1.2  # a difference that is rare for the same person
# The pose model follows and smooths in the region, so it must not jump: it stays where it is while the person is near
# its centre and fits in, then goes after them smoothly. In shares of the side, of the way, and of the size.
_SLACK, _FOLLOWED = 0.1, 0.3
_LEAST_NEED, _MOST_NEED, _GROWTH = 0.55, 1.1, 0.03


class Landmarker(Protocol):
    """Follows one person through pictures; of the loaders, ``PoseLandmarker``."""

    def detect(self, rgb: Rgb, time_ms: int) -> PoseDetection | None:
        """Return the person in the next picture."""


class Track:
    """A person who is followed, or lost for the moment.

    Attributes
    ----------
    sightings : dict of float to Sighting
        By time, as far as they were seen.
    mirrored : dict of float to PoseDetection
        As found in the mirrored frames, fractions of the whole picture; with a second landmarker.
    confirmed : float
        The last time at which somebody who looked around found them here.
    """

    def __init__(self, landmarker: Landmarker, mirror_landmarker: Landmarker | None = None) -> None:
        self.sightings: dict[float, Sighting] = {}
        self.mirrored: dict[float, PoseDetection] = {}
        self.active = False
        self.confirmed = np.nan
        self._landmarkers = landmarker, mirror_landmarker
        self._recent: deque[tuple[float, Sighting, float]] = deque()  # with how little each was like the person
        self._colours: deque[FloatArray] = deque(maxlen=_HISTORY_FRAMES)
        self._begun: float | None = None
        self._centre, self._side = np.zeros(2), 0.0
        self._stale = False

    @property
    def trace(self) -> Trace | None:
        """What is known of the person; None before the first sighting."""
        if not self._recent:
            return None
        times = np.array([time for time, _, _ in self._recent])
        velocity = np.zeros(2)
        if len(times) >= _FEWEST_PLACES:
            velocity = np.polyfit(times - times.mean(), np.array([seen.place for _, seen, _ in self._recent]), 1)[0]
        time, last, _ = self._recent[-1]
        return Trace(time, last, velocity, usual_colours(self._colours))

    def begin(self, seen: Sighting, picture: Rgb, time: float, clean: Rgb) -> Sighting | None:
        """Begin to follow, or go on, with the person at a place; `clean` is the picture without those near them."""
        if self._stale:
            self._detect(np.zeros((64, 64, 3), np.uint8), time)  # an empty picture ends what they followed before
        self._recent.clear()
        self._centre, self._side = seen.centre, seen.side
        self.active, self._stale = True, False
        return self.look(picture, time, clean)

    def look(self, picture: Rgb, time: float, clean: Rgb | None = None) -> Sighting | None:
        """Return the person in the next frame, if somebody is where they were."""
        region = around(self._centre, self._side, (picture.shape[1], picture.shape[0]))
        seen, mirrored = self._detect(region.of(picture if clean is None else clean), time)
        if mirrored is not None:
            self.mirrored[time] = _mirrored_in_picture(mirrored, region, picture)
        return None if seen is None else sighted(seen, region, picture)

    def accept(self, seen: Sighting, time: float, misfit: float = 0.0) -> None:
        """Take a sighting for the person, although it is so little like them, and let the region follow."""
        self.sightings[time] = seen
        self._colours.append(seen.colours)
        self._recent.append((time, seen, misfit))
        while abs(time - self._recent[0][0]) > _HISTORY_S:
            self._recent.popleft()
        off = seen.centre - self._centre
        excess = 1 - _SLACK * self._side / max(float(np.linalg.norm(off)), 1e-9)
        self._centre = self._centre + _FOLLOWED * max(excess, 0.0) * off
        need = seen.side / self._side
        if not _LEAST_NEED <= need <= _MOST_NEED:
            self._side *= float(np.clip(need, 1 - _GROWTH, 1 + _GROWTH))

    def lose(self, time: float) -> None:
        """Stop following until the person is found again; who was seen last, and was little like them, is another."""
        self.active, self._stale = False, True
        self.forget(time)
        while len(self._recent) > 1 and self._recent[-1][2] > _DOUBTFUL:
            self.forget(self._recent.pop()[0])

    def forget(self, time: float) -> None:
        """Drop the sighting of a time."""
        self.sightings.pop(time, None)
        self.mirrored.pop(time, None)

    def forget_after(self, time: float) -> None:
        """Drop the sightings after a time: they were of somebody else."""
        for each in [moment for moment in self.sightings if moment > time]:
            self.forget(each)

    def _detect(self, picture: Rgb, time: float) -> tuple[PoseDetection | None, PoseDetection | None]:
        self._begun = time if self._begun is None else self._begun
        moment = round(abs(time - self._begun) * 1000)  # also where frames come backwards
        landmarker, mirror_landmarker = self._landmarkers
        mirrored = None if mirror_landmarker is None else mirror_landmarker.detect(picture[:, ::-1], moment)
        return landmarker.detect(picture, moment), mirrored


def _mirrored_in_picture(detection: PoseDetection, region: Region, picture: Rgb) -> PoseDetection:
    height, width = picture.shape[:2]
    opposite = region._replace(left=width - region.left - region.width)
    image = detection.image.copy()
    image[:, :2] = opposite.in_picture(image[:, :2].astype(np.float64)) / [width, height]
    return detection._replace(image=image)
