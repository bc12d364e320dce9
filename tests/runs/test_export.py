"""Results in the formats of other programs, read back by readers that are not ours."""

import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest
from support.rendered_walk import content_maker, landmarks_from_truth

from humanpose3d.cli.main import main
from humanpose3d.errors import OutputError, PackageImportError
from humanpose3d.formats.events_csv import Event, write_events_csv
from humanpose3d.formats.landmarks_csv import write_landmarks_csv
from humanpose3d.formats.trc import write_trc
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.errors import ReportError
from humanpose3d.runs.exports.c3d import write_trial_as_c3d
from humanpose3d.runs.exports.export import export_folder
from humanpose3d.runs.exports.workbook import sheets_of

ezc3d = pytest.importorskip("ezc3d", reason="C3D files need ezc3d (pip install 'humanpose3d[c3d]')")
pytest.importorskip("xlsxwriter", reason="Excel files need XlsxWriter (pip install 'humanpose3d[xlsx]')")
pytest.importorskip("openpyxl", reason="openpyxl, which reads the files back, is not installed")

EVENTS = [Event(0.55, "heel_strike", "R"), Event(0.7, "toe_off", "L"), Event(1.1, "heel_strike", "L")]


@pytest.fixture(scope="module")
def make_walk(demo_truth: Path) -> Callable[..., ReportContent]:
    return content_maker(landmarks_from_truth(demo_truth))


@pytest.fixture
def walk(make_walk: Callable[..., ReportContent]) -> ReportContent:
    return make_walk()


@pytest.fixture
def folder(walk: ReportContent, tmp_path: Path) -> Path:
    """A folder as a run leaves it; its name has a space and a letter that is not ASCII."""
    folder = tmp_path / "Jörgs walk"
    folder.mkdir()
    markers, seen = walk.markers, walk.landmarks
    assert markers is not None
    assert seen is not None
    for kind in ("initial", "final"):
        write_trc(folder / f"walk_{kind}.trc", markers.names, markers.times, markers.positions, rate=30)
    write_landmarks_csv(folder / "walk_landmarks.csv", seen.names, seen.times, seen.world, seen.image, seen.visibility)
    outputs = {f"{kind}_markers": f"walk_{kind}.trc" for kind in ("initial", "final")}
    record = {**walk.record, "outputs": {**outputs, "landmarks": "walk_landmarks.csv"}}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_a_c3d_file_holds_markers_angles_events_and_the_person(walk: ReportContent, tmp_path: Path) -> None:
    write_trial_as_c3d(tmp_path / "walk.c3d", walk, EVENTS)
    file = ezc3d.c3d(str(tmp_path / "walk.c3d"))
    point, event = file["parameters"]["POINT"], file["parameters"]["EVENT"]
    labels = point["LABELS"]["value"]
    points = dict(zip(labels, file["data"]["points"][:3].transpose(1, 2, 0), strict=True))
    assert walk.markers is not None
    for name in walk.markers.names:
        np.testing.assert_allclose(points[name], walk.markers[name], atol=1e-6)
    knee = JOINT_NAMES.index("knee_L")
    np.testing.assert_allclose(points["LKneeAngles"][:, 0], walk.degrees[:, knee, 0], atol=1e-3)
    assert np.isnan(points["LKneeAngles"][50:60]).all()
    assert {"PelvisAngles", "RHipAngles", "TrunkAngles", "LElbowAngles"} < set(point["ANGLES"]["value"])
    assert set(labels) == {*walk.markers.names, *point["ANGLES"]["value"]}
    assert point["RATE"]["value"] == pytest.approx([30], rel=1e-4)
    assert event["LABELS"]["value"] == ["Foot Strike", "Foot Off", "Foot Strike"]
    assert event["CONTEXTS"]["value"] == ["Right", "Left", "Left"]
    np.testing.assert_allclose(event["TIMES"]["value"][1], [0.55, 0.7, 1.1], atol=1e-6)
    assert file["parameters"]["PROCESSING"]["Height"]["value"] == pytest.approx([1780])


def test_a_trial_of_more_frames_than_c3d_counts_is_refused_before_anything_is_written(
    make_walk: Callable[..., ReportContent], tmp_path: Path
) -> None:
    times = np.arange(70_000) / 120
    long = ReportContent("walk", times, np.zeros((len(times), 12, 3)))
    with pytest.raises(OutputError, match="holds 65535 frames, and this trial has 70000"):
        write_trial_as_c3d(tmp_path / "walk.c3d", long, [])
    assert list(tmp_path.iterdir()) == []


