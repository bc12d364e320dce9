"""The data that pass from stage to stage: frozen dataclasses of NumPy arrays, checked when made.

Conventions: lengths in metres, times in seconds from the first frame, arrays ``(frames, markers, xyz)``, missing
is NaN. The arrays are read-only views; take a copy to change one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import ANGLE_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.loaders.errors import explained_imports
from humanpose3d.pipeline.video import VideoInfo

if TYPE_CHECKING:
    import pandas

__all__ = ["LANDMARK_NAMES", "FloatArray", "Landmarks", "Markers", "Trial", "sampling_rate"]

FloatArray = npt.NDArray[np.float64]

LANDMARK_NAMES = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
"""MediaPipe's 33 landmarks in its order; left and right are the person's own."""


@dataclass(frozen=True, eq=False)
class Landmarks:
    """What the pose model saw in each frame.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Seconds from the first frame, strictly increasing.
    world : ndarray, shape (T, 33, 3)
        Metres, origin mid-hip; x to the right of the image, y down, z away from the camera.
    image : ndarray, shape (T, 33, 2)
        Fractions of the image's width (from the left) and height (from the top); may lie outside 0 to 1.
    visibility : ndarray, shape (T, 33)
        0 to 1.
    names : tuple of str
        The 33 landmarks, :data:`LANDMARK_NAMES`.
    """

    times: FloatArray
    world: FloatArray
    image: FloatArray
    visibility: FloatArray
    names: tuple[str, ...] = LANDMARK_NAMES

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        frames, landmarks = _freeze_times(self), len(self.names)
        _freeze(self, "world", (frames, landmarks, 3))
        _freeze(self, "image", (frames, landmarks, 2))
        _freeze(self, "visibility", (frames, landmarks))
        _check_visibility(self.visibility)

    @property
    def detected(self) -> npt.NDArray[np.bool_]:
        """Shape (T,): the frames in which a person was found."""
        return np.asarray(np.isfinite(self.world).all(axis=-1).any(axis=-1))


@dataclass(frozen=True, eq=False)
class Markers:
    """Trajectories of named body markers.

    Attributes
    ----------
    times : ndarray, shape (T,)
        Seconds from the first frame, strictly increasing.
    names : tuple of M str
        One for each marker.
    positions : ndarray, shape (T, M, 3)
        Metres; y up.
    visibility : ndarray, shape (T, M)
        0 to 1; of a derived marker the lowest among its sources.
    """

    times: FloatArray
    names: tuple[str, ...]
    positions: FloatArray
    visibility: FloatArray

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        frames, markers = _freeze_times(self), len(self.names)
        if markers == 0 or len(set(self.names)) < markers:
            raise ValueError(f"marker names must be unique, and at least one, not {self.names}")
        _freeze(self, "positions", (frames, markers, 3))
        _freeze(self, "visibility", (frames, markers))
        _check_visibility(self.visibility)

    def __getitem__(self, name: str) -> FloatArray:
        """Return the trajectory of one marker, shape (T, 3)."""
        trajectory: FloatArray = self.positions[:, self.names.index(name)]
        return trajectory


@dataclass(frozen=True, eq=False)
class Trial:
    """Everything that one run found out.

    Attributes
    ----------
    video : VideoInfo
        The input.
    landmarks : Landmarks
        As detected.
    markers : Markers
        22 body markers made from the landmarks as detected.
    final_markers : Markers
        The same after all stages, and the anatomical markers where they could be added.
    raw_angles, angles : JointAngles
        Of the markers as detected, and of `final_markers` after the joint refiner; both are made from the same kinds
        of markers.
    movement : Movement
        What kind of movement it is, its events and numbers.
    folder : Path
        Where the results were written.
    outputs : mapping of str to Path
        The files, by what they hold: ``landmarks``, ``initial_markers``, ``final_markers``,
        ``joint_angles`` (all in one table), ``joint_angles_raw``, ``joint_angles/<joint>``, ``motion``,
        ``overlay``, ``plot``, ``cycle_plot``, ``report``, ``run``.
    record : mapping
        The content of ``run.json``: versions, input, models, settings, stages, timings, warnings.
    """

    video: VideoInfo
    landmarks: Landmarks
    markers: Markers
    final_markers: Markers
    raw_angles: JointAngles
    angles: JointAngles
    movement: Movement
    folder: Path
    outputs: Mapping[str, Path] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know about the quality of this trial, one sentence each."""
        return tuple(self.record.get("warnings", ()))

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return times, final markers and joint angles as one table, a row a frame.

        Columns are ``time_s``, ``<marker>_x_m`` (y, z), and ``<joint>_flex_deg`` (abd, rot); missing is NaN.

        Raises
        ------
        PackageImportError
            pandas is not installed.
        """
        with explained_imports("pandas"):
            import pandas
        columns: dict[str, FloatArray] = {"time_s": self.final_markers.times}
        for i, marker in enumerate(self.final_markers.names):
            columns |= {f"{marker}_{axis}_m": self.final_markers.positions[:, i, k] for k, axis in enumerate("xyz")}
        for i, joint in enumerate(self.angles.names):
            columns |= {f"{joint}_{angle}_deg": self.angles.degrees[:, i, k] for k, angle in enumerate(ANGLE_NAMES)}
        return pandas.DataFrame(columns)

    def _repr_html_(self) -> str:
        """Show the report in a notebook: the skeleton in 3D, the numbers, the curves."""
        from humanpose3d.report.accuracy import measured_angle_errors
        from humanpose3d.report.gather import content_from_trial
        from humanpose3d.report.html import notebook_html

        errors = measured_angle_errors()
        overlay = self.outputs.get("overlay")
        there = overlay if overlay is not None and overlay.is_file() else None
        return notebook_html(content_from_trial(self, errors.degrees, errors.source), there)


def sampling_rate(times: FloatArray) -> float | None:
    """Return the mean rate of samples at `times`, in 1/s; None for a single sample.

    Examples
    --------
    >>> sampling_rate(np.array([0.0, 0.5, 1.0]))
    2.0
    """
    return float((len(times) - 1) / (times[-1] - times[0])) if len(times) > 1 else None


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
