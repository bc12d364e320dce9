"""A grid of panels for curves, as plain JSON values for plotly.js."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from humanpose3d.report.data.content import FloatArray
from humanpose3d.report.style import LEAST_RANGE

__all__ = ["Json", "Panel", "axis_name", "panel_layout", "plain", "value_range"]

Json = dict[str, Any]

_DIGITS = 2
_GRID = "#e5e5e5"
_FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif'
_TOP_PX = 62  # for the legend and two lines above each panel


class Panel(NamedTuple):
    """One panel."""

    title: str
    """The first line above it: what the vertical axis shows, with its unit."""
    subtitle: str
    """The second line."""
    limits: list[float]
    """Of the vertical axis."""


def panel_layout(panels: Sequence[Panel], x_title: str, *, rows: int = 1, row_height: int = 280) -> Json:
    """Lay out panels row by row; they zoom together along x."""
    layout: Json = {
        "height": rows * row_height,
        "margin": {"l": 40, "r": 16, "t": _TOP_PX, "b": 42},
        "hovermode": "x",
        "dragmode": "zoom",
        "font": {"size": 12, "color": "#1b2330", "family": _FONT},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yref": "container", "yanchor": "top"},
        "grid": {
            "rows": rows,
            "columns": len(panels) // rows,
            "pattern": "independent",
            "xgap": 0.15,
            "ygap": 0.5,
        },
        "annotations": [_title(panel, axis) for axis, panel in enumerate(panels, start=1)],
    }
    for axis, panel in enumerate(panels, start=1):
        number = "" if axis == 1 else str(axis)
        layout[f"xaxis{number}"] = {"title": {"text": x_title, "standoff": 6}, "gridcolor": _GRID, "zeroline": False}
        if axis > 1:
            layout[f"xaxis{number}"]["matches"] = "x"
        layout[f"yaxis{number}"] = {
            "gridcolor": _GRID,
            "zerolinecolor": "#888",
            "range": panel.limits,
        }
    return layout


def axis_name(letter: str, number: int) -> str:
    """Name an axis as plotly.js does: x, x2, x3, ..."""
    return letter if number == 1 else f"{letter}{number}"


def plain(values: FloatArray) -> list[float | None]:
    """Turn an array into JSON values: rounded, null where missing."""
    rounded = np.round(values, _DIGITS)
    return [float(value) if np.isfinite(value) else None for value in rounded]


def value_range(curves: Sequence[Sequence[float | None]]) -> list[float]:
    """Give the limits of a panel: its curves and a margin, but never so little that noise looks like movement."""
    values = [value for curve in curves for value in curve if value is not None]
    low, high = min(values, default=0.0), max(values, default=0.0)
    half = max(0.55 * (high - low), LEAST_RANGE / 2)
    return [(low + high) / 2 - half, (low + high) / 2 + half]


def _title(panel: Panel, axis: int) -> Json:
    return {
        "text": f'<b>{panel.title}</b><br><span style="font-size: 11px">{panel.subtitle}</span>',
        "align": "left",
        "showarrow": False,
        "font": {"size": 13},
        "x": 0,
        "xref": f"{axis_name('x', axis)} domain",
        "xanchor": "left",
        "y": 1.02,
        "yref": f"{axis_name('y', axis)} domain",
        "yanchor": "bottom",
    }
