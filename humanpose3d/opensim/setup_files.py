"""Write the set-up files of the ScaleTool and of the InverseKinematicsTool, from those of Pose2Sim.

Paths in them are relative to their own folder, so that it can be moved, and opened in OpenSim's window.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from xml.etree import ElementTree

__all__ = ["TrialFiles", "task_markers", "write_inverse_kinematics_setup", "write_scaling_setup"]


class TrialFiles:
    """The names of the files of a trial, all in one folder."""

    def __init__(self, stem: str) -> None:
        self.stem = stem
        self.trial_markers = f"{stem}_markers.trc"
        self.generic_model = f"{stem}_generic.osim"
        self.scaled_model = f"{stem}_scaled.osim"
        self.scaling_setup = f"{stem}_scale_setup.xml"
        self.inverse_kinematics_setup = f"{stem}_ik_setup.xml"
        self.motion = f"{stem}_ik.mot"
        self.marker_errors = f"{stem}_ik_marker_errors.sto"  # OpenSim makes this name and the next of the tool's name
        self.marker_locations = f"{stem}_ik_model_marker_locations.sto"


def write_scaling_setup(
    template: Path,
    folder: Path,
    files: TrialFiles,
    factors: Mapping[str, tuple[float, float, float]],
    *,
    mass: float,
    height: float | None,
) -> None:
    """Write the set-up of a ScaleTool with a factor for each body, which needs no markers of a trial."""
    document = ElementTree.parse(template).getroot()
    tool = _only(document, "ScaleTool")
    tool.set("name", re.sub(r"[\s\\*+/]", "_", f"{files.stem}_scaled"))  # the model's, for which there are rules
    _set(tool, "mass", f"{mass:g}")
    _set(tool, "height", f"{1000 * height:g}" if height else "-1")  # millimetres; OpenSim only keeps it
    _set(tool, "GenericModelMaker/model_file", files.generic_model)
    _set(tool, "GenericModelMaker/marker_set_file", "Unassigned")
    _set(tool, "ModelScaler/scaling_order", "manualScale")
    _set(tool, "ModelScaler/marker_file", "Unassigned")
    _set(tool, "ModelScaler/output_model_file", files.scaled_model)
    _set(tool, "MarkerPlacer/apply", "false")
    scales = tool.find("ModelScaler/ScaleSet/objects")
    if scales is None:
        raise ValueError(f"{template} has no ScaleSet")
    scales.clear()
    for body, values in factors.items():
        scale = ElementTree.SubElement(scales, "Scale")
        for key, text in (("scales", " ".join(f"{v:.9g}" for v in values)), ("segment", body), ("apply", "true")):
            ElementTree.SubElement(scale, key).text = text
    _write(document, folder / files.scaling_setup)


def task_markers(template: Path) -> list[str]:
    """Return the markers to which the set-up of an InverseKinematicsTool gives a weight."""
    return [str(task.get("name")) for task in ElementTree.parse(template).iter("IKMarkerTask")]


def write_inverse_kinematics_setup(
    template: Path,
    folder: Path,
    files: TrialFiles,
    *,
    time_range: tuple[float, float],
    markers: Collection[str],
    coordinates: Collection[str],
) -> None:
    """Write the set-up of an InverseKinematicsTool, with the tasks of these markers and coordinates."""
    document = ElementTree.parse(template).getroot()
    tool = _only(document, "InverseKinematicsTool")
    tool.set("name", files.stem)
    _set(tool, "results_directory", "./")
    _set(tool, "model_file", files.scaled_model)
    _set(tool, "marker_file", files.trial_markers)
    _set(tool, "time_range", " ".join(f"{time:.9f}" for time in time_range))
    _set(tool, "output_motion_file", files.motion)
    _set(tool, "report_errors", "true")
    _set(tool, "report_marker_locations", "true")
    tasks = tool.find("IKTaskSet/objects")
    if tasks is None:
        raise ValueError(f"{template} has no IKTaskSet")
    for task in list(tasks):
        if task.get("name") not in (coordinates if task.tag == "IKCoordinateTask" else markers):
            tasks.remove(task)
    _write(document, folder / files.inverse_kinematics_setup)


def _only(document: ElementTree.Element, name: str) -> ElementTree.Element:
    found = document.find(name)
    if found is None:
        raise ValueError(f"a set-up file has no {name}")
    return found


def _set(tool: ElementTree.Element, path: str, text: str) -> None:
    """Set the text of an element, which is made where it is missing."""
    element = tool
    for name in path.split("/"):
        child = element.find(name)
        element = ElementTree.SubElement(element, name) if child is None else child
    element.text = text


def _write(document: ElementTree.Element, path: Path) -> None:
    ElementTree.indent(document, "\t")
    ElementTree.ElementTree(document).write(path, encoding="utf-8", xml_declaration=True)
