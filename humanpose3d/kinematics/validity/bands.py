"""Measured uncertainties of every kind of number and curve, by view and movement: two JSON tables.

``benchmarks/bands.py --write`` writes the first table, ``benchmarks/opensim_angles.py --write`` the second, which is
about OpenSim's angles; nobody edits them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.quantities import BAND, NotMeasured
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.validity.spreads import Spreads, limb_of, spread_of, uncertainty_factor
from humanpose3d.kinematics.view import View

__all__ = [
    "EVENTS",
    "LARGEST",
    "PLACES",
    "Bands",
    "Line",
    "band_name",
    "bands_of_table",
    "measured_bands",
    "opensim_bands",
    "place_of",
]

PLACES = ("side, near", "side, far", "oblique, near", "oblique, far", "front", "back")
"""The columns of the table: the sector of the view, and whether the limb is on the camera's side of the body."""

EVENTS = ("heel_strike", "toe_off")

_PLACE_WORDS = {"side": "the side", "oblique": "an oblique view", "front": "the front", "back": "behind"}

LARGEST = {
    "cadence": 5.0,
    "stride_time": 0.05,
    "step_time": 0.03,
    "step_length": 0.08,
    "stride_length": 0.1,
    "walking_speed": 0.1,
    "step_width": 0.025,
    "foot_progression": 5.0,
    "stance": 2.6,
    "double_support": 2.6,
    "jump_height_hips": 0.04,
    "jump_height_flight": 0.04,
    "seat_height": 0.04,
    "seat_rise": 0.04,
    "sway_ap": 1.5,
    "sway_ml": 1.5,
    "range": 19.0,
    "maximum": 19.0,
    "minimum": 19.0,
}
"""Largest standard uncertainty with which a number is shown: rules of thumb. The 95 % band of step length or of double
support is then at most a quarter of an adult's, and that of stance as wide as that of double support; that of a jump is
a quarter of what the young reach, and that of sway the half of what adults sway."""


_UNITS = {
    **dict.fromkeys(("stride_time", "step_time"), " s"),
    **dict.fromkeys(("stance", "double_support"), " %"),
    **dict.fromkeys(("sway_ap", "sway_ml"), " mm"),
    **dict.fromkeys(("foot_progression", "curve", "range", "maximum", "minimum"), "°"),
    "cadence": " steps/min",
    "walking_speed": " m/s",
}
"""Units of numbers that are no lengths in metres, as they follow a number."""


class Line(NamedTuple):
    """Of a calibration: the angle is `slope` times the one found, and `offset` degrees."""

    slope: float
    offset: float


@dataclass(frozen=True)
class Bands:
    """The table of measured uncertainties."""

    source: str
    """How they were measured."""
    delays: Mapping[str, Mapping[str, float]]
    """By which :data:`EVENTS` are found late, in parts of a stride, in the median, by sector of the view."""
    uncertainties: Mapping[str, Mapping[str, float]]
    """Standard uncertainties by :func:`band_name` and place, one of :data:`PLACES`, of a trial with the usual
    spreads."""
    repeatability: Mapping[str, float] = field(default_factory=dict)
    """Which share of two independent errors is left in a change, by the kind of number, for one body that does the
    same again, seen from the same place; the rest of the two errors is the same, and cancels."""
    walking: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The rows of `uncertainties` that are others where the person walks."""
    least: Mapping[str, float] = field(default_factory=dict)
    """Least uncertainties, by kind of number."""
    usual_spreads: Spreads = field(default_factory=dict)
    """Of the depth prior, by limb without side: in the median of the trials on which the table rests."""
    spreads: Spreads = field(default_factory=dict)
    """Of the trial that the table is for; see :meth:`during`."""
    calibration: Mapping[str, Mapping[str, Line]] = field(default_factory=dict)
    """Of angles that are wrong in walking in the same way in all people, by angle, such as ``knee flex``, and place;
    see :func:`~humanpose3d.kinematics.validity.calibration.calibrated`."""
    zeros: Mapping[str, float] = field(default_factory=dict)
    """By how many degrees an angle is found too large in all people, movements and views, by angle."""
    nearer: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Of OpenSim's angles: the joints whose flexion they show better than ours, each with the sectors of the view."""

    def during(self, movement: str, spreads: Spreads | None = None) -> Bands:
        """Return the table for one kind of movement, as ``Movement.kind`` names it, and the spreads of a trial."""
        rows = {**self.uncertainties, **self.walking} if movement == "walking" else self.uncertainties
        return replace(self, uncertainties=rows, spreads=spreads or {})

    def uncertainty(self, name: str, view: View | None, side: str = "") -> float:
        """Return the standard uncertainty of a number or curve; NaN where it was never measured.

        `name` is a key of :data:`LARGEST`, which "over ground" may follow, or as :func:`band_name` gives it. Where the
        view is not known, or the person turned, the largest of all views counts; where no `side` of the body (``R`` or
        ``L``) is named, the worse one. It grows with the spread of the limb.
        """
        row = self.uncertainties.get(name, {})
        wanted = PLACES if view is None or view.sector == "turning" else place_of(view, side)
        usual = max((row[place] for place in wanted if place in row), default=math.nan)
        return self.at_spread(name, usual, spread_of(self.spreads, name, side))

    def at_spread(self, name: str, usual: float, spread: float) -> float:
        """Return the uncertainty of a number or curve for the spread of its limb; `usual` is that of the table."""
        factor = uncertainty_factor(spread, self.usual_spreads.get(limb_of(name), math.nan))
        return max(usual * factor, self.least.get(name.split()[0], 0.0))

    def delay(self, event: str, view: View | None) -> float:
        """Return the delay of an event in a view, in parts of a stride; where the view is none of them, their mean."""
        row = self.delays.get(event, {})
        return row.get(view.sector if view else "", math.fsum(row.values()) / max(len(row), 1))

    def too_uncertain(self, name: str, view: View | None, side: str = "") -> NotMeasured | None:
        """Return why a number is not shown in a view, and the view that carries it; None where it is shown."""
        band = BAND * self.uncertainty(name, view, side)
        untested = name in self.uncertainties and math.isnan(band)
        if not untested and not band > BAND * _limit(name):
            return None
        best = self.best_view(name, view)
        where = "in an unknown view" if view is None else view.word
        width = f"{band:.2g}{_UNITS.get(name.split()[0], ' m')}"
        reason = f"never tested {where}" if untested else f"too uncertain {where} (± {width})"
        return NotMeasured(f"{reason}; film from {best}" if best else reason)

    def best_view(self, name: str, view: View | None = None) -> str | None:
        """Return in words the view with the least uncertainty, if a number is shown there, and not `view` is such."""
        row = self.uncertainties.get(name, {})
        sectors = {sector: max(u for place, u in row.items() if place.startswith(sector)) for sector in _sectors(row)}
        best = min(sectors, key=lambda sector: sectors[sector], default=None)
        if not best or sectors[best] > _limit(name) or (view is not None and view.sector == best):
            return None
        return _PLACE_WORDS[best]

    def curves(self, view: View | None) -> FloatArray:
        """Return standard uncertainties of the angles at each moment, shape (12, 3), degrees; NaN where unknown."""
        return self._of_angles("curve", view)

    def ranges(self, view: View | None) -> FloatArray:
        """Return standard uncertainties of ranges of motion, degrees, shape (12, 3); NaN where not measured."""
        return self._of_angles("range", view)

    def nearer_joints(self, view: View | None) -> frozenset[str]:
        """Return the joints, without sides, that these angles show better than ours in a view."""
        return frozenset(joint for joint, sectors in self.nearer.items() if view and view.sector in sectors)

    def with_joints_of(self, other: Bands, joints: Collection[str]) -> Bands:
        """Return these, with the rows of `other`, which are of OpenSim's angles, for some joints."""
        own, others = (
            {name: row for name, row in table.items() if (name.split()[1:2] or [""])[0] in joints}
            for table in (self.uncertainties, other.uncertainties)
        )
        kept = {name: row for name, row in self.uncertainties.items() if name not in own}
        whose = ", ".join(sorted(set(joints)))
        source = f"{self.source}; for OpenSim's angles ({whose}): {other.source}"
        return replace(self, source=source, uncertainties={**kept, **others})

    def _of_angles(self, what: str, view: View | None) -> FloatArray:
        sided = [(joint, joint.partition("_")[2]) for joint in JOINT_NAMES]
        rows = [[self.uncertainty(band_name(what, j, a), view, side) for a in ANGLE_NAMES] for j, side in sided]
        return np.array(rows)


