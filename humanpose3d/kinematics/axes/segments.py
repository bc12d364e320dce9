"""Compute segment axes from markers (Wu 2002, 2005): X forward, Y up, Z to the right, on both sides of the body."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.rotations import (
    FloatArray,
    angle_between,
    axes_keeping_x,
    axes_keeping_y,
    axes_keeping_z,
    unit,
)

__all__ = ["HINGE_BEND", "Segment", "segments_from_markers"]

HINGE_BEND = 30.0
"""Degrees. From this bend on, the plane of two limb segments stands in for the axis of the joint between them."""


class Segment(NamedTuple):
    """One segment's axes, shape (T, 3, 3), NaN where they are not known."""

    axes: FloatArray
    anatomical: bool
    """Whether anatomical markers show all three axes, and not only the directions that joint centres show."""

    @property
    def x(self) -> FloatArray:
        """Forward, shape (T, 3)."""
        return self.axes[..., 0]

    @property
    def y(self) -> FloatArray:
        """Up, along the segment, shape (T, 3)."""
        return self.axes[..., 1]


def segments_from_markers(names: Sequence[str], positions: FloatArray) -> dict[str, Segment]:
    """Compute the axes of pelvis, trunk, thighs, shanks, feet, upper arms and forearms.

    Parameters
    ----------
    names : sequence of M str
        Any of the 22 body markers, and of the 43 anatomical markers (those that end in ``_study``).
    positions : ndarray, shape (T, M, 3)
        Metres, y up; NaN where a marker is missing.

    Returns
    -------
    dict of str to Segment
        ``pelvis``, ``trunk``, and ``thigh``, ``shank``, ``foot``, ``upper_arm``, ``forearm`` with ``_R`` and ``_L``.

    Notes
    -----
    A segment follows its anatomical markers throughout the trial if they are there, and else the body markers; it
    never changes between the two from frame to frame, because their zeros differ.

    With body markers alone the pelvis takes its Z axis from the hips and its Y axis from the line to the neck:
    hip centres do not show how the pelvis is tilted, so the hip angles are then those between thigh and trunk.
    The Z axes of thigh and upper arm are then the normals of the planes of the bent knee and elbow, as in the
    second option of Wu (2005) for the humerus.
    """
    trajectories = dict(zip(names, np.moveaxis(np.asarray(positions, np.float64), 1, 0), strict=True))
    point = _Points(trajectories, np.full((len(positions), 3), np.nan))
    made = {"pelvis": _pelvis(point), "trunk": _trunk(point)}
    for side in "RL":
        limbs = {**_leg(point, side), **_arm(point, side)}
        made.update({f"{name}_{side}": segment for name, segment in limbs.items()})
    return made


class _Points:
    """Marker trajectories by name; what is not there is NaN."""

    def __init__(self, trajectories: Mapping[str, FloatArray], missing: FloatArray) -> None:
        self._trajectories = trajectories
        self._missing = missing

    def __getitem__(self, name: str) -> FloatArray:
        return self._trajectories.get(name, self._missing)

    def have(self, *names: str) -> bool:
        return all(bool(np.isfinite(self[name]).all(axis=-1).any()) for name in names)

    def middle(self, *names: str) -> FloatArray:
        return np.asarray(np.mean([self[name] for name in names], axis=0))

    def to_the_right(self, side: str, lateral: str, medial: str) -> FloatArray:
        """From the medial marker to the lateral one on the right side of the body, the other way on the left."""
        return (self[lateral] - self[medial]) * (1.0 if side == "R" else -1.0)


def _pelvis(point: _Points) -> Segment:
    front = ("r.ASIS_study", "L.ASIS_study")
    back = ("r.PSIS_study", "L.PSIS_study")
    if not point.have(*front, *back):
        hips = point["RHip"] - point["LHip"]
        return Segment(axes_keeping_z(hips, point["Neck"] - point.middle("RHip", "LHip")), False)
    z = point[front[0]] - point[front[1]]
    y = np.cross(z, point.middle(*front) - point.middle(*back))
    return Segment(axes_keeping_z(z, y), True)


def _trunk(point: _Points) -> Segment:
    upright = point["Neck"] - point.middle("RHip", "LHip")
    return Segment(axes_keeping_y(upright, point["RShoulder"] - point["LShoulder"]), False)


def _leg(point: _Points, side: str) -> dict[str, Segment]:
    s = {"R": "r", "L": "L"}[side]
    hip, knee, mknee = f"{side}HJC_study", f"{s}_knee_study", f"{s}_mknee_study"
    ankle, mankle = f"{s}_ankle_study", f"{s}_mankle_study"
    toe, fifth, heel = f"{s}_toe_study", f"{s}_5meta_study", f"{s}_calc_study"

    if point.have(hip, knee, mknee, ankle, mankle):
        knee_centre, ankle_centre = point.middle(knee, mknee), point.middle(ankle, mankle)
        thigh = Segment(axes_keeping_y(point[hip] - knee_centre, point.to_the_right(side, knee, mknee)), True)
        shank = Segment(axes_keeping_y(knee_centre - ankle_centre, point.to_the_right(side, ankle, mankle)), True)
    else:
        thigh_y, shank_y = point[f"{side}Hip"] - point[f"{side}Knee"], point[f"{side}Knee"] - point[f"{side}Ankle"]
        thigh = Segment(axes_keeping_y(thigh_y, _hinge(shank_y, thigh_y)), False)
        shank = _line_only(shank_y)

    if point.have(heel, toe, fifth):
        forward = point.middle(toe, fifth) - point[heel]
        foot = Segment(axes_keeping_x(forward, point.to_the_right(side, fifth, toe)), True)
    else:
        forward = point[f"{side}BigToe"] - point[f"{side}Heel"]
        foot = Segment(axes_keeping_x(forward, np.full_like(forward, np.nan)), False)
    return {"thigh": thigh, "shank": shank, "foot": foot}


def _arm(point: _Points, side: str) -> dict[str, Segment]:
    s = {"R": "r", "L": "L"}[side]
    elbow, melbow = f"{s}_lelbow_study", f"{s}_melbow_study"
    wrist, mwrist = f"{s}_lwrist_study", f"{s}_mwrist_study"
    shoulder = point[f"{side}Shoulder"]
    if point.have(elbow, melbow, wrist, mwrist):
        elbow_centre, wrist_centre = point.middle(elbow, melbow), point.middle(wrist, mwrist)
        upper_arm = axes_keeping_y(shoulder - elbow_centre, point.to_the_right(side, elbow, melbow))
        forearm = axes_keeping_y(elbow_centre - wrist_centre, point.to_the_right(side, wrist, mwrist))
        return {"upper_arm": Segment(upper_arm, True), "forearm": Segment(forearm, True)}
    upper_y, forearm_y = shoulder - point[f"{side}Elbow"], point[f"{side}Elbow"] - point[f"{side}Wrist"]
    return {
        "upper_arm": Segment(axes_keeping_y(upper_y, _hinge(upper_y, forearm_y)), False),
        "forearm": _line_only(forearm_y),
    }


def _hinge(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the axis of the hinge between two segments, NaN unless it is bent enough to be seen."""
    bent = angle_between(first, second) >= HINGE_BEND
    return np.where(bent[:, np.newaxis], unit(np.cross(first, second)), np.nan)


def _line_only(y: FloatArray) -> Segment:
    return Segment(axes_keeping_y(y, np.full_like(y, np.nan)), False)
