"""Events that a person has corrected, and what follows from them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from humanpose3d.cli.main import main
from humanpose3d.formats.events_csv import Event, read_events_csv, write_events_csv
from humanpose3d.formats.trc import write_trc
from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.events import Movement, analyse_movement
from humanpose3d.kinematics.quantities import Measured
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.pipeline.trajectories import Markers
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.corrections import changes_of, corrected_movement, events_of, recorded_events
from humanpose3d.report.data.folder import content_from_folder
from humanpose3d.report.errors import EventsError, ReportError
from humanpose3d.report.html.report import render_report
from humanpose3d.runs.numbers import movement_record

MakeWalk = Callable[..., ReportContent]


@pytest.fixture(scope="module")
def walk(make_walk: MakeWalk) -> tuple[Markers, JointAngles, Movement]:
    markers = make_walk().markers
    assert markers is not None
    angles = joint_angles(markers.times, markers.names, markers.positions)
    return markers, angles, analyse_movement(markers.names, markers.positions, angles)


def corrected(walk: tuple[Markers, JointAngles, Movement], events: list[Event]) -> Movement:
    markers, angles, movement = walk
    return corrected_movement(movement, events, markers.names, markers.positions, angles, measured_bands())


def value(movement: Movement, name: str) -> float:
    number = movement.numbers[name]
    assert isinstance(number, Measured), number
    return number.value


def test_the_events_found_give_much_the_same_numbers_again(walk: tuple[Markers, JointAngles, Movement]) -> None:
    found = walk[2]
    again = corrected(walk, events_of(found))
    assert again.numbers.keys() == found.numbers.keys()
    measured = [name for name, number in found.numbers.items() if isinstance(number, Measured)]
    assert "cadence" in measured
    for name in measured:
        assert value(again, name) == pytest.approx(value(found, name), rel=0.02), name
    assert [each.step_length for each in again.heel_strikes] == pytest.approx(
        [each.step_length for each in found.heel_strikes], abs=0.02
    )


def test_a_moved_event_changes_the_numbers_that_hang_on_it(walk: tuple[Markers, JointAngles, Movement]) -> None:
    events = events_of(walk[2])
    last = max(each for each in events if each.event == "heel_strike")
    later = [each for each in events if each != last] + [last._replace(time=last.time + 0.1)]
    assert value(corrected(walk, sorted(later)), "cadence") < value(walk[2], "cadence") - 1
    side = "right" if last.side == "R" else "left"
    assert changes_of(events, later) == [
        f"{side} heel strike at {last.time + 0.1:.2f} s set", f"{side} heel strike at {last.time:.2f} s taken away"
    ]  # fmt: skip


def test_repetitions_may_be_set_where_none_was_found(walk: tuple[Markers, JointAngles, Movement]) -> None:
    times = ((0.0, "start"), (0.5, "turn"), (1.0, "end"), (1.0, "start"), (1.6, "turn"), (2.0, "end"))
    movement = corrected(walk, [Event(*each) for each in times])
    assert movement.kind == "repeated"
    assert [(each.start, each.turn, each.end) for each in movement.repetitions] == [(0.0, 0.5, 1.0), (1.0, 1.6, 2.0)]
    assert movement.numbers == {}, "those of the gait that is none"


def test_the_height_of_a_jump_hangs_on_no_event(walk: tuple[Markers, JointAngles, Movement]) -> None:
    markers, angles, movement = walk
    jump = {"jump_height_hips": Measured(0.3, 0.02, "m")}
    movement = replace(movement, numbers={**movement.numbers, **jump})
    assert corrected((markers, angles, movement), []).numbers == jump
    assert corrected(walk, []).kind == "other"


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (
            [(0.5, "heel_strike", "R"), (1.0, "heel_strike", "R")],
            "between the right heel strike at 0.50 s and the right",
        ),
        ([(0.5, "heel_strike", "R"), (1.0, "turn")], "events of walking and of repetitions"),
        ([(0.5, "heel_strike", "R")], "no foot strikes twice"),
        ([(0.5, "start"), (1.0, "end")], "the end of a repetition at 1.00 s comes where the turn"),
        ([(0.5, "start"), (1.0, "turn")], "the last repetition has no end"),
        ([(99.0, "turn")], "the turn of a repetition at 99.00 s is after the end of the recording"),
    ],
)
def test_events_that_do_not_fit_are_refused(
    walk: tuple[Markers, JointAngles, Movement], events: list[tuple[float, str]], message: str
) -> None:
    with pytest.raises(EventsError, match=message):
        corrected(walk, [Event(*each) for each in events])


@pytest.fixture
def folder(walk: tuple[Markers, JointAngles, Movement], tmp_path: Path) -> Path:
    """The files of a run of the walk that a report needs, and its events."""
    markers, _, movement = walk
    write_trc(tmp_path / "walk_initial.trc", markers.names, markers.times, markers.positions, rate=30, title="walk")
    write_events_csv(tmp_path / "events.csv", events_of(movement))
    outputs = {"initial_markers": "walk_initial.trc", "events": "events.csv"}
    record = {"outputs": outputs, "movement": movement_record(movement), "input": {"name": "walk.mp4"}}
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return tmp_path


def test_the_report_reads_corrected_events_and_marks_them(folder: Path) -> None:
    assert content_from_folder(folder).content.corrections == ()
    events = read_events_csv(folder / "events.csv")
    first = next(each for each in events if each.event == "heel_strike")
    write_events_csv(
        folder / "events.csv", [each._replace(time=each.time + 0.05) if each == first else each for each in events]
    )
    content = content_from_folder(folder).content
    assert len(content.corrections) == 2
    page = render_report(content)
    assert "Events were corrected by hand" in page
    assert "<b>(corrected)</b>" in page


def test_without_the_file_the_events_found_count(folder: Path) -> None:
    found = content_from_folder(folder).content
    (folder / "events.csv").unlink()
    assert content_from_folder(folder).content.cycles == found.cycles


def test_a_file_that_cannot_be_used_is_named_and_the_report_stays(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "report.html").write_text("old", encoding="utf-8")
    (folder / "events.csv").write_text("event,side,time_s\nheel_strike,R,soon\n", encoding="utf-8")
    with pytest.raises(
        ReportError, match=r"events.csv cannot be used \(line 2: 'soon' is no time in seconds\); correct"
    ):
        content_from_folder(folder)
    assert main(["report", str(folder)]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert (folder / "report.html").read_text(encoding="utf-8") == "old"


def test_a_new_report_removes_the_pdf_of_the_old_one(folder: Path) -> None:
    assert main(["report", str(folder)]) == 0
    (folder / "report.pdf").write_bytes(b"of the page above")
    (folder / "other.pdf").write_bytes(b"somebody's")
    assert main(["report", str(folder), "--output", str(folder / "other.html")]) == 0
    assert main(["report", str(folder)]) == 0
    assert not (folder / "report.pdf").exists()
    assert (folder / "other.pdf").exists()


def test_a_report_is_made_again_in_another_language(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder), "--language", "de"]) == 0
    assert '<html lang="de">' in (folder / "report.html").read_text(encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["report", str(folder), "--language", "tlh"])
    assert ended.value.code == 2
    assert "there is no 'tlh' (choose from de, en)" in capsys.readouterr().err


def test_one_folder_twice_is_no_comparison(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder), str(folder / ".")]) == 1
    assert "was named twice; name the folders of two runs" in capsys.readouterr().err


def test_a_damaged_record_has_no_events() -> None:
    assert recorded_events({"movement": {"heel_strikes": [{"time": None}], "repetitions": 3}}) == []
    assert recorded_events({}) == []


def test_peaks_and_angles_at_events_are_in_the_report(
    walk: tuple[Markers, JointAngles, Movement], folder: Path
) -> None:
    content = content_from_folder(folder).content
    knee = content.excursions["knee_R_flex"]
    assert isinstance(knee.maximum, Measured)
    assert isinstance(knee.at["heel_strike"], Measured)
    _, angles, movement = walk
    strikes = [each.time for each in movement.heel_strikes if each.side == "R"]
    expected = np.mean(np.interp(strikes, angles.times, angles.degrees[:, 3, 0]))
    assert knee.at["heel_strike"].value == pytest.approx(expected, abs=0.2)
    page = render_report(content)
    assert "Peaks and moments" in page
    assert "At toe-off" in page
    cycles = sum(len(strikes) - 1 for strikes in _by_side(movement))
    assert len(content.cycle_excursions) == cycles
    assert page.count(" s</td>") >= cycles
    assert "Each gait cycle: maximum / minimum of flexion" in page


def _by_side(movement: Movement) -> list[list[float]]:
    return [[each.time for each in movement.heel_strikes if each.side == side] for side in "RL"]
