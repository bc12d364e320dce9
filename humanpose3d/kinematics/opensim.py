"""Convert joint angles to the coordinates of OpenSim's full-body models, and back."""

from collections.abc import Sequence

import numpy as np

from humanpose3d.kinematics.angles import JointAngles, named_by_convention, turned_to_heading
from humanpose3d.kinematics.axes.elevation import continuous_elevation
from humanpose3d.kinematics.axes.segments import HINGE_BEND
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.kinematics.rotations import (
    FloatArray,
    compose_yxz,
    compose_zxy,
    relative,
    unwrap,
    within,
    yxz_angles,
    zxy_angles,
)
from humanpose3d.kinematics.validity.plausible import without_implausible

__all__ = ["angles_of_coordinates", "opensim_coordinates"]

_LIMBS = {
    "hip": (("hip_flexion", 1), ("hip_adduction", -1), ("hip_rotation", 1)),
    "knee": (("knee_angle", 1),),
    "ankle": (("ankle_angle", 1),),
    "shoulder": (("arm_flex", 1), ("arm_add", -1), ("arm_rot", 1)),
    "elbow": (("elbow_flex", 1), None, ("pro_sup", 1)),
}
"""Coordinates, and their signs against ours, of a joint's flexion, abduction and rotation."""

_PELVIS_AND_LUMBAR = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation", "lumbar_extension", "lumbar_bending", "lumbar_rotation",
)  # fmt: skip
_OTHER_NAMES = {
    "L5_S1_Flex_Ext": "lumbar_extension",
    "L5_S1_Lat_Bending": "lumbar_bending",
    "L5_S1_axial_rotation": "lumbar_rotation",
}
"""The lumbar joint in Pose2Sim's model, which turns in the same order."""
_LEAST_SEEN = 0.5
_SAME_TIME_S = 1e-4
"""Motion files hold times to this."""


def opensim_coordinates(angles: JointAngles, hip: FloatArray | None = None) -> tuple[tuple[str, ...], FloatArray]:
    """Return the columns of a motion file for the models of Rajagopal (2016) and of Lai and Uhlrich (2022).

    Parameters
    ----------
    angles : JointAngles
    hip : ndarray, shape (T, 3), optional
        Position of the mid-hip, metres, y up; it becomes the position of the pelvis.

    Returns
    -------
    names : tuple of C str
        Such as ``pelvis_tilt`` and ``knee_angle_r``.
    values : ndarray, shape (T, C)
        Degrees, and metres for the three translations.

    Notes
    -----
    OpenSim turns the pelvis in the order tilt, list, rotation and the lumbar joint as the trunk against the pelvis,
    so these are computed anew from the axes. The person's median heading becomes OpenSim's x axis. Where no markers
    show the tilt of the pelvis, it is given that of the trunk, against which the hip angles were then measured: the
    posture of the thighs is right, and the lumbar joint stays straight.

    OpenSim has no missing values. Coordinates that are known in less than half of the frames are left out (the
    model then keeps its default), gaps in the others are filled linearly, and the ends held.
    """
    columns = {**_pelvis_and_trunk(angles), **_limbs(angles)}
    if hip is not None:
        turn = compose_zxy(np.array([[0.0, 0.0, -angles.heading]]))[0]
        place = np.asarray(hip, np.float64) @ turn.T
        columns.update({f"pelvis_t{axis}": place[:, i] for i, axis in enumerate("xyz")})
    kept = {
        name: _filled(angles.times, values)
        for name, values in columns.items()
        if np.isfinite(values).mean() >= _LEAST_SEEN
    }
    return tuple(kept), np.stack([*kept.values()], axis=-1) if kept else np.empty((len(angles.times), 0))


def _pelvis_and_trunk(angles: JointAngles) -> dict[str, FloatArray]:
    pelvis, trunk = np.array(angles["pelvis"]), np.array(angles["trunk"])
    if not np.isfinite(pelvis[:, 0]).any():
        pelvis[:, 0] = trunk[:, 0]
    room_to_pelvis, room_to_trunk = (compose_yxz(turns * [-1, 1, 1]) for turns in (pelvis, trunk))
    turns = [zxy_angles(rotation).T for rotation in (room_to_pelvis, relative(room_to_pelvis, room_to_trunk))]
    columns = dict(zip(_PELVIS_AND_LUMBAR, np.concatenate(turns), strict=True))
    for column in columns.values():
        unwrap(column)
    return columns


