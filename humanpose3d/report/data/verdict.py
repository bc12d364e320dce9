"""Quality verdict of a trial: usable, with care, or not usable, by fixed rules."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from humanpose3d.pipeline.trajectories import sampling_rate
from humanpose3d.report.data.advice import FASTER, LONGER, advice
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.parts import (
    WORST_LAST,
    Level,
    Part,
    Reason,
    Weight,
    capped,
    judge_parts,
    reasons_of_parts,
)

__all__ = ["LEFT_OUT", "Verdict", "judge"]

_MAIN_LANDMARKS = tuple(
    f"{side}_{name}" for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
)

# Rules of thumb, not findings: they mark what a person should check before trusting a number.
_LEAST_SEEN, _WELL_SEEN = 0.5, 0.95
_LEAST_VISIBILITY, _GOOD_VISIBILITY = 0.35, 0.65
_LONG_GAP_S = 0.5
_FEW_SWAPS = 0.1
_STILL_DEG = 1.5  # a person who stands moves by 2 to 3
_FEW_EMPTIED = 0.02
_AS_TALL = 0.6  # of the height in the picture: somebody else may be taken for the person
_FEW_IMPLAUSIBLE = 0.01
_LEAST_RATE_HZ, _GOOD_RATE_HZ = 10.0, 24.0
_LEAST_SECONDS, _ENOUGH_SECONDS = 0.2, 1.0


LEFT_OUT = {
    "depth": "The depth of the joints was not corrected by a model.",
    "refiner": "The places of the joints were not corrected by a model.",
    "motion": "The motion model was not used.",
    "augment": "No anatomical markers were added: some planes of the angles stay empty.",
    "joint": "The angles were not corrected by a model.",
    "overlay": "No overlay video was made.",
}
"""What it means that a stage did not run."""
# Without these the result is another one. The motion model is left out where it would do harm, and without anatomical
# markers some planes are empty: neither makes what is there worse, and who is always warned heeds no warning.
_CORRECTIONS = ("depth", "refiner", "joint")


@dataclass(frozen=True)
class Verdict:
    """The verdict on a trial."""

    level: Level  # the worst among the reasons
    reasons: tuple[Reason, ...]  # on the trial as a whole, worst first
    parts: tuple[Part, ...] = ()  # on each joint and plane, and each kind of number
    advice: str = ""  # what to do otherwise next time for what is missing, in one sentence; empty where nothing is
    warnings: tuple[str, ...] = ()  # of the run, on what is no reason

    def as_record(self) -> dict[str, Any]:
        """Return the verdict as ``run.json`` has it."""
        return {
            "level": self.level,
            "reasons": [{"level": each.level, "text": each.text} for each in self.reasons],
            "parts": [asdict(each) for each in self.parts],
            "advice": self.advice,
        }


def judge(content: ReportContent) -> Verdict:
    """Judge a trial.

    ===================== ====================== =========================== ============================
    finding               usable                 with care                   not usable
    ===================== ====================== =========================== ============================
    person found          in 95 % of the frames  in 50 % or more             in fewer
    mean visibility of    0.65 or more           0.35 or more                less
    the 12 main joints
    longest gap           0.5 s or less          more
    frame rate            24/s or more           10/s or more                less
    duration              1 s or more            0.2 s or more               less
    joint angles          all sagittal ones      some missing throughout     none
    movement              any                    half of them below 1.5°
    flexion of joints     none is unusable       one is, or most need care   all are
    other people          none as tall           some
    emptied frames        2 % or fewer           50 % or fewer               more
    implausible samples   1 % or fewer           more
    jumps and cuts        none                   any
    left and right swaps  in 10 % of the frames  in more
    legs can't be told    in 5 % of the frames   in more
    scale                 from a given height    from an average body
    correcting networks   all ran                one was skipped
    ===================== ====================== =========================== ============================

    No part is better than a recording that is too short, or has too few frames a second. The advice is on the worst
    reason that there is one for.
    """
    sampling = list(_sampling(content))
    parts = capped(judge_parts(content), sampling)
    on_parts = advice(content, parts)
    found = [*sampling, *_angles(content), *reasons_of_parts(parts, on_parts), *_reasons(content)]
    reasons = sorted(found, key=lambda each: -WORST_LAST.index(each.level))
    worst = reasons[0].level if reasons else "note"
    told = {reason.text for reason in reasons}
    warnings = tuple(warning for warning in content.provenance.warnings if warning not in told)
    chosen = next((reason.advice for reason in reasons if reason.advice), on_parts)
    return Verdict("usable" if worst == "note" else worst, tuple(reasons), parts, chosen, warnings)


def _reasons(content: ReportContent) -> Iterator[Reason]:
    yield from _presence(content)
    yield from _visibility(content)
    yield from _stillness(content)
    yield from _swaps(content)
    yield from _other_people(content)
    yield from _emptied(content)
    yield from _jumps_and_cuts(content)
    if height := content.provenance.settings.get("height_m"):
        yield Reason("usable", f"Lengths are scaled to the given height of {height} m.")
    else:
        text = (
            "No height was given (--height): lengths and speeds are those of an average body, angles are not affected."
        )
        yield Reason("with care", text)
    yield from _skipped(content)


def _angles(content: ReportContent) -> Iterator[Reason]:
    known = np.asarray(np.isfinite(content.degrees).any(axis=0))
    if not known.any():
        yield Reason("not usable", "No joint angle could be computed.")
    elif not known[1:, 0].all():  # the pelvis's tilt takes anatomical markers
        yield Reason("with care", "Some joints were never seen well enough for an angle.")


def _presence(content: ReportContent) -> Iterator[Reason]:
    if content.landmarks is None:
        return
    found, times = content.landmarks.detected, content.landmarks.times
    share = float(found.mean())
    text = _in_words_of_the_run(
        content, "Nobody was found in", f"The person was found in {100 * share:.0f} % of the frames."
    )
    yield Reason(_grade(share, _LEAST_SEEN, _WELL_SEEN), text)
    seen = times[found]
    longest = float(np.diff(seen).max()) if len(seen) > 1 else 0.0
    if longest > _LONG_GAP_S:
        yield Reason("with care", f"The person is missing for up to {longest:.1f} s at a time.")


def _visibility(content: ReportContent) -> Iterator[Reason]:
    landmarks = content.landmarks
    if landmarks is None or not landmarks.detected.any():
        return
    columns = [landmarks.names.index(name) for name in _MAIN_LANDMARKS]
    visibility = np.nanmean(landmarks.visibility[landmarks.detected][:, columns], axis=0)
    mean, worst = float(visibility.mean()), int(visibility.argmin())
    text = f"The model is {100 * mean:.0f} % sure of the main joints."
    if visibility[worst] < _GOOD_VISIBILITY:
        joint, least = _MAIN_LANDMARKS[worst].replace("_", " "), 100 * visibility[worst]
        text = f"The model is {100 * mean:.0f} % sure of the main joints, least of the {joint} ({least:.0f} %)."
    yield Reason(_grade(mean, _LEAST_VISIBILITY, _GOOD_VISIBILITY), text)


def _sampling(content: ReportContent) -> Iterator[Reason]:
    rate, seconds = sampling_rate(content.times), float(content.times[-1] - content.times[0])
    if rate is not None:
        text, remedy = f"There are {rate:.0f} frames a second.", ""
        if rate < _GOOD_RATE_HZ:
            text, remedy = f"There are only {rate:.1f} frames a second, so quick movement is cut short.", FASTER
        yield Reason(_grade(rate, _LEAST_RATE_HZ, _GOOD_RATE_HZ), text, advice=remedy)
    remedy = LONGER if seconds < _ENOUGH_SECONDS else ""
    level = _grade(seconds, _LEAST_SECONDS, _ENOUGH_SECONDS)
    yield Reason(level, f"The recording lasts {seconds:.1f} s.", advice=remedy)


def _stillness(content: ReportContent) -> Iterator[Reason]:
    flexions = content.degrees[:, np.isfinite(content.degrees[:, :, 0]).any(axis=0), 0]
    if len(flexions) > 1 and flexions.size:
        low, high = np.nanpercentile(flexions, [5, 95], axis=0)
        if np.median(high - low) < _STILL_DEG:
            yield Reason("with care", "Nothing moves: a person who keeps still, or a picture or a doll.")


def _swaps(content: ReportContent) -> Iterator[Reason]:
    sides = content.provenance.sides(len(content.times))
    if share := sides.confused:
        level: Level = "usable" if share <= _FEW_SWAPS else "with care"
        text = f"Left and right were confused, and put right, in {100 * share:.0f} % of the frames."
        yield Reason(level, _in_words_of_the_run(content, "The detector confused left and right", text))
    if sides.warning:
        yield Reason("with care", sides.warning)


def _other_people(content: ReportContent) -> Iterator[Reason]:
    if warning := _in_words_of_the_run(content, "More than one person is in the picture", ""):
        heights: dict[bool, list[float]] = {True: [], False: []}
        for each in content.provenance.details("detect").get("people") or []:
            heights[bool(each.get("analysed"))].append(float(each.get("height_px") or 0))
        small = all(heights.values()) and max(heights[False]) < _AS_TALL * min(heights[True])
        level: Weight = "note" if small else "with care"
        yield Reason(level, warning, "Look at the overlay video: the skeleton must stay on the same person.")


def _emptied(content: ReportContent) -> Iterator[Reason]:
    if frames := int(content.provenance.step("follow_person").get("frames_of_others") or 0):
        share = frames / len(content.times)
        level = _grade(1 - share, _LEAST_SEEN, 1 - _FEW_EMPTIED)
        yield Reason(level, f"{100 * share:.0f} % of the frames show somebody else and were left empty.")
    counts = content.provenance.details("movement").get("implausible_frames")
    if isinstance(counts, Mapping) and counts:
        joint = max(counts, key=lambda each: counts[each])
        share = counts[joint] / len(content.times)
        level = "usable" if share <= _FEW_IMPLAUSIBLE else "with care"
        where = str(joint).replace("_", " ")
        text = f"No body moves as found in up to {100 * share:.0f} % of the frames ({where}); left out."
        yield Reason(level, _in_words_of_the_run(content, "Angles or speeds that no body reaches", text))


def _jumps_and_cuts(content: ReportContent) -> Iterator[Reason]:
    jumps, cuts = content.provenance.step("follow_person").get("jumps_s"), content.provenance.cuts
    if isinstance(jumps, list) and jumps:
        text = f"The detector jumped between persons {len(jumps)} times, or the video is cut."
        yield Reason("with care", _in_words_of_the_run(content, "The detector jumped to another person", text))
    if cuts:
        text = f"The video seems to be cut at {len(cuts)} moments."
        yield Reason("with care", _in_words_of_the_run(content, "The video seems to be cut", text))


def _in_words_of_the_run(content: ReportContent, start: str, text: str) -> str:
    """Return the run's warning that starts so, which tells more than `text`; a finding is told once."""
    return next((warning for warning in content.provenance.warnings if warning.startswith(start)), text)


def _skipped(content: ReportContent) -> Iterator[Reason]:
    for stage in content.provenance.stages:
        if stage.get("status") == "skipped":
            name = str(stage.get("name", "?"))
            why = str(stage.get("reason") or "no reason is recorded").rstrip(".")
            level: Weight = "with care" if name in _CORRECTIONS else "note"
            text = LEFT_OUT.get(name, "A stage of the pipeline did not run.")
            yield Reason(level, text, f"Stage “{name}”: {why}.")


def _grade(value: float, least: float, good: float) -> Level:
    if value >= good:
        return "usable"
    return "with care" if value >= least else "not usable"
