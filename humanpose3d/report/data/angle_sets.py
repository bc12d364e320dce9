"""The angles of a trial by each method: ISB's, OpenSim's, and of each joint the nearer ones to the truth."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.repetitions import ranges_of_motion
from humanpose3d.kinematics.series import longest_part
from humanpose3d.kinematics.validity.bands import Bands
from humanpose3d.report.data.content import AngleMethod, AngleSet
from humanpose3d.report.data.excursions import Excursions
from humanpose3d.report.data.numbers import numbers_of_movement

__all__ = ["angle_sets"]

_JOINTS = tuple(name.partition("_")[0] for name in JOINT_NAMES)


def angle_sets(
    own: JointAngles,
    opensim: tuple[JointAngles, Bands] | None,
    *,
    movement: Movement,
    bands: Bands,
    unseen: Mapping[str, str],
    cuts: Sequence[float],
) -> tuple[AngleSet, ...]:
    """Return the angles by each method, the default first; `opensim` has the angles of a model, and their bands.

    Each joint of the nearer angles has those of the method with the smaller error on rendered trials in the same view;
    where that is ISB's for all joints, there are no such angles.
    """

    def angle_set(method: AngleMethod, joints: Collection[str], angles: JointAngles, bands: Bands) -> AngleSet:
        moved = movement if method == "isb" else _with_ranges_of(angles, movement, bands)
        part = longest_part(angles.times, cuts)
        times, degrees = angles.times[part], angles.degrees[part]
        excursions = Excursions(moved, times, degrees, bands, unseen)
        return AngleSet(
            angle_method=method,
            from_opensim=frozenset(joints),
            degrees=angles.degrees,
            excursions=excursions.of_the_trial(),
            cycle_excursions=tuple(excursions.of_the_cycles()),
            angle_errors=bands.curves(movement.view),
            error_source=bands.source,
            numbers=numbers_of_movement(moved, times, degrees, bands, unseen),
        )

    isb = angle_set("isb", (), own, bands)
    if opensim is None:
        return (isb,)
    solved, solved_bands = opensim
    every = (isb, angle_set("opensim", _JOINTS, solved, bands.with_joints_of(solved_bands, _JOINTS)))
    if not (nearer := solved_bands.nearer_joints(movement.view)):
        return every
    chosen = np.isin(_JOINTS, list(nearer))
    mixed = replace(
        own,
        degrees=np.where(chosen[:, np.newaxis], solved.degrees, own.degrees),
        defined=np.where(chosen[:, np.newaxis], solved.defined, own.defined),
    )
    return (angle_set("nearer", nearer, mixed, bands.with_joints_of(solved_bands, nearer)), *every)


def _with_ranges_of(angles: JointAngles, movement: Movement, bands: Bands) -> Movement:
    """Return a movement with the same repetitions, and the ranges of motion of other angles in them."""
    errors = bands.ranges(movement.view)
    each = tuple(
        replace(one, range_of_motion=ranges_of_motion(angles, one.start, one.end, errors))
        for one in movement.repetitions
    )
    return replace(movement, repetitions=each)
