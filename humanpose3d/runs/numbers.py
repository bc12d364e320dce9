"""Numbers of a trial as ``run.json`` holds them: value, standard uncertainty, unit and source, or the reason."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import NotMeasured, Quantity
from humanpose3d.kinematics.series import longest_part
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.report.data.content import Excursion, ReportContent
from humanpose3d.report.data.excursions import Excursions

__all__ = ["angle_numbers", "movement_record", "number_record", "sources"]

_BANDS = "bands"


def sources() -> dict[str, str]:
    """Return what the ``source`` of a number means, by its name."""
    return {_BANDS: measured_bands().source}


def number_record(quantity: Quantity) -> dict[str, Any]:
    """Return a number as JSON takes it; an uncertainty that nobody measured is None."""
    if isinstance(quantity, NotMeasured):
        return {"value": None, "reason": quantity.reason}
    uncertainty = None if math.isnan(quantity.uncertainty) else quantity.uncertainty
    return {"value": quantity.value, "uncertainty": uncertainty, "unit": quantity.unit, "source": _BANDS}


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
    }


def angle_numbers(angles: JointAngles, movement: Movement, content: ReportContent) -> dict[str, Any]:
    """Return ``angles``, how far each goes in the trial and where it is at events, and ``cycles``, how far in each.

    An angle that is not measured in a cycle is left out of it; ``angles`` has the reason.
    """
    part = longest_part(angles.times, content.provenance.cuts)
    found = Excursions(
        movement, angles.times[part], angles.degrees[part], measured_bands().during(movement.kind), content.unseen
    )
    cycles = [
        {
            "kind": content.cycle_name,
            "side": each.cycle.side,
            "number": each.number,
            "start_s": each.cycle.start,
            "end_s": each.cycle.end,
            "angles": {name: known for name, far in each.angles.items() if (known := _measured(far))},
        }
        for each in found.of_the_cycles()
    ]
    return {
        "angles": {name: _excursion_record(far) for name, far in found.of_the_trial().items()},
        "cycles": cycles,
    }


def _excursion_record(found: Excursion) -> dict[str, dict[str, Any]]:
    return {
        "range": number_record(found.range),
        "maximum": number_record(found.maximum),
        "minimum": number_record(found.minimum),
        **{event: number_record(angle) for event, angle in found.at.items()},
    }


def _measured(found: Excursion) -> Mapping[str, dict[str, Any]]:
    return {what: number for what, number in _excursion_record(found).items() if number["value"] is not None}
