"""OpenSim's inverse kinematics of the trials of the bench, and a cache of them: a trial takes some seconds."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np

from humanpose3d.formats.mot import MotTable
from humanpose3d.opensim.errors import OpenSimError
from humanpose3d.opensim.installed import find_model_files
from humanpose3d.opensim.inverse_kinematics import scale_and_solve
from humanpose3d.pipeline.trajectories import Markers

__all__ = ["solved"]

ANATOMICAL = "r.ASIS_study"


def solved(markers: Markers, height: float | None, cache: Path) -> MotTable | None:
    """Return the motion of Pose2Sim's model, scaled to the markers; None where OpenSim could not solve it.

    What was solved for these very markers before is read from the folder `cache`.
    """
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
    model = find_model_files(ANATOMICAL in markers.names)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return scale_and_solve(
                Path(folder), "trial", tuple(markers.names), markers.times, markers.positions, model, height=height
            ).motion
        except OpenSimError:
            return MotTable((), np.empty(0), np.empty((0, 0)), True)
