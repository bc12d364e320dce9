"""Two trials on one page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.parsed_page import HOSTILE, Page

from humanpose3d.kinematics.quantities import Measured
from humanpose3d.report.data.content import Number, ReportContent
from humanpose3d.report.html.comparison import compared_numbers, render_comparison, write_comparison

MakeWalk = Callable[..., ReportContent]


def figures_of(page: Page) -> dict[str, Any]:
    figures = page.data["figures"]
    assert isinstance(figures, dict)
    return figures


def test_numbers_are_paired_and_their_change_is_judged(make_walk: MakeWalk) -> None:
    knee = Number("Knee, range of flexion", "", left=Measured(85.0, 6.0, "deg"), right=Measured(57.0, 6.0, "deg"))
    left, right = compared_numbers(make_walk(), make_walk(numbers=(knee,)))
    assert (left.name, left.side, right.side) == ("Knee, range of flexion", "left", "right")
    assert left.change == "30° more; changes under 17° would mean nothing."
    assert right.change == "No change can be told: changes under 17° mean nothing here."


def test_both_trials_are_drawn_over_the_cycle_where_both_have_one(make_walk: MakeWalk) -> None:
    page = Page(render_comparison(make_walk(), make_walk(name="after", degrees=make_walk().degrees + 5)))
    first, second = figures_of(page)["hip"]["data"][:2]
    assert (first["name"], second["name"]) == ("first", "second")
    assert len(first["x"]) == len(second["x"]) == 101
    np.testing.assert_allclose(np.array(second["y"]) - first["y"], 5, atol=0.02)
    assert "over the gait cycle" in page.text


def test_without_common_cycles_they_run_over_time_from_their_own_start(make_walk: MakeWalk) -> None:
    page = Page(render_comparison(make_walk(), make_walk(cycles=(), times=make_walk().times + 7, markers=None)))
    first, second = figures_of(page)["hip"]["data"][:2]
    assert first["x"][0] == second["x"][0] == 0
    assert "over time" in page.text


def test_what_one_trial_does_not_show_is_not_compared(make_walk: MakeWalk) -> None:
    nothing = np.full_like(make_walk().degrees, np.nan)
    text = Page(render_comparison(make_walk(), make_walk(degrees=nothing, numbers=()))).text
    assert "No joint angle was resolved in both trials." in text
    assert "The two trials have no number in common." in text


def test_hostile_names_are_shown_and_never_run(make_walk: MakeWalk) -> None:
    hostile = make_walk(name=HOSTILE, command=HOSTILE)
    page, plain = Page(render_comparison(hostile, hostile)), Page(render_comparison(make_walk(), make_walk()))
    assert len(page.scripts) == len(plain.scripts)
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert "alert(1)" in page.text


def test_the_page_is_one_small_file(make_walk: MakeWalk, tmp_path: Path) -> None:
    write_comparison(tmp_path / "comparison.html", make_walk(), make_walk())
    assert (tmp_path / "comparison.html").stat().st_size < 3e6
    assert list(tmp_path.iterdir()) == [tmp_path / "comparison.html"]


@pytest.mark.parametrize("trials", [(0, 1), (1, 0)])
def test_a_single_frame_can_be_compared(make_walk: MakeWalk, trials: tuple[int, int]) -> None:
    bare = {"raw_degrees": None, "markers": None, "landmarks": None, "cycles": (), "numbers": ()}
    both = (make_walk(), make_walk(times=np.zeros(1), degrees=np.ones((1, 12, 3)), **bare))
    assert "Two trials" in Page(render_comparison(both[trials[0]], both[trials[1]])).text
