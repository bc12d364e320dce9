"""Two trials on one page."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.parsed_page import HOSTILE, Page
from support.rendered_walk import walk_record

from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.kinematics.view import View
from humanpose3d.report.data.change import Change, change_of, unlike
from humanpose3d.report.data.content import Cycle, Excursion, Number, ReportContent
from humanpose3d.report.html.comparison import (
    Compared,
    compared_numbers,
    compared_peaks,
    labels_of,
    render_comparison,
    write_comparison,
)
from humanpose3d.report.html.wording import change_text, judgement_text

MakeWalk = Callable[..., ReportContent]
SIDE = View(90.0, 3.0)


def figures_of(page: Page) -> dict[str, Any]:
    figures = page.data["figures"]
    assert isinstance(figures, dict)
    return figures


def page_of(before: ReportContent, after: ReportContent, **overlays: Path) -> Page:
    trials = Compared("before", before, overlays.get("first")), Compared("after", after, overlays.get("second"))
    return Page(render_comparison(*trials))


def knee(left: float, right: float) -> tuple[Number, ...]:
    sides = (Measured(left, 6.0, "deg"), Measured(right, 6.0, "deg"))
    return (Number("Knee, range of flexion", "", *sides, kind="range"),)


def test_numbers_are_paired_and_their_change_is_judged_by_what_repeating_changes(make_walk: MakeWalk) -> None:
    before, after = make_walk(numbers=knee(55, 56)), make_walk(numbers=knee(85, 57))
    left, right = compared_numbers(before, after, alike=True)
    assert (left.name, left.side, right.side) == ("Knee, range of flexion", "left", "right")
    assert left.change is not None
    independent = compared_numbers(before, after, alike=False)[0].change
    assert independent is not None
    assert independent.band == pytest.approx(1.96 * 6 * 2**0.5)
    assert left.change.band == pytest.approx(measured_bands().repeatability["range"] * independent.band)
    assert (change_text(independent), judgement_text(independent)) == ("+30 ± 17°", "more")
    assert judgement_text(right.change) == "could be chance"


def test_maxima_and_minima_that_both_have_are_compared(make_walk: MakeWalk) -> None:
    def bent(maximum: float) -> ReportContent:
        found = Excursion(NotMeasured("hidden"), Measured(maximum, 6.0, "deg"), NotMeasured("hidden"))
        return make_walk(excursions={"knee_L_flex": found})

    [row] = compared_peaks(bent(50), bent(70), alike=True)
    assert (row.name, row.side) == ("Knee, maximum flexion", "left")
    assert row.change is not None
    assert row.change.band == pytest.approx(measured_bands().repeatability["maximum"] * 1.96 * 6 * 2**0.5)
    assert compared_peaks(bent(50), make_walk(), alike=True) == []


def test_the_error_of_an_event_is_chance_and_does_not_cancel() -> None:
    change = change_of("", Measured(100, 1.0, "steps/min"), Measured(90, 1.0, "steps/min"), alike=True)
    assert change_text(change) == "−10.0 ± 2.8 steps/min"


@pytest.mark.parametrize(
    ("change", "text", "says"),
    [
        (Change(2, 0.0, "times"), "+2", "more"),
        (Change(0, 0.0, "times"), "0", "the same"),
        (Change(-12.3, math.nan, "deg"), "−12° (± unknown)", "no error is known"),
        (None, "–", "not measured in both"),
    ],
)
def test_a_count_or_an_unknown_error_never_makes_nothing_of_a_change(
    change: Change | None, text: str, says: str
) -> None:
    assert (change_text(change), judgement_text(change)) == (text, says)


def test_folders_are_told_apart_by_their_last_parts() -> None:
    assert labels_of(Path("/p07/may/squat"), Path("/p07/june/squat")) == ("may/squat", "june/squat")
    assert labels_of(Path("/one"), Path("/two/deep")) == ("one", "deep")


def record_with(settings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**walk_record(), "settings": settings, **more}


@pytest.mark.parametrize(
    ("settings", "more", "warning"),
    [
        ({"about": {"subject": "P08"}}, {}, "The subjects are two: P07 and P08."),
        ({"height_m": 1.6}, {}, "The persons differ in height: 1.78 m and 1.6 m."),
        ({"height_m": None}, {}, "Only the second has no height"),
        ({"about": {"task": "lunge"}}, {}, "The tasks differ: squat and lunge."),
        ({"quality": "high"}, {}, "They were not made in the same way: quality."),
        ({}, {"versions": {"humanpose3d": "9.9"}}, "not made in the same way: version of HumanPose3D."),
    ],
)
def test_what_differs_is_warned_of(
    make_walk: MakeWalk, settings: dict[str, Any], more: dict[str, Any], warning: str
) -> None:
    first = {"height_m": 1.78, "quality": "normal", "about": {"subject": "P07", "task": "squat"}}
    before = make_walk(record=record_with(first), view=SIDE)
    assert unlike(before, before) == ()
    found = unlike(before, make_walk(record=record_with({**first, **settings}, **more), view=SIDE))
    assert len(found) == 1
    assert warning in found[0]


def test_another_view_or_movement_is_warned_of_on_the_page(make_walk: MakeWalk) -> None:
    before = make_walk(view=SIDE)
    page = page_of(before, make_walk(view=View(2.0, 3.0), cycles=()))
    assert "These two trials are not alike" in page.text
    assert "The first was filmed from the left side, the second from the front." in page.text
    assert "The first shows walking, the second neither walking nor a repeated movement." in page.text
    assert "not alike" not in page_of(before, make_walk(view=SIDE)).text.partition("The two trials")[0]


def test_both_are_named_dated_and_shown_on_one_slider(make_walk: MakeWalk, demo_clip: Path) -> None:
    dated = record_with({"about": {"date": "2026-09-01", "note": "before surgery"}})
    page = page_of(make_walk(record=dated), make_walk(), first=demo_clip, second=demo_clip)
    ids = [attributes.get("id") for _, attributes in page.tags]
    for name in ("video-0", "video-1", "skeleton-0", "skeleton-1"):
        assert name in ids
    assert ids.count("scrubber") == 1
    assert "First: before" in page.text
    assert "Second: after" in page.text
    assert "2026-09-01" in page.text
    assert "before surgery" in page.text


def test_the_cycles_on_the_slider_are_those_of_one_foot(make_walk: MakeWalk) -> None:
    left = tuple(Cycle(start, start + 1.0, "L") for start in (0.2, 1.2, 2.2))
    page = page_of(make_walk(cycles=(*left, Cycle(0.0, 1.0, "R"))), make_walk(cycles=left))
    trials = page.data["trials"]
    assert isinstance(trials, list)
    assert [trial["cycles"] for trial in trials] == [[[c.start, c.end] for c in left]] * 2


def test_a_band_of_chance_lies_about_the_first_curve(make_walk: MakeWalk) -> None:
    data = figures_of(page_of(make_walk(view=SIDE), make_walk(view=SIDE)))["knee"]["data"]
    shade = next(trace for trace in data if trace.get("fill") == "toself")
    first = next(trace for trace in data if trace["xaxis"] == shade["xaxis"])
    share = measured_bands().repeatability["curve"]
    assert shade["y"][0] - first["y"][0] == pytest.approx(1.96 * share * 8.5 * 2**0.5, abs=0.02)


def test_both_trials_are_drawn_over_the_cycle_where_both_have_one(make_walk: MakeWalk) -> None:
    page = page_of(make_walk(), make_walk(name="after", degrees=make_walk().degrees + 5))
    first, second = figures_of(page)["hip"]["data"][:2]
    assert (first["name"], second["name"]) == ("first", "second")
    assert len(first["x"]) == len(second["x"]) == 101
    np.testing.assert_allclose(np.array(second["y"]) - first["y"], 5, atol=0.02)
    assert "over the gait cycle" in page.text


def test_without_common_cycles_they_run_over_time_from_their_own_start(make_walk: MakeWalk) -> None:
    page = page_of(make_walk(), make_walk(cycles=(), times=make_walk().times + 7, markers=None))
    first, second = figures_of(page)["hip"]["data"][:2]
    assert first["x"][0] == second["x"][0] == 0
    assert "over time" in page.text


def test_what_one_trial_does_not_show_is_not_compared(make_walk: MakeWalk) -> None:
    nothing = np.full_like(make_walk().degrees, np.nan)
    text = page_of(make_walk(), make_walk(degrees=nothing, numbers=())).text
    assert "No joint angle was resolved in both trials." in text
    assert "The two trials have no number in common." in text


def test_hostile_names_are_shown_and_never_run(make_walk: MakeWalk) -> None:
    hostile = make_walk(name=HOSTILE, command=HOSTILE)
    page, plain = page_of(hostile, hostile), page_of(make_walk(), make_walk())
    assert len(page.scripts) == len(plain.scripts)
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert "alert(1)" in page.text


def test_the_page_is_one_small_file(make_walk: MakeWalk, tmp_path: Path) -> None:
    write_comparison(tmp_path / "comparison.html", Compared("a", make_walk()), Compared("b", make_walk()))
    assert (tmp_path / "comparison.html").stat().st_size < 3e6
    assert list(tmp_path.iterdir()) == [tmp_path / "comparison.html"]


@pytest.mark.parametrize("trials", [(0, 1), (1, 0)])
def test_a_single_frame_can_be_compared(make_walk: MakeWalk, trials: tuple[int, int]) -> None:
    bare = {"raw_degrees": None, "markers": None, "landmarks": None, "cycles": (), "numbers": ()}
    both = (make_walk(), make_walk(times=np.zeros(1), degrees=np.ones((1, 12, 3)), **bare))
    assert "Two trials" in page_of(both[trials[0]], both[trials[1]]).text
