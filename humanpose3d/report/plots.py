"""Plot joint angles as PNG: over time, and over the gait cycle or repetition."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from humanpose3d.formats.atomic import replacing
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.report.data.content import FloatArray, ReportContent
from humanpose3d.report.data.cycles import FEWEST_FOR_DEVIATION, PERCENT, cycle_curves, mean_cycle
from humanpose3d.report.language import in_language, message, translated
from humanpose3d.report.style import COLOURS, JOINTS, LEAST_RANGE, PLANES, SIDES, printable, side_of, sided

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panel: TypeAlias = tuple["Axes", tuple[str, ...], int]
LineStyle: TypeAlias = Literal["solid"] | tuple[float, Sequence[float]]

__all__ = ["write_angle_plot", "write_cycle_plot"]

# These tell the sides apart in grey.
_DASHES: dict[str, LineStyle] = {"L": "solid", "R": (0, (5, 1.6)), "": "solid"}

_INCHES_WIDE = 11.0
_INCHES_A_ROW = 2.1
_INCHES_ABOVE_AND_BELOW = (1.15, 1.2)
_DOTS_PER_INCH = 130


def write_angle_plot(target: Path, content: ReportContent) -> None:
    """Draw the angles of all joints over time as a PNG: left and right, raw behind filtered, gaps shaded."""
    with in_language(content.provenance.language):
        title = message("{name}: joint angles", name=content.name)
        figure, panels = _figure(title, message("thick: result, thin: as detected, shaded: no value"), content.degrees)
        for axes, joints, column in panels:
            for joint in joints:
                _draw_over_time(axes, content, joint, column)
            axes.set_xlim(content.times[0], max(content.times[-1], content.times[0] + 1e-3))
            _finish(axes, joints, column, "time (s)")
    _save(figure, target)


def write_cycle_plot(target: Path, content: ReportContent) -> None:
    """Draw mean and standard deviation over the cycle as a PNG, single cycles thin behind.

    Raises
    ------
    ValueError
        The content has no cycles.
    """
    if not content.cycles:
        raise ValueError(f"{content.name} has no cycles to average over")
    with in_language(content.provenance.language):
        walks = content.cycle_name == "gait cycle"
        figure, panels = _figure(
            message("{name}: joint angles per gait cycle", name=content.name)
            if walks
            else message("{name}: joint angles per repetition", name=content.name),
            message("thick: mean, band: ± 1 standard deviation (of three or more), thin: single cycles"),
            content.degrees,
        )
        for axes, joints, column in panels:
            counts = [_draw_cycles(axes, content, joint, column) for joint in joints]
            axes.set_title(", ".join(map(translated, counts)), fontsize=7, loc="right")
            axes.set_xlim(0, 100)
            _finish(axes, joints, column, f"{content.cycle_name} (%)")
    _save(figure, target)


def _figure(title: str, legend: str, degrees: FloatArray) -> tuple["Figure", list[Panel]]:
    """Make a figure with a panel for each plane of each joint that has a value, row by row; and say which have none."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    shown, empty = _resolved(degrees)
    rows = {name: [panel for panel in shown if panel[0] == name] for name in dict.fromkeys(name for name, _ in shown)}
    heights = max(len(rows), 1)
    width, margin = _INCHES_WIDE, _INCHES_ABOVE_AND_BELOW
    # Fixed margins: computing them in matplotlib takes longer than drawing.
    figure = Figure(figsize=(width, heights * _INCHES_A_ROW + sum(margin)), facecolor="white")
    height = figure.get_figheight()
    top, bottom = 1 - margin[0] / height, margin[1] / height
    figure.suptitle(printable(title), y=1 - 0.2 / height, va="top", fontsize=15, parse_math=False)
    handles = [
        Line2D([], [], color=COLOURS[s], linestyle=_DASHES[s], linewidth=2, label=translated(SIDES[s])) for s in "LR"
    ]
    figure.legend(handles=handles, loc="lower center", ncols=2, fontsize=10, title=legend)
    if empty:
        text = translated(f"Not resolved: {'; '.join(empty)}.")
        figure.text(0.5, 1 - 0.62 / height, text, ha="center", va="top", fontsize=9)
    grid = figure.add_gridspec(heights, 1, left=0.06, right=0.985, top=top, bottom=bottom, hspace=0.55)
    panels = []
    for row, each in enumerate(rows.values()):
        places = grid[row].subgridspec(1, len(each), wspace=0.2)
        for column, (name, plane) in enumerate(each):
            axes = figure.add_subplot(places[column])
            parts = {"joint": translated(name.capitalize()), "plane": translated(PLANES[plane].split()[0])}
            axes.set_title(message("{joint}, {plane} plane", **parts), fontsize=10, loc="left")
            panels.append((axes, JOINTS[name], plane))
    return figure, panels


