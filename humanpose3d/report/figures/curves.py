"""Interactive curves of joint angles, as plain JSON values for plotly.js."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.report.data.content import FloatArray, ReportContent
from humanpose3d.report.data.cycles import FEWEST_FOR_DEVIATION, PERCENT, cycle_curves, mean_cycle
from humanpose3d.report.figures.arrays import array_text
from humanpose3d.report.figures.panels import Json, Panel, axis_name, line, panel_layout, value_range
from humanpose3d.report.figures.thinning import thinned
from humanpose3d.report.language import translated
from humanpose3d.report.style import COLOURS, JOINTS, PLANES, SIDES, side_of, sided

__all__ = ["JointFigure", "joint_figures", "plane_text"]

_DASHES = {"L": "solid", "R": "dash", "": "solid"}
_RAW: Json = {"opacity": 0.45, "showlegend": False, "hoverinfo": "skip", "hovertemplate": None}
_NOTHING: Json = {"type": "scatter", "x": [None], "y": [None], "showlegend": False, "hoverinfo": "skip"}
"""For a panel without a curve: plotly.js draws no axes without one."""


@dataclass(frozen=True)
class JointFigure:
    """One joint's curves, as ``data`` and ``layout`` for plotly.js, and in words."""

    name: str  # of the joint, without a side
    joints: tuple[str, ...]  # with their sides
    over_time: Json | None  # None where nothing is resolved
    per_cycle: Json | None  # None where there are no complete cycles
    panels: int  # how many planes are resolved, each in a panel of its own
    unresolved: tuple[str, ...]  # the planes of which these markers show nothing
    summary: tuple[str, ...]  # what the curves show: one sentence for each plane
    error: str  # what the curves are worth


def joint_figures(content: ReportContent) -> list[JointFigure]:
    """Describe the curves of each joint; a long one is thinned, see :func:`thinned`."""
    return [_joint_figure(content, name, joints) for name, joints in JOINTS.items()]


def _joint_figure(content: ReportContent, name: str, joints: tuple[str, ...]) -> JointFigure:
    rows = [JOINT_NAMES.index(joint) for joint in joints]
    columns = np.flatnonzero(np.isfinite(content.degrees[:, rows]).any(axis=(0, 1))).tolist()
    return JointFigure(
        name=name,
        joints=joints,
        over_time=_over_time(content, joints, columns) if columns else None,
        per_cycle=_per_cycle(content, joints, columns),
        panels=len(columns),
        unresolved=tuple(PLANES[column] for column in range(len(ANGLE_NAMES)) if column not in columns),
        summary=tuple(_summary(content, joints, column) for column in columns),
        error=_error(content, joints, columns),
    )


def _error(content: ReportContent, joints: Sequence[str], columns: Sequence[int]) -> str:
    """Describe the mean error of the angles of each plane."""
    errors = {PLANES[column]: _plane_error(content, joints, column) for column in columns}
    known = [f"{plane} {error}" for plane, error in errors.items() if error]
    unknown = [plane for plane, error in errors.items() if not error]
    if not known:
        return "The error of these angles was not measured."
    if not unknown:
        return f"Typical error: {', '.join(known)}."
    return f"Typical error: {', '.join(known)}. Not measured: {', '.join(unknown)}."


def plane_text(content: ReportContent, joints: Sequence[str], column: int) -> str:
    """Name a plane, with the typical error of its angles, in as few words as a panel on paper has room for."""
    error = _plane_error(content, joints, column)
    return f"{PLANES[column].split()[0]}, {f'error {error}' if error else 'error not measured'}"


def _plane_error(content: ReportContent, joints: Sequence[str], column: int) -> str:
    """Give the standard uncertainty in one plane, of each side where they differ; empty where it was not measured."""
    errors = {SIDES[side_of(joint)]: content.error_of(joint, ANGLE_NAMES[column]) for joint in joints}
    known = {side: f"{error:.1f}°" for side, error in errors.items() if error is not None}
    if len(known) == len(errors) and len(set(known.values())) == 1:
        return next(iter(known.values()))
    return ", ".join(f"{side} {error}" for side, error in known.items())


def _over_time(content: ReportContent, joints: Sequence[str], columns: Sequence[int]) -> Json:
    """Draw the curves from the arrays of the page, which hold every sample once; a long curve names those that stay."""
    data, limits = [], []
    result = "opensim" if joints[0].partition("_")[0] in content.from_opensim else "degrees"
    sources = {"raw": content.raw_degrees, result: content.degrees}
    for axis, column in enumerate(columns, start=1):
        shown = []
        for joint in joints:
            for source, degrees in sources.items():
                if degrees is not None:
                    shown.append(degrees[:, JOINT_NAMES.index(joint), column])
                    data.append(_taken_from(source, joint, column, shown[-1], axis))
        limits.append(value_range(shown))
    second = [plane_text(content, joints, column) for column in columns]
    layout = _layout(joints, columns, second, "time (s)", limits)
    end = max(float(content.times[-1]), float(content.times[0]) + 1e-3)
    layout["xaxis"]["range"] = [float(content.times[0]), end]
    layout["shapes"] = [
        {
            "type": "line", "xref": axis_name("x", axis), "yref": f"{axis_name('y', axis)} domain",
            "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": {"color": "#000", "width": 1.5},
        }
        for axis in range(1, len(columns) + 1)
    ]  # fmt: skip
    return {"data": data, "layout": layout}


