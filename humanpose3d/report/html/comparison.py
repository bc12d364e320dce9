"""A page that compares two trials of one person, before and after: side by side, in numbers and on the same axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from humanpose3d.formats.atomic import replacing
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES, convention_of
from humanpose3d.kinematics.quantities import Quantity
from humanpose3d.report.data.change import Change, change_of, unlike
from humanpose3d.report.data.content import Cycle, ReportContent
from humanpose3d.report.data.verdict import judge
from humanpose3d.report.figures.compared import compared_figures
from humanpose3d.report.figures.panels import Json
from humanpose3d.report.html.angle_table import joint_order
from humanpose3d.report.html.embedding import room_for_video, video_address
from humanpose3d.report.html.page import render_page
from humanpose3d.report.html.skeleton import skeleton_data
from humanpose3d.report.language import in_language
from humanpose3d.report.style import SIDES, printable, side_of

__all__ = [
    "Compared",
    "NumberRow",
    "compared_numbers",
    "compared_peaks",
    "labels_of",
    "render_comparison",
    "write_comparison",
]

_SCRIPTS = ("data.js", "touch.js", "skeleton.js", "comparison.js")


@dataclass(frozen=True)
class Compared:
    """One of the two trials."""

    label: str  # such as the name of its folder
    content: ReportContent
    overlay: Path | None = None


@dataclass(frozen=True)
class NumberRow:
    """One number of both trials, with its change; None where one of them was not measured."""

    name: str
    side: str
    before: Quantity
    after: Quantity
    change: Change | None


def labels_of(before: Path, after: Path) -> tuple[str, str]:
    """Name two folders by their last parts, as many as tell them apart.

    Examples
    --------
    >>> labels_of(Path("P07/before"), Path("P07/after"))
    ('before', 'after')
    >>> labels_of(Path("may/squat"), Path("june/squat"))
    ('may/squat', 'june/squat')
    """
    first, second = before.parts, after.parts
    for count in range(1, max(len(first), len(second))):
        if first[-count:] != second[-count:]:
            return "/".join(first[-count:]), "/".join(second[-count:])
    return str(before), str(after)


def write_comparison(target: Path, before: Compared, after: Compared, language: str | None = None) -> None:
    """Write a page that compares two trials; `target` is replaced when it is complete."""
    page = render_comparison(before, after, language)
    with replacing(target) as file:
        file.write(page)


def render_comparison(before: Compared, after: Compared, language: str | None = None) -> str:
    """Return the page as HTML.

    The curves are means over the gait cycle or repetition where both trials have cycles of one kind, else they run
    over time from the first frame of each. Where person, movement, view or method differ, a warning says so, and the
    errors of the two count as independent. Angles are those that ISB recommends, also where OpenSim's are there. The
    language is by default that of the first trial.
    """
    with in_language(language or before.content.provenance.language):
        return _render(before, after)


def _render(before: Compared, after: Compared) -> str:
    trials = (before.content.by("isb"), after.content.by("isb"))
    warnings = unlike(*trials)
    by_cycle = all(trial.cycles for trial in trials) and len({trial.cycle_name for trial in trials}) == 1
    cycles = _common_cycles(trials) if by_cycle else [[], []]
    figures = compared_figures(trials, by_cycle=by_cycle, alike=not warnings)
    data = {
        "trials": [_trial_data(*each) for each in zip(trials, cycles, strict=True)],
        "cycleName": trials[0].cycle_name,
        "figures": {figure["name"]: {"data": figure["data"], "layout": figure["layout"]} for figure in figures},
    }
    return render_page(
        "comparison.html.j2",
        _SCRIPTS,
        data,
        labels=[printable(each.label) for each in (before, after)],
        names=[printable(trial.name) for trial in trials],
        trials=trials,
        videos=[_video(each, data) for each in (before, after)],
        verdicts=[judge(trial) for trial in trials],
        warnings=warnings,
        rows=[*compared_numbers(*trials, alike=not warnings), *compared_peaks(*trials, alike=not warnings)],
        by_cycle=by_cycle,
        figures=figures,
        commands=[printable(trial.command) for trial in trials],
    )


def compared_numbers(before: ReportContent, after: ReportContent, *, alike: bool) -> list[NumberRow]:
    """Pair the numbers that both trials have; `alike` as in :func:`change_of`."""
    others = {number.name: number for number in after.numbers}
    return [
        NumberRow(number.name, side or "–", first, second, change_of(number.kind, first, second, alike=alike))
        for number in before.numbers
        if number.name in others
        for side in ("left", "right", "")
        if (first := getattr(number, side or "value")) is not None
        and (second := getattr(others[number.name], side or "value")) is not None
    ]


def compared_peaks(before: ReportContent, after: ReportContent, *, alike: bool) -> list[NumberRow]:
    """Pair maxima and minima of the flexions that both trials have measured."""
    rows = []
    for joint in sorted(JOINT_NAMES, key=joint_order):
        key = f"{joint}_{ANGLE_NAMES[0]}"
        if key not in before.excursions or key not in after.excursions:
            continue
        name = f"{joint.partition('_')[0].capitalize()}, {{}} {convention_of(joint, ANGLE_NAMES[0]).positive}"
        for kind in ("maximum", "minimum"):
            first, second = (getattr(trial.excursions[key], kind) for trial in (before, after))
            if (change := change_of(kind, first, second, alike=alike)) is not None:
                side = SIDES[side_of(joint)] if side_of(joint) else "–"
                rows.append(NumberRow(name.format(kind), side, first, second, change))
    return rows


def _trial_data(trial: ReportContent, cycles: Sequence[Cycle]) -> Json:
    return {
        "times": [round(float(time), 6) for time in trial.times],
        "slowMotionFactor": trial.provenance.slow_motion_factor,
        "cycles": [[cycle.start, cycle.end] for cycle in cycles],
        "skeleton": skeleton_data(trial.markers, trial.landmarks),
    }


def _common_cycles(trials: Sequence[ReportContent]) -> list[list[Cycle]]:
    """Return the cycles of each trial, those of one foot, so that they follow each other: of the one with more."""
    sides = [[[cycle for cycle in trial.cycles if cycle.side in (side, "")] for trial in trials] for side in ("R", "L")]
    most = max(sides, key=lambda cycles: min(len(of_trial) for of_trial in cycles))
    return [sorted(of_trial, key=lambda cycle: cycle.start) for of_trial in most]


def _video(trial: Compared, data: Json) -> str | None:
    if trial.overlay is None:
        return None
    times, factor = trial.content.times, trial.content.provenance.slow_motion_factor
    seconds = float(times[-1] - times[0]) * factor
    return video_address(trial.overlay, seconds, room_for_video(data, seconds) // 2)  # there are two
