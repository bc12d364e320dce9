"""Scale the generic model to a trial and solve its inverse kinematics."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from humanpose3d.formats.atomic import replacing
from humanpose3d.formats.frames import FloatArray
from humanpose3d.formats.mot import MotTable, read_mot
from humanpose3d.formats.trc import write_trc
from humanpose3d.kinematics.series import mean_rate
from humanpose3d.opensim.errors import OpenSimError
from humanpose3d.opensim.installed import ModelFiles
from humanpose3d.opensim.process import run_worker
from humanpose3d.opensim.scaling import lengths_of_pairs, read_measurements
from humanpose3d.opensim.setup_files import TrialFiles, task_markers

__all__ = ["Solution", "scale_and_solve"]

ASSUMED_MASS_KG = 70.0
_JOB = "job.json"
_GEOMETRY = "Geometry"


@dataclass(frozen=True)
class Solution:
    """Inverse kinematics of a trial, and its files."""

    motion: MotTable
    """Degrees and metres, at the times at which a marker was seen."""
    marker_errors: dict[str, tuple[float, float, int]]
    """Root mean square and greatest distance from the model's marker, metres, and number of frames, by marker."""
    files: tuple[Path, ...]
    """All in one folder, or in ``Geometry`` below it."""

    @property
    def rms(self) -> float:
        """Root mean square over all markers and frames, metres."""
        squares, counts = zip(*((n * rms**2, n) for rms, _, n in self.marker_errors.values()), strict=True)
        return float(np.sqrt(sum(squares) / sum(counts)))


def scale_and_solve(
    folder: Path,
    stem: str,
    names: tuple[str, ...],
    times: FloatArray,
    positions: FloatArray,
    model: ModelFiles,
    *,
    mass: float | None = None,
    height: float | None = None,
    joint_centres: bool = True,
) -> Solution:
    """Scale a model to a trial and solve its inverse kinematics; the files are written to `folder`.

    Parameters
    ----------
    folder : Path
        Empty.
    stem : str
        Begins the names of the files.
    names, times, positions
        The markers: M names, seconds (T,), and metres, y up (T, M, 3).
    model : ModelFiles
    mass, height : float, optional
        Kilograms and metres; a mass of 70 kg is assumed.
    joint_centres : bool
        Whether the model's markers of joints are placed in its joint centres; for Pose2Sim's model.

    Raises
    ------
    OpenSimError
        The trial has no markers, the model has not ours, or OpenSim failed.
    """
    seen = np.isfinite(positions[..., 0] + positions[..., 1] + positions[..., 2])
    frames = np.flatnonzero(np.any(seen, axis=1))
    if not len(frames):
        raise OpenSimError("OpenSim needs markers, and this trial has none in any frame.")
    rate = mean_rate(times) if len(times) > 1 else 30.0
    files = TrialFiles(stem)
    write_trc(folder / files.trial_markers, names, times, positions, rate=rate)
    measurements = read_measurements(model.scaling)
    pairs = {pair for measurement in measurements for pair in measurement.pairs}
    job = {
        "stem": stem,
        "model": str(model.model.resolve()),
        "markers": str(model.markers.resolve()),
        "scaling": str(model.scaling.resolve()),
        "inverse_kinematics": str(model.inverse_kinematics.resolve()),
        "measurements": [{"pairs": each.pairs, "bodies": dict(each.bodies)} for each in measurements],
        "lengths": [[*pair, length] for pair, length in lengths_of_pairs(names, positions, pairs).items()],
        "tasks": task_markers(model.inverse_kinematics),
        "seen": [name for name, there in zip(names, np.any(seen, axis=0).tolist(), strict=True) if there],
        "time_range": [float(times[frames[0]]), float(times[frames[-1]])],
        "mass": mass or ASSUMED_MASS_KG,
        "height": height,
        "joint_centres": joint_centres,
    }
    (folder / _JOB).write_text(json.dumps(job), encoding="utf-8")
    run_worker(folder, _JOB, len(frames))
    (folder / _JOB).unlink()
    return _solution(folder, files, names, times, positions, model)


def _solution(
    folder: Path, files: TrialFiles, names: tuple[str, ...], times: FloatArray, positions: FloatArray, model: ModelFiles
) -> Solution:
    try:
        motion, placed = read_mot(folder / files.motion), read_mot(folder / files.marker_locations)
    except (OSError, ValueError) as error:
        raise OpenSimError(f"OpenSim wrote no inverse kinematics that can be read ({error}).") from error
    if not np.isfinite(motion.values).all():
        raise OpenSimError("OpenSim's inverse kinematics has values that are no numbers.")
    errors = _marker_errors(placed, names, times, positions)
    table = folder / f"{files.stem}_ik_marker_errors.csv"
    with replacing(table) as file:
        file.write("marker,rms_mm,max_mm,frames\n")
        file.writelines(
            f"{name},{1000 * rms:.1f},{1000 * most:.1f},{count}\n" for name, (rms, most, count) in errors.items()
        )
    _copy_geometry(folder, files.scaled_model, model.geometry)
    written = [path for path in folder.rglob("*") if path.is_file()]
    return Solution(motion, errors, tuple(sorted(written)))


def _marker_errors(
    placed: MotTable, names: tuple[str, ...], times: FloatArray, positions: FloatArray
) -> dict[str, tuple[float, float, int]]:
    """Compare the model's markers with those of the trial, frame by frame."""
    rows = np.abs(times[:, np.newaxis] - placed.times).argmin(axis=0)
    errors = {}
    for name in names:
        columns = [f"{name}_t{axis}" for axis in "xyz"]
        if set(columns) <= set(placed.names):
            model = placed.values[:, [placed.names.index(column) for column in columns]]
            distances = np.linalg.norm(model - positions[rows, names.index(name)], axis=1)
            distances = distances[np.isfinite(distances)]
            if len(distances):
                rms = float(np.sqrt(np.mean(distances**2)))
                errors[name] = (rms, float(distances.max()), len(distances))
    return errors


def _copy_geometry(folder: Path, model: str, places: tuple[Path, ...]) -> None:
    """Copy the shapes of the bones that a model names to where OpenSim looks for them: beside the model."""
    text = (folder / model).read_text(encoding="utf-8")
    wanted = {Path(name.strip()).name for name in re.findall(r"<mesh_file>([^<]+)</mesh_file>", text)}
    for name in sorted(wanted):
        found = next((place / name for place in places if (place / name).is_file()), None)
        if found is not None:
            (folder / _GEOMETRY).mkdir(exist_ok=True)
            shutil.copyfile(found, folder / _GEOMETRY / name)
