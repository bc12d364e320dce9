"""When which foot stands on the ground, and whether the ground moves.

A foot that bears the body does not move against the ground, and the ground moves evenly, if at all: a treadmill is
known by feet that go one way while the body stays.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.series import bridged, mean_rate, stretches_of
from humanpose3d.pipeline.signals.body import HIPS, index, middle
from humanpose3d.pipeline.signals.world.vertical import horizontal, up_direction
from humanpose3d.pipeline.trajectories import FloatArray

__all__ = ["SOLES", "Ground", "find_ground"]

BoolArray = npt.NDArray[np.bool_]

SOLES = index("left_heel", "right_heel", "left_foot_index", "right_foot_index")
"""The landmarks that touch the ground."""

# Of a treadmill: the feet move against the camera, and the hips less than this part of it.
_LEAST_BELT = 0.2  # m/s
_HIPS_ON_BELT = 0.4
# A foot that swings is two to three times as fast as the body. Depth is uncertain, and so is movement along it.
_SLOW, _SLOW_PER_SPEED = 0.2, 0.5  # across the line of sight, m/s
_SLOW_ALONG, _SLOW_ALONG_PER_SPEED = 0.5, 1.0
# A foot that lands or leaves a belt is slower than the belt: only what has moved with it for a while tells its speed,
# and still does.
_STEADY, _SETTLED_S = 0.6, 0.1
# The ground is where each foot is lowest for a fifth of the time around, and not much above the other foot.
_AROUND_S, _LOWEST = 1.2, 20.0
_NEAR_GROUND, _STILL_NEAR, _ABOVE_OTHER = 0.05, 0.08, 0.15
# Between two such stretches a foot that has stayed where it was has been taken for the other one, or was hidden.
_LONGEST_BREAK, _STAYED, _STAYED_ALONG = 0.4, 0.06, 0.25
_SHORTEST = 0.1
_ROUNDS = 3
_MOST = 0.5
# Even a runner stands for a third of the time; what stands less is a foot that turns back in the air.
_LEAST_STANDING = 0.25


@dataclass(frozen=True, eq=False)
class Ground:
    """Which landmarks of the feet stand in which frame, and how the ground moves under them."""

    contact: BoolArray
    """Shape (T, 4), of :data:`SOLES`."""
    velocity: FloatArray
    """Shape (T, 3), m/s: of a treadmill's belt; of the floor 0."""

    @classmethod
    def unknown(cls, frames: int) -> "Ground":
        """Return that nothing is known of so many frames."""
        return cls(np.zeros((frames, len(SOLES)), bool), np.zeros((frames, 3)))

    @property
    def is_belt(self) -> bool:
        """Whether the ground moves for most of the time."""
        return bool(self.velocity.any(axis=1).mean() > _MOST)

    def at(self, frames: slice) -> "Ground":
        """Return what is known of some frames."""
        return Ground(self.contact[frames], self.velocity[frames])


def find_ground(times: FloatArray, points: FloatArray) -> Ground:
    """Find which foot stands when, in points (T, 33, 3) from the camera, metres; NaN is missing.

    Each stretch in which the hips are seen is looked at by itself.
    """
    ground = Ground.unknown(len(times))
    seen = np.asarray(np.isfinite(points[:, HIPS]).all(axis=(1, 2)))
    for start, end in stretches_of(seen):
        frames = slice(start, end)
        if end - start > 2 and np.isfinite(points[frames, SOLES]).all(axis=-1).any(axis=0).all():
            ground.contact[frames], ground.velocity[frames] = _of_stretch(times[frames], points[frames])
    return ground


