"""Landmarks and markers over time, as stages exchange them: frozen dataclasses of NumPy arrays, checked when made.

Conventions: lengths in metres, times in seconds from the first frame, arrays ``(frames, markers, xyz)``, missing
is NaN. The arrays are read-only views; take a copy to change one.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import place_of
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.series import mean_rate

__all__ = ["LANDMARK_NAMES", "FloatArray", "Landmarks", "Markers", "sampling_rate", "y_up"]

LANDMARK_NAMES = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""MediaPipe's 33 landmarks in its order; left and right are the person's own."""

_Y_UP: FloatArray = np.array([1.0, -1.0, -1.0])


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Landmarks in each frame, as the pose model gives them."""

    times: FloatArray
    """Shape (T,): seconds from the first frame, strictly increasing."""
    world: FloatArray
    """Shape (T, 33, 3): metres, origin mid-hip; x to the right of the image, y down, z away from the camera."""
    image: FloatArray
    """Shape (T, 33, 2): fractions of the image's width (from the left) and height (from the top), or beyond."""
    visibility: FloatArray
    """Shape (T, 33): 0 to 1."""
    names: tuple[str, ...] = LANDMARK_NAMES
    """The 33 landmarks, :data:`LANDMARK_NAMES`."""
    place: FloatArray | None = None
    """Shape (T, 3): of mid-hip, from the camera, in the axes of `world`; None where nothing is known of it."""

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        frames, landmarks = _freeze_times(self), len(self.names)
        _freeze(self, "world", (frames, landmarks, 3))
        _freeze(self, "image", (frames, landmarks, 2))
        _freeze(self, "visibility", (frames, landmarks))
        if self.place is not None:
            _freeze(self, "place", (frames, 3))
        _check_visibility(self.visibility)

    @property
    def detected(self) -> npt.NDArray[np.bool_]:
        """Shape (T,): the frames in which a person was found."""
        return np.asarray(np.isfinite(self.world).all(axis=-1).any(axis=-1))

    def at(self, frames: npt.NDArray[np.bool_ | np.intp]) -> "Landmarks":
        """Return the landmarks of some of the frames, which keep their times."""
        return replace(
            self,
            times=self.times[frames],
            world=self.world[frames],
            image=self.image[frames],
            visibility=self.visibility[frames],
            place=None if self.place is None else self.place[frames],
        )


@dataclass(frozen=True, eq=False)
class Markers:
    """Trajectories of named body markers."""

    times: FloatArray
    """Shape (T,): seconds from the first frame, strictly increasing."""
    names: tuple[str, ...]
    """One for each marker."""
    positions: FloatArray
    """Shape (T, M, 3): metres; y up."""
    visibility: FloatArray
    """Shape (T, M): 0 to 1; of a derived marker the lowest among its sources."""

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        frames, markers = _freeze_times(self), len(self.names)
        if markers == 0 or len(set(self.names)) < markers:
            raise ValueError(f"marker names must be unique, and at least one, not {self.names}")
        _freeze(self, "positions", (frames, markers, 3))
        _freeze(self, "visibility", (frames, markers))
        _check_visibility(self.visibility)

    def __getitem__(self, name: str) -> FloatArray:
        """Return the trajectory of one marker, shape (T, 3); UnknownNameError if there is none."""
        trajectory: FloatArray = self.positions[:, place_of("marker", name, self.names)]
        return trajectory


def sampling_rate(times: FloatArray) -> float | None:
    """Return the mean rate of samples at `times`, in 1/s; None for a single sample.

    Examples
    --------
    >>> sampling_rate(np.array([0.0, 0.5, 1.0]))
    2.0
    """
    return mean_rate(times) if len(times) > 1 else None


def y_up(world: FloatArray) -> FloatArray:
    """Convert MediaPipe's axes (x right, y down, z away from the camera) to y up.

    Half a turn about x: ``(x, y, z)`` becomes ``(x, -y, -z)``. The result is right-handed as the input is: x to the
    right of the image, y up in the image, z towards the camera. The camera's tilt is not removed.
    """
    return world * _Y_UP


def _freeze_times(data: Landmarks | Markers) -> int:
    times = np.asarray(data.times)
    if times.ndim != 1 or len(times) == 0:
        raise ValueError(f"times must have the shape (T,) with at least one frame, not {times.shape}")
    _freeze(data, "times", times.shape)
    if not np.isfinite(data.times).all() or not (np.diff(data.times) > 0).all():
        raise ValueError("times must be finite and strictly increasing")
    return len(times)


def _freeze(data: Landmarks | Markers, name: str, shape: tuple[int, ...]) -> None:
    """Replace a field by a read-only float64 view of it, if its shape is right."""
    array = np.asarray(getattr(data, name), np.float64).view()
    if array.shape != shape:
        raise ValueError(f"{name} must have the shape {shape}, not {array.shape}")
    array.flags.writeable = False
    object.__setattr__(data, name, array)


def _check_visibility(visibility: FloatArray) -> None:
    if (visibility < 0).any() or (visibility > 1).any():
        raise ValueError("visibility must lie between 0 and 1, or be NaN")
