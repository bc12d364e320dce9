"""The content of a trial as a C3D file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from humanpose3d import __version__
from humanpose3d.errors import OutputError
from humanpose3d.formats.c3d import MOST_FRAMES, C3dEvent, write_c3d
from humanpose3d.formats.events_csv import Event
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.report.data.content import ReportContent

__all__ = ["why_no_c3d", "write_trial_as_c3d"]

_LABELS = {"heel_strike": "Foot Strike", "toe_off": "Foot Off"}
"""Gait programs look for these."""


def why_no_c3d(content: ReportContent) -> str | None:
    """Return why a trial fits no C3D file."""
    frames = len(content.times)
    if frames <= MOST_FRAMES:
        return None
    return (
        f"A C3D file holds {MOST_FRAMES} frames, and this trial has {frames}; cut the video, or take TRC and CSV files."
    )


def write_trial_as_c3d(path: Path, content: ReportContent, events: Sequence[Event]) -> None:
    """Write markers, angles and events of a trial.

    Raises
    ------
    PackageImportError
        ezc3d is not installed.
    OutputError
        The trial has more frames than the format counts.
    """
    if reason := why_no_c3d(content):
        raise OutputError(reason)
    assert content.markers is not None  # of a run, there always are some
    settings, degrees = content.provenance.settings, content.by("isb").degrees
    write_c3d(
        path,
        content.markers.names,
        content.times,
        content.markers.positions,
        angles={
            _label(joint): degrees[:, column]
            for column, joint in enumerate(JOINT_NAMES)
            if np.isfinite(degrees[:, column]).any()
        },
        events=[C3dEvent(each.time, _LABELS.get(each.event, f"Repetition {each.event}"), each.side) for each in events],
        subject=content.provenance.about.get("subject", content.name),
        height=_number(settings, "height_m"),
        mass=_number(settings, "weight_kg"),
        software=f"HumanPose3D {__version__}",
    )


def _label(joint: str) -> str:
    """Return the label that gait laboratories give to the angles of a joint: ``RKneeAngles`` for ``knee_R``."""
    name, _, side = joint.partition("_")
    return f"{side}{name.capitalize()}Angles"


def _number(settings: Mapping[str, Any], key: str) -> float | None:
    value = settings.get(key)
    return float(value) if isinstance(value, (int, float)) else None
