"""Verdict by joint and plane, and by kind of number: usable, with care, or not usable, each with its reason."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, SIDE_WORDS
from humanpose3d.kinematics.quantities import NotMeasured
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.report.data.content import BAND, Number, ReportContent

__all__ = ["WORST_LAST", "Level", "Part", "Reason", "Weight", "advice", "judge_parts", "reasons_of_parts"]

Level = Literal["usable", "with care", "not usable"]
Weight = Literal["note", "usable", "with care", "not usable"]
WORST_LAST: tuple[Weight, ...] = ("note", "usable", "with care", "not usable")

# Rules of thumb: half-widths of the 95 % band of an angle, in degrees.
_GOOD_BAND, _LARGEST_BAND = 25.0, 40.0
_MUCH_SEEN, _LEAST_SEEN = 0.9, 0.5
_JOINTS = ("hip", "knee", "ankle", "shoulder", "elbow", "pelvis", "trunk")
_PLURALS = {"pelvis": "pelvis", "trunk": "trunk"}
_PLANES = dict(zip(ANGLE_NAMES, ("", ", frontal plane", ", transverse plane"), strict=True))
_NUMBERS = {
    "Cadence": ("cadence", "cadence"),
    "Stride time": ("stride times", "stride_time"),
    "Step time": ("step times", "step_time"),
    "Step length": ("step lengths", "step_length"),
    "Stance phase": ("stance phases", "stance"),
    "Walking speed": ("walking speed", "walking_speed"),
    "Double support": ("double support", "double_support"),
    "Jump height, by the hips": ("jump height by the hips", "jump_height_hips"),
    "Jump height, by flight time": ("jump height by flight time", "jump_height_flight"),
    "Hip height when seated": ("hip height when seated", "seat_height"),
    "Rise from the seat": ("rise from the seat", "seat_rise"),
    "Sway, forward and back": ("sway forward and back", "sway_ap"),
    "Sway, sideways": ("sway sideways", "sway_ml"),
}


@dataclass(frozen=True)
class Reason:
    """One finding, in one sentence, and one for those who want to know more; a note speaks neither for nor against."""

    level: Weight
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Part:
    """The verdict on one joint in one plane, or on one kind of number."""

    key: str  # knee_flex, hip_abd ..., or cadence, stride_time, step_time, step_length
    name: str  # in words, such as "knees"; the sagittal plane is not named
    level: Level
    reason: str = ""  # where it is not usable, or with care

    def __str__(self) -> str:
        """Format as one line, such as ``elbows: with care, left hidden in 80 % of the frames``."""
        return f"{self.name}: {self.level}" + (f", {self.reason}" if self.reason else "")


def judge_parts(content: ReportContent) -> tuple[Part, ...]:
    """Judge each joint in each plane that has an angle or should have one, and each kind of number that was tried.

    =================== ==================== ========================== ========================
    finding             usable               with care                  not usable
    =================== ==================== ========================== ========================
    95 % band           25 degrees or less   40 degrees or less         more
    angle there         in 90 % of frames    in 50 % or more            in fewer
    legs can't be told  in 5 % of frames     in more
    sides of the body   both                 one is worse               both are not usable
    number              measured             one side only              not measured
    =================== ==================== ========================== ========================
    """
    joints = [part for name in _JOINTS for angle in ANGLE_NAMES if (part := _joint(content, name, angle))]
    numbers = [_number(number) for number in content.numbers if number.name in _NUMBERS]
    return (*joints, *numbers)


def reasons_of_parts(parts: Sequence[Part]) -> Iterator[Reason]:
    """Say what the parts mean for the trial as a whole, which is never better than what it shows."""
    flexions = [part for part in parts if part.key.endswith("_flex") and not part.key.startswith(("pelvis", "trunk"))]
    lost = [part for part in flexions if part.level == "not usable"]
    doubtful = [part for part in flexions if part.level == "with care"]
    good = [part for part in parts if part.level == "usable"]
    if flexions and len(lost) == len(flexions) and not good:
        yield Reason("not usable", "No joint's flexion is usable.")
    elif lost:
        yield Reason("with care", f"Not usable: {', '.join(part.name for part in lost)}.")
        if good:
            yield Reason("usable", f"Usable: {'; '.join(part.name for part in good)}.")
    elif 2 * len(doubtful) > len(flexions):
        yield Reason("with care", f"With care: {', '.join(part.name for part in doubtful)}.")


def advice(content: ReportContent, parts: Sequence[Part]) -> str:
    """Return where to put the camera next time for what is missing; empty where nothing is."""
    if not (lost := [part for part in parts if part.level == "not usable"]):
        return ""
    if any("outside the picture" in part.reason for part in lost):
        return "Next time, put the camera farther away, so that the whole body stays in the picture."
    bands = measured_bands().during(content.movement.kind if content.movement else "")
    for part in sorted(lost, key=lambda each: "plane" in each.name):  # what is read first comes first
        row = part.key if part.key in bands.uncertainties else f"range {part.key.replace('_', ' ')}"
        if content.view is not None and "±" in part.reason and (best := bands.best_view(row, content.view)):
            return f"Next time, film from {best} for {part.name}."
    return ""


def _joint(content: ReportContent, name: str, angle: str) -> Part | None:
    sides = [joint for joint in JOINT_NAMES if joint.partition("_")[0] == name]
    found = [_side(content, joint, angle) for joint in sides]
    shown = [each for each in found if each is not None]
    if not shown:
        return None
    key, words = f"{name}_{angle}", _PLURALS.get(name, f"{name}s") + _PLANES[angle]
    worst = max(shown, key=lambda each: WORST_LAST.index(each[0]))
    if len({each[0] for each in shown}) == 1 or worst[0] == "with care":
        return Part(key, words, *worst)
    side = SIDE_WORDS[sides[found.index(worst)].partition("_")[2]]
    return Part(key, words, "with care", f"{side} {worst[1]}")


def _side(content: ReportContent, joint: str, angle: str) -> tuple[Level, str] | None:
    """Judge an angle of one side; None for planes that the markers do not show and that nobody expects."""
    row, column = JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)
    if joint in content.unseen:
        return ("not usable", content.unseen[joint]) if column == 0 else None
    share = float(np.isfinite(content.degrees[:, row, column]).mean())
    if share == 0:
        return None if column or joint == "pelvis" else ("not usable", "no angle could be computed")
    error = content.error_of(joint, angle)
    band = math.nan if error is None else BAND * error
    if share < _LEAST_SEEN:
        return "not usable", f"seen in {100 * share:.0f} % of the frames"
    if band > _LARGEST_BAND:
        return "not usable", f"± {band:.0f}°{_in_view(content)}"
    if share < _MUCH_SEEN:
        return "with care", f"seen in {100 * share:.0f} % of the frames"
    if band > _GOOD_BAND:
        return "with care", f"± {band:.0f}°{_in_view(content)}"
    if math.isnan(band):
        return "with care", "its error was not measured"
    doubt = content.provenance.sides(len(content.times)).doubt_of(joint.partition("_")[0])
    return ("with care", doubt) if doubt else ("usable", "")


def _in_view(content: ReportContent) -> str:
    return f" {content.view.word}" if content.view else ""


def _number(number: Number) -> Part:
    words, key = _NUMBERS[number.name]
    values = [each for each in (number.left, number.right, number.value) if each is not None]
    missing = [each for each in values if isinstance(each, NotMeasured)]
    if not missing:
        return Part(key, words, "usable")
    return Part(key, words, "not usable" if len(missing) == len(values) else "with care", missing[0].reason)