def _of_stretch(times: FloatArray, points: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Return which soles stand, shape (T, 4), and the velocity of the ground (3,)."""
    up = up_direction(points)
    if not np.isfinite(up).all():
        return np.zeros((len(times), len(SOLES)), bool), np.zeros(3)
    feet, hips = bridged(points[:, SOLES], times), middle(points, HIPS)[:, 0]
    velocity, of_hips = (
        np.gradient(feet, times, axis=0),
        horizontal(_over_a_second(np.gradient(hips, times, axis=0), times), up),
    )
    height = feet @ up
    near, still_near = _near_ground(height, times)
    moves = _belt(velocity, of_hips, height, up)
    rays = feet / np.linalg.norm(feet, axis=-1, keepdims=True)
    contact = near
    for _ in range(_ROUNDS):
        speed = np.linalg.norm(of_hips - moves, axis=1, keepdims=True)
        along, across = _by_sight(velocity - moves, rays)
        slow = np.hypot(
            across / (_SLOW + _SLOW_PER_SPEED * speed), along / (_SLOW_ALONG + _SLOW_ALONG_PER_SPEED * speed)
        )
        contact = near & (slow < 1)
        if moves.any() and (steady := _settled(contact, times) & (slow < _STEADY)).any():
            moves = horizontal(np.median(velocity[steady], axis=0), up)
    _close_breaks(contact, still_near, feet - moves * times[:, None, None], rays, times)
    contact &= np.isfinite(points[:, SOLES]).all(axis=-1)
    if contact.any(axis=1).mean() < _LEAST_STANDING:
        return np.zeros_like(contact), np.zeros(3)
    return contact, moves


def _over_a_second(values: FloatArray, times: FloatArray) -> FloatArray:
    """Return the mean of values over a second around each time."""
    from scipy.ndimage import uniform_filter1d

    frames = max(1, round(mean_rate(times)))
    return np.asarray(uniform_filter1d(values, frames, axis=0, mode="nearest"))


def _belt(velocity: FloatArray, of_hips: FloatArray, height: FloatArray, up: FloatArray) -> FloatArray:
    """Return the velocity of a treadmill's belt, the median of the lower foot; 0 where the body moves over the floor.

    Which foot is lower is often mistaken where both are on the ground, so means over a stride are too slow.
    """
    lower = height.reshape(-1, 2, 2).mean(axis=1).argmin(axis=1)
    of_lower = horizontal(velocity.reshape(-1, 2, 2, 3).mean(axis=1)[np.arange(len(lower)), lower], up)
    moves = np.asarray(np.median(of_lower, axis=0))
    speed, body = float(np.linalg.norm(moves)), float(np.median(np.linalg.norm(of_hips, axis=1)))
    return moves if speed > _LEAST_BELT and body < _HIPS_ON_BELT * speed else np.zeros(3)


def _settled(contact: BoolArray, times: FloatArray) -> BoolArray:
    """Return when the landmarks (T, 4) stand that did so for a while before, and do for a while after."""
    from scipy.ndimage import minimum_filter1d

    around = 2 * round(_SETTLED_S * mean_rate(times)) + 1
    return np.asarray(minimum_filter1d(contact, around, axis=0, mode="nearest"))


def _near_ground(height: FloatArray, times: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Return when the landmarks (T, 4) are low, strictly and generously."""
    from scipy.ndimage import percentile_filter

    around = round(_AROUND_S * mean_rate(times)) | 1
    own = percentile_filter(height, _LOWEST, size=(around, 1), mode="nearest")
    low = own - own.min(axis=1, keepdims=True) < _ABOVE_OTHER
    return low & (height - own < _NEAR_GROUND), low & (height - own < _STILL_NEAR)


def _by_sight(vectors: FloatArray, rays: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the parts of vectors (..., 3) along and across the line of sight."""
    along = (vectors * rays).sum(axis=-1)
    return along, np.linalg.norm(vectors - along[..., None] * rays, axis=-1)


def _close_breaks(contact: BoolArray, near: BoolArray, feet: FloatArray, rays: FloatArray, times: FloatArray) -> None:
    """Let a foot stand through where it stayed, and drop stretches that are too short; changes `contact` (T, 4)."""
    for foot, standing in enumerate(contact.T):
        for (_, end), (start, _) in itertools.pairwise(stretches_of(standing)):
            along, across = _by_sight(feet[start, foot] - feet[end - 1, foot], rays[end, foot])
            stayed = across < _STAYED and abs(along) < _STAYED_ALONG and near[end:start, foot].all()
            standing[end:start] = stayed and times[start] - times[end - 1] <= _LONGEST_BREAK
        for start, end in stretches_of(standing):
            standing[start:end] = times[end - 1] - times[start] >= _SHORTEST
