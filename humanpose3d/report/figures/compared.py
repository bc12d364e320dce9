"""Curves of two trials on the same axes, as plain JSON values for plotly.js."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.kinematics.quantities import BAND
from humanpose3d.report.data.change import remaining_share
from humanpose3d.report.data.content import FloatArray, ReportContent
from humanpose3d.report.data.cycles import PERCENT, cycle_curves, mean_cycle
from humanpose3d.report.figures.curves import joint_figures, plane_text
from humanpose3d.report.figures.panels import Json, Panel, axis_name, line, panel_layout, value_range
from humanpose3d.report.figures.thinning import thinned
from humanpose3d.report.language import translated
from humanpose3d.report.style import JOINTS, side_of, sided

__all__ = ["compared_figures"]

Curve: TypeAlias = tuple[FloatArray, FloatArray]
Trials: TypeAlias = tuple[ReportContent, ReportContent]

_STYLES = ({"color": "#333333", "dash": "dot", "width": 2}, {"color": "#009E73", "dash": "solid", "width": 2})
_ROW_HEIGHT = 260
_EMPTY: Curve = (np.empty(0), np.empty(0))


def compared_figures(trials: Trials, *, by_cycle: bool, alike: bool) -> list[Json]:
    """Describe the curves of each joint that both show: ``name``, ``height``, ``summaries``, ``data`` and ``layout``.

    Over the cycle, a band about the first curve shows how far the second may lie from it by chance.
    """
    x_title = f"{trials[0].cycle_name} (%)" if by_cycle else "time (s)"
    summaries = [{figure.name: figure.summary for figure in joint_figures(trial)} for trial in trials]
    figures = []
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
            shown = [joint for joint in joints if any(len(x) for column in columns for x, _ in pairs[joint, column])]
            panels = {(joint, column): pairs[joint, column] for joint in shown for column in columns}
            bands = {key: _band(trials, *key, alike=alike) if by_cycle else math.nan for key in panels}
            figures.append(
                {
                    "name": name,
                    "height": _ROW_HEIGHT * len(shown),
                    "summaries": [summary[name] for summary in summaries],
                    **_figure(trials[0], panels, bands, x_title, rows=len(shown)),
                }
            )
    return figures


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


def _band(trials: Trials, joint: str, column: int, *, alike: bool) -> float:
    """Return how far two curves may differ by chance, 95 %, in degrees; NaN where an error is not known."""
    errors = [trial.error_of(joint, ANGLE_NAMES[column]) for trial in trials]
    known = [error for error in errors if error is not None]
    return BAND * remaining_share("curve", alike) * math.hypot(*known) if len(known) == len(errors) else math.nan


def _figure(
    trial: ReportContent,
    panels: Mapping[tuple[str, int], Sequence[Curve]],
    bands: Mapping[tuple[str, int], float],
    x_title: str,
    rows: int,
) -> Json:
    data: list[Json] = []
    shades: list[Json] = []
    described = []
    limits = {  # left and right on the same axis, to be compared too
        each: value_range([y for (_, column), curves in panels.items() if column == each for _, y in curves])
        for _, each in panels
    }
    for axis, (key, curves) in enumerate(panels.items(), start=1):
        joint, column = key
        for name, style, (x, y) in zip(("first", "second"), _STYLES, curves, strict=True):
            shown = {
                "name": translated(name),
                "legendgroup": name,
                "showlegend": axis == 1,
                "hovertemplate": "%{y:.1f}°",
            }
            data.append(line(x, y, axis, line=style, **shown))
        (x, y), _ = curves
        if len(x) and math.isfinite(bands[key]):
            shades.append(_shade(x, y, bands[key], axis, first=not shades))
        positive = convention_of(joint, ANGLE_NAMES[column]).positive
        title = sided(side_of(joint), f"{positive} (°)")
        title = title[0].upper() + title[1:]
        described.append(Panel(title, plane_text(trial, [joint], column), limits[column]))
    return {
        "data": [*data, *shades],
        "layout": panel_layout(described, x_title, rows=rows, row_height=_ROW_HEIGHT),
    }


def _shade(x: FloatArray, y: FloatArray, band: float, axis: int, *, first: bool) -> Json:
    edges = np.concatenate([y + band, (y - band)[::-1]])
    shade = line(
        np.concatenate([x, x[::-1]]), edges, axis, fill="toself", fillcolor="#333333", opacity=0.1,
        line={"width": 0, "color": "#333333"}, name=translated("by chance"), legendgroup="chance", showlegend=first,
        hoverinfo="skip",
    )  # fmt: skip
    return {**shade, "xaxis": axis_name("x", axis)}
