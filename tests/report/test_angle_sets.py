"""Angles by two methods in one report: which is shown first, and what the other one changes."""

from collections.abc import Callable

import numpy as np
import pytest
from support.parsed_page import Page

from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.quantities import Measured
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.html.comparison import Compared, render_comparison
from humanpose3d.report.html.report import render_report
from humanpose3d.runs.exports.workbook import sheets_of
from humanpose3d.runs.numbers import angle_numbers

KNEES = [JOINT_NAMES.index(f"knee_{side}") for side in "RL"]
MakeSolved = Callable[..., ReportContent]


def knee(content: ReportContent) -> Measured:
    [number] = [each for each in content.numbers if each.name == "Knee, range of flexion"]
    assert isinstance(number.left, Measured)
    return number.left


def test_of_each_joint_the_nearer_angles_are_shown_first(make_solved: MakeSolved) -> None:
    content = make_solved(knee=("side", "oblique"), ankle=("front",))
    assert content.view is not None and content.view.sector in ("side", "oblique")
    assert [each.angle_method for each in content.angle_sets] == ["nearer", "isb", "opensim"]
    assert content.from_opensim == {"knee"}
    isb, opensim = content.by("isb"), content.by("opensim")
    np.testing.assert_array_equal(content.degrees[:, KNEES], opensim.degrees[:, KNEES])
    others = [column for column in range(12) if column not in KNEES]
    np.testing.assert_array_equal(content.degrees[:, others], isb.degrees[:, others])
    assert (knee(content).uncertainty, knee(isb).uncertainty) == (3.0, 4.0)
    assert knee(content).value == pytest.approx(0.5 * knee(isb).value)
    assert content.excursions["knee_L_flex"] == opensim.excursions["knee_L_flex"]
    assert (content.error_of("knee_L", "flex"), content.error_of("hip_L", "flex")) == (3.0, 4.0)


def test_where_ours_are_nearer_they_stay_first(make_solved: MakeSolved) -> None:
    content = make_solved(knee=("back",))
    assert [each.angle_method for each in content.angle_sets] == ["isb", "opensim"]
    assert content.from_opensim == frozenset()


def test_a_model_of_the_user_has_no_measured_errors_and_is_not_first(make_solved: MakeSolved) -> None:
    stage = {"name": "opensim", "status": "ran", "details": {"own_model": True}}
    content = make_solved({"stages": [stage]}, knee=("side", "oblique"))
    assert content.angle_method == "isb"
    assert np.isnan(knee(content.by("opensim")).uncertainty)


def test_the_page_has_each_method_once_and_shows_the_first(make_solved: MakeSolved) -> None:
    page = Page(render_report(make_solved(knee=("side", "oblique"))))
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    shown = {(a["data-angles"], "hidden" in a) for _, a in page.tags if "data-angles" in a}
    assert shown == {("nearer", False), ("isb", True), ("opensim", True)}
    assert "Angles of OpenSim's model for knee; for all other joints as ISB recommends." in page.text
    figures, data = page.data["figures"], page.data
    assert isinstance(figures, dict)
    sources = {
        (method, joint): {curve["source"] for curve in figures[method][joint]["time"]["data"]} - {"raw"}
        for method in figures
        for joint in ("hip", "knee")
    }
    assert sources["nearer", "knee"] == sources["opensim", "hip"] == {"opensim"}
    assert sources["nearer", "hip"] == sources["isb", "knee"] == {"degrees"}
    assert data["opensim"] != data["degrees"]


def test_without_a_model_there_is_no_switch(make_walk: Callable[..., ReportContent]) -> None:
    page = Page(render_report(make_walk()))
    assert "angle-methods" not in {attributes.get("id") for _, attributes in page.tags}
    assert page.data["opensim"] is None
    assert "OpenSim" not in page.text


def test_the_record_has_the_numbers_of_both_with_their_sources(make_solved: MakeSolved) -> None:
    content = make_solved(knee=("side", "oblique"))
    record = angle_numbers(content)
    ours, theirs = record["angles"]["knee_L_flex"]["range"], record["opensim"]["angles"]["knee_L_flex"]["range"]
    assert (ours["source"], theirs["source"]) == ("bands", "opensim_bands")
    assert (ours["value"], theirs["value"]) == (knee(content.by("isb")).value, knee(content.by("opensim")).value)
    assert record["opensim"]["shown_first"] == ["knee"]
    assert len(record["cycles"]) == len(record["opensim"]["cycles"]) > 0
    assert set(angle_numbers(content.by("isb"))) >= {"angles", "cycles"}


def test_the_workbook_has_the_sheets_of_both(make_solved: MakeSolved) -> None:
    content = make_solved(knee=("side", "oblique"))
    sheets = {sheet.name: sheet for sheet in sheets_of(content, [])}
    assert list(sheets)[:6] == ["Numbers", "Angles", "Cycles", "Numbers, OpenSim", "Angles, OpenSim", "Cycles, OpenSim"]
    column = list(sheets["Angles"].header).index("knee_L_flex_deg")
    ours, theirs = (sheets[name].rows[40][column] for name in ("Angles", "Angles, OpenSim"))
    assert isinstance(ours, float)
    assert theirs == pytest.approx(0.5 * ours)


def test_a_comparison_has_isb_s_angles_of_both(make_solved: MakeSolved) -> None:
    content = make_solved(knee=("side", "oblique"))
    pages = [render_comparison(Compared("May", each), Compared("June", each)) for each in (content, content.by("isb"))]
    assert pages[0] == pages[1]
