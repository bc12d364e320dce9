"""A grid of panels for curves, as plain JSON values for plotly.js."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.report.data.content import FloatArray
from humanpose3d.report.language import decimal_mark, translated
from humanpose3d.report.style import LEAST_RANGE

__all__ = ["Json", "Panel", "axis_name", "line", "panel_layout", "value_range"]

Json = dict[str, Any]

_GRID = "#e5e5e5"
_FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif'
_TOP_PX = 62  # for the legend and two lines above each panel


class Panel(NamedTuple):
    """One panel, with two lines above it: what the vertical axis shows, with its unit, and a smaller one."""

    title: str
    subtitle: str
    limits: list[float]  # of the vertical axis


def panel_layout(panels: Sequence[Panel], x_title: str, *, rows: int = 1, row_height: int = 280) -> Json:
    """Lay out panels row by row, with their titles in the language of the page; they zoom together along x."""
    layout: Json = {
        "height": rows * row_height,
        "margin": {"l": 40, "r": 16, "t": _TOP_PX, "b": 42},
        "hovermode": "x",
        "dragmode": "zoom",
        "font": {"size": 12, "color": "#1b2330", "family": _FONT},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yref": "container", "yanchor": "top"},
        "grid": {"rows": rows, "columns": len(panels) // rows, "pattern": "independent", "xgap": 0.15, "ygap": 0.5},
        "annotations": [_title(panel, axis) for axis, panel in enumerate(panels, start=1)],
    }
    if (mark := decimal_mark()) != ".":
        layout["separators"] = mark
    for axis, panel in enumerate(panels, start=1):
        x, y = axis_name("xaxis", axis), axis_name("yaxis", axis)
        layout[x] = {"title": {"text": translated(x_title), "standoff": 6}, "gridcolor": _GRID, "zeroline": False}
        if axis > 1:
            layout[x]["matches"] = "x"
        layout[y] = {"gridcolor": _GRID, "zerolinecolor": "#888", "range": panel.limits}
    return layout


def axis_name(letter: str, number: int) -> str:
    """Name an axis as plotly.js does: x, x2, x3, ..."""
    return letter if number == 1 else f"{letter}{number}"


def line(x: FloatArray, y: FloatArray, axis: int, **style: Any) -> Json:
    """Draw a line in the panel of an axis: values are rounded, and null where missing; `style` is for plotly.js."""
    values = [float(value) if np.isfinite(value) else None for value in np.round(y, 2)]
    axes = {"xaxis": axis_name("x", axis), "yaxis": axis_name("y", axis)}
    return {"type": "scatter", "mode": "lines", "x": np.round(x, 4).tolist(), "y": values, **axes, **style}


def value_range(curves: Iterable[npt.ArrayLike]) -> list[float]:
    """Give the limits of a panel: its curves and a margin, but never so little that noise looks like movement."""
    values = np.concatenate([np.asarray(curve, np.float64) for curve in curves])  # None becomes NaN
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 0.0)
    middle, half = (low + high) / 2, max(0.55 * (high - low), LEAST_RANGE / 2)
    return [float(middle - half), float(middle + half)]


def _title(panel: Panel, axis: int) -> Json:
    title, subtitle = translated(panel.title), translated(panel.subtitle)
    return {
        "text": f'<b>{title}</b><br><span style="font-size: 11px">{subtitle}</span>',
        "align": "left", "showarrow": False, "font": {"size": 13},
        "x": 0, "xref": f"{axis_name('x', axis)} domain", "xanchor": "left",
        "y": 1.02, "yref": f"{axis_name('y', axis)} domain", "yanchor": "bottom",
    }  # fmt: skip
