"""What a list, a table and a curve need of a ``run.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from humanpose3d.kinematics.quantities import BAND

__all__ = ["about_of", "summary_of"]

_JOINTS = ("hip", "knee", "ankle", "shoulder", "elbow")


def summary_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return verdict, kind of movement and numbers of a record, as fields of a trial."""
    verdict = record.get("verdict") or {}
    reasons = [str(each.get("text", "")) for each in verdict.get("reasons") or []]
    return {
        "verdict": str(verdict.get("level") or ""),
        "verdict_text": reasons[0] if reasons else "",
        "kind": str((record.get("movement") or {}).get("kind") or ""),
        "found": list(_numbers(record)),
    }


def about_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was told about the recording and the person, as fields of a trial; `person` is a name."""
    settings = record.get("settings") or {}
    about = settings.get("about") or {}
    return {
        "person": str(about.get("subject") or ""),
        "movement": str(about.get("task") or ""),
        "note": str(about.get("note") or ""),
        "date": _day(about.get("date")) or _day(str(record.get("created") or "")[:10]),
        "height": settings.get("height_m"),
        "weight": settings.get("weight_kg"),
    }


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _numbers(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    numbers = (record.get("movement") or {}).get("numbers") or {}
    yield from _known(numbers.items())
    angles = record.get("angles") or {}
    for joint in _JOINTS:
        for side in ("_R", "_L"):
            far = (angles.get(f"{joint}{side}_flex") or {}).get("range")
            yield from _known([(f"{joint}_range{side}", far)])


def _known(numbers: Any) -> Iterator[dict[str, Any]]:
    for name, number in numbers:
        if not isinstance(number, Mapping) or number.get("value") is None:
            continue
        side = name[-1] if name[-2:] in ("_R", "_L") else ""
        uncertainty = number.get("uncertainty")
        yield {
            "key": name[:-2] if side else name,
            "side": side,
            "value": float(number["value"]),
            "band": None if uncertainty is None else BAND * float(uncertainty),
            "unit": str(number.get("unit") or ""),
        }
