"""The skeleton of a trial as data for ``skeleton.js``."""

import numpy as np

from humanpose3d.pipeline.trajectories import Landmarks, Markers
from humanpose3d.report.data.gather import seen_positions
from humanpose3d.report.figures.arrays import array_text
from humanpose3d.report.figures.panels import Json
from humanpose3d.report.style import COLOURS, SIDES

__all__ = ["skeleton_data"]

_CHAINS = {
    "L": (("Neck", "LShoulder", "LElbow", "LWrist"), ("Hip", "LHip", "LKnee", "LAnkle", "LHeel", "LBigToe", "LAnkle")),
    "R": (("Neck", "RShoulder", "RElbow", "RWrist"), ("Hip", "RHip", "RKnee", "RAnkle", "RHeel", "RBigToe", "RAnkle")),
    "": (("Hip", "Neck", "Head", "Nose"),),
}


def skeleton_data(markers: Markers | None, landmarks: Landmarks | None = None) -> Json | None:
    """Return the markers along the lines of the skeleton, and the lines; None where no marker was ever seen.

    Legs that the `landmarks` say were not seen are not drawn.
    """
    if markers is None or not np.isfinite(markers.positions).all(axis=-1).any():
        return None
    drawn = {name for chains in _CHAINS.values() for chain in chains for name in chain}
    names = [name for name in markers.names if name in drawn]
    seen = seen_positions(markers, landmarks)
    positions = seen[:, [markers.names.index(name) for name in names]]
    return {"markers": len(names), "positions": array_text(positions), "lines": _lines(names)}


def _lines(names: list[str]) -> list[Json]:
    """List the lines of the skeleton: for each side its colour and the markers along it, None between two lines.

    A letter at the hand and the foot tells the sides apart without colours.
    """
    lines = []
    for side, chains in _CHAINS.items():
        path: list[int | None] = []
        for chain in chains:
            path += [names.index(name) for name in chain if name in names]
            path.append(None)
        named = [f"{side}Wrist", f"{side}BigToe"] if side else []
        letters = [side if marker is not None and names[marker] in named else "" for marker in path[:-1]]
        lines.append({"name": SIDES[side], "colour": COLOURS[side], "path": path[:-1], "letters": letters})
    return lines
