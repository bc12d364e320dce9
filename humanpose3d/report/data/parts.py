"""Verdict by joint and plane, and by kind of number: usable, with care, or not usable, each with its reason."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, SIDE_WORDS
from humanpose3d.kinematics.quantities import BAND, NotMeasured
from humanpose3d.report.data.content import Number, ReportContent

__all__ = ["WORST_LAST", "Level", "Part", "Reason", "Weight", "capped", "judge_parts", "reasons_of_parts"]

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
    advice: str = ""  # what to do otherwise next time


@dataclass(frozen=True)
class Part:
    """The verdict on one joint in one plane, or on one kind of number."""

    key: str  # knee_flex, hip_abd ..., or cadence, stride_time, step_time, step_length
    name: str  # in words, such as "knees"; the sagittal plane is not named
    level: Level
    reason: str = ""  # where it is not usable, or with care

    def __str__(self) -> str:
        """Format as one line, such as ``elbows: with care, left: hidden in 80 % of the frames``."""
        return f"{self.name}: {self.level}" + (f", {self.reason}" if self.reason else "")

    @property
    def is_flexion(self) -> bool:
        """Whether it is the flexion of a joint of arms or legs, which is asked for first."""
        return self.key.endswith("_flex") and not self.key.startswith(("pelvis", "trunk"))

    @property
    def is_number(self) -> bool:
        """Whether it is a kind of number."""
        return self.key.rpartition("_")[2] not in ANGLE_NAMES


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


def capped(parts: Sequence[Part], reasons: Sequence[Reason]) -> tuple[Part, ...]:
    """Return the parts, none of them better than a recording that is not usable for one of the reasons."""
    cause = next((each.text for each in reasons if each.level == "not usable"), None)
    if cause is None:
        return tuple(parts)
    phrase = cause[0].lower() + cause[1:].rstrip(".")
    return tuple(
        part if part.level == "not usable" else replace(part, level="not usable", reason=phrase) for part in parts
    )


def reasons_of_parts(parts: Sequence[Part], advice: str = "") -> Iterator[Reason]:
    """Say what the parts mean for the trial as a whole, and what is usable although a joint's flexion is not.

    Without any joint's flexion a trial is not usable, whatever else it shows. `advice` is on what is lost.
    """
    flexions = [part for part in parts if part.is_flexion]
    lost = [part for part in flexions if part.level == "not usable"]
    doubtful = [part for part in flexions if part.level == "with care"]
    good = [part for part in parts if part.level == "usable"]
    if flexions and len(lost) == len(flexions):
        yield Reason("not usable", "No joint's flexion is usable.", advice=advice)
    elif lost:
        yield Reason("with care", f"Not usable: {', '.join(part.name for part in lost)}.", advice=advice)
    elif 2 * len(doubtful) > len(flexions):
        yield Reason("with care", f"With care: {', '.join(part.name for part in doubtful)}.", advice=advice)
    if lost and good:
        yield Reason("usable", f"Usable: {'; '.join(part.name for part in good)}.")


def _joint(content: ReportContent, name: str, angle: str) -> Part | None:
    """Judge an angle of a joint by its sides, an unseen one too; None for planes that nobody expects."""
    sides = [joint for joint in JOINT_NAMES if joint.partition("_")[0] == name]
    if not _is_expected(content, sides, angle):
        return None
    found = {joint.partition("_")[2]: _side(content, joint, angle) for joint in sides}
    levels = {level for level, _ in found.values()}
    some_lost = "not usable" in levels and len(levels) > 1
    level = "with care" if some_lost else max(levels, key=WORST_LAST.index)
    reasons = list(dict.fromkeys(reason for _, reason in found.values()))
    if len(reasons) > 1:
        reasons = [f"{SIDE_WORDS[side]}: {reason}" for side, (_, reason) in found.items() if reason]
    words = _PLURALS.get(name, f"{name}s") + _PLANES[angle]
    return Part(f"{name}_{angle}", words, level, ", ".join(reasons))


def _is_expected(content: ReportContent, sides: Sequence[str], angle: str) -> bool:
    """Whether a side shows the angle, or it is a flexion; that of the pelvis takes markers that may not be there."""
    columns = [JOINT_NAMES.index(joint) for joint in sides if joint not in content.unseen]
    if np.isfinite(content.degrees[:, columns, ANGLE_NAMES.index(angle)]).any():
        return True
    return angle == ANGLE_NAMES[0] and ("pelvis" not in sides or "pelvis" in content.unseen)


def _side(content: ReportContent, joint: str, angle: str) -> tuple[Level, str]:
    if joint in content.unseen:
        return "not usable", content.unseen[joint]
    share = float(np.isfinite(content.degrees[:, JOINT_NAMES.index(joint), ANGLE_NAMES.index(angle)]).mean())
    if share == 0:
        return "not usable", "no angle could be computed"
    if joint in ("pelvis", "trunk") and content.provenance.step("upright").get("turned") == 0:
        return "not usable", "the direction of gravity is unknown"
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
