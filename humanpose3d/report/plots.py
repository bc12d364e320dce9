"""Plot joint angles as PNG: over time, and over the gait cycle or repetition."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from humanpose3d.formats.atomic import replacing
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.report.data.content import FloatArray, ReportContent
from humanpose3d.report.data.cycles import PERCENT, cycle_curves, mean_cycle
from humanpose3d.report.style import COLOURS, JOINTS, LEAST_RANGE, PLANES, SIDES, printable, side_of, sided

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LineStyle: TypeAlias = Literal["solid"] | tuple[float, Sequence[float]]

__all__ = ["write_angle_plot", "write_cycle_plot"]

# These tell the sides apart in grey.
_DASHES: dict[str, LineStyle] = {"L": "solid", "R": (0, (5, 1.6)), "": "solid"}

_INCHES = (11.0, 15.0)
_DOTS_PER_INCH = 130


def write_angle_plot(target: Path, content: ReportContent) -> None:
    """Draw the angles of all joints over time as a PNG: left and right, raw behind filtered, gaps shaded."""
    figure = _figure(f"{content.name}: joint angles", "thick: result, thin: as detected, shaded: no value")
    for axes, joints, column in _panels(figure, content.degrees):
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
    figure = _figure(
        f"{content.name}: joint angles per {content.cycle_name}",
        "thick: mean, band: ± 1 standard deviation, thin: single cycles",
    )
    for axes, joints, column in _panels(figure, content.degrees):
        counts = [_draw_cycles(axes, content, joint, column) for joint in joints]
        axes.set_title(", ".join(counts), fontsize=7, loc="right")
        axes.set_xlim(0, 100)
        _finish(axes, joints, column, f"{content.cycle_name} (%)")
    _save(figure, target)


def _figure(title: str, legend: str) -> "Figure":
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    # Fixed margins: computing them in matplotlib takes longer than drawing.
    figure = Figure(figsize=_INCHES, facecolor="white")
    figure.subplots_adjust(left=0.06, right=0.985, top=0.945, bottom=0.08, hspace=0.55, wspace=0.2)
    figure.suptitle(printable(title), y=0.985, fontsize=15, parse_math=False)
    handles = [Line2D([], [], color=COLOURS[s], linestyle=_DASHES[s], linewidth=2, label=SIDES[s]) for s in "LR"]
    figure.legend(handles=handles, loc="lower center", ncols=2, fontsize=10, title=legend)
    return figure


def _panels(figure: "Figure", degrees: FloatArray) -> list[tuple["Axes", tuple[str, ...], int]]:
    """Give each panel its axes, joints and column; those without any value only say so."""
    grid = figure.subplots(len(JOINTS), len(ANGLE_NAMES), squeeze=False)
    panels = []
    for row, (name, joints) in enumerate(JOINTS.items()):
        for column in range(len(ANGLE_NAMES)):
            axes = grid[row, column]
            axes.set_title(f"{name.capitalize()}, {PLANES[column]}", fontsize=10, loc="left")
            if any(np.isfinite(degrees[:, JOINT_NAMES.index(joint), column]).any() for joint in joints):
                panels.append((axes, joints, column))
            else:
                axes.set(xticks=[], yticks=[], facecolor="#f2f2f2")
                where = {"ha": "center", "va": "center", "transform": axes.transAxes}
                axes.text(0.5, 0.5, "not resolved in this trial", fontsize=9, **where)
    return panels


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
    if average.cycles > 1:
        low, high = average.mean - average.deviation, average.mean + average.deviation
        axes.fill_between(PERCENT, low, high, color=COLOURS[side], alpha=0.2, linewidth=0, zorder=2)
    axes.plot(PERCENT, average.mean, color=COLOURS[side], linestyle=_DASHES[side], linewidth=2.4, zorder=3)
    return sided(side, f"n = {average.cycles}")


def _finish(axes: "Axes", joints: Sequence[str], column: int, x_label: str) -> None:
    low, high = axes.get_ylim()
    if (lack := LEAST_RANGE - (high - low)) > 0:
        axes.set_ylim(low - lack / 2, high + lack / 2)
    axes.axhline(0, color="#888888", linewidth=0.6, zorder=0)
    axes.set_ylabel(f"{convention_of(joints[0], ANGLE_NAMES[column]).positive} (°)", fontsize=8)
    axes.set_xlabel(x_label, fontsize=8)
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
