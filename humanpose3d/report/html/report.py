"""Write ``report.html``: everything about a trial in one file that needs no network."""

from html import escape
from pathlib import Path

import numpy as np

from humanpose3d.formats.atomic import replacing
from humanpose3d.kinematics.conventions import ANGLE_NAMES, CONVENTIONS, JOINT_NAMES
from humanpose3d.pipeline.trajectories import Markers
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.numbers import error_sources
from humanpose3d.report.data.verdict import judge
from humanpose3d.report.figures.curves import JointFigure, joint_figures
from humanpose3d.report.figures.panels import Json
from humanpose3d.report.figures.thinning import MOST_POINTS
from humanpose3d.report.html.embedding import array_text, video_address
from humanpose3d.report.html.page import render_page
from humanpose3d.report.style import COLOURS, SIDES, printable

__all__ = ["notebook_html", "render_report", "write_report"]

_SKELETON = {
    "L": (("Neck", "LShoulder", "LElbow", "LWrist"), ("Hip", "LHip", "LKnee", "LAnkle", "LHeel", "LBigToe", "LAnkle")),
    "R": (("Neck", "RShoulder", "RElbow", "RWrist"), ("Hip", "RHip", "RKnee", "RAnkle", "RHeel", "RBigToe", "RAnkle")),
    "": (("Hip", "Neck", "Head", "Nose"),),
}
_SCRIPTS = ("data.js", "player.js", "touch.js", "skeleton.js", "curves.js")


def write_report(target: Path, content: ReportContent, overlay: Path | None = None) -> None:
    """Write the report; `target` is replaced when it is complete.

    The overlay video is embedded; its times must be those of the content, but for slow motion.

    Raises
    ------
    humanpose3d.errors.PackageImportError
        Jinja2 is not installed.
    """
    page = render_report(content, overlay)
    with replacing(target) as file:
        file.write(page)


def render_report(content: ReportContent, overlay: Path | None = None) -> str:
    """Return the report as HTML; see :func:`write_report`."""
    figures = joint_figures(content)
    seconds = float(content.times[-1] - content.times[0])
    return render_page(
        "report.html.j2",
        _SCRIPTS,
        _page_data(content, figures),
        name=printable(content.name),
        content=content,
        record=content.provenance,
        verdict=judge(content),
        figures=figures,
        most_points=MOST_POINTS,
        sources=error_sources(content.numbers),
        conventions=CONVENTIONS,
        seconds=seconds,
        video=None if overlay is None else video_address(overlay, seconds * content.provenance.slow_motion_factor),
    )


def notebook_html(content: ReportContent, overlay: Path | None = None, height: int = 900) -> str:
    """Return the report as an element for a notebook cell, `height` pixels high, closed off from the notebook."""
    page = escape(render_report(content, overlay), quote=True)
    title = escape(printable(content.name), quote=True)
    return (
        f'<iframe sandbox="allow-scripts allow-downloads" title="Movement report: {title}" '
        f'style="width: 100%; height: {height:d}px; border: 1px solid #ccc" srcdoc="{page}"></iframe>'
    )


def _page_data(content: ReportContent, figures: list[JointFigure]) -> Json:
    data: Json = {
        "name": content.name,
        "times": np.round(content.times, 6).tolist(),
        "slowMotionFactor": content.provenance.slow_motion_factor,
        "joints": list(JOINT_NAMES),
        "angles": list(ANGLE_NAMES),
        "degrees": array_text(content.degrees),
        "raw": None if content.raw_degrees is None else array_text(content.raw_degrees),
        "figures": {figure.name: {"time": figure.over_time, "cycle": figure.per_cycle} for figure in figures},
        "groups": {figure.name: list(figure.joints) for figure in figures},
        "skeleton": None,
    }
    if content.markers is not None and np.isfinite(content.markers.positions).all(axis=-1).any():
        data["skeleton"] = {
            "markers": len(content.markers.names),
            "positions": array_text(content.markers.positions),
            "lines": _skeleton_lines(content.markers),
        }
    return data


def _skeleton_lines(markers: Markers) -> list[Json]:
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
