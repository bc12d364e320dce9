"""Keep to one person: find where the detector jumped to somebody else, and empty those frames.

A detector that follows one person may lose them and go on with another. Then the place in the picture or the size
jumps between two frames. The trial is cut at such jumps into stretches of one person each. The person followed is the
one of the longest stretch, size counting too; further stretches are theirs where place and size agree with the
nearest frame that is already known to be theirs. After a loss the person may have moved on, so the longer it lasts,
the farther away they may come back; there, and only there, the colour of the clothes must agree too. From one frame to
the next colour says nothing: an arm that swings across the torso changes it, seen from the side, at every step.

Where the picture itself is cut, everything jumps at once, and from landmarks alone that can't be told from another
person: there too only the agreeing part is kept, and the report says where the jumps are.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from humanpose3d.pipeline.signals.body import HIPS, SHOULDERS, emptied, index
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["describe", "follow_person", "place_and_size", "place_and_size_in", "torso_colour"]

# Place in torso lengths, with what a sprinter (10 m/s, torso 0.5 m) moves in a second; size as a logarithm. On the
# real trials the detector itself moves by at most 0.14 and 0.13 between two frames.
_FARTHEST_JUMP, _FASTEST = 0.3, 20.0
_SIZE_JUMP, _SIZE_CHANGE_PER_S = 0.3, 1.5
_LARGEST_SIZE_DIFFERENCE = 1.2
# Of the median colours of two stretches, as shares of 1.
_COLOUR_DIFFERENCE = 0.25
_TORSO_SAMPLES = 8
_TORSO_M, _LEAST_SPREAD_M = 0.5, 0.05
_JUMPS_TOLD = 5


def follow_person(
    landmarks: Landmarks, aspect: float = 1.0, colours: FloatArray | None = None
) -> tuple[Landmarks, dict[str, Any]]:
    """Empty the frames that show another person than the one who is seen most.

    Parameters
    ----------
    landmarks : Landmarks
    aspect : float
        Width of the picture divided by its height.
    colours : ndarray, shape (T, 3), optional
        Of the torso, from :func:`torso_colour`; NaN where unknown.

    Returns
    -------
    Landmarks
    dict
        ``frames_of_others``; ``jumps_s``, the times at which the detector changed between persons; and, where there
        are others, ``followed_at``: where the person followed is on the average, as a fraction of the picture's width.
    """
    place, size = place_and_size(landmarks, aspect)
    seen = np.flatnonzero(np.isfinite(place).all(axis=1) & np.isfinite(size))
    if len(seen) < 2:
        return landmarks, {"frames_of_others": 0, "jumps_s": []}
    colours = np.full((len(place), 3), np.nan) if colours is None else np.asarray(colours, np.float64)
    features = _Features(landmarks.times[seen], place[seen], size[seen], colours[seen])

    jumps = ~features.within_reach(np.arange(len(seen) - 1), np.arange(1, len(seen)))
    losses = np.diff(seen) > 1
    bounds = np.concatenate([[0], np.flatnonzero(jumps | losses) + 1, [len(seen)]])
    theirs = _stretches_of_one(features, bounds)
    if theirs.all():
        return landmarks, {"frames_of_others": 0, "jumps_s": []}
    changes = np.flatnonzero(np.diff(theirs.astype(np.int8))) + 1
    others = np.zeros(len(place), bool)
    others[seen[~theirs]] = True
    return emptied(landmarks, others), {
        "frames_of_others": int(others.sum()),
        "jumps_s": [round(float(moment), 3) for moment in features.times[changes]],
        "followed_at": round(float(features.place[theirs, 0].mean()) / aspect, 3),
    }


def torso_colour(rgb: npt.NDArray[np.uint8], image: FloatArray) -> FloatArray:
    """Return the mean colour between shoulders and hips, shape (3,), 0 to 1; NaN where they lie outside.

    `rgb` is the frame, shape (height, width, 3), and `image` its landmarks (33, 2), in fractions of width and height.
    """
    corners = image[index("left_shoulder", "right_shoulder", "left_hip", "right_hip")]
    share = (np.arange(_TORSO_SAMPLES) + 0.5) / _TORSO_SAMPLES
    across, down = (grid[..., None] for grid in np.meshgrid(share, share))
    top = corners[0] * (1 - across) + corners[1] * across
    bottom = corners[2] * (1 - across) + corners[3] * across
    points = (top * (1 - down) + bottom * down).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1) & (points >= 0).all(axis=1) & (points < 1).all(axis=1)]
    if not len(points):
        return np.full(3, np.nan)
    column, row = (points * [rgb.shape[1], rgb.shape[0]]).astype(int).T
    return np.asarray(rgb[row, column].mean(axis=0) / 255)


class _Features:
    """What tells persons apart, for the frames in which somebody is seen."""

    def __init__(self, times: FloatArray, place: FloatArray, size: FloatArray, colours: FloatArray) -> None:
        self.times, self.place, self.size, self.colours = times, place, size, colours

    def within_reach(self, first: npt.NDArray[np.intp], second: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Tell for pairs of frames whether one person can have moved from the one place and size to the other."""
        lost = np.abs(self.times[second] - self.times[first])
        growth = np.abs(np.log(self.size[second] / self.size[first]))
        return np.asarray(
            (self._distance(first, second) <= _FARTHEST_JUMP + _FASTEST * lost)
            & (growth <= np.minimum(_SIZE_JUMP + _SIZE_CHANGE_PER_S * lost, _LARGEST_SIZE_DIFFERENCE))
        )

    def are_one(self, known: slice, end: int, new: slice, begin: int) -> bool:
        """Tell whether two stretches, of which frames `end` and `begin` are nearest in time, show one person."""
        pair = np.array([end]), np.array([begin])
        if not self.within_reach(*pair)[0]:
            return False
        stayed = bool(self._distance(*pair)[0] <= _FARTHEST_JUMP)
        difference = np.abs(self._colour(known) - self._colour(new)).max()
        return stayed or not difference > _COLOUR_DIFFERENCE  # unknown colours say nothing

    def _distance(self, first: npt.NDArray[np.intp], second: npt.NDArray[np.intp]) -> FloatArray:
        scale = np.maximum(self.size[first], self.size[second])
        return np.asarray(np.linalg.norm(self.place[second] - self.place[first], axis=-1) / scale)

    def _colour(self, frames: slice) -> FloatArray:
        colours = self.colours[frames]
        known = colours[np.isfinite(colours).all(axis=1)]
        return np.asarray(np.median(known, axis=0)) if len(known) else np.full(3, np.nan)


