"""The events of a trial, and its movement where a person has corrected them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from humanpose3d.formats.events_csv import Event
from humanpose3d.kinematics.angles import JointAngles
from humanpose3d.kinematics.conventions import SIDE_WORDS
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.mid_hip.numbers import HIP_NUMBERS
from humanpose3d.kinematics.quantities import NotMeasured
from humanpose3d.kinematics.repetitions import Repetition, ranges_of_motion
from humanpose3d.kinematics.rotations import FloatArray
from humanpose3d.kinematics.validity.bands import Bands
from humanpose3d.kinematics.walking.gait import Side, ToeOff, gait_of_events
from humanpose3d.kinematics.walking.numbers import gait_numbers
from humanpose3d.report.errors import EventsError

__all__ = ["EVENTS_NAME", "changes_of", "corrected_movement", "event_text", "events_of", "recorded_events"]

EVENTS_NAME = "events.csv"
_OF_WALKING = {"heel_strike": "heel strike", "toe_off": "toe-off"}
_OF_A_REPETITION = ("start", "turn", "end")
_SAME_S = 1e-3  # the file keeps a tenth of it


def event_text(event: Event) -> str:
    """Format an event.

    Examples
    --------
    >>> event_text(Event(1.234, "heel_strike", "R"))
    'right heel strike at 1.23 s'
    """
    words = [SIDE_WORDS.get(event.side, ""), _OF_WALKING.get(event.event, f"{event.event} of a repetition")]
    return f"{' '.join(filter(None, words))} at {event.time:.2f} s"


def events_of(movement: Movement) -> list[Event]:
    """Return the events of a movement in the order of time."""
    strikes = [Event(each.time, "heel_strike", each.side) for each in movement.heel_strikes]
    offs = [Event(each.time, "toe_off", each.side) for each in movement.toe_offs]
    repetitions = [Event(getattr(each, name), name) for each in movement.repetitions for name in _OF_A_REPETITION]
    return sorted([*strikes, *offs, *repetitions])


def recorded_events(record: Mapping[str, Any]) -> list[Event]:
    """Return the events that ``run.json`` has; those of a damaged record are left out."""
    movement = record.get("movement")
    found = []
    for key, names in (("heel_strikes", None), ("toe_offs", None), ("repetitions", _OF_A_REPETITION)):
        rows = movement.get(key) if isinstance(movement, Mapping) else None
        for row in rows if isinstance(rows, list) else []:
            if names is None:
                found.append((row.get("time"), key.removesuffix("s"), str(row.get("side"))))
            else:
                found += [(row.get(name), name, "") for name in names]
    return sorted(Event(float(time), name, side) for time, name, side in found if isinstance(time, (int, float)))


def changes_of(found: Sequence[Event], given: Sequence[Event]) -> list[str]:
    """Say what a person changed in the list of events: what was set, and what was taken away; empty if nothing."""

    def lacking(wanted: Sequence[Event], among: Sequence[Event]) -> list[Event]:
        return [
            each for each in wanted
            if not any(one[1:] == each[1:] and abs(one.time - each.time) <= _SAME_S for one in among)
        ]  # fmt: skip

    set_by_hand = [f"{event_text(each)} set" for each in lacking(given, found)]
    return set_by_hand + [f"{event_text(each)} taken away" for each in lacking(found, given)]


def corrected_movement(
    movement: Movement,
    events: Sequence[Event],
    names: Sequence[str],
    positions: FloatArray,
    angles: JointAngles,
    bands: Bands,
) -> Movement:
    """Return a movement with other events, and its numbers worked out from them.

    Heel strikes make it walking, repetitions a repeated movement, and no event at all neither. The other arguments are
    those of :func:`~humanpose3d.kinematics.events.analyse_movement`.

    Raises
    ------
    EventsError
        The events do not fit together; the message says which.
    """
    late = next((each for each in events if each.time > angles.times[-1] + 1e-6), None)
    if late is not None:
        raise EventsError(f"the {event_text(late)} is after the end of the recording, at {angles.times[-1]:.2f} s")
    of_walking = [each for each in events if each.event in _OF_WALKING]
    if of_walking and len(of_walking) < len(events):
        raise EventsError("it has events of walking and of repetitions, and a trial has either")
    kept = {name: number for name, number in movement.numbers.items() if name in HIP_NUMBERS}
    plain = replace(movement, numbers=kept, heel_strikes=(), toe_offs=(), repetitions=(), leading="")
    if not events:
        none = "no event of it is in the corrected list"
        return replace(plain, kind="other", reasons={"walking": none, "repeated": none})
    if of_walking:
        return _walking(plain, of_walking, names, positions, angles, bands)
    repetitions = _repetitions(events, angles, bands.ranges(movement.view))
    return replace(plain, kind="repeated", repetitions=repetitions, leading=movement.leading)


def _walking(
    movement: Movement,
    events: Sequence[Event],
    names: Sequence[str],
    positions: FloatArray,
    angles: JointAngles,
    bands: Bands,
) -> Movement:
    strikes = [each for each in events if each.event == "heel_strike"]
    for one, other in itertools.pairwise(strikes):
        if one.side == other.side:
            missing = SIDE_WORDS["L" if one.side == "R" else "R"]
            raise EventsError(
                f"between the {event_text(one)} and the {event_text(other)} there is no {missing} heel strike"
            )
    markers = dict(zip(names, np.moveaxis(np.asarray(positions, np.float64), 1, 0), strict=True))
    offs = [ToeOff(each.time, cast(Side, each.side)) for each in events if each.event == "toe_off"]
    gait = gait_of_events(angles.times, markers, [(each.time, cast(Side, each.side)) for each in strikes], offs)
    if isinstance(gait, NotMeasured):
        raise EventsError(gait.reason)
    numbers = gait_numbers(
        gait,
        movement.view,
        bands,
        lens=movement.lens,
        sides=movement.sides,
        spreads=movement.spreads,
        camera_moves=movement.camera_moves,
    )
    return replace(
        movement,
        kind="walking",
        reasons={},
        numbers=movement.scaled(numbers),
        heel_strikes=gait.heel_strikes,
        toe_offs=gait.toe_offs,
    )


def _repetitions(events: Sequence[Event], angles: JointAngles, errors: FloatArray) -> tuple[Repetition, ...]:
    """Build repetitions of events in the order of time; one may end in the moment in which the next starts."""
    order = {"end": 0, "start": 1, "turn": 2}
    ordered = sorted(events, key=lambda each: (each.time, order[each.event]))
    for number, each in enumerate(ordered):
        wanted = _OF_A_REPETITION[number % 3]
        if each.event != wanted:
            raise EventsError(f"the {event_text(each)} comes where the {wanted} of a repetition should be")
    if len(ordered) % 3:
        raise EventsError(f"the last repetition has no {_OF_A_REPETITION[len(ordered) % 3]}")
    times = [each.time for each in ordered]
    return tuple(
        Repetition(start, turn, end, ranges_of_motion(angles, start, end, errors))
        for start, turn, end in zip(times[::3], times[1::3], times[2::3], strict=True)
    )
