"""Draw the frames of a video above OpenSim's scaled model in the same poses, with the trial's markers in red.

``python scripts/make_opensim_picture.py DIR VIDEO OUT.png`` needs OpenSim, and the folder of a run with ``--opensim``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import numpy.typing as npt

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import opensim
from matplotlib.collections import PolyCollection

from humanpose3d.formats.mot import read_mot
from humanpose3d.formats.trc import read_trc
from humanpose3d.video.reader import VideoReader

Array = npt.NDArray[Any]

PICTURES = 4
BONE = np.array([1.0, 0.96, 0.88])


def main() -> int:
    """Draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of a run with --opensim")
    parser.add_argument("video", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    solved = options.folder / "opensim"
    stem = options.video.stem
    opensim.Logger.removeFileSink()
    opensim.ModelVisualizer.addDirToGeometrySearchPaths(str(solved / "Geometry"))
    model = opensim.Model(str(solved / f"{stem}_scaled.osim"))
    state = model.initSystem()
    motion, trial = read_mot(solved / f"{stem}_ik.mot"), read_trc(solved / f"{stem}_markers.trc")
    with VideoReader(options.video) as reader:
        pictures = [frame.rgb for frame in reader.frames()]
    rows = np.linspace(0, len(trial.frames) - 1, PICTURES + 2).astype(int)[1:-1]
    figure, axes = plt.subplots(2, PICTURES, figsize=(2.4 * PICTURES, 6), layout="constrained")
    for column, row in enumerate(rows):
        pose(model, state, motion.names, motion.values[row])
        axes[0, column].imshow(pictures[trial.frames[row]])
        draw(axes[1, column], *bones(model, state, solved / "Geometry"), trial.positions[row])
        for axis in axes[:, column]:
            axis.axis("off")
    figure.savefig(options.picture, dpi=80)
    return 0


def pose(model: Any, state: Any, names: tuple[str, ...], values: Array) -> None:
    """Give the model the pose of one row of its motion."""
    for name, value in zip(names, values, strict=True):
        metres = name.startswith("pelvis_t") and name != "pelvis_tilt"
        model.getCoordinateSet().get(name).setValue(state, float(value if metres else np.radians(value)), False)
    model.realizePosition(state)


def bones(model: Any, state: Any, folder: Path) -> tuple[list[Array], list[float]]:
    """Return the faces of all bones in the room, from back to front, and how bright each is."""
    faces, brightness = [], []
    for component in model.getComponentsList():
        if component.getConcreteClassName() != "Mesh":
            continue
        mesh = opensim.Mesh.safeDownCast(component)
        points, polygons = read_vtp(folder / mesh.get_mesh_file())
        transform = mesh.getFrame().getTransformInGround(state)
        turn = transform.R().asMat33()
        rotation = np.array([[turn.get(i, j) for j in range(3)] for i in range(3)])
        placed = points * mesh.get_scale_factors().to_numpy() @ rotation.T + transform.p().to_numpy()
        for polygon in polygons:
            face = placed[polygon]
            normal = np.cross(face[1] - face[0], face[2] - face[0])
            length = np.linalg.norm(normal)
            if length > 0:
                faces.append(face)
                brightness.append(0.45 + 0.5 * abs(normal[2] / length))
    order = np.argsort([face[:, 2].mean() for face in faces])
    return [faces[i] for i in order], [brightness[i] for i in order]


def read_vtp(path: Path) -> tuple[Array, list[Array]]:
    """Read the points and the polygons of a shape."""
    root = ElementTree.parse(path).getroot()
    points = np.array((root.findtext(".//Points/DataArray") or "").split(), float).reshape(-1, 3)
    numbers = {
        each.get("Name"): np.array((each.text or "").split(), int) for each in root.findall(".//Polys/DataArray")
    }
    return points, np.split(numbers["connectivity"], numbers["offsets"][:-1])


def draw(axis: Any, faces: list[Array], brightness: list[float], markers: Array) -> None:
    """Draw the bones as the camera of the trial sees them, from the front of its axes."""
    colours = [tuple(each * BONE) for each in brightness]
    axis.add_collection(PolyCollection([face[:, :2] for face in faces], facecolors=colours, edgecolors="none"))
    axis.plot(markers[:, 0], markers[:, 1], ".", color="tab:red", markersize=3)
    middle = np.nanmean(markers[:, 0])
    axis.set(xlim=(middle - 0.65, middle + 0.65), ylim=(-0.05, 1.95), aspect="equal")


if __name__ == "__main__":
    sys.exit(main())
