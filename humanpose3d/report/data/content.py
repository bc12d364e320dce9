"""The content of a report: angles, numbers, cycles and the record of one trial."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PureWindowsPath
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import BAND, Measured, Quantity
from humanpose3d.kinematics.validity.sides import Sides
from humanpose3d.kinematics.validity.spreads import known_spreads
from humanpose3d.kinematics.view import View
from humanpose3d.pipeline.signals.identity.left_right import sides_of
from humanpose3d.pipeline.signals.lens import OF_BANDS
from humanpose3d.pipeline.trajectories import Landmarks, Markers
from humanpose3d.report.language import DEFAULT, languages

__all__ = [
    "AngleMethod",
    "AngleSet",
    "Cycle",
    "CycleExcursions",
    "Excursion",
    "FloatArray",
    "Number",
    "Provenance",
    "ReportContent",
]

AngleMethod = Literal["isb", "opensim", "nearer"]
"""As ISB recommends, of the markers; those of OpenSim's model; or of each joint those with the smaller error."""

FloatArray = npt.NDArray[np.float64]

_LENS_SOURCES = {
    "given": ", as given",
    "metadata": ", as the file states",
    "estimated": ", estimated from how the person looks and moves",
    "assumed": ", assumed: nothing tells it",
}


@dataclass(frozen=True)
class Number:
    """One number of the report, of two sides or of none, or the reason why it is missing.

    A standard uncertainty of NaN was not measured, and the report says so.
    """

    name: str  # such as "Knee, range of flexion"
    meaning: str  # one sentence in plain words
    left: Quantity | None = None
    right: Quantity | None = None
    value: Quantity | None = None  # where there are no sides
    asymmetry: Quantity | None = None  # the symmetry index where there is one; else the report shows `difference`
    source: str = ""  # of the uncertainty
    doubt: str = ""  # why the two sides are not to be compared
    kind: str = ""  # "range", "maximum", "minimum", or nothing where no error cancels in a change

    @property
    def difference(self) -> Measured | None:
        """Left less right, where both were measured; the uncertainties of the two are taken as independent."""
        if self.doubt or not isinstance(self.left, Measured) or not isinstance(self.right, Measured):
            return None
        uncertainty = math.hypot(self.left.uncertainty, self.right.uncertainty)
        return Measured(self.left.value - self.right.value, uncertainty, self.left.unit)


@dataclass(frozen=True)
class Excursion:
    """How far an angle goes, in degrees, and where it is at events: ``heel_strike``, ``toe_off`` or ``turn``."""

    range: Quantity
    maximum: Quantity
    minimum: Quantity
    at: Mapping[str, Quantity] = field(default_factory=dict)


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


@dataclass(frozen=True)
class CycleExcursions:
    """One cycle, its number among those of its side, and how far each angle goes in it."""

    cycle: Cycle
    number: int
    angles: Mapping[str, Excursion]