def _taken_from(source: str, joint: str, column: int, values: FloatArray, axis: int) -> Json:
    kept = thinned(values)
    style = _style(joint, axis)
    if source == "raw":
        style = {**style, **_RAW, "line": {"color": COLOURS[side_of(joint)], "width": 1}}
    return {
        "type": "scatter", "mode": "lines", "xaxis": axis_name("x", axis), "yaxis": axis_name("y", axis),
        "meta": "raw" if source == "raw" else "result", **style,
        "source": source, "column": len(ANGLE_NAMES) * JOINT_NAMES.index(joint) + column,
        "frames": None if len(kept) == len(values) else array_text(kept, "<u4"),
    }  # fmt: skip


def _per_cycle(content: ReportContent, joints: Sequence[str], columns: Sequence[int]) -> Json | None:
    """Draw the same panels as over time, so that they stand in line; one without a complete cycle says so."""
    averages = {
        (column, joint): mean_cycle(cycle_curves(content, joint, column)) for column in columns for joint in joints
    }
    complete = [column for column in columns if any(averages[column, joint].cycles for joint in joints)]
    if not complete:
        return None
    data: list[Json] = []
    for axis, column in enumerate(columns, start=1):
        if column not in complete:
            data.append(_NOTHING | {"xaxis": axis_name("x", axis), "yaxis": axis_name("y", axis)})
        for joint in joints:
            average = averages[column, joint]
            if average.cycles >= FEWEST_FOR_DEVIATION:
                data.append(_band(average.mean, average.deviation, joint, axis))
            if average.cycles:
                label = sided(side_of(joint), f"(n = {average.cycles})")
                style = {**_style(joint, axis), "name": translated(label), "showlegend": column == complete[0]}
                data.append(line(PERCENT, average.mean, axis, **style))
    second = [
        _mean_in_words([averages[column, joint].cycles for joint in joints], content.cycle_name) for column in columns
    ]
    curves = [[each["y"] for each in data if each["yaxis"] == axis_name("y", axis + 1)] for axis in range(len(columns))]
    layout = _layout(joints, columns, second, f"{content.cycle_name} (%)", [value_range(some) for some in curves])
    layout["xaxis"]["range"] = [0, 100]
    return {"data": data, "layout": layout}


def _mean_in_words(counts: Sequence[int], cycle_name: str) -> str:
    if not any(counts):
        return f"no complete {cycle_name}"
    if max(counts) >= FEWEST_FOR_DEVIATION:
        return f"mean ± SD per {cycle_name}"
    return f"mean per {cycle_name}" if max(counts) > 1 else f"a single {cycle_name}"


def _style(joint: str, axis: int) -> Json:
    side = side_of(joint)
    return {
        "name": translated(SIDES[side]), "legendgroup": side, "showlegend": axis == 1 and bool(side),
        "line": {"color": COLOURS[side], "dash": _DASHES[side], "width": 2}, "hovertemplate": "%{y:.1f}°",
    }  # fmt: skip


def _band(mean: FloatArray, deviation: FloatArray, joint: str, axis: int) -> Json:
    side = side_of(joint)
    return line(
        np.concatenate([PERCENT, PERCENT[::-1]]), np.concatenate([mean + deviation, (mean - deviation)[::-1]]), axis,
        fill="toself", fillcolor=COLOURS[side], opacity=0.2, line={"width": 0, "color": COLOURS[side]},
        legendgroup=side, showlegend=False, hoverinfo="skip",
    )  # fmt: skip


def _layout(
    joints: Sequence[str], columns: Sequence[int], second: Sequence[str], x_title: str, limits: Sequence[list[float]]
) -> Json:
    panels = []
    for column, subtitle, shown in zip(columns, second, limits, strict=True):
        positive = convention_of(joints[0], ANGLE_NAMES[column]).positive
        panels.append(Panel(f"{positive.capitalize()} (°)", subtitle, shown))
    return panel_layout(panels, x_title)


def _summary(content: ReportContent, joints: Sequence[str], column: int) -> str:
    parts = []
    for joint in joints:
        values = content.degrees[:, JOINT_NAMES.index(joint), column]
        values = values[np.isfinite(values)]
        words = f"{round(values.min())}° to {round(values.max())}°".replace("-", "−") if len(values) else "not seen"
        parts.append(sided(side_of(joint), words))
    positive = convention_of(joints[0], ANGLE_NAMES[column]).positive
    return f"{PLANES[column].capitalize()}, {positive}: {', '.join(parts)}."
