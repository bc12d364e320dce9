"""Write ``report.html``: everything about a trial in one file that needs no network."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from humanpose3d.formats.atomic import replacing
from humanpose3d.kinematics.conventions import ANGLE_NAMES, CONVENTIONS, JOINT_NAMES
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.corrections import event_text, events_of
from humanpose3d.report.data.numbers import error_sources
from humanpose3d.report.data.verdict import Verdict, judge
from humanpose3d.report.figures.arrays import array_text
from humanpose3d.report.figures.curves import JointFigure, joint_figures
from humanpose3d.report.figures.panels import Json
from humanpose3d.report.figures.thinning import MOST_POINTS
from humanpose3d.report.html.angle_table import AngleRow, angle_columns, angle_rows, cycle_columns, cycle_rows
from humanpose3d.report.html.embedding import room_for_video, video_address
from humanpose3d.report.html.page import render_page
from humanpose3d.report.html.skeleton import skeleton_data
from humanpose3d.report.html.wording import angle_method_text
from humanpose3d.report.language import in_language, message
from humanpose3d.report.style import printable

__all__ = ["notebook_html", "render_report", "write_report"]

_SCRIPTS = ("data.js", "player.js", "touch.js", "skeleton.js", "viewer.js", "curves.js")


def write_report(
    target: Path, content: ReportContent, overlay: Path | None = None, language: str | None = None
) -> None:
    """Write the report; `target` is replaced when it is complete.

    The overlay video is embedded; its times must be those of the content, but for slow motion. The `language`, one of
    :func:`~humanpose3d.report.language.languages`, is by default the one chosen for the run.

    Raises
    ------
    humanpose3d.errors.PackageImportError
        Jinja2 is not installed.
    """
    page = render_report(content, overlay, language)
    with replacing(target) as file:
        file.write(page)


def render_report(content: ReportContent, overlay: Path | None = None, language: str | None = None) -> str:
    """Return the report as HTML; see :func:`write_report`."""
    with in_language(language or content.provenance.language):
        return _render(content, overlay)


def _render(content: ReportContent, overlay: Path | None) -> str:
    views = [_angle_view(each) for each in _by_method(content)]
    data = _page_data(content, views)
    seconds = float(content.times[-1] - content.times[0])
    filmed = seconds * content.provenance.slow_motion_factor
    return render_page(
        "report.html.j2",
        _SCRIPTS,
        data,
        name=printable(content.name),
        content=content,
        record=content.provenance,
        views=views,
        most_points=MOST_POINTS,
        events=[] if content.movement is None else [event_text(each) for each in events_of(content.movement)],
        conventions=CONVENTIONS,
        seconds=seconds,
        video=None if overlay is None else video_address(overlay, filmed, room_for_video(data, filmed)),
    )


def notebook_html(content: ReportContent, overlay: Path | None = None, height: int = 900) -> str:
    """Return the report as an element for a notebook cell, `height` pixels high, closed off from the notebook."""
    page = escape(render_report(content, overlay), quote=True)
    with in_language(content.provenance.language):
        title = escape(message("Movement report: {name}", name=printable(content.name)), quote=True)
    return (
        f'<iframe sandbox="allow-scripts allow-downloads" title="{title}" '
        f'style="width: 100%; height: {height:d}px; border: 1px solid #ccc" srcdoc="{page}"></iframe>'
    )


@dataclass(frozen=True)
class _AngleView:
    """What a page shows of the angles by one method."""

    content: ReportContent
    method: str  # in words
    verdict: Verdict
    figures: list[JointFigure]
    sources: dict[str, list[str]]
    angle_columns: list[str]
    angle_rows: list[AngleRow]
    cycle_columns: list[str]
    cycle_rows: list[list[str]]


def _by_method(content: ReportContent) -> list[ReportContent]:
    """Return a trial with the angles by each method, the default first."""
    return [content.by(each.angle_method) for each in content.angle_sets] or [content]


def _angle_view(content: ReportContent) -> _AngleView:
    return _AngleView(
        content=content,
        method=angle_method_text(content),
        verdict=judge(content),
        figures=joint_figures(content),
        sources=error_sources(content.numbers),
        angle_columns=angle_columns(content),
        angle_rows=angle_rows(content),
        cycle_columns=cycle_columns(content),
        cycle_rows=cycle_rows(content),
    )


def _page_data(content: ReportContent, views: list[_AngleView]) -> Json:
    isb, solved = content.by("isb"), content.by("opensim")
    return {
        "name": content.name,
        "times": np.round(content.times, 6).tolist(),
        "slowMotionFactor": content.provenance.slow_motion_factor,
        "joints": list(JOINT_NAMES),
        "angles": list(ANGLE_NAMES),
        "degrees": array_text(isb.degrees),
        "opensim": None if solved is isb else array_text(solved.degrees),
        "raw": None if content.raw_degrees is None else array_text(content.raw_degrees),
        "figures": {
            view.content.angle_method: {
                figure.name: {"time": figure.over_time, "cycle": figure.per_cycle} for figure in view.figures
            }
            for view in views
        },
        "groups": {figure.name: list(figure.joints) for figure in views[0].figures},
        "skeleton": skeleton_data(content.markers, content.landmarks),
    }
