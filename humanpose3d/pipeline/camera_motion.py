"""Follow the background of a video: whether the camera stood still, and how the picture moved where it did not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["BackgroundTracker", "CameraMotion", "describe_motion"]

_LOOKS_HZ = 4.0
_LONG_SIDE = 320
"""Pixels; a look takes about 3 ms."""
_MOST_POINTS, _FEWEST_POINTS = 200, 12
_APART_PX, _LEAST_QUALITY = 6, 0.01
_LEAST_CONTRAST = 1e-3
"""Of a point: the smaller eigenvalue of the gradients' covariance; noise has a tenth of it."""
_LEAST_SPREAD = 0.1  # of the points that agree, in lengths of the longer side; a shadow moves too
_LEAST_INLIERS = 0.5  # of the points that were found again
_LEAST_LEFT = 0.6  # of the points; with fewer, the next look starts from this one
_INLIER_PX = 1.0
_AROUND_PERSON = 0.15  # of the size of the box around the landmarks: hair, hands, clothes, shadow
_STILL = 0.01
"""Of the longer side: two thirds of a degree with a telephone, 3.5 cm at a distance of 3 m."""

_LARGEST_TURN = 0.2
"""Of the longer side: 13 degrees with a telephone. A turn by more moves the sides of the picture unlike its middle."""
_ZOOM = 0.05

Picture = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CameraMotion:
    """How the background moved since the first frame, at K looks."""

    frames: npt.NDArray[np.int64]
    """Shape (K,): frames that were looked at."""
    moves: FloatArray
    """Shape (K, 3, 3): matrices that take a point of the background in the first frame to its place in this one; in
    lengths of the longer side, from the middle of the picture. NaN where the background was lost or has no detail."""

    @classmethod
    def unknown(cls) -> "CameraMotion":
        """Return that of a background that nobody looked at."""
        return cls(np.zeros(0, np.int64), np.zeros((0, 3, 3)))

    @property
    def drift(self) -> float | None:
        """How far the background went from its place in the first frame, in lengths of the longer side.

        The largest over the looks, in the middle of the picture or half-way to its corners; None where too little of
        the background could be followed.
        """
        known = self.moves[np.isfinite(self.moves).all(axis=(1, 2))]
        if len(self.moves) < 2 or 2 * len(known) < len(self.moves):
            return None
        places = np.array([[x, y, 1.0] for x in (-0.25, 0, 0.25) for y in (-0.25, 0, 0.25)])
        return float(np.linalg.norm(places @ np.swapaxes(known, 1, 2) - places, axis=-1).max())

    @property
    def still(self) -> bool | None:
        """Whether the camera stood still; None where the background does not tell."""
        return None if self.drift is None else self.drift <= _STILL

    def steadied(self, image: FloatArray, size: tuple[int, int]) -> FloatArray | None:
        """Return landmarks as a camera that stands still would see them; None where that cannot be told.

        It can be told where the camera turns a little, as on a tripod, and the background is followed all the time.

        Parameters
        ----------
        image : ndarray, shape (T, N, 2)
            Shares of the picture, whose middle is where the camera looks.
        size : tuple of int
            Width and height of the picture.
        """
        drift = self.drift
        if drift is None or drift > _LARGEST_TURN or not np.isfinite(self.moves).all():
            return None
        if np.ptp(np.sqrt(np.abs(np.linalg.det(self.moves)))) > _ZOOM:
            return None
        side = np.array(size) / max(size)
        each = np.arange(len(image))
        back = np.linalg.inv(self.moves)
        back = np.array([[np.interp(each, self.frames, back[:, i, k]) for k in range(3)] for i in range(2)])
        points = (image - 0.5) * side
        moved = np.einsum("ikt,tnk->tni", back[:, :2], points) + back[:, 2].T[:, None]
        return np.asarray(moved / side + 0.5)

    def as_record(self) -> dict[str, Any]:
        """Return ``moving`` and ``drift_percent`` for ``run.json``; null where the background does not tell."""
        drift = self.drift
        return {"moving": None if drift is None else not self.still, "drift_percent": _percent(drift)}


def describe_motion(motion: CameraMotion, steadied: bool) -> str | None:
    """Say that the camera moved, and whether that was taken out, for users; None where it did not, or nobody knows."""
    if motion.still is not False:
        return None
    far = f"the background went {_percent(motion.drift):g} % of the picture's longer side from its place"
    if steadied:
        return (
            f"The camera moved: {far}. That was taken out as a turn: positions are right only if the camera turned and "
            "was not carried. A tripod is more exact."
        )
    return f"The camera moved: {far}. Joint angles bear that, positions and distances do not; put it on a tripod."


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


