"""Convert joint angles to the coordinates of OpenSim's full-body models."""

import numpy as np

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.rotations import FloatArray, compose_yxz, compose_zxy, relative, unwrap, zxy_angles

__all__ = ["opensim_coordinates"]

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
_LEAST_SEEN = 0.5


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
    kept = {name: _filled(angles.times, values) for name, values in columns.items() if _seen(values) >= _LEAST_SEEN}
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


def _seen(values: FloatArray) -> float:
    return float(np.isfinite(values).mean())


def _filled(times: FloatArray, values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    return np.asarray(np.interp(times, times[known], values[known]))
