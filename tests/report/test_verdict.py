"""The rules of the verdict."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support.rendered_walk import walk_record

from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.quantities import Measured, NotMeasured
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.kinematics.view import View
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.data.content import Number, ReportContent
from humanpose3d.report.data.parts import Level
from humanpose3d.report.data.verdict import Verdict, judge
from humanpose3d.report.html.report import render_report

MakeWalk = Callable[..., ReportContent]


@pytest.fixture
def make_walk(make_walk: MakeWalk) -> MakeWalk:
    """The walk with errors that were measured for every angle."""
    return partial(make_walk, angle_errors=np.full((12, 3), 6.0))


def all_ran() -> dict[str, object]:
    record = walk_record()
    return {**record, "stages": record["stages"][:1]}  # type: ignore[index]


def seen_in(landmarks: Landmarks, share: float) -> Landmarks:
    world = landmarks.world.copy()
    every = np.arange(len(world)) / len(world) % 0.1 * 10
    world[every >= share - 1e-9] = np.nan
    return replace(landmarks, world=world)


def test_a_good_trial_is_usable_and_says_why(make_walk: MakeWalk) -> None:
    verdict = judge(make_walk(record=all_ran()))
    assert verdict.level == "usable"
    assert any("100 % of the frames" in reason.text for reason in verdict.reasons)


@pytest.mark.parametrize(("share", "level"), [(1.0, "usable"), (0.7, "with care"), (0.3, "not usable")])
def test_frames_without_a_person_count(make_walk: MakeWalk, share: float, level: Level) -> None:
    content = make_walk(record=all_ran())
    assert content.landmarks is not None
    assert judge(make_walk(record=all_ran(), landmarks=seen_in(content.landmarks, share))).level == level


@pytest.mark.parametrize(("visibility", "level"), [(0.9, "usable"), (0.5, "with care"), (0.2, "not usable")])
def test_visibility_counts(make_walk: MakeWalk, visibility: float, level: Level) -> None:
    landmarks = make_walk().landmarks
    assert landmarks is not None
    landmarks = replace(landmarks, visibility=np.full_like(landmarks.visibility, visibility))
    assert judge(make_walk(record=all_ran(), landmarks=landmarks)).level == level


@pytest.mark.parametrize(("rate", "level"), [(60, "usable"), (15, "with care"), (5, "not usable")])
def test_the_frame_rate_counts(make_walk: MakeWalk, rate: float, level: Level) -> None:
    content = make_walk()
    verdict = judge(make_walk(record=all_ran(), times=np.arange(120) / rate, landmarks=None, markers=None))
    assert content.times is not None
    assert verdict.level == level


def test_a_long_gap_asks_for_care(make_walk: MakeWalk) -> None:
    landmarks = make_walk().landmarks
    assert landmarks is not None
    world = landmarks.world.copy()
    times = landmarks.times * 10  # 40 s, and 2 s of them are missing
    world[50:55] = np.nan
    verdict = judge(make_walk(record=all_ran(), landmarks=replace(landmarks, world=world, times=times)))
    assert verdict.level == "with care"
    assert "missing for up to 2.0 s" in verdict.reasons[0].text


def skipped(name: str, reason: str | None = "switched off") -> dict[str, object]:
    return {**all_ran(), "stages": [{"name": name, "status": "skipped", "reason": reason}]}


@pytest.mark.parametrize("name", ["depth", "refiner", "joint"])
def test_without_a_correction_care_is_asked_for(make_walk: MakeWalk, name: str) -> None:
    verdict = judge(make_walk(record=skipped(name)))
    assert verdict.level == verdict.reasons[0].level == "with care"
    assert "not corrected by a model" in verdict.reasons[0].text
    assert verdict.reasons[0].detail == f"Stage “{name}”: switched off."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("motion", "The motion model was not used."),
        ("augment", "No anatomical markers were added: some planes of the angles stay empty."),
        ("overlay", "No overlay video was made."),
        ("future", "A stage of the pipeline did not run."),
    ],
)
def test_a_stage_that_takes_nothing_away_is_told_and_asks_for_no_care(
    make_walk: MakeWalk, name: str, text: str
) -> None:
    verdict = judge(make_walk(record=skipped(name, None)))
    assert verdict.level == "usable"
    assert (verdict.reasons[-1].level, verdict.reasons[-1].text) == ("note", text)
    assert verdict.reasons[-1].detail == f"Stage “{name}”: no reason is recorded."


def test_without_a_height_lengths_are_in_doubt(make_walk: MakeWalk) -> None:
    assert "No height was given" in judge(make_walk(record={**all_ran(), "settings": {}})).reasons[0].text


def test_without_any_angle_nothing_is_usable(make_walk: MakeWalk) -> None:
    verdict = judge(make_walk(record=all_ran(), degrees=np.full((120, 12, 3), np.nan), raw_degrees=None))
    assert verdict.level == "not usable"
    assert verdict.reasons[0].text == "No joint angle could be computed."


def test_the_worst_reason_comes_first(make_walk: MakeWalk) -> None:
    levels = [reason.level for reason in judge(make_walk(times=np.arange(120) / 5, markers=None)).reasons]
    assert levels == sorted(levels, key=["not usable", "with care", "usable", "note"].index)


def test_an_empty_record_does_not_stop_the_judge(make_walk: MakeWalk) -> None:
    assert judge(make_walk(record={}, landmarks=None)).level == "with care"


@pytest.mark.parametrize(("exchanged", "level"), [(0, "usable"), (6, "usable"), (30, "with care")])
def test_many_repaired_swaps_ask_for_care(make_walk: MakeWalk, exchanged: int, level: Level) -> None:
    record = all_ran()
    details = {"steps": {"repair_swaps": {"frames_exchanged": exchanged, "frames_collapsed": 0}}}
    record["stages"] = [{"name": "signals", "status": "ran", "details": details}]
    verdict = judge(make_walk(record=record))
    assert verdict.level == level
    assert any("confused" in reason.text for reason in verdict.reasons) == bool(exchanged)


def test_legs_that_can_not_be_told_apart_ask_for_care(make_walk: MakeWalk) -> None:
    signals = {"name": "signals", "status": "ran", "details": {"steps": {"repair_swaps": {"frames_undecided": 60}}}}
    doubt = "which leg is the left one can't be told in 50 % of the frames"
    verdict = judge(make_walk(record={**all_ran(), "stages": [signals]}))
    assert verdict.level == "with care"
    assert f"Left and right may be exchanged: {doubt}." in [reason.text for reason in verdict.reasons]
    assert part(verdict, "knee_flex") == ("with care", doubt)
    assert part(verdict, "elbow_flex")[1] != doubt


def test_a_finding_is_told_once_in_the_words_of_the_run(make_walk: MakeWalk) -> None:
    warning = "The detector confused left and right in 30 of 120 frames; they were put right or bridged."
    record = {**all_ran(), "warnings": [warning, "The left foot was seen only half as long as it should be."]}
    details = {"steps": {"repair_swaps": {"frames_exchanged": 30, "frames_collapsed": 0}}}
    record["stages"] = [{"name": "signals", "status": "ran", "details": details}]
    verdict = judge(make_walk(record=record))
    assert [reason.text for reason in verdict.reasons if "confused" in reason.text] == [warning]
    assert verdict.warnings == ("The left foot was seen only half as long as it should be.",)


def test_a_reader_of_the_report_need_install_nothing(make_walk: MakeWalk) -> None:
    reason = "Pose2Sim is not installed; install it with: pip install pose2sim"
    record = {**all_ran(), "stages": [{"name": "augment", "status": "skipped", "reason": reason}]}
    content = make_walk(record=record)
    assert judge(content).reasons[-1].detail == "Stage “augment”: Pose2Sim is not installed."
    assert "pip install" not in render_report(content)


def part(verdict: Verdict, key: str) -> tuple[str, str]:
    found = next(each for each in verdict.parts if each.key == key)
    return found.level, found.reason


def test_each_joint_has_a_verdict_with_its_reason(make_walk: MakeWalk) -> None:
    errors = np.full((12, 3), 6.0)
    errors[JOINT_NAMES.index("hip_R")] = errors[JOINT_NAMES.index("hip_L")] = 15.0
    errors[JOINT_NAMES.index("shoulder_R")] = errors[JOINT_NAMES.index("shoulder_L")] = 25.0
    unseen = {"elbow_L": "hidden in 90 % of the frames"}
    content = make_walk(record=all_ran(), angle_errors=errors, unseen=unseen, view=View(90.0, 5.0))
    verdict = judge(content)
    assert part(verdict, "knee_flex") == ("usable", "")
    assert part(verdict, "hip_flex") == ("with care", "± 29° from the left side")
    assert part(verdict, "shoulder_flex") == ("not usable", "± 49° from the left side")
    assert part(verdict, "elbow_flex") == ("with care", "left: hidden in 90 % of the frames")
    assert verdict.level == "with care"
    assert "Not usable: shoulders." in [reason.text for reason in verdict.reasons]


def test_without_any_flexion_a_trial_is_not_usable_and_the_head_tells_what_is(make_walk: MakeWalk) -> None:
    numbers = (Number("Cadence", "", value=Measured(100, 1, "steps/min")),)
    errors = np.full((12, 3), 30.0)
    content = make_walk(record=all_ran(), angle_errors=errors, view=View(0.0, 5.0), numbers=())
    assert judge(content).level == "not usable"
    verdict = judge(replace(content, numbers=numbers))
    assert verdict.level == "not usable"
    levels = {reason.text: reason.level for reason in verdict.reasons}
    assert levels["No joint's flexion is usable."] == "not usable"
    assert levels["Usable: cadence."] == "usable"


def with_both_hips_to_the_side(content: ReportContent) -> ReportContent:
    degrees = content.degrees.copy()
    degrees[:, [JOINT_NAMES.index(f"hip_{side}") for side in "RL"], 1] = 5.0
    return replace(content, degrees=degrees)


def test_where_gravity_is_not_known_no_tilt_against_the_room_is_usable(make_walk: MakeWalk) -> None:
    record = all_ran()
    signals = {"name": "signals", "details": {"steps": {"upright": {"turned": 0, "tilt_deg": 80.0}}}}
    content = make_walk(record={**record, "stages": [*record["stages"], signals]})  # type: ignore[misc]
    assert part(judge(content), "trunk_flex") == ("not usable", "the direction of gravity is unknown")
    assert part(judge(content), "knee_flex")[0] == "usable"


def test_an_unseen_side_counts_in_every_plane_that_the_other_shows(make_walk: MakeWalk) -> None:
    why = "outside the picture in 100 % of the frames"
    content = with_both_hips_to_the_side(make_walk(record=all_ran(), unseen={"hip_L": why}))
    assert part(judge(content), "hip_abd") == part(judge(content), "hip_flex") == ("with care", f"left: {why}")
    content = replace(content, unseen={"hip_L": why, "hip_R": why})
    assert "hip_abd" not in [each.key for each in judge(content).parts], "a plane that nobody saw is not expected"
    assert part(judge(content), "hip_flex") == ("not usable", why)


@pytest.mark.parametrize(
    ("left", "right", "level", "reason"),
    [
        (20.0, 20.0, "with care", "± 39°"),
        (20.0, 5.0, "with care", "left: ± 39°"),
        (30.0, 20.0, "with care", "right: ± 39°, left: ± 59°"),
        (30.0, 40.0, "not usable", "right: ± 78°, left: ± 59°"),
    ],
)
def test_a_reason_that_is_of_one_side_names_it(
    make_walk: MakeWalk, left: float, right: float, level: Level, reason: str
) -> None:
    errors = np.full((12, 3), 6.0)
    errors[JOINT_NAMES.index("knee_L")], errors[JOINT_NAMES.index("knee_R")] = left, right
    content = make_walk(record=all_ran(), angle_errors=errors, view=None)
    assert part(judge(content), "knee_flex") == (level, reason)


@pytest.mark.parametrize(
    ("rate", "frames", "reason", "advice"),
    [
        (5, 120, "there are only 5.0 frames a second, so quick movement is cut short", "30 frames a second or more"),
        (100, 11, "the recording lasts 0.1 s", "film for several seconds"),
    ],
)
def test_no_part_is_better_than_too_short_or_too_slow_a_recording(
    make_walk: MakeWalk, rate: float, frames: int, reason: str, advice: str
) -> None:
    whole = make_walk(record=all_ran(), landmarks=None, markers=None, raw_degrees=None)
    numbers = (Number("Cadence", "", value=Measured(100, 1, "steps/min")),)
    times, degrees = np.arange(frames) / rate, whole.degrees[:frames]
    verdict = judge(replace(whole, times=times, degrees=degrees, numbers=numbers))
    assert {each.level for each in verdict.parts} == {"not usable"}
    assert part(verdict, "knee_flex") == part(verdict, "cadence") == ("not usable", reason)
    assert advice in verdict.advice


@pytest.mark.parametrize(
    ("height", "level"), [(290, "with care"), (190, "with care"), (100, "usable"), (None, "with care")]
)
def test_others_who_are_as_tall_ask_for_a_look_at_the_overlay(
    make_walk: MakeWalk, height: int | None, level: Level
) -> None:
    warning = (
        "More than one person is in the picture: analysed is person 1, not person 2; choose another with --person."
    )
    people = [{"number": 1, "height_px": 280, "analysed": True}, {"number": 2, "height_px": height, "analysed": False}]
    detect = {"name": "detect", "status": "ran", "details": {"people": people} if height else {}}
    verdict = judge(make_walk(record={**all_ran(), "warnings": [warning], "stages": [detect]}))
    assert verdict.level == level
    [reason] = [each for each in verdict.reasons if each.text == warning]
    assert reason.level == ("with care" if level == "with care" else "note")
    assert "overlay" in reason.detail
    assert verdict.warnings == (), "a finding is told once"


def test_legs_outside_the_picture_are_not_usable_and_the_camera_should_stand_back(make_walk: MakeWalk) -> None:
    why = "outside the picture in 100 % of the frames"
    unseen = {f"{joint}_{side}": why for joint in ("hip", "knee", "ankle") for side in "RL"}
    verdict = judge(make_walk(record=all_ran(), unseen=unseen, view=View(10.0, 5.0)))
    assert part(verdict, "knee_flex") == ("not usable", why)
    assert verdict.level == "with care"
    assert verdict.advice.startswith("Next time, put the camera farther away")


def test_what_is_not_measured_from_here_gets_the_view_that_carries_it(make_walk: MakeWalk) -> None:
    lost = NotMeasured("too uncertain from the front (± 0.2 s); film from the side")
    numbers = (Number("Step time", "", left=lost, right=lost), Number("Cadence", "", value=Measured(1, 0, "steps/min")))
    verdict = judge(make_walk(record=all_ran(), numbers=numbers, view=View(0.0, 5.0)))
    assert part(verdict, "step_time") == ("not usable", lost.reason)
    assert part(verdict, "cadence") == ("usable", "")
    assert verdict.advice == f"Next time, film from {measured_bands().best_view('step_time')} for step times."


def advised(content: ReportContent, **unseen: str) -> str:
    """Return the advice where joints, named without their sides, were not seen."""
    return judge(
        replace(content, unseen={f"{joint}_{side}": why for joint, why in unseen.items() for side in "RL"})
    ).advice


def test_advice_is_about_the_worst_loss(make_walk: MakeWalk) -> None:
    errors = np.full((12, 3), 6.0)
    errors[JOINT_NAMES.index("shoulder_R")] = errors[JOINT_NAMES.index("shoulder_L")] = 30.0
    lost = NotMeasured("too uncertain from the front (± 0.2 s); film from behind")
    numbers = (Number("Step time", "", left=lost, right=lost),)
    content = make_walk(record=all_ran(), angle_errors=errors, view=View(0.0, 5.0), numbers=numbers, movement=None)
    hidden, outside = "hidden in 100 % of the frames", "outside the picture in 60 % of the frames"
    assert advised(content) == "Next time, film from the side for shoulders."
    assert advised(content, knee=hidden).startswith("Next time, remove what hides the person")
    assert "farther away" in advised(content, knee=hidden, elbow=outside)
    one_arm = replace(content, unseen={"shoulder_R": hidden})
    assert judge(one_arm).advice == "Next time, film from the side for shoulders.", "its own body hides it"
    slow = replace(content, times=np.arange(120) / 15, markers=None)
    assert advised(slow, knee=hidden) == "Next time, film at 30 frames a second or more."
    every = dict.fromkeys(("hip", "knee", "ankle", "elbow"), hidden)
    assert advised(slow, **every).startswith("Next time, remove what hides the person"), "it alone makes all unusable"
    assert (
        advised(replace(content, angle_errors=np.full((12, 3), 6.0))) == "Next time, film from behind for step times."
    )


def test_the_view_with_the_narrowest_band_is_advised(make_walk: MakeWalk) -> None:
    errors = np.full((12, 3), 6.0)
    errors[JOINT_NAMES.index("shoulder_R")] = errors[JOINT_NAMES.index("shoulder_L")] = 30.0
    content = make_walk(record=all_ran(), angle_errors=errors, view=View(0.0, 5.0), movement=Movement("walking"))
    best = measured_bands().during("walking").best_view("curve shoulder flex", content.view)
    assert judge(content).advice == f"Next time, film from {best} for shoulders."


def test_advice_is_shown_where_the_view_is_not_known(make_walk: MakeWalk) -> None:
    content = make_walk(record=all_ran(), times=np.arange(120) / 15, markers=None, view=None)
    assert "Next time, film at 30 frames a second or more." in render_report(content)


@pytest.mark.parametrize(
    ("stage", "details", "text"),
    [
        ("signals", {"steps": {"follow_person": {"frames_of_others": 0, "jumps_s": [1.0]}}}, "jumped between persons"),
        ("signals", {"steps": {"follow_person": {"frames_of_others": 12, "jumps_s": []}}}, "10 % of the frames show"),
        ("signals", {"steps": {"find_cuts": {"cuts_s": [1.0, 2.0]}}}, "cut at 2 moments"),
        ("movement", {"implausible_frames": {"shoulder_L": 6}}, "in up to 5 % of the frames (shoulder L)"),
    ],
)
def test_the_head_is_never_greener_than_what_it_shows(
    make_walk: MakeWalk, stage: str, details: dict[str, object], text: str
) -> None:
    record = {**all_ran(), "stages": [{"name": stage, "status": "ran", "details": details}]}
    verdict = judge(make_walk(record=record))
    assert verdict.level == "with care"
    assert text in verdict.reasons[0].text


def test_the_verdict_goes_into_the_record(make_walk: MakeWalk) -> None:
    plain = judge(make_walk(record=all_ran())).as_record()
    assert plain["level"] == "usable"
    assert {"key": "knee_flex", "name": "knees", "level": "usable", "reason": ""} in plain["parts"]
