"""The 3D skeleton, as plain JSON values for plotly.js."""

from humanpose3d.pipeline.trajectories import Markers
from humanpose3d.report.figures.panels import Json
from humanpose3d.report.style import COLOURS, SIDES

__all__ = ["skeleton_lines"]

_SKELETON = {
    "L": (("Neck", "LShoulder", "LElbow", "LWrist"), ("Hip", "LHip", "LKnee", "LAnkle", "LHeel", "LBigToe", "LAnkle")),
    "R": (("Neck", "RShoulder", "RElbow", "RWrist"), ("Hip", "RHip", "RKnee", "RAnkle", "RHeel", "RBigToe", "RAnkle")),
    "": (("Hip", "Neck", "Head", "Nose"),),
}


def skeleton_lines(markers: Markers) -> list[Json]:
    """List the lines of the skeleton: for each side its colour and the markers along it, None between two lines.

    A letter at the hand and the foot tells the sides apart without colours.
    """
    lines = []
    for side, chains in _SKELETON.items():
        path: list[int | None] = []
        for chain in chains:
            path += [markers.names.index(name) for name in chain if name in markers.names]
            path.append(None)
        named = [f"{side}Wrist", f"{side}BigToe"] if side else []
        letters = [side if marker is not None and markers.names[marker] in named else "" for marker in path[:-1]]
        lines.append({"name": SIDES[side], "colour": COLOURS[side], "path": path[:-1], "letters": letters})
    return lines
