"""The index page of a batch: a row, a picture and a link for each trial, in one file without a network."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from humanpose3d.errors import explained_imports
from humanpose3d.kinematics.quantities import BAND
from humanpose3d.report.html.page import add_languages
from humanpose3d.report.language import DEFAULT, in_language
from humanpose3d.runs.output import read_record

__all__ = ["index_page"]

_TEMPLATE = Path(__file__).with_name("index.html.j2")
_NUMBERS = ("cadence", "walking_speed", "step_length")
_JOINTS = ("knee", "hip")
_SIDES = {"": "", "_R": "right ", "_L": "left "}


def index_page(folder: Path, summary: Mapping[str, Any], *, pictures: bool = True, language: str = DEFAULT) -> str:
    """Return the page as HTML; all text is escaped, and links lead from `folder` to the reports of the trials.

    Raises
    ------
    humanpose3d.errors.PackageImportError
        Jinja2 is not installed.
    """
    with explained_imports("jinja2"):
        from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    add_languages(environment)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    rows = [_row(folder, trial, pictures=pictures) for trial in summary["trials"]]
    counts = ", ".join(f"{number} {word}" for word, number in summary["counts"].items() if number)
    made = datetime.fromisoformat(summary["created"]).strftime("%Y-%m-%d %H:%M UTC")
    with in_language(language):
        return template.render(rows=rows, counts=counts, made=made, version=summary["version"])


def _row(folder: Path, trial: Mapping[str, Any], *, pictures: bool) -> dict[str, Any]:
    record = (read_record(folder / trial["trial"]) if trial["status"] == "done" else None) or {}
    outputs = record.get("outputs", {})
    verdict = record.get("verdict") or {}
    reasons = [each["text"] for each in verdict.get("reasons", []) if each["level"] in ("with care", "not usable")]
    report = outputs.get("report")
    return {
        **trial,
        "report": quote(f"{trial['trial']}/{report}") if report else "",
        "picture": _picture(folder / trial["trial"], outputs) if pictures else "",
        "level": (trial["verdict"] or "").replace(" ", "-"),
        "why": [trial["reason"]] if trial["reason"] else reasons,
        "numbers": _numbers(trial),
    }


def _picture(folder: Path, outputs: Mapping[str, str]) -> str:
    """Return a frame of the overlay video, else the plot of the angles, as a ``data:`` address; empty without both."""
    from humanpose3d.video.thumbnail import thumbnail

    for what in ("overlay", "plot"):
        if what in outputs and (picture := thumbnail(folder / outputs[what])):
            return f"data:image/jpeg;base64,{base64.b64encode(picture).decode('ascii')}"
    return ""


def _numbers(trial: Mapping[str, Any]) -> list[str]:
    """Return a few numbers in words, each with the half-width of its 95 % band."""
    numbers, angles = trial["numbers"], trial["angles"]
    shown = {what: [(side, numbers.get(f"{what}{side}")) for side in ("", "_R", "_L")] for what in _NUMBERS}
    for joint in _JOINTS:
        ranges = {side: angles.get(f"{joint}{side}_flex", {}).get("range") for side in ("_R", "_L")}
        shown[f"{joint} range"] = list(ranges.items())
    lines = []
    for what, parts in shown.items():
        texts = [
            f"{_SIDES[side]}{_text(number)}" for side, number in parts if number and number.get("value") is not None
        ]
        if texts:
            lines.append(f"{what.replace('_', ' ')}: {', '.join(texts)}")
    return lines


def _text(number: Mapping[str, Any]) -> str:
    unit = "°" if number["unit"] == "deg" else f" {number['unit']}"
    if number["uncertainty"] is None:
        return f"{number['value']:.3g}{unit}"
    band = BAND * number["uncertainty"]
    digits = 0 if band >= 1 else 1 if band >= 0.1 else 2
    return f"{number['value']:.{digits}f} ± {band:.{digits}f}{unit}"
