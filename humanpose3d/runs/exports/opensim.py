"""The inverse kinematics of a trial, in its folder ``opensim``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.opensim import angles_of_coordinates
from humanpose3d.opensim.errors import OpenSimError
from humanpose3d.opensim.installed import find_model_files
from humanpose3d.opensim.inverse_kinematics import ASSUMED_MASS_KG, scale_and_solve
from humanpose3d.report.data.content import ReportContent
from humanpose3d.runs.results import ResultFiles

__all__ = ["OwnModel", "Solved", "write_opensim"]

_FOLDER = "opensim"
_ANATOMICAL = "r.ASIS_study"
_MODEL_OR_DATA = {
    True: "The anatomical markers, and with them the pelvis's tilt, are what the augmenter expects of such a pose.",
    False: "Without anatomical markers the pelvis's tilt is the model's, not data: its lower back is held straight.",
}


class Solved(NamedTuple):
    """What a report and ``run.json`` have of a solved model."""

    angles: JointAngles
    details: dict[str, Any]
    """What ``run.json`` records of the stage."""
    notes: tuple[str, ...]
    """What a reader should know: how well the model fits, and what is model and what is data."""


class OwnModel(NamedTuple):
    """The user's own model and its markers, in place of Pose2Sim's."""

    model: Path | None = None
    markers: Path | None = None


def write_opensim(content: ReportContent, angles: JointAngles, files: ResultFiles, own: OwnModel) -> Solved:
    """Scale a model to a trial, with the `angles` of its markers, solve its inverse kinematics, and write all files.

    Raises
    ------
    OpenSimError
        The trial has no markers, the model has not ours, or OpenSim failed.
    PackageImportError
        Pose2Sim is not installed.
    """
    if content.markers is None:
        raise OpenSimError("OpenSim needs markers, and this trial has none in any frame.")
    markers, settings = content.markers, content.provenance.settings
    mass, height = settings.get("weight_kg"), settings.get("height_m")
    anatomical = _ANATOMICAL in markers.names
    model = find_model_files(anatomical, own.model, own.markers)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        solution = scale_and_solve(
            folder, content.name, markers.names, markers.times, markers.positions, model,
            mass=mass, height=height, joint_centres=own.model is None,
        )  # fmt: skip
        for path in solution.files:
            name = f"{_FOLDER}/{path.relative_to(folder).as_posix()}"
            shutil.copyfile(path, files.place(name, name))
    details = {
        "model": model.model.name,
        "own_model": own != OwnModel(),
        "markers": len(solution.marker_errors),
        "anatomical_markers": model.anatomical,
        "marker_rms_mm": round(1000 * solution.rms, 1),
        "mass_kg": mass or ASSUMED_MASS_KG,
        "assumed": [] if mass else ["weight_kg"],
    }
    fit = f"OpenSim's model is {1000 * solution.rms:.0f} mm off the markers (root mean square)."
    motion = solution.motion
    found = angles_of_coordinates(motion.names, motion.times, motion.values, angles)
    return Solved(found, details, (fit, _MODEL_OR_DATA[model.anatomical]))