def test_the_workbook_has_a_sheet_for_each_part(walk: ReportContent) -> None:
    sheets = {sheet.name: sheet for sheet in sheets_of(walk, EVENTS)}
    assert list(sheets) == ["Numbers", "Angles", "Cycles", "Events", "Markers", "How it was made"]
    left, right, difference = sheets["Numbers"].rows[:3]
    assert left[:2] == ("Knee, range of flexion", "left")
    assert left[2:7] == pytest.approx((55.1, 55.1 - 1.96 * 6, 55.1 + 1.96 * 6, 6.0, "deg"))
    assert (right[1], difference[1]) == ("right", "left - right")
    assert sheets["Numbers"].rows[-1][-1] == "no floor was found"
    assert len(sheets["Angles"].header) == 2 + 36
    assert len(sheets["Cycles"].rows) == 101
    assert [row[1:] for row in sheets["Events"].rows] == [
        ("right", "heel_strike"),
        ("left", "toe_off"),
        ("left", "heel_strike"),
    ]
    made = dict(sheets["How it was made"].rows)
    assert made["settings.height_m"] == 1.78
    assert made["stage motion"] == "skipped: a stand-in was found"
    assert made["warning"] == "The left arm is half hidden."
    assert "alice" not in str(made)


def test_a_trial_without_cycles_or_numbers_has_empty_sheets(make_walk: Callable[..., ReportContent]) -> None:
    sheets = {sheet.name: sheet for sheet in sheets_of(make_walk(cycles=(), numbers=(), record={}, markers=None), [])}
    assert not sheets["Cycles"].rows
    assert not sheets["Numbers"].rows
    assert "Markers" not in sheets


def test_export_writes_beside_the_results_and_into_their_record(folder: Path) -> None:
    written = export_folder(folder, ("c3d", "xlsx"))
    assert [path.name for path in written] == ["walk.c3d", "walk.xlsx"]
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["outputs"]["c3d"] == "walk.c3d"
    assert record["outputs"]["initial_markers"] == "walk_initial.trc"
    tables = pandas.read_excel(folder / "walk.xlsx", sheet_name=None)
    assert tables["Markers"]["time_s"].max() == pytest.approx(119 / 30, abs=1e-3)
    assert not list(folder.glob(".*"))


def test_events_that_a_person_corrected_are_those_of_the_files(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["outputs"]["events"] = "events.csv"
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    corrected = [Event(0.5, "heel_strike", "R"), Event(1.1, "heel_strike", "L"), Event(1.6, "heel_strike", "R")]
    write_events_csv(folder / "events.csv", corrected)
    export_folder(folder, ("c3d",))
    event = ezc3d.c3d(str(folder / "walk.c3d"))["parameters"]["EVENT"]
    np.testing.assert_allclose(event["TIMES"]["value"][1], [0.5, 1.1, 1.6], atol=1e-4)


def test_export_to_another_folder_leaves_the_results_alone(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    written = export_folder(folder, ("xlsx",), tmp_path / "new" / "er")
    assert written == [tmp_path / "new" / "er" / "walk.xlsx"]
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is read-only for this user")
def test_a_read_only_folder_is_one_sentence(folder: Path) -> None:
    folder.chmod(0o555)
    try:
        with pytest.raises(OutputError, match="--output"):
            export_folder(folder, ("xlsx",))
    finally:
        folder.chmod(0o755)


def test_a_file_where_the_folder_should_be_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError, match="choose another folder with --output"):
        export_folder(folder, ("xlsx",), tmp_path / "taken")


def test_a_folder_without_results_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"holds no results: there is no run\.json"):
        export_folder(tmp_path, ("xlsx",))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("package", "extra"), [("ezc3d", "c3d"), ("xlsxwriter", "xlsx")])
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, package: str, extra: str
) -> None:
    monkeypatch.setattr("humanpose3d.runs.exports.export.find_spec", lambda name: None)
    with pytest.raises(PackageImportError, match=rf"{package} is not installed; .* 'humanpose3d\[{extra}\]'"):
        export_folder(folder, (extra,))


def test_the_command_names_the_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(folder), "--formats", "c3d, XLSX", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"written": [str(folder / "walk.c3d"), str(folder / "walk.xlsx")]}


@pytest.mark.parametrize(("names", "words"), [("xslx", "did you mean xlsx?"), (",", "at least one")])
def test_an_unknown_format_is_wrong_usage(
    folder: Path, capsys: pytest.CaptureFixture[str], names: str, words: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["export", str(folder), "--formats", names])
    assert end.value.code == 2
    assert words in capsys.readouterr().err


def test_numbers_that_were_not_measured_are_empty_cells(walk: ReportContent) -> None:
    cadence = next(row for row in sheets_of(walk, [])[0].rows if row[0] == "Cadence")
    assert cadence[2] == 109.1
    assert all(math.isnan(cell) for cell in cadence[3:6] if isinstance(cell, float))
