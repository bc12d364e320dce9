"""A page that compares two trials of one person, before and after, on the same axes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from humanpose3d.formats.atomic import replacing
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.kinematics.quantities import Quantity
from humanpose3d.report.data.content import FloatArray, ReportContent
from humanpose3d.report.data.cycles import PERCENT, cycle_curves, mean_cycle
from humanpose3d.report.data.verdict import judge
from humanpose3d.report.figures.curves import joint_figures, plane_text
from humanpose3d.report.figures.panels import Json, Panel, line, panel_layout, value_range
from humanpose3d.report.figures.thinning import thinned
from humanpose3d.report.html.page import render_page
from humanpose3d.report.html.wording import change_text
from humanpose3d.report.style import JOINTS, printable, side_of, sided

__all__ = ["NumberRow", "compared_numbers", "render_comparison", "write_comparison"]

Curve: TypeAlias = tuple[FloatArray, FloatArray]
Trials: TypeAlias = tuple[ReportContent, ReportContent]

_STYLES = ({"color": "#333333", "dash": "dot", "width": 2}, {"color": "#009E73", "dash": "solid", "width": 2})
_ROW_HEIGHT = 260
_EMPTY: Curve = (np.empty(0), np.empty(0))


@dataclass(frozen=True)
class NumberRow:
    """One number of both trials, with its change in words."""

    name: str
    side: str
    before: Quantity
    after: Quantity
    change: str


def write_comparison(target: Path, before: ReportContent, after: ReportContent) -> None:
    """Write a page that compares two trials; `target` is replaced when it is complete."""
    page = render_comparison(before, after)
    with replacing(target) as file:
        file.write(page)


def render_comparison(before: ReportContent, after: ReportContent) -> str:
    """Return the page as HTML.

    The curves are means over the gait cycle or repetition where both trials have cycles of one kind, else they run
    over time from the first frame of each.
    """
    trials = (before, after)
    by_cycle = bool(before.cycles and after.cycles) and before.cycle_name == after.cycle_name
    figures = list(_figures(trials, by_cycle))
    return render_page(
        "comparison.html.j2",
        ("data.js", "comparison.js"),
        {"figures": {figure["name"]: {"data": figure["data"], "layout": figure["layout"]} for figure in figures}},
        names=[printable(trial.name) for trial in trials],
        verdicts=[judge(trial) for trial in trials],
        rows=compared_numbers(before, after),
        over=f"over the {before.cycle_name} (means)" if by_cycle else "over time",
        figures=figures,
        commands=[printable(trial.command) for trial in trials],
    )


def compared_numbers(before: ReportContent, after: ReportContent) -> list[NumberRow]:
    """Pair the numbers that both trials have."""
    others = {number.name: number for number in after.numbers}
    return [
        NumberRow(number.name, side or "–", first, second, change_text(first, second))
        for number in before.numbers
        if number.name in others
        for side in ("left", "right", "")
        if (first := getattr(number, side or "value")) is not None
        and (second := getattr(others[number.name], side or "value")) is not None
    ]


def _figures(trials: Trials, by_cycle: bool) -> Iterator[Json]:
    x_title = f"{trials[0].cycle_name} (%)" if by_cycle else "time (s)"
    summaries = [{figure.name: " ".join(figure.summary) for figure in joint_figures(trial)} for trial in trials]
    for name, joints in JOINTS.items():
        pairs = {
            (joint, column): [_curve(trial, joint, column, by_cycle) for trial in trials]
            for joint in joints
            for column in range(len(ANGLE_NAMES))
        }
        columns = [
            column
            for column in range(len(ANGLE_NAMES))
            if any(all(len(x) for x, _ in pairs[joint, column]) for joint in joints)
        ]
        if columns:
            panels = {key: pairs[key] for key in [(joint, column) for joint in joints for column in columns]}
            yield {
                "name": name,
                "height": _ROW_HEIGHT * len(joints),
                "summaries": [summary[name] for summary in summaries],
                **_figure(trials[0], panels, x_title, rows=len(joints)),
            }


def _curve(trial: ReportContent, joint: str, column: int, by_cycle: bool) -> Curve:
    """Give the points of a curve; none where there is nothing to show."""
    if by_cycle:
        average = mean_cycle(cycle_curves(trial, joint, column))
        return (PERCENT, average.mean) if average.cycles else _EMPTY
    values = trial.degrees[:, JOINT_NAMES.index(joint), column]
    if not np.isfinite(values).any():
        return _EMPTY
    kept = thinned(values)
    return trial.times[kept] - trial.times[0], values[kept]


def _figure(trial: ReportContent, panels: Mapping[tuple[str, int], Sequence[Curve]], x_title: str, rows: int) -> Json:
    data: list[Json] = []
    described = []
    limits = {  # left and right on the same axis, to be compared too
        each: value_range([y for (_, column), curves in panels.items() if column == each for _, y in curves])
        for _, each in panels
    }
    for axis, ((joint, column), curves) in enumerate(panels.items(), start=1):
        for name, style, (x, y) in zip(("first", "second"), _STYLES, curves, strict=True):
            shown = {"name": name, "legendgroup": name, "showlegend": axis == 1, "hovertemplate": "%{y:.1f}°"}
            data.append(line(x, y, axis, line=style, **shown))
        positive = convention_of(joint, ANGLE_NAMES[column]).positive
        title = sided(side_of(joint), f"{positive} (°)")
        title = title[0].upper() + title[1:]
        described.append(Panel(title, plane_text(trial, [joint], column), limits[column]))
    return {"data": data, "layout": panel_layout(described, x_title, rows=rows, row_height=_ROW_HEIGHT)}