def _limbs(angles: JointAngles) -> dict[str, FloatArray]:
    return {
        f"{coordinate[0]}_{side.lower()}": coordinate[1] * angles[f"{joint}_{side}"][:, column]
        for side in "RL"
        for joint, coordinates in _LIMBS.items()
        for column, coordinate in enumerate(coordinates)
        if coordinate is not None
    }


def _filled(times: FloatArray, values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    return np.asarray(np.interp(times, times[known], values[known]))


def angles_of_coordinates(names: Sequence[str], times: FloatArray, values: FloatArray, own: JointAngles) -> JointAngles:
    """Return the joint angles of a solution of inverse kinematics, with our names and signs, and the model's zeros.

    Parameters
    ----------
    names : sequence of C str
        Coordinates of the model, such as ``knee_angle_r``; what it has not stays empty.
    times : ndarray, shape (S,)
        Seconds; frames without any marker are not among them.
    values : ndarray, shape (S, C)
        Degrees.
    own : JointAngles
        Those of the markers that were solved.

    Returns
    -------
    JointAngles
        At the times of `own`. A model has an angle also where no marker shows it: a joint is empty in the frames in
        which `own` has none of its three angles, or in which no body reaches them; and so are the pelvis's tilt and,
        while knee or elbow are straight, the rotation of hip and shoulder where only body markers were solved.
    """
    at = np.abs(own.times[:, np.newaxis] - times).argmin(axis=1)
    solved = np.abs(own.times - times[at]) < _SAME_TIME_S
    columns = {
        _OTHER_NAMES.get(name, name): np.where(solved, values[at, column], np.nan) for column, name in enumerate(names)
    }
    coordinates = _Coordinates(columns, np.full(len(own.times), np.nan))
    degrees = np.stack([_of_joint(joint, coordinates) for joint in JOINT_NAMES], axis=1)
    heading = turned_to_heading(degrees)
    if not own.defined[0, 0]:
        degrees[:, 0, 0] = np.nan
        for joint, hinge in (("hip", "knee"), ("shoulder", "elbow")):
            for side in "RL":
                straight = ~(degrees[:, JOINT_NAMES.index(f"{hinge}_{side}"), 0] >= HINGE_BEND)
                degrees[straight, JOINT_NAMES.index(f"{joint}_{side}"), 2] = np.nan
    degrees[~np.isfinite(own.degrees).any(axis=2)] = np.nan
    found = JointAngles(own.times, degrees, np.asarray(np.isfinite(degrees).any(axis=0)), heading)
    return without_implausible(found)[0]


class _Coordinates:
    """Coordinates of a model by name; what it has not is NaN."""

    def __init__(self, columns: dict[str, FloatArray], missing: FloatArray) -> None:
        self._columns, self._missing = columns, missing

    def turns(self, *names: str) -> FloatArray:
        """Return degrees about Z, X and Y, shape (T, 3)."""
        return np.stack([self._columns.get(name, self._missing) for name in names], axis=-1)


def _of_joint(joint: str, coordinates: _Coordinates) -> FloatArray:
    name, _, side = joint.partition("_")
    if name in ("pelvis", "trunk"):
        axes = compose_zxy(coordinates.turns(*_PELVIS_AND_LUMBAR[:3]))
        if name == "trunk":
            axes = axes @ compose_zxy(coordinates.turns(*_PELVIS_AND_LUMBAR[3:]))
        return named_by_convention(joint, yxz_angles(axes))
    degrees = np.full((len(coordinates.turns("")), 3), np.nan)
    for column, coordinate in enumerate(_LIMBS[name]):
        if coordinate is not None and coordinate[0] != "pro_sup":  # no marker shows how the forearm is turned
            degrees[:, column] = coordinate[1] * coordinates.turns(f"{coordinate[0]}_{side.lower()}")[:, 0]
    if name == "shoulder":
        right_handed = np.array([1, -1, 1] if side == "R" else [1, 1, -1])
        degrees = continuous_elevation(degrees * right_handed) * right_handed
    centres = [convention_of(joint, angle).centre for angle in ANGLE_NAMES]
    return within(degrees, np.array(centres))