def place_and_size(landmarks: Landmarks, aspect: float) -> tuple[FloatArray, FloatArray]:
    """Return the middle of the torso (T, 2) and the size of the person (T,), in heights of the picture.

    The size is how much longer than in space (metres) the torso is in the picture, so turning and bending, which
    shorten it in both, do not change it.
    """
    return place_and_size_in(landmarks.image * [aspect, 1.0], landmarks.world)


def place_and_size_in(picture: FloatArray, world: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return :func:`place_and_size` of landmarks in the picture (..., 33, 2), of any unit, and in space."""
    trunk = np.concatenate([SHOULDERS, HIPS])
    place = picture[..., trunk, :].mean(axis=-2)
    spread_picture = np.linalg.norm(picture[..., trunk, :] - place[..., None, :], axis=-1).mean(axis=-1)
    across = world[..., trunk, :2] - world[..., trunk, :2].mean(axis=-2, keepdims=True)
    spread_space = np.linalg.norm(across, axis=-1).mean(axis=-1)
    size = np.full(np.shape(spread_space), np.nan)
    np.divide(_TORSO_M * spread_picture, spread_space, out=size, where=spread_space > _LEAST_SPREAD_M)
    return place, np.where(size > 0, size, np.nan)


def _stretches_of_one(features: _Features, bounds: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Mark the frames of the person who is seen longest and largest."""
    stretches = [slice(int(start), int(end)) for start, end in pairwise(bounds)]
    main = max(range(len(stretches)), key=lambda i: features.size[stretches[i]].sum())
    theirs = np.zeros(len(features.times), bool)
    theirs[stretches[main]] = True
    known = stretches[main]
    for later in stretches[main + 1 :]:
        if features.are_one(stretches[main], known.stop - 1, later, later.start):
            theirs[later], known = True, later
    known = stretches[main]
    for earlier in reversed(stretches[:main]):
        if features.are_one(stretches[main], known.start, earlier, earlier.stop - 1):
            theirs[earlier], known = True, earlier
    return theirs


def describe(report: dict[str, Any], times: FloatArray) -> str | None:
    """Return a sentence for the user about frames of other persons; None where there are none."""
    if not report["frames_of_others"]:
        return None
    return (
        f"The detector jumped to another person, or the video is cut, at {_listed(report['jumps_s'])}; followed "
        f"is the person seen longest, {report['followed_at']:.0%} from the left of the picture, "
        f"and {report['frames_of_others']} of {len(times)} frames are left empty."
    )


def _listed(moments: Sequence[float]) -> str:
    return ", ".join(f"{moment:.2f} s" for moment in moments[:_JUMPS_TOLD]) + (
        " ..." if len(moments) > _JUMPS_TOLD else ""
    )
