"""The content of a report: angles, numbers, cycles and the record of one trial."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.quantities import Measured, Quantity
from humanpose3d.kinematics.view import View
from humanpose3d.pipeline.trajectories import Landmarks, Markers
from humanpose3d.report.data.provenance import Provenance

__all__ = ["Cycle", "FloatArray", "Number", "ReportContent"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Number:
    """One number of the report, or the reason why it is missing.

    Attributes
    ----------
    name : str
        For example ``"Knee, range of flexion"``.
    meaning : str
        One sentence in plain words.
    left, right : Measured, NotMeasured or None
        The two sides; None for a number without sides. A standard uncertainty of NaN was not
        measured, and the report says so.
    value : Measured, NotMeasured or None
        The number where there are no sides.
    asymmetry : Measured, NotMeasured or None
        The symmetry index where there is one; else the report shows :attr:`difference`.
    source : str
        Where the uncertainty comes from.
    """

    name: str
    meaning: str
    left: Quantity | None = None
    right: Quantity | None = None
    value: Quantity | None = None
    asymmetry: Quantity | None = None
    source: str = ""

    @property
    def difference(self) -> Measured | None:
        """Left less right, where both were measured; the uncertainties of the two are taken as independent."""
        if not isinstance(self.left, Measured) or not isinstance(self.right, Measured):
            return None
        uncertainty = math.hypot(self.left.uncertainty, self.right.uncertainty)
        return Measured(self.left.value - self.right.value, uncertainty, self.left.unit)


@dataclass(frozen=True)
class Cycle:
    """One gait cycle of a side, or one repetition of both sides (`side` is empty); times in seconds."""

    start: float
    end: float
    side: Literal["R", "L", ""] = ""

    def __post_init__(self) -> None:
        """Check that it lasts."""
        if not self.start < self.end:
            raise ValueError(f"a cycle must end after it starts, not run from {self.start} to {self.end} s")


@dataclass(frozen=True, eq=False)
class ReportContent:
    """Everything that the plots and the report show.

    Attributes
    ----------
    name : str
        Of the video, without its ending.
    times : ndarray, shape (T,)
        Seconds from the first frame.
    degrees : ndarray, shape (T, 12, 3)
        Final angles: flexion, abduction, rotation of :data:`~humanpose3d.kinematics.conventions.JOINT_NAMES`; NaN
        where missing.
    raw_degrees : ndarray, shape (T, 12, 3), or None
        The same before the signal path; None where it is not known.
    markers : Markers or None
        For the skeleton in 3D, y up; its times are `times`.
    landmarks : Landmarks or None
        As detected, for the overlay and the visibility.
    view : View or None
        From where the person was filmed; None where it is not known.
    unseen : mapping of str to str
        Joints that were not seen, and why.
    angle_errors : ndarray, shape (12, 3), or None
        Standard uncertainty of an angle in degrees; NaN or None where it was not measured.
    error_source : str
        Where `angle_errors` come from.
    numbers : tuple of Number
        What is shown first.
    cycles : tuple of Cycle
        Over which curves are averaged.
    cycle_name : str
        What a cycle is: ``"gait cycle"`` or ``"repetition"``.
    record : mapping
        The content of ``run.json``.
    command : str
        The command line that reproduces the results.
    """

    name: str
    times: FloatArray
    degrees: FloatArray
    raw_degrees: FloatArray | None = None
    markers: Markers | None = None
    landmarks: Landmarks | None = None
    view: View | None = None
    unseen: Mapping[str, str] = field(default_factory=dict)
    angle_errors: FloatArray | None = None
    error_source: str = ""
    numbers: tuple[Number, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    cycle_name: str = "gait cycle"
    record: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        frames = len(self.times)
        shape = (frames, len(JOINT_NAMES), len(ANGLE_NAMES))
        for name, array in (("degrees", self.degrees), ("raw_degrees", self.raw_degrees)):
            if array is not None and array.shape != shape:
                raise ValueError(f"{name} must have the shape {shape}, not {array.shape}")
        if self.angle_errors is not None and self.angle_errors.shape != shape[1:]:
            raise ValueError(f"angle_errors must have the shape {shape[1:]}, not {self.angle_errors.shape}")
        if frames == 0 or not (np.diff(self.times) > 0).all():
            raise ValueError("times must increase, and there must be at least one")
        if self.markers is not None and len(self.markers.times) != frames:
            raise ValueError(f"the markers have {len(self.markers.times)} frames, the angles {frames}")

    @property
    def provenance(self) -> Provenance:
        """The parts of `record`, each of its type."""
        return Provenance(self.record)

    def error_of(self, joint: str, angle: str) -> float | None:
        """Return the standard uncertainty of one angle in degrees, or None where it was not measured."""
        if self.angle_errors is None:
            return None
        error = float(self.angle_errors[JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)])
        return error if np.isfinite(error) else None
