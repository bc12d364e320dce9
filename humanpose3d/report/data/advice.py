"""What to do otherwise at the next recording, so that more of it is usable."""

from collections.abc import Sequence

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.validity.bands import Bands, band_name, measured_bands
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.parts import Part

__all__ = ["FASTER", "LONGER", "advice"]

FASTER = "Next time, film at 30 frames a second or more."
LONGER = "Next time, film for several seconds."


def advice(content: ReportContent, parts: Sequence[Part]) -> str:
    """Return what helps against the worst of what is lost, in one sentence; empty where nothing is, or nothing helps.

    What lies outside the picture comes first, then flexions, then numbers, then all else.
    """
    if any("outside the picture" in part.reason for part in parts):
        return "Next time, put the camera farther away, so that the whole body stays in the picture."
    lost = [part for part in parts if part.level == "not usable"]
    main = [part for part in lost if part.is_flexion] or [part for part in lost if part.is_number] or lost
    return next(filter(None, (_remedy(content, part) for part in main)), "")


def _remedy(content: ReportContent, part: Part) -> str:
    """Return what helps against one loss: another view, or nothing in the way; an arm may hide behind its own body."""
    best = part.reason.partition("film from ")[2].partition(",")[0]
    if not part.is_number and "±" in part.reason and content.view is not None:
        best = _bands_of(content).best_view(band_name("curve", *part.key.split("_")), content.view) or ""
    if not best and part.is_flexion and "hidden in" in part.reason:
        return "Next time, remove what hides the person, or film from another side."
    return f"Next time, film from {best} for {part.name}." if best else ""


def _bands_of(content: ReportContent) -> Bands:
    """Return the measured bands for the markers, the movement and the spreads of a trial."""
    tilt = content.degrees[:, JOINT_NAMES.index("pelvis"), ANGLE_NAMES.index("flex")]
    bands = measured_bands(anatomical=bool(np.isfinite(tilt).any()))
    movement = content.movement
    return bands.during(movement.kind, movement.spreads) if movement else bands
