"""Other angles of the trials of the bench: of anatomical markers, and OpenSim's, which are cached."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from humanpose3d.formats.mot import MotTable
from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.opensim import angles_of_coordinates
from humanpose3d.loaders import MarkerAugmenter, load_pose2sim_augmenter
from humanpose3d.opensim.errors import OpenSimError
from humanpose3d.opensim.installed import find_model_files
from humanpose3d.opensim.inverse_kinematics import ASSUMED_MASS_KG, scale_and_solve
from humanpose3d.pipeline.markers import augment_markers
from humanpose3d.pipeline.trajectories import Markers

__all__ = ["Anatomical", "Solver"]

USUAL_HEIGHT_M = 1.7


class Anatomical(NamedTuple):
    """Gives the angles of the anatomical markers that Pose2Sim's augmenter adds."""

    def __call__(self, markers: Markers, own: JointAngles, height: float | None) -> JointAngles:
        """Return the angles at the times of the markers, empty where all of `own` of a joint are."""
        augmented = with_anatomical(markers, height)
        angles = joint_angles(augmented.times, augmented.names, augmented.positions)
        seen = np.isfinite(own.degrees).any(axis=-1, keepdims=True)
        return replace(angles, degrees=np.where(seen, angles.degrees, np.nan))


class Solver(NamedTuple):
    """Gives the angles of Pose2Sim's model, scaled to a trial and solved by inverse kinematics."""

    cache: Path
    """Folder for what was solved; these very markers are not solved twice."""
    anatomical: bool
    """Whether Pose2Sim's augmenter first adds the 43 anatomical markers to the body markers."""

    def __call__(self, markers: Markers, own: JointAngles, height: float | None) -> JointAngles:
        """Return the angles at the times of the markers, empty where `own` are, or where OpenSim failed."""
        if self.anatomical:
            markers = with_anatomical(markers, height)
        motion = solved(markers, height, self.cache)
        if motion is None:
            return replace(own, degrees=np.full_like(own.degrees, np.nan))
        return angles_of_coordinates(motion.names, motion.times, motion.values, own)


def with_anatomical(markers: Markers, height: float | None) -> Markers:
    return augment_markers(markers, _augmenter(), height=height or USUAL_HEIGHT_M, mass=ASSUMED_MASS_KG)


@lru_cache(maxsize=1)
def _augmenter() -> MarkerAugmenter:
    return load_pose2sim_augmenter()


def solved(markers: Markers, height: float | None, cache: Path) -> MotTable | None:
    """Return the motion of Pose2Sim's model, from the cache if it is there; None where OpenSim could not solve it."""
    names = tuple(markers.names)
    content = (repr((names, height)).encode(), markers.times.tobytes(), markers.positions.round(5).tobytes())
    cached = cache / f"{hashlib.sha256(b''.join(content)).hexdigest()[:20]}.npz"
    if not cached.is_file():
        motion = _solve(markers, height)
        cache.mkdir(exist_ok=True)
        beside = cache / f".{cached.stem}.{os.getpid()}.npz"
        np.savez_compressed(beside, names=motion.names, times=motion.times, values=motion.values.astype(np.float32))
        beside.replace(cached)
    with np.load(cached) as file:
        motion = MotTable(tuple(file["names"].tolist()), file["times"], file["values"].astype(np.float64), True)
    return motion if motion.names else None


def _solve(markers: Markers, height: float | None) -> MotTable:
    model = find_model_files("r.ASIS_study" in markers.names)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return scale_and_solve(
                Path(folder), "trial", tuple(markers.names), markers.times, markers.positions, model, height=height
            ).motion
        except OpenSimError:
            return MotTable((), np.empty(0), np.empty((0, 0)), True)
