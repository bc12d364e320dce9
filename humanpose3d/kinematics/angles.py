"""Compute joint angles from markers: pelvis, trunk, hips, knees, ankles, shoulders and elbows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import place_of
from humanpose3d.kinematics.axes.elevation import continuous_elevation
from humanpose3d.kinematics.axes.segments import Segment, segments_from_markers
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.kinematics.rotations import (
    FloatArray,
    angle_between,
    relative,
    unwrap,
    within,
    yxz_angles,
    zxy_angles,
)

__all__ = ["JointAngles", "joint_angles", "named_by_convention", "turned_to_heading"]

_SEGMENTS = {
    "pelvis": ("pelvis",),
    "hip": ("pelvis", "thigh"),
    "knee": ("thigh", "shank"),
    "ankle": ("shank", "foot"),
    "trunk": ("trunk",),
    "shoulder": ("trunk", "upper_arm"),
    "elbow": ("upper_arm", "forearm"),
}


@dataclass(frozen=True, eq=False)
class JointAngles:
    """Angles of the 12 joints; the arrays are read-only."""

    times: FloatArray
    """Shape (T,): seconds."""
    degrees: FloatArray
    """Shape (T, 12, 3): flexion, abduction and rotation, as in :data:`~humanpose3d.kinematics.conventions.CONVENTIONS`;
    NaN where the markers do not define an angle, or are missing."""
    defined: npt.NDArray[np.bool_]
    """Shape (12, 3): whether the markers that were there can define an angle at all. ``pelvis`` flexion is defined if
    the hip angles are those against the pelvis, and not if they are those against the trunk."""
    heading: float
    """Degrees: the median heading of the trial, which is the zero of the rotations of pelvis and trunk. 0 faces along
    x, 90 against z, counted counterclockwise from above. NaN where nothing shows it."""
    names: tuple[str, ...] = JOINT_NAMES
    """The 12 joints, :data:`~humanpose3d.kinematics.conventions.JOINT_NAMES`."""

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        shapes = (self.times.shape, self.degrees.shape, self.defined.shape)
        frames, joints = len(self.times), len(self.names)
        if shapes != ((frames,), (frames, joints, 3), (joints, 3)):
            raise ValueError(f"arrays of shapes {shapes} do not fit {frames} frames and {joints} joints")
        for name in ("times", "degrees", "defined"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def anatomical(self) -> bool:
        """Whether they are those of the anatomical markers, which alone show how the pelvis is tilted."""
        return bool(self.defined[self.names.index("pelvis"), ANGLE_NAMES.index("flex")])

    def __getitem__(self, joint: str) -> FloatArray:
        """Return flexion, abduction and rotation of one joint, shape (T, 3); UnknownNameError if there is none."""
        angles: FloatArray = self.degrees[:, place_of("joint", joint, self.names)]
        return angles


def joint_angles(times: FloatArray, names: Sequence[str], positions: FloatArray) -> JointAngles:
    """Compute the angles of the 12 joints.

    Parameters
    ----------
    times : ndarray, shape (T,)
        Seconds.
    names : sequence of M str
        The 22 body markers, and the 43 anatomical ones where there are any. Those that are missing leave the
        angles empty that depend on them.
    positions : ndarray, shape (T, M, 3)
        Metres, y up, NaN where a marker is missing.

    Raises
    ------
    ValueError
        The arrays do not fit together.

    Notes
    -----
    Joint coordinate systems of Grood & Suntay (1983) as ISB recommends (Wu 2002, 2005); pelvis and trunk relative
    to the room in the order of Baker (2001), whose tilts do not depend on the walking direction.
    Every angle depends on its own frame alone, but for two choices made over the whole trial: the direction that is
    called straight ahead, and the side on which an arm passes the horizontal.
    """
    times, positions = np.asarray(times, np.float64), np.asarray(positions, np.float64)
    if positions.shape != (len(times), len(names), 3):
        raise ValueError(
            f"positions of shape {positions.shape} do not fit {len(times)} frames and {len(names)} markers"
        )
    made = segments_from_markers(names, positions)
    segments = {joint: _segments_of(joint, made) for joint in JOINT_NAMES}
    degrees = np.stack(
        [named_by_convention(joint, _raw_angles(joint, *segments[joint])) for joint in JOINT_NAMES], axis=1
    )
    heading = turned_to_heading(degrees)
    anatomical = {joint: all(segment.anatomical for segment in segments[joint]) for joint in JOINT_NAMES}
    by_rule = [[convention_of(j, a).body != "no" or anatomical[j] for a in ANGLE_NAMES] for j in JOINT_NAMES]
    seen = np.isfinite(degrees).any(axis=0).any(axis=-1, keepdims=True)
    return JointAngles(times, degrees, np.array(by_rule) & seen, heading)


def _segments_of(joint: str, made: dict[str, Segment]) -> list[Segment]:
    """Return the proximal and the distal segment of a joint; pelvis and trunk are one, against the room."""
    name, _, side = joint.partition("_")
    return [made[part if part in made else f"{part}_{side}"] for part in _SEGMENTS[name]]


def _raw_angles(joint: str, proximal: Segment, distal: Segment | None = None) -> FloatArray:
    """Degrees about Z, X and Y of one joint, shape (T, 3), before signs."""
    if distal is None:
        angles = yxz_angles(proximal.axes)
        if joint == "pelvis" and not proximal.anatomical:
            angles[:, 0] = np.nan  # the tilt of the trunk, on which this pelvis was built
        return angles
    name = joint.partition("_")[0]
    if name not in ("hip", "shoulder") and not (proximal.anatomical and distal.anatomical):
        return _bend_only(name, proximal, distal)
    angles = zxy_angles(relative(proximal.axes, distal.axes))
    return continuous_elevation(angles) if name == "shoulder" else angles


def _bend_only(name: str, proximal: Segment, distal: Segment) -> FloatArray:
    """Flexion of knee, ankle or elbow from long axes alone: that of knee and elbow is never negative."""
    angles = np.full((len(proximal.axes), 3), np.nan)
    if name == "ankle":
        angles[:, 0] = 90.0 - angle_between(proximal.y, distal.x)
    else:
        bend = angle_between(proximal.y, distal.y)
        angles[:, 0] = -bend if name == "knee" else bend
    return angles


def named_by_convention(joint: str, raw: FloatArray) -> FloatArray:
    """Turn right-handed angles into flexion, abduction and rotation with the table's signs, each within its range."""
    columns = []
    for column, angle in enumerate(ANGLE_NAMES):
        row = convention_of(joint, angle)
        mirrored = joint.endswith("_L") and angle != "flex"
        sign = -1.0 if row.turn.startswith("-") != mirrored else 1.0
        columns.append(within(sign * raw[:, column], row.centre))
    return np.stack(columns, axis=-1)


def turned_to_heading(degrees: FloatArray) -> float:
    """Unwrap tilts and rotations of pelvis and trunk; count the rotations from the median heading, which is returned.

    No other angle can wrap: about its centre each has all that a joint can do.
    """
    for plane in ("flex", "rot"):
        pelvis, trunk = (degrees[:, JOINT_NAMES.index(name), ANGLE_NAMES.index(plane)] for name in ("pelvis", "trunk"))
        unwrap(pelvis)
        unwrap(trunk)
        middle = _median(pelvis if np.isfinite(pelvis).any() else trunk)
        zero = middle if plane == "rot" else _whole_turns(middle)
        pelvis -= zero
        trunk -= zero
        trunk -= _whole_turns(_median(trunk - pelvis if np.isfinite(trunk - pelvis).any() else trunk))
    return float(within(np.array(middle), 0))  # of the rotations, which came last


def _median(degrees: FloatArray) -> float:
    return float(np.nanmedian(degrees)) if np.isfinite(degrees).any() else float("nan")


def _whole_turns(degrees: float) -> float:
    return 360.0 * round(degrees / 360.0) if np.isfinite(degrees) else 0.0