def _limit(name: str) -> float:
    """Return the largest uncertainty with which a row is shown; a curve at a moment is shown as a maximum is."""
    return LARGEST[name.split()[0].replace("curve", "maximum")]


def band_name(what: str, joint: str, angle: str) -> str:
    """Return the row of an angle's ``curve``, ``range``, ``maximum`` or ``minimum``; both sides share it.

    Examples
    --------
    >>> band_name("range", "knee_L", "flex")
    'range knee flex'
    """
    return f"{what} {joint.partition('_')[0]} {angle}"


def place_of(view: View, side: str) -> tuple[str, ...]:
    """Return the columns of the table for a side of the body in a view that is not ``turning``."""
    if view.nearer_side is None:
        return (view.sector,)
    distances = ("near", "far") if not side else ("near" if side == view.nearer_side else "far",)
    return tuple(f"{view.sector}, {distance}" for distance in distances)


@lru_cache(maxsize=2)
def measured_bands(*, anatomical: bool = False) -> Bands:
    """Return what ``benchmarks/bands.py`` measured, of angles of the body markers or of the anatomical ones."""
    table = _read("bands.json")
    if not anatomical:
        return bands_of_table(table)
    other = table["anatomical"]
    rows = {key: {**table[key], **other[key]} for key in ("standard_uncertainty", "walking")}
    return bands_of_table({**table, **other, **rows})


@lru_cache(maxsize=2)
def opensim_bands(*, anatomical: bool) -> Bands:
    """Return what ``benchmarks/opensim_angles.py`` measured of OpenSim's angles, with anatomical markers or without."""
    return bands_of_table(_read("bands_opensim.json")["anatomical" if anatomical else "body"])


def _read(name: str) -> Any:
    return json.loads((files("humanpose3d.kinematics.validity") / name).read_text(encoding="utf-8"))


def bands_of_table(table: Mapping[str, Any]) -> Bands:
    """Return the bands that a table in a file holds."""
    lines = table.get("calibration", {})
    return Bands(
        table["source"],
        table["delay"],
        table["standard_uncertainty"],
        repeatability=table.get("repeatability", {}),
        walking=table.get("walking", {}),
        least=table.get("least", {}),
        usual_spreads=table.get("usual_spreads", {}),
        calibration={angle: {place: Line(*line) for place, line in row.items()} for angle, row in lines.items()},
        zeros=table.get("zeros", {}),
        nearer=table.get("nearer", {}),
    )


def _sectors(row: Mapping[str, float]) -> list[str]:
    return [sector for sector in _PLACE_WORDS if any(place.startswith(sector) for place in row)]
