"""The events of a trial in the order of time, from its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Event", "events_of"]


class Event(NamedTuple):
    """One event."""

    time: float
    """Seconds."""
    side: str
    """``R``, ``L``, or empty."""
    name: str


def events_of(record: Mapping[str, Any]) -> list[Event]:
    """Return heel strikes, toe-offs, and beginnings and ends of repetitions, as ``run.json`` has them."""
    movement = record.get("movement") or {}
    found = [
        Event(float(each["time"]), str(each["side"]), name)
        for key, name in (("heel_strikes", "heel strike"), ("toe_offs", "toe-off"))
        for each in movement.get(key) or ()
    ]
    found += [
        Event(float(each[key]), "", f"repetition {key}")
        for each in movement.get("repetitions") or ()
        for key in ("start", "end")
    ]
    return sorted(found)