class BackgroundTracker:
    """Follows points of the background, a few times a second."""

    def __init__(self) -> None:
        self._next = 0.0
        self._frames: list[int] = []
        self._moves: list[FloatArray] = []
        self._key: _Key | None = None
        self._last = np.eye(3)  # move that is known

    @property
    def motion(self) -> CameraMotion:
        """The motion so far."""
        return CameraMotion(np.array(self._frames, np.int64), np.array(self._moves).reshape(-1, 3, 3))

    def look(self, number: int, time: float, rgb: Picture, person: FloatArray) -> None:
        """Look at a frame, if it is time.

        Parameters
        ----------
        number : int
            Of the frame.
        time : float
            Seconds.
        rgb : ndarray, shape (height, width, 3)
        person : ndarray, shape (N, 2)
            Landmarks in shares of the picture, which are no background; NaN where nobody was found.
        """
        if time < self._next:
            return
        self._next = time + 1 / _LOOKS_HZ
        grey = _small(rgb)
        move: FloatArray | None = None if self._frames else np.eye(3)
        agreeing = 0
        if self._key is not None:
            move, agreeing = self._key.move_to(grey, self._last)
        self._frames.append(number)
        self._moves.append(np.full((3, 3), np.nan) if move is None else move)
        if move is not None:
            self._last = move
        if self._key is None or agreeing < _LEAST_LEFT * len(self._key.points):
            self._key = _Key.of(grey, person, self._last)


@dataclass(frozen=True, eq=False)
class _Key:
    """A picture with points in its background; a later one shows where they went."""

    grey: Picture
    points: Points
    """Shape (N, 2): pixels."""
    move: FloatArray
    """Of this picture."""
    to_units: FloatArray
    """From pixels to lengths of the longer side, from the middle."""

    @classmethod
    def of(cls, grey: Picture, person: FloatArray, move: FloatArray) -> "_Key | None":
        """Find points; None where there are too few."""
        import cv2

        mask = _background(grey, person)
        contrast = cv2.cornerMinEigenVal(grey, 3)[mask > 0].max(initial=0.0)
        if contrast < _LEAST_CONTRAST:
            return None
        quality = max(_LEAST_CONTRAST / contrast, _LEAST_QUALITY)
        points = cv2.goodFeaturesToTrack(grey, _MOST_POINTS, quality, _APART_PX, mask=mask)
        if points is None or len(points) < _FEWEST_POINTS:
            return None
        height, width = grey.shape
        long = max(width, height)
        to_units = np.array([[1 / long, 0, -width / 2 / long], [0, 1 / long, -height / 2 / long], [0, 0, 1]])
        return cls(grey, points[:, 0].astype(np.float32), move, to_units)

    def move_to(self, grey: Picture, last: FloatArray) -> tuple[FloatArray | None, int]:
        """Return the move of a later picture, near the `last` one known, and how many points agree on it.

        That is None where too few do.
        """
        import cv2

        to_pixels = np.linalg.inv(self.to_units)
        expected = to_pixels @ last @ np.linalg.inv(self.move) @ self.to_units
        guess = (self.points @ expected[:2, :2].T + expected[:2, 2]).astype(np.float32)
        found, there, _ = cv2.calcOpticalFlowPyrLK(
            self.grey, grey, self.points, guess, winSize=(15, 15), maxLevel=3, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
        )
        tracked = there[:, 0] == 1
        if tracked.sum() < _FEWEST_POINTS:
            return None, 0
        moved, inliers = cv2.estimateAffinePartial2D(
            self.points[tracked], found[tracked], method=cv2.RANSAC, ransacReprojThreshold=_INLIER_PX
        )
        agreeing = np.zeros(1, bool) if moved is None else inliers[:, 0] == 1
        count = int(agreeing.sum())
        if count < max(_LEAST_INLIERS * tracked.sum(), _FEWEST_POINTS):
            return None, 0
        if self.points[tracked][agreeing].std(axis=0).max() < _LEAST_SPREAD * max(grey.shape):
            return None, 0
        return np.asarray(self.to_units @ np.vstack([moved, [0, 0, 1]]) @ to_pixels @ self.move), count


def _small(rgb: Picture) -> Picture:
    """Return a grey picture of a known size."""
    import cv2

    height, width = rgb.shape[:2]
    factor = _LONG_SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY), np.uint8)


def _background(grey: Picture, person: FloatArray) -> Picture:
    """Return 255 where the background is, 0 where the person is or may be."""
    mask = np.full(grey.shape, 255, np.uint8)
    known = person[np.isfinite(person).all(axis=1)]
    if len(known):
        low, high = known.min(axis=0), known.max(axis=0)
        around = _AROUND_PERSON * (high - low).max()
        size = np.array(grey.shape[::-1])
        (left, top), (right, bottom) = (np.clip([low - around, high + around], 0, 1) * size).astype(int)
        mask[top:bottom, left:right] = 0
    return mask