class Provenance:
    """The parts of ``run.json``, each of its type; what is missing or of another type is empty.

    The record may be one of an older version, or damaged.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.created = str(record.get("created") or "")
        self.warnings = [str(each) for each in _list(record.get("warnings"))]
        models = [each for each in _list(record.get("models")) if isinstance(each, Mapping)]
        # Where it lay would tell a reader the name of the user.
        self.models = [{**each, "file": PureWindowsPath(str(each.get("path") or "–")).name} for each in models]
        stages = [each for each in _list(record.get("stages")) if isinstance(each, Mapping)]
        self.stages = [{**each, **_for_readers(each.get("reason"))} for each in stages]
        self.settings, self.versions, self.timings, self.input, self.frames, self.outputs = (
            _mapping(record.get(key)) for key in ("settings", "versions", "timings", "input", "frames", "outputs")
        )
        camera = _mapping(record.get("camera"))
        self.camera = _camera_in_words(camera)
        source = str(_mapping(camera.get("focal_length_35mm")).get("source"))
        self.lens = source if source in OF_BANDS else ""
        self.camera_moves = camera.get("moving") is True and camera.get("steadied") is not True
        self.height_known = self.settings.get("height_m") is not None

    @property
    def language(self) -> str:
        """The language of the report; English where the record names none that there is."""
        chosen = self.settings.get("language")
        return str(chosen) if chosen in languages() else DEFAULT

    @property
    def about(self) -> dict[str, str]:
        """What was told about the recording, of ``subject``, ``date``, ``task``, ``side`` and ``note``."""
        return {str(key): str(value) for key, value in _mapping(self.settings.get("about")).items() if value}

    @property
    def shown_settings(self) -> dict[str, Any]:
        """The settings without what the page itself shows."""
        return {key: value for key, value in self.settings.items() if key not in ("about", "language")}

    @property
    def slow_motion_factor(self) -> float:
        """How many times slower than life the video plays."""
        factor = self.settings.get("slow_motion_factor")
        return float(factor) if isinstance(factor, (int, float)) and 0 < factor < math.inf else 1.0

    @property
    def cuts(self) -> list[float]:
        """Times of the first frames after a cut of the video, in seconds."""
        return [float(each) for each in _list(self.step("find_cuts").get("cuts_s")) if isinstance(each, (int, float))]

    def sides(self, frames: int) -> Sides:
        """Return how surely left and right were told apart in a trial of so many frames."""
        return sides_of(self.step("repair_swaps"), frames)

    @property
    def spreads(self) -> dict[str, float]:
        """How uncertain the depth prior was of each limb; empty where it was not used."""
        return known_spreads(self.step("depth_prior").get("spreads"))

    def step(self, name: str) -> dict[str, Any]:
        """Return what one step of the signal path recorded; empty where it did not run."""
        return _mapping(_mapping(self.details("signals").get("steps")).get(name))

    def details(self, stage: str) -> dict[str, Any]:
        """Return what a stage recorded about its work; empty where it did not run."""
        return next((_mapping(each.get("details")) for each in self.stages if each.get("name") == stage), {})


def _for_readers(reason: Any) -> dict[str, str]:
    """Return the reason of a stage without the command that installs what it lacks."""
    return {"reason": reason.partition("; install it with:")[0]} if isinstance(reason, str) else {}


def _camera_in_words(camera: Mapping[str, Any]) -> dict[str, str]:
    """Return what is known of the camera, as the report shows it."""
    words = {}
    lens = _mapping(camera.get("focal_length_35mm"))
    if isinstance(lens.get("value"), (int, float)) and isinstance(lens.get("uncertainty"), (int, float)):
        band, source = BAND * lens["uncertainty"], _LENS_SOURCES.get(str(lens.get("source")), "")
        words["focal length in terms of 35 mm film"] = f"{lens['value']:.0f} ± {band:.0f} mm{source}"
    if lens:
        unknown = "it is taken to have stood still: the background does not tell"
        moves = camera.get("moving")
        words["during the recording"] = unknown if moves is None else "it moved" if moves else "it stood still"
    for key, name, unit in (("height_m", "height above the floor", " m"), ("tilt_deg", "tilt from level", "°")):
        if isinstance(value := camera.get(key), (int, float)):
            words[name] = f"{value:g}{unit}"
    return words


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


@dataclass(frozen=True, eq=False)
class AngleSet:
    """The angles of a trial by one method, and what is computed from them; fields as in :class:`ReportContent`."""

    angle_method: AngleMethod
    from_opensim: frozenset[str]
    degrees: FloatArray
    excursions: Mapping[str, Excursion]
    cycle_excursions: tuple[CycleExcursions, ...]
    angle_errors: FloatArray
    error_source: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, eq=False)
class ReportContent:
    """Everything that the plots and the report show: T frames of 12 joints with 3 angles.

    Joints and angles are those of :mod:`humanpose3d.kinematics.conventions`. A value that is missing is NaN, a part
    that is not known is None or empty.
    """

    name: str  # of the video, without its ending
    times: FloatArray  # (T,), seconds from the first frame
    degrees: FloatArray  # (T, 12, 3), final
    raw_degrees: FloatArray | None = None  # (T, 12, 3), before the signal path
    markers: Markers | None = None  # for the skeleton in 3D, y up, at `times`
    landmarks: Landmarks | None = None  # as detected
    movement: Movement | None = None  # its kind and events
    corrections: tuple[str, ...] = ()  # what a person changed in the events, each in words
    excursions: Mapping[str, Excursion] = field(default_factory=dict)  # how far each angle goes, by <joint>_<angle>
    cycle_excursions: tuple[CycleExcursions, ...] = ()  # the same in each cycle
    view: View | None = None  # from where the person was filmed
    unseen: Mapping[str, str] = field(default_factory=dict)  # joints that were not seen, and why
    angle_errors: FloatArray | None = None  # (12, 3), standard uncertainty in degrees
    error_source: str = ""  # of `angle_errors`
    numbers: tuple[Number, ...] = ()  # what is shown first
    cycles: tuple[Cycle, ...] = ()  # over which curves are averaged
    cycle_name: str = "gait cycle"  # or "repetition"
    record: Mapping[str, Any] = field(default_factory=dict)  # the content of run.json
    command: str = ""  # the command line that reproduces the results
    angle_method: AngleMethod = "isb"
    from_opensim: frozenset[str] = frozenset()  # joints, without sides, whose angles are those of OpenSim's model
    angle_sets: tuple[AngleSet, ...] = ()  # where there are several: all methods, that of this content first

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

    def by(self, method: AngleMethod) -> "ReportContent":
        """Return the same trial with the angles of another method, where there is one."""
        found = next((each for each in self.angle_sets if each.angle_method == method), None)
        return self if found is None else replace(self, **vars(found))

    def error_of(self, joint: str, angle: str) -> float | None:
        """Return the standard uncertainty of one angle in degrees, or None where it was not measured."""
        if self.angle_errors is None:
            return None
        error = float(self.angle_errors[JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)])
        return error if np.isfinite(error) else None
