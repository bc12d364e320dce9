"""The numbers of a report, and where it gets them from."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.rendered_walk import walk_record

from humanpose3d.formats.angles_csv import write_angles_csv
from humanpose3d.formats.landmarks_csv import write_landmarks_csv
from humanpose3d.formats.trc import write_trc
from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.kinematics.repetitions import Repetition
from humanpose3d.kinematics.validity.bands import PLACES, Bands, measured_bands
from humanpose3d.kinematics.validity.sides import Sides
from humanpose3d.kinematics.walking.gait import HeelStrike
from humanpose3d.pipeline.trajectories import Markers
from humanpose3d.report.data.content import Cycle, Number, ReportContent
from humanpose3d.report.data.folder import content_from_folder
from humanpose3d.report.data.gather import command_of, gather_content
from humanpose3d.report.data.numbers import cycles_of_movement, error_sources, numbers_of_movement
from humanpose3d.report.errors import ReportError
from humanpose3d.report.html.wording import difference_text, difference_value, doubt_text, quantity_text
from humanpose3d.runs.trial import Trial, content_of
from humanpose3d.video.reader import VideoInfo

MakeWalk = Callable[..., ReportContent]


def markers_of(content: ReportContent) -> Markers:
    assert content.markers is not None
    return content.markers


def by_name(numbers: tuple[Number, ...]) -> dict[str, Number]:
    return {number.name: number for number in numbers}


def flexion(amplitude: float) -> tuple[np.ndarray, np.ndarray]:
    times = np.linspace(0, 4, 401)
    degrees = np.full((401, 12, 3), np.nan)
    degrees[..., 0] = (amplitude * np.sin(2 * np.pi * times))[:, None]
    return times, degrees


@pytest.mark.slow
def test_a_walk_gets_its_numbers_and_cycles(make_walk: MakeWalk) -> None:
    markers = markers_of(make_walk())
    content = gather_content("walk", initial=markers, final=markers, record=walk_record())
    numbers = by_name(content.numbers)
    cadence = numbers["Cadence"].value
    assert isinstance(cadence, Measured)
    assert cadence.value == pytest.approx(2 * 60 / 1.1, rel=0.02)  # the rendered gait cycle lasts 1.1 s
    assert content.cycle_name == "gait cycle"
    assert all(cycle.end - cycle.start == pytest.approx(1.1, abs=0.04) for cycle in content.cycles)
    knee = numbers["Knee, range of flexion"].left
    assert isinstance(knee, Measured)
    assert knee.value == pytest.approx(56, abs=3)
    assert content.view is not None
    assert knee.uncertainty == measured_bands().during("walking").uncertainty("range knee flex", content.view, "L")


@pytest.mark.slow
def test_a_walk_of_whose_legs_the_depth_prior_is_unsure_has_wider_bands(make_walk: MakeWalk) -> None:
    markers = markers_of(make_walk())
    spreads = {f"leg_{side}": 1.6 * measured_bands().usual_spreads["leg"] for side in "RL"}
    signals = {"name": "signals", "status": "ran", "details": {"steps": {"depth_prior": {"spreads": spreads}}}}
    content = gather_content("walk", initial=markers, final=markers, record={**walk_record(), "stages": [signals]})
    knee = by_name(content.numbers)["Knee, range of flexion"].left
    assert isinstance(knee, Measured)
    wider, usual = (measured_bands().during("walking", each) for each in (spreads, {}))
    assert wider.uncertainty("range knee flex", content.view, "L") > usual.uncertainty(
        "range knee flex", content.view, "L"
    )
    assert knee.uncertainty == wider.uncertainty("range knee flex", content.view, "L")
    assert content.movement is not None
    double_support = content.movement.numbers["double_support"]
    assert isinstance(double_support, NotMeasured)
    assert f"± {1.96 * wider.uncertainty('double_support', content.view):.2g} %)" in double_support.reason


def bands(**ranges: float) -> Bands:
    """Return bands of ranges of flexion that are equal in every view."""
    rows = {f"range {joint} flex": dict.fromkeys(PLACES, error) for joint, error in ranges.items()}
    return Bands("the benchmark", 0.0, rows)


@pytest.mark.parametrize("name", ["walk.mp4", None])
def test_what_a_run_returned_is_shown_as_it_is(make_walk: MakeWalk, name: str | None) -> None:
    markers, landmarks = markers_of(make_walk()), make_walk().landmarks
    assert landmarks is not None
    raw = joint_angles(markers.times, markers.names, markers.positions)
    angles = replace(raw, degrees=raw.degrees + 1)
    record = {**walk_record(), "input": {"name": name}}
    info = VideoInfo(480, 640, 0, False, "h264", 30.0, 120, 4.0, 0.0)
    trial = Trial(info, landmarks, markers, markers, raw, angles, Movement("other"), Path("walk"), record=record)
    content = content_of(trial)
    assert content.name == "walk"
    assert content.degrees is angles.degrees
    assert content.raw_degrees is raw.degrees
    measured = measured_bands()
    assert content.view is None
    worst = max(measured.uncertainties["curve knee flex"].values())
    assert worst == content.error_of("knee_L", "flex"), "of an unknown view the worst counts"
    assert content.error_source == measured.source
    assert content.cycles == ()


def test_heel_strikes_of_each_side_make_its_cycles() -> None:
    strikes = tuple(HeelStrike(0.5 * i, "R" if i % 2 == 0 else "L", 0.6) for i in range(5))
    cycles, name = cycles_of_movement(Movement("walking", heel_strikes=strikes))
    assert name == "gait cycle"
    assert cycles == (Cycle(0.0, 1.0, "R"), Cycle(1.0, 2.0, "R"), Cycle(0.5, 1.5, "L"))


def test_repetitions_are_cycles_of_both_sides_and_are_counted() -> None:
    ranges = {f"{joint}_flex": Measured(90.0, 10.0 if "knee" in joint else math.nan, "deg") for joint in JOINT_NAMES}
    ranges["elbow_L_flex"] = NotMeasured("it was hidden")  # type: ignore[assignment]
    movement = Movement("repeated", repetitions=(Repetition(0, 1, 2, ranges), Repetition(2, 3, 4, ranges)))
    cycles, name = cycles_of_movement(movement)
    numbers = by_name(numbers_of_movement(movement, *flexion(10), bands(knee=10.0)))
    assert (cycles, name) == ((Cycle(0, 2), Cycle(2, 4)), "repetition")
    assert quantity_text(numbers["Repetitions"].value) == "2"
    knee, ankle = numbers["Knee, range of flexion"], numbers["Ankle, range of dorsiflexion"]
    assert knee.left == Measured(90.0, 10.0, "deg")
    assert isinstance(ankle.left, Measured)
    assert math.isnan(ankle.left.uncertainty), (
        "of this joint no error was measured, and another's must not stand for it"
    )
    assert (knee.source, ankle.source) == ("the benchmark", "")
    assert numbers["Elbow, range of flexion"].left == NotMeasured("it was hidden")


def test_other_movement_shows_ranges_with_the_given_error() -> None:
    numbers = by_name(numbers_of_movement(Movement("other"), *flexion(20), bands(hip=5.0)))
    hip = numbers["Hip, range of flexion"]
    assert isinstance(hip.right, Measured)
    assert hip.right.value == pytest.approx(40, abs=0.1)
    assert hip.right.uncertainty == 5.0, "a range has its own measured error"
    assert hip.source == "the benchmark"


def test_a_jump_and_a_seat_are_shown_where_they_happened() -> None:
    refused = NotMeasured("never tested from the front; film from the side")
    movement = Movement("other", numbers={"jump_height_hips": Measured(0.31, 0.02, "m"), "seat_height": refused})
    numbers = by_name(numbers_of_movement(movement, *flexion(20), bands(hip=5.0)))
    assert quantity_text(numbers["Jump height, by the hips"].value) == "0.310 ± 0.039 m"
    assert numbers["Jump height, by the hips"].source == "the benchmark"
    assert numbers["Hip height when seated"].value == refused
    assert "Sway, sideways" not in numbers


def test_a_joint_that_is_hardly_seen_has_a_reason_instead_of_a_number() -> None:
    times, degrees = flexion(20)
    degrees[100:, JOINT_NAMES.index("knee_L")] = np.nan
    numbers = by_name(numbers_of_movement(Movement("other"), times, degrees, bands()))
    assert numbers["Knee, range of flexion"].left == NotMeasured("it was seen in only 100 of 401 frames")


def test_a_joint_outside_the_picture_has_no_range() -> None:
    unseen = {"knee_L": "outside the picture in 90 % of the frames"}
    numbers = by_name(numbers_of_movement(Movement("other"), *flexion(20), bands(), unseen))
    assert numbers["Knee, range of flexion"].left == NotMeasured("outside the picture in 90 % of the frames")
    assert isinstance(numbers["Knee, range of flexion"].right, Measured)


def test_a_range_that_the_view_does_not_carry_is_left_out() -> None:
    numbers = by_name(numbers_of_movement(Movement("other"), *flexion(20), bands(knee=20.0)))
    assert "too uncertain in an unknown view (± 39°)" in str(numbers["Knee, range of flexion"].left)


def test_a_range_is_that_of_an_unbroken_stretch() -> None:
    times, degrees = flexion(20)
    knee = degrees[:, JOINT_NAMES.index("knee_L"), 0]
    knee[50], knee[[49, 51]] = 170.0, np.nan  # one wild sample
    numbers = by_name(numbers_of_movement(Movement("other"), times, degrees, bands()))
    left = numbers["Knee, range of flexion"].left
    assert isinstance(left, Measured)
    assert left.value == pytest.approx(40, abs=0.5)


def test_a_difference_within_the_error_is_called_none() -> None:
    near = Number("", "", left=Measured(55, 6, "deg"), right=Measured(60, 6, "deg"))
    far = Number("", "", left=Measured(80, 6, "deg"), right=Measured(50, 6, "deg"))
    unknown = Number("", "", left=Measured(80, math.nan, "deg"), right=Measured(50, 6, "deg"))
    assert difference_text(near) == "Differences under 17° mean nothing here."
    assert difference_text(far) == "The left is more; differences under 17° would mean nothing."
    assert difference_text(unknown) == "No error was measured for this number, so a difference may mean nothing."
    assert doubt_text(unknown) == "", "it is said once"
    assert difference_text(Number("", "", value=Measured(1, 1, "s"))) == ""


def test_sides_that_may_be_exchanged_have_no_difference() -> None:
    doubt = Sides(undecided=0.5).doubt_of("knee")
    number = Number("", "", Measured(60, 5, "deg"), Measured(20, 5, "deg"), doubt=doubt)
    assert number.difference is None
    assert difference_value(number) == ""
    assert difference_text(number) == (
        "The two sides are not compared: which leg is the left one can't be told in 50 % of the frames."
    )
    assert difference_text(replace(number, left=NotMeasured("it was hidden"))) == ""
    movement = Movement("other", sides=Sides(undecided=0.5))
    compared = {each.name for each in numbers_of_movement(movement, *flexion(20), bands()) if not each.doubt}
    assert compared == {"Shoulder, range of flexion", "Elbow, range of flexion"}


def test_an_asymmetry_index_stands_for_the_difference() -> None:
    one, other = Measured(0.590, 0.033, "s"), Measured(0.497, 0.031, "s")
    careful = Number("", "", left=one, right=other, asymmetry=Measured(-17, 11.5, "%"))
    assert difference_value(careful) == "17 ± 23 %"
    assert difference_text(careful) == "Differences under 23 % mean nothing here."
    equal = Number("", "", left=one, right=one, asymmetry=Measured(-0.004, 11.5, "%"))
    assert difference_value(equal) == "0 ± 23 %"


def test_a_difference_has_its_own_error() -> None:
    assert difference_value(Number("", "", left=Measured(50, 6, "deg"), right=Measured(80, 6, "deg"))) == "30 ± 17°"
    assert difference_value(Number("", "", left=Measured(1, 1, "s"), right=NotMeasured("it was hidden"))) == ""


def test_a_number_no_larger_than_its_error_is_marked() -> None:
    lost = Number("", "", left=Measured(22, 25, "deg"), right=Measured(80, 25, "deg"))
    assert doubt_text(lost) == "Its error is as large as the number itself."
    assert doubt_text(Number("", "", value=Measured(80, 6, "deg"))) == ""
    assert doubt_text(Number("", "", value=Measured(80, math.nan, "deg"))) == "No error was measured for this number."
    assert doubt_text(Number("", "", value=NotMeasured("it was hidden"))) == ""


def test_each_source_of_errors_is_told_once_with_its_numbers(make_walk: MakeWalk) -> None:
    markers = markers_of(make_walk())
    content = gather_content("walk", initial=markers, final=markers, bands=bands(hip=10.0, knee=10.0))
    sources = error_sources(content.numbers)
    assert sources == {"the benchmark": ["Hip, range of flexion", "Knee, range of flexion"]}


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Measured(1.1032, 0.009, "s"), "1.103 ± 0.018 s"),
        (Measured(109.09, 0.5, "steps/min"), "109.09 ± 0.98 steps/min"),
        (Measured(-12.3, 10.0, "deg"), "−12 ± 20°"),
        (Measured(55, 100.0, "deg"), "55 ± 196°"),
        (Measured(-0.2, 11.0, "%"), "0 ± 22 %"),
        (Measured(-0.2, math.nan, "deg"), "0° (± unknown)"),
        (None, "–"),
    ],
)
def test_quantities_show_as_many_digits_as_they_bear(quantity: Measured | None, text: str) -> None:
    assert quantity_text(quantity) == text


def test_the_command_is_quoted_and_has_every_setting() -> None:
    settings = {"height_m": 1.8, "weight_kg": 75.0, "motion": False, "augmenter": "none"}
    record = {"input": {"name": 'a "b" $(c).mp4'}, "settings": settings}
    expected = "humanpose3d run 'a \"b\" $(c).mp4' --height 1.8 --weight 75 --no-motion --no-augment"
    assert command_of(record) == expected
    assert command_of({}) == ""
    # A run of an earlier version; today's command line has no such option.
    assert command_of({**record, "settings": {**settings, "device": "cuda"}}) == expected
    assert command_of({**record, "command": "humanpose3d run that"}) == "humanpose3d run that"
    slow = {"input": {"name": "a.mp4"}, "settings": {"slow_motion_factor": 8, "quality": "high"}}
    assert command_of(slow) == "humanpose3d run a.mp4 --quality high --slow-motion-factor 8"


@pytest.fixture
def results(make_walk: MakeWalk, tmp_path: Path) -> Path:
    """A folder as a run leaves it."""
    content = make_walk()
    markers, landmarks = markers_of(content), content.landmarks
    assert landmarks is not None
    for kind in ("initial", "final"):
        write_trc(tmp_path / f"walk_{kind}.trc", markers.names, markers.times, markers.positions, rate=30)
    write_landmarks_csv(
        tmp_path / "walk_landmarks.csv",
        landmarks.names, landmarks.times, landmarks.world, landmarks.image, landmarks.visibility,
    )  # fmt: skip
    outputs = {
        "landmarks": "walk_landmarks.csv",
        "initial_markers": "walk_initial.trc",
        "final_markers": "walk_final.trc",
        "run": "run.json",
    }
    write_record(tmp_path, {**walk_record(), "outputs": outputs})
    return tmp_path


def write_record(folder: Path, record: object) -> None:
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")


def test_a_folder_gives_the_same_content_as_the_run(results: Path, make_walk: MakeWalk) -> None:
    markers = markers_of(make_walk())
    direct = gather_content("walk", initial=markers, final=markers, landmarks=make_walk().landmarks)
    again, overlay = content_from_folder(results)
    np.testing.assert_allclose(again.degrees, direct.degrees, atol=0.01)
    assert (again.name, overlay) == ("walk", None)
    assert len(again.cycles) == len(direct.cycles)
    assert again.landmarks is not None
    assert again.provenance.warnings == ["The left arm is half hidden."]


def test_what_the_run_could_not_see_counts_more_than_the_landmarks(results: Path) -> None:
    record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert content_from_folder(results).content.unseen == {}
    unseen = {"knee_L": "outside the picture in 90 % of the frames"}
    write_record(results, {**record, "unseen_joints": unseen})
    assert content_from_folder(results).content.unseen == unseen


def test_angles_in_the_folder_count_more_than_those_of_the_markers(results: Path) -> None:
    record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    degrees = np.full((120, 12, 3), 42.0)
    write_angles_csv(results / "angles.csv", JOINT_NAMES[::-1], np.arange(120) / 30, degrees)
    record["outputs"]["joint_angles"] = "angles.csv"
    write_record(results, record)
    assert (content_from_folder(results).content.degrees == 42.0).all()


def test_an_overlay_beside_the_results_is_found(results: Path) -> None:
    (results / "walk_overlay.mp4").write_bytes(b"video")
    assert content_from_folder(results).overlay == results / "walk_overlay.mp4"


def test_an_overlay_of_an_earlier_run_is_left_out(results: Path) -> None:
    (results / "walk_overlay.mp4").write_bytes(b"another run's")
    record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    record["stages"].append({"name": "overlay", "status": "skipped", "reason": "switched off"})
    write_record(results, record)
    assert content_from_folder(results).overlay is None


def test_an_older_folder_without_final_markers_or_landmarks_still_opens(results: Path) -> None:
    for name in ("walk_final.trc", "walk_landmarks.csv"):
        (results / name).unlink()
    content, _ = content_from_folder(results)
    assert content.landmarks is None
    assert np.isfinite(content.degrees).any()


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"outputs": 3}', '{"outputs": {}}', '{"stages": {}}'])
def test_a_folder_without_results_is_refused_in_one_sentence(results: Path, text: str | None) -> None:
    if text is None:
        (results / "run.json").unlink()
    else:
        (results / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match="run the video again") as caught:
        content_from_folder(results)
    assert str(results) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damaged_results_are_refused(results: Path) -> None:
    (results / "walk_initial.trc").write_text("PathFileType", encoding="utf-8")
    with pytest.raises(ReportError, match="cannot be read"):
        content_from_folder(results)


def test_a_record_cannot_name_files_elsewhere(results: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "walk_initial.trc"
    elsewhere.write_bytes((results / "walk_initial.trc").read_bytes())
    write_record(results, {"outputs": {"initial_markers": str(elsewhere)}})
    with pytest.raises(ReportError, match="holds no initial markers"):
        content_from_folder(results)
