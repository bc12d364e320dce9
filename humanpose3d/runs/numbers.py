"""Numbers of a trial as ``run.json`` holds them: value, standard uncertainty, unit and source, or the reason."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import NotMeasured, Quantity
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.report.data.content import Excursion, ReportContent

__all__ = ["angle_numbers", "movement_record", "number_record", "sources"]

_BANDS, _OPENSIM_BANDS = "bands", "opensim_bands"


def sources(opensim: str = "") -> dict[str, str]:
    """Return what the ``source`` of a number means, by its name; `opensim` is that of the angles of its model."""
    return {_BANDS: measured_bands().source} | ({_OPENSIM_BANDS: opensim} if opensim else {})


def number_record(quantity: Quantity, source: str = _BANDS) -> dict[str, Any]:
    """Return a number as JSON takes it; an uncertainty that nobody measured is None."""
    if isinstance(quantity, NotMeasured):
        return {"value": None, "reason": quantity.reason}
    uncertainty = None if math.isnan(quantity.uncertainty) else quantity.uncertainty
    return {"value": quantity.value, "uncertainty": uncertainty, "unit": quantity.unit, "source": source}


def movement_record(movement: Movement) -> dict[str, Any]:
    """Return a movement without its view, which is the trial's, and without what :func:`angle_numbers` has."""
    return {
        "kind": movement.kind,
        "reasons": dict(movement.reasons),
        "numbers": {name: number_record(number) for name, number in movement.numbers.items()},
        "heel_strikes": [strike._asdict() for strike in movement.heel_strikes],
        "toe_offs": [asdict(off) for off in movement.toe_offs],
        "repetitions": [{"start": each.start, "turn": each.turn, "end": each.end} for each in movement.repetitions],
        "leading": movement.leading,
        "on_belt": movement.on_belt,
    }


def angle_numbers(content: ReportContent) -> dict[str, Any]:
    """Return ``angles``, how far each goes in the trial and where it is at events, and ``cycles``, how far in each.

    An angle that is not measured in a cycle is left out of it; ``angles`` has the reason. Where a model of OpenSim was
    solved, ``opensim`` has the same of its angles, and the joints for which the report shows these first; ``sources``
    then names both sources.
    """
    isb, solved = content.by("isb"), content.by("opensim")
    if solved is isb:
        return _numbers_of(isb, _BANDS)
    opensim = {**_numbers_of(solved, _OPENSIM_BANDS), "shown_first": sorted(content.from_opensim)}
    return {**_numbers_of(isb, _BANDS), "opensim": opensim, "sources": sources(solved.error_source)}


def _numbers_of(content: ReportContent, source: str) -> dict[str, Any]:
    cycles = [
        {
            "kind": content.cycle_name,
            "side": each.cycle.side,
            "number": each.number,
            "start_s": each.cycle.start,
            "end_s": each.cycle.end,
            "angles": {name: known for name, far in each.angles.items() if (known := _measured(far, source))},
        }
        for each in content.cycle_excursions
    ]
    return {
        "angles": {name: _excursion_record(far, source) for name, far in content.excursions.items()},
        "cycles": cycles,
    }


def _excursion_record(found: Excursion, source: str) -> dict[str, dict[str, Any]]:
    return {
        "range": number_record(found.range, source),
        "maximum": number_record(found.maximum, source),
        "minimum": number_record(found.minimum, source),
        **{event: number_record(angle, source) for event, angle in found.at.items()},
    }


def _measured(found: Excursion, source: str) -> Mapping[str, dict[str, Any]]:
    return {what: number for what, number in _excursion_record(found, source).items() if number["value"] is not None}