def _resolved(degrees: FloatArray) -> tuple[list[tuple[str, int]], list[str]]:
    """Return the joints and planes that have a value, and in words those that have none."""
    shown, empty = [], []
    for name, joints in JOINTS.items():
        rows = [JOINT_NAMES.index(joint) for joint in joints]
        planes = [plane for plane in range(len(ANGLE_NAMES)) if np.isfinite(degrees[:, rows, plane]).any()]
        shown += [(name, plane) for plane in planes]
        if missing := [PLANES[plane].split()[0] for plane in range(len(ANGLE_NAMES)) if plane not in planes]:
            empty.append(f"{name} ({', '.join(missing)})")
    return shown, empty


def _draw_over_time(axes: "Axes", content: ReportContent, joint: str, column: int) -> None:
    index, side = JOINT_NAMES.index(joint), side_of(joint)
    values = content.degrees[:, index, column]
    if content.raw_degrees is not None:
        raw = content.raw_degrees[:, index, column]
        axes.plot(content.times, raw, color=COLOURS[side], alpha=0.45, linewidth=0.6, zorder=1)
    axes.plot(content.times, values, color=COLOURS[side], linestyle=_DASHES[side], linewidth=1.6, zorder=3)
    for start, end in _gaps(content.times, values):
        axes.axvspan(start, end, color=COLOURS[side], alpha=0.13, linewidth=0, zorder=0)


def _draw_cycles(axes: "Axes", content: ReportContent, joint: str, column: int) -> str:
    """Draw single cycles, their mean and deviation; return how many complete ones there are, in words."""
    side, curves = side_of(joint), cycle_curves(content, joint, column)
    average = mean_cycle(curves)
    axes.plot(PERCENT, curves.T, color=COLOURS[side], alpha=0.35, linewidth=0.6, zorder=1)
    if average.cycles >= FEWEST_FOR_DEVIATION:
        low, high = average.mean - average.deviation, average.mean + average.deviation
        axes.fill_between(PERCENT, low, high, color=COLOURS[side], alpha=0.2, linewidth=0, zorder=2)
    axes.plot(PERCENT, average.mean, color=COLOURS[side], linestyle=_DASHES[side], linewidth=2.4, zorder=3)
    return sided(side, f"n = {average.cycles}")


def _finish(axes: "Axes", joints: Sequence[str], column: int, x_label: str) -> None:
    low, high = axes.get_ylim()
    if (lack := LEAST_RANGE - (high - low)) > 0:
        axes.set_ylim(low - lack / 2, high + lack / 2)
    axes.axhline(0, color="#888888", linewidth=0.6, zorder=0)
    axes.set_ylabel(translated(f"{convention_of(joints[0], ANGLE_NAMES[column]).positive} (°)"), fontsize=8)
    axes.set_xlabel(translated(x_label), fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _gaps(times: FloatArray, values: FloatArray) -> list[tuple[float, float]]:
    """List the stretches without a value, from the last sample before to the first after."""
    missing = np.concatenate([[False], ~np.isfinite(values), [False]])
    edges = np.flatnonzero(np.diff(missing.astype(int)))
    last = len(times) - 1
    return [
        (float(times[max(start - 1, 0)]), float(times[min(end, last)]))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _save(figure: "Figure", target: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with replacing(target, "bytes") as file, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # an emoji in the file's name
        FigureCanvasAgg(figure)
        figure.savefig(file, format="png", dpi=_DOTS_PER_INCH)
