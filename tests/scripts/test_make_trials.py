"""The bench of trials: what is true of its truth, and that pictures and truth belong together."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pytest
from support.aftermath import end, processes_of, wait_until
from support.motion_files import write_acclaim

av = pytest.importorskip("av", reason="trials need PyAV: pip install 'humanpose3d[pipeline]'")

PROJECT = Path(__file__).resolve().parents[2]
BONES = [(23, 25), (25, 27), (24, 26), (26, 28), (11, 13), (13, 15), (12, 14), (14, 16), (11, 12), (23, 24)]
FEET = {"l": (29, 31), "r": (30, 32)}
MOVEMENTS = (
    "walk-side", "walk-across", "walk-turn", "t-walk-curved", "limp-side", "stiff-side", "run-side", "squat-side",
    "t-lunge-side", "sit-to-stand-side", "stair-side", "t-jump-oblique", "knee-lifts-side", "arms-front", "lie-side",
    "drawn-0-002", "drawn-0-006",
)  # fmt: skip


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROJECT / "scripts"))
        yield importlib.import_module("make_trials")


@pytest.fixture(scope="module")
def table(script: ModuleType) -> ModuleType:
    return sys.modules["trials.table"]


@pytest.fixture(scope="module")
def build(script: ModuleType) -> Callable[[Any], Any]:
    """Make a trial's scene once."""
    made: dict[str, Any] = {}

    def scene(trial: Any) -> Any:
        if trial.name not in made:
            made[trial.name] = sys.modules["trials.scene"].build(trial)
        return made[trial.name]

    return scene


@pytest.fixture(scope="module")
def truth_of(build: Any, table: ModuleType) -> Callable[[str], dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}

    def truth(name: str) -> dict[str, Any]:
        if name not in made:
            drawn = {trial.name: trial for trial in sys.modules["trials.drawn"].drawn_trials(10)}
            made[name] = sys.modules["trials.truth"].truth(build({**table.TRIALS, **table.SHORT, **drawn}[name]))
        return made[name]

    return truth


def tiny(table: ModuleType, **changes: Any) -> Any:
    """Three frames of a small picture."""
    small = {"name": "tiny", "width": 120, "height": 160, "person": 110.0, "frames": 3}
    return dataclasses.replace(table.SHORT["short-front"], **{**small, **changes})


# The table


def test_the_bench_covers_what_it_promises(table):
    trials = list(table.TRIALS.values())
    assert len(trials) >= 80
    assert len(table.SHORT) == 8
    assert {int(trial.azimuth % 360 // 45) for trial in trials} == set(range(8)), "a camera in every direction"
    for values, low, high in (
        ([trial.lens for trial in trials], 0.6, 3.0),
        ([trial.person for trial in trials], 125, 900),
        ([trial.body.stature for trial in trials], 1.10, 2.0),
        ([trial.rate for trial in trials], 24, 240),
        ([trial.movement.speed for trial in trials if trial.movement.kind == "walk"], 0.5, 1.8),
    ):
        assert (min(values), max(values)) == (low, high)
    kinds = {trial.movement.kind for trial in trials}
    assert kinds == set(get_args(sys.modules["trials.parameters"].Kind)) - {"anything"}, "which is for training alone"


def test_halves_share_no_person_and_no_movement(table):
    halves: dict[str, list[Any]] = {"development": [], "test": []}
    for trial in table.TRIALS.values():
        halves[trial.half].append(trial)
    development, test = halves.values()
    assert min(len(development), len(test)) >= 40
    assert {trial.body.name for trial in development}.isdisjoint(trial.body.name for trial in test)
    moves = [{t.movement for t in half if t.movement.kind != "recorded"} for half in (development, test)]
    assert moves[0].isdisjoint(moves[1])
    recordings = [{t.movement.recording for t in half} - {""} for half in (development, test)]
    assert recordings[0].isdisjoint(recordings[1])
    assert {trial.half for trial in table.SHORT.values()} == {"development"}


def test_big_pictures_are_few(table):
    assert sum(trial.width * trial.height > 640 * 480 for trial in table.TRIALS.values()) <= 5


# The truth


@pytest.mark.slow
@pytest.mark.parametrize("name", MOVEMENTS)
def test_bones_keep_their_lengths_and_feet_stay_above_the_floor(truth_of, name):
    world = truth_of(name)["world"].astype(float)
    lengths = np.stack([np.linalg.norm(world[:, a] - world[:, b], axis=1) for a, b in BONES])
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[:, :1], lengths.shape), atol=1e-5)
    if name != "lie-side":
        assert world[:, 29:33, 1].min() > 0
        assert world[:, 29:33, 1].min() < 0.04


@pytest.mark.slow
@pytest.mark.parametrize("name", MOVEMENTS)
def test_knees_bend_backwards_only_and_nobody_is_torn(truth_of, name):
    truth = truth_of(name)
    names = list(truth["joints"])
    knees = truth["angles"][:, [names.index("knee_R"), names.index("knee_L")], 0]
    assert knees.min() >= 0
    assert knees.max() < 130
    step = np.linalg.norm(np.diff(truth["world"].astype(float), axis=0), axis=2) / np.diff(truth["time"])[:, None]
    assert step.max() < (9.0 if "run" in name or "jump" in name else 6.0), "a landmark jumps"


@pytest.mark.parametrize("name", ["walk-across", "t-walk-across", "t-walk-curved", "limp-side", "walk-side"])
def test_a_standing_foot_does_not_slide(build, table, name):
    scene = build(table.TRIALS[name])
    person, motion = scene.people[0], scene.motion
    belt = motion.speed * scene.times[:, :1] if motion.belt else 0 * scene.times[:, :1]
    heading = np.deg2rad(-scene.trial.azimuth)
    points = person.landmarks + belt[:, None] * (np.sin(heading), 0.0, np.cos(heading))
    checked = 0
    for side, (heel, toe) in FEET.items():
        for print_ in motion.prints[side]:
            length = print_.end - print_.start
            flat = (scene.times[:, 0] > print_.start + 0.25 * length) & (
                scene.times[:, 0] < print_.start + 0.45 * length
            )
            if flat.sum() > 2:
                checked += 1
                for point in (heel, toe):
                    assert np.ptp(points[flat, point], axis=0).max() < 0.015
    assert checked >= 3


@pytest.mark.parametrize("name", ["walk-across", "t-walk-across-right", "t-limp-side", "run-side", "walk-child"])
def test_events_are_where_feet_meet_and_leave_the_ground(truth_of, name):
    truth = truth_of(name)
    times = truth["time"]
    for side, points in FEET.items():
        low = truth["world"][:, points, 1].min(axis=1).astype(float)
        assert len(truth[f"heel_strike_{side}"]) >= 1
        for strike in truth[f"heel_strike_{side}"]:
            if strike > times[0] + 0.1:
                before, at = np.interp([strike - 0.08, strike], times, low)
                assert before > at + 0.004, "the foot comes down"
                assert at < 0.05
        for off in truth[f"toe_off_{side}"]:
            if off < times[-1] - 0.1:
                at, after = np.interp([off, off + 0.08], times, low)
                assert after > at + 0.004, "the foot rises"


@pytest.mark.parametrize("name", ["walk-side", "walk-across", "t-walk-behind", "t-limp-side", "walk-child", "run-side"])
def test_speed_is_stride_length_through_stride_time(truth_of, name):
    truth = truth_of(name)
    for side in FEET:
        strikes, lengths = truth[f"heel_strike_{side}"], truth[f"stride_length_{side}"]
        strides = np.diff(strikes)
        assert len(strides) >= 1
        np.testing.assert_allclose(lengths[1:] / strides, truth["speed"], rtol=0.02)
    both = np.nanmean(truth["step_length_l"]) + np.nanmean(truth["step_length_r"])
    assert both == pytest.approx(np.nanmean(truth["stride_length_r"]), rel=0.02)


@pytest.mark.parametrize("name", ["walk-side", "t-walk-across", "t-walk-child"])
def test_gait_found_in_the_true_markers_has_the_true_cadence(truth_of, name):
    from humanpose3d.kinematics.walking.gait import Gait, find_gait
    from humanpose3d.kinematics.walking.numbers import gait_numbers
    from humanpose3d.pipeline.markers import MARKER_NAMES

    truth = truth_of(name)
    markers = sys.modules["trials.truth"].true_markers(truth["time"], truth["world"].astype(float))
    gait = find_gait(truth["time"], {marker: markers[marker] for marker in MARKER_NAMES})
    assert isinstance(gait, Gait)
    step = np.nanmean([np.nanmean(truth["step_time_l"]), np.nanmean(truth["step_time_r"])])
    assert gait_numbers(gait)["cadence"].value == pytest.approx(60 / step, rel=0.01)
    for strike in gait.heel_strikes:
        true = truth[f"heel_strike_{strike.side.lower()}"]
        assert np.abs(true - strike.time).min() < 0.06


def test_over_the_ground_the_path_is_speed_times_time(truth_of):
    truth = truth_of("walk-across")
    hips = truth["world"][:, [23, 24]].mean(axis=1).astype(float)
    cycle = np.diff(truth["heel_strike_l"])[0]
    frames = round(cycle / np.diff(truth["time"])[0])
    moved = np.linalg.norm((hips[frames] - hips[0])[[0, 2]]) / (truth["time"][frames] - truth["time"][0])
    assert moved == pytest.approx(truth["speed"], rel=0.03)


def test_a_limp_is_asymmetric_and_a_stiff_knee_stays_stiff(truth_of):
    limp = truth_of("t-limp-side")
    assert np.nanmean(limp["step_time_l"]) > 1.15 * np.nanmean(limp["step_time_r"]), "the left leg is spared"
    stiff = truth_of("stiff-side")
    names = list(stiff["joints"])
    left, right = (stiff["angles"][:, names.index(f"knee_{side}"), 0].max() for side in "LR")
    assert left < 45 < 55 < right


def test_repetitions_turn_where_the_body_is_lowest(truth_of):
    truth = truth_of("squat-side")
    assert truth["repetitions"].shape == (1, 3)
    height = truth["world"][:, [23, 24], 1].mean(axis=1)
    start, turn, end = truth["repetitions"][0]
    inside = (truth["time"] >= start) & (truth["time"] <= end)
    assert truth["time"][inside][np.argmin(height[inside])] == pytest.approx(turn, abs=0.04)


@pytest.mark.parametrize("name", ["walk-side", "walk-rolled", "walk-behind-oblique", "t-walk-front-high", "t-large"])
def test_camera_stands_where_the_parameters_say(truth_of, table, name):
    truth, trial = truth_of(name), table.TRIALS[name]
    camera = truth["world"].astype(float) @ truth["rotation"].T + truth["translation"]
    np.testing.assert_allclose(camera, truth["camera"], atol=1e-4)
    image = camera @ truth["camera_matrix"].T
    np.testing.assert_allclose(image[..., :2] / image[..., 2:], truth["pixel"], atol=0.05)
    centre = -truth["rotation"].T @ truth["translation"]
    assert centre[1] == pytest.approx(truth["camera_height"], abs=1e-9)
    away = truth["rotation"][2]
    assert np.degrees(np.arcsin(-away[1])) == pytest.approx(trial.pitch, abs=1e-6)
    assert away[0] == pytest.approx(0, abs=1e-9), "x is to the camera's right"
    between = (np.median(truth["azimuth"]) - trial.azimuth + 180) % 360 - 180
    assert abs(between) < 6
    assert truth["camera_matrix"][0, 0] == pytest.approx(trial.lens * max(trial.width, trial.height))


def test_the_left_side_is_near_when_seen_from_the_left(truth_of):
    assert np.all(truth_of("walk-side")["camera"][:, 11, 2] < truth_of("walk-side")["camera"][:, 12, 2])
    front = truth_of("walk-front")["pixel"]
    assert np.all(front[:, 11, 0] > front[:, 12, 0]), "the left shoulder is on the picture's right"


def test_the_world_begins_below_the_hips(truth_of):
    for name in ("walk-across", "walk-leaves", "squat-side"):
        hips = truth_of(name)["world"][0, [23, 24]].mean(axis=0)
        np.testing.assert_allclose(hips[[0, 2]], 0, atol=1e-6)


def test_who_is_in_the_picture(truth_of):
    leaves = truth_of("walk-leaves")["inside"].any(axis=1)
    assert leaves[0], "the person is there"
    assert not leaves.all(), "goes"
    assert leaves[-1], "and comes back"
    outside = truth_of("short-legs-outside")["inside"]
    assert not outside[:, 25:33].any()
    assert outside[:, :13].all()
    passer = truth_of("short-passer")
    assert set(np.unique(passer["persons"])) == {1, 2}
    assert passer["covered"][:, 11:29].any(axis=0).mean() > 0.5
    assert not passer["covered"][[0, -1]].any()
    assert not truth_of("short-front")["covered"].any()


@pytest.mark.parametrize("stature", [1.1, 1.55, 2.0])
def test_a_person_is_as_tall_as_told(script, stature):
    parameters, figure = sys.modules["trials.parameters"], sys.modules["trials.figure"]
    body = sys.modules["demo_clip.body"]
    person = figure.Figure(parameters.Body("x", "test", stature, legs=0.95, head=1.1, girth=1.2))
    motion = sys.modules["trials.motion"]
    rotations, joints = person.kinematics(motion.still(1))
    vertices, _ = body.person().posed(rotations[0], joints[0], person.scales)
    assert np.ptp(vertices[:, 1]) == pytest.approx(stature, rel=0.01)


def test_a_rolling_sole_does_not_slide(script):
    figure = sys.modules["trials.figure"].Figure(sys.modules["trials.parameters"].Body("x", "test"))
    pitch = np.linspace(-70, 40, 1101)
    forward, up = figure.rolled(pitch)
    assert up.min() > 0
    # The point on the ground has no speed, so the ankle moves at right angles to the line to it.
    assert np.abs(np.diff(forward)).max() < 0.001
    assert np.abs(np.diff(up)).max() < 0.001
    level = int(np.argmin(np.abs(pitch)))
    assert forward[level] == pytest.approx(0, abs=1e-3)


# Recorded movement


def test_recorded_joints_are_the_rigs(script, table, tmp_path):
    bend, elbow = np.linspace(0, 80, 90), np.linspace(0, 60, 90)
    write_acclaim(tmp_path, bend, elbow)
    movement = sys.modules["trials.parameters"].Movement("recorded", recording="09_01")
    trial = tiny(table, movement=movement, frames=15, rate=30)
    truth = sys.modules["trials.truth"].truth(sys.modules["trials.scene"].build(trial, tmp_path))
    names = list(truth["joints"])
    expected = np.interp(truth["time"] * 120, np.arange(90), bend)
    np.testing.assert_allclose(truth["angles"][:, names.index("knee_L"), 0], expected, atol=0.5)
    np.testing.assert_allclose(truth["angles"][:, names.index("knee_R"), 0], 0, atol=0.5)
    expected = np.interp(truth["time"] * 120, np.arange(90), elbow)
    np.testing.assert_allclose(truth["angles"][:, names.index("elbow_L"), 0], expected, atol=0.5)
    knee, line = truth["world"][-1, 25], (truth["world"][-1, 23] + truth["world"][-1, 27]) / 2
    ahead = truth["rotation"].T @ (0, 0, -1)
    assert (knee - line) @ ahead > 0, "filmed from the front, a bent knee comes towards the camera"


def test_a_recording_that_is_too_short_is_one_sentence(script, table, tmp_path):
    write_acclaim(tmp_path, np.zeros(20), np.zeros(20))
    movement = sys.modules["trials.parameters"].Movement("recorded", recording="09_01")
    with pytest.raises(sys.modules["trials.recordings"].RecordingError, match=r"09_01\.amc has no"):
        sys.modules["trials.scene"].build(tiny(table, movement=movement, frames=60), tmp_path)


# Pictures and files


@pytest.mark.slow
def test_the_short_trials_are_those_of_the_table(short_trials, table, truth_of):
    files = sys.modules["trials.files"]
    assert {file.stem for file in short_trials.glob("*.mp4")} == set(table.SHORT)
    for name, trial in table.SHORT.items():
        assert files.is_made(trial, short_trials), name
        with np.load(short_trials / f"{name}.npz") as stored:
            made = truth_of(name)
            assert set(stored) == set(made)
            for key in ("world", "camera", "pixel", "heel_strike_l", "repetitions", "speed"):
                np.testing.assert_allclose(made[key], stored[key], atol=2e-3, err_msg=f"{name}: {key}")
    assert sum(file.stat().st_size for file in short_trials.iterdir()) < 1_000_000


@pytest.mark.parametrize("name", ["short-side", "short-passer"])
def test_the_script_draws_the_frames_of_the_short_trials(short_trials, build, table, name):
    scene = build(table.SHORT[name])
    with av.open(str(short_trials / f"{name}.mp4")) as container:
        decoded = [frame.to_ndarray(format="rgb24").astype(float) for frame in container.decode(video=0)]
    assert len(decoded) == scene.trial.frames
    drawn = next(iter(sys.modules["trials.files"].pictures(scene))).astype(float)
    assert np.abs(drawn - decoded[0]).mean() < 3.0
    assert np.abs(drawn - decoded[0]).mean() < np.abs(drawn - decoded[12]).mean()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["short-front", "short-side", "short-squat"])
def test_the_pose_model_finds_the_person_where_the_truth_says(short_trials, pose_model, name):
    from humanpose3d.loaders import load_pose_landmarker
    from humanpose3d.video.reader import VideoReader

    with np.load(short_trials / f"{name}.npz") as truth:
        pixel, size = truth["pixel"], truth["size"]
    torso = np.linalg.norm(pixel[:, [11, 12]].mean(axis=1) - pixel[:, [23, 24]].mean(axis=1), axis=1)
    errors = []
    with VideoReader(short_trials / f"{name}.mp4") as reader, load_pose_landmarker(pose_model) as landmarker:
        for k, frame in zip(range(30), reader.frames(), strict=False):
            found = landmarker.detect(frame.rgb, round(1000 * frame.time))
            assert found is not None
            apart = np.linalg.norm(found.image[:, :2] * size - pixel[k], axis=1)
            errors.append(apart[[11, 12, 23, 24, 25, 26, 27, 28]].mean() / torso[k])
    assert np.median(errors) < 0.08


def test_exposure_blur_noise_and_darkness_show(script, table):
    scene, files = sys.modules["trials.scene"], sys.modules["trials.files"]

    def first(**changes: Any) -> Any:
        return next(iter(files.pictures(scene.build(tiny(table, noise=0.0, **changes))))).astype(float)

    plain = first()

    def sharpness(picture: Any) -> float:
        return float(np.abs(np.diff(picture, axis=1)).mean())

    assert sharpness(first(blur=1.5)) < 0.8 * sharpness(plain)
    assert 2 < np.abs(first() - next(iter(files.pictures(scene.build(tiny(table, noise=4.0)))))).mean() < 5
    assert first(dark=True)[:20].mean() < 0.5 * plain[:20].mean()
    moving = {"movement": sys.modules["trials.parameters"].Movement("run", 3.0), "azimuth": 90.0}
    assert np.abs(first(**moving, exposure=0.9) - first(**moving)).max() > 30


@pytest.mark.slow
def test_a_trial_is_made_once_and_again_when_it_changes(script, table, tmp_path, monkeypatch, capsys):
    trial = tiny(table)
    monkeypatch.setattr(script, "whole_bench", lambda: [trial])
    assert script.main([str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == {"tiny.mp4", "tiny.npz", "tiny.json"}
    before = (tmp_path / "tiny.mp4").stat().st_mtime_ns
    assert script.main([str(tmp_path)]) == 0
    assert "1 trials are there, 0 to make" in capsys.readouterr().err
    assert (tmp_path / "tiny.mp4").stat().st_mtime_ns == before
    assert not sys.modules["trials.files"].is_made(dataclasses.replace(trial, lens=1.3), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there, Ctrl-C reaches every process of the console")
def test_an_interruption_leaves_no_half_file_and_no_process(tmp_path):
    command = [sys.executable, str(PROJECT / "scripts" / "make_trials.py"), str(tmp_path), "--jobs", "2"]
    environment = {**os.environ, "HUMANPOSE3D_HOME": str(tmp_path)}
    making = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True, env=environment)
    try:
        wait_until(lambda: any(file.suffix == ".mp4" for file in tmp_path.iterdir()), within=180)
        os.killpg(making.pid, signal.SIGINT)
        _, said = making.communicate(timeout=180)
    finally:
        end(making)
    assert making.returncode == 130
    assert b"Traceback" not in said
    assert b"run the same command again" in said
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]
    wait_until(lambda: not processes_of(tmp_path))


def test_recorded_trials_are_left_out_without_a_folder(script, table, tmp_path, capsys):
    assert script.main([str(tmp_path), "--only", "recorded-walk-side"]) == 0
    assert "--recordings" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_trials_by_chance_belong_to_no_half_and_are_the_same_again(script, table):
    drawn = sys.modules["trials.drawn"].drawn_trials
    trials = list(drawn(100))
    assert trials == list(drawn(100)) and len({trial.name for trial in trials}) == 100
    manners = [trial.movement.manner for trial in trials if trial.movement.kind == "walk"]
    assert len(manners) / 5 < manners.count(0) < len(manners) / 2
    assert {trial.half for trial in trials} == {"training"}
    of_test_half = {trial.movement.recording for trial in table.TRIALS.values() if trial.half == "test"}
    assert not of_test_half & {trial.movement.recording for trial in trials} - {""}
    assert {"walk", "recorded", "run", "anything", "lunge"} <= {trial.movement.kind for trial in trials}
    assert 20 < sum(trial.movement.arms > 0 for trial in trials) < 50


def test_walkers_of_both_halves_are_people_of_their_own_whom_nothing_is_trained_on(script):
    drawn = sys.modules["trials.drawn"]
    walkers = list(drawn.drawn_walkers())
    assert walkers == list(drawn.drawn_walkers())
    assert [trial.half for trial in walkers] == ["development"] * 164 + ["test"] * 64
    assert len({trial.name for trial in walkers}) == len({trial.body.name for trial in walkers}) == 228
    assert {trial.movement.kind for trial in walkers} == {"walk"}
    development, test = walkers[:164], walkers[164:]
    for from_the_front in (*development[80:96], *development[132:], *test[48:56]):
        assert abs(np.angle(np.exp(1j * np.deg2rad(from_the_front.azimuth)), deg=True)) < 23
    for obliquely in (*development[96:108], *test[56:]):
        assert 22 < obliquely.azimuth % 90 < 68
    for from_the_side in development[108:132]:
        assert 67 < from_the_side.azimuth % 180 < 113
    more = [trial.movement.path == "belt" for trial in (*development[80:], *test[48:])]
    assert more == [False] * 28 + [True] * 24 + [False] * 12 + [True] * 20 + [False] * 16
    of_training = {trial.movement.manner for trial in drawn.drawn_trials(360)} | {0}
    assert not of_training & {trial.movement.manner for trial in walkers}
    assert not any(trial.movement.arms for trial in walkers)


def test_people_by_chance_walk_and_move_in_manners_of_their_own(script, build):
    trials = list(sys.modules["trials.drawn"].drawn_trials(10))
    for kind in ("walk", "anything"):
        trial = next(trial for trial in trials if trial.movement.kind == kind)
        moves = [
            build(dataclasses.replace(trial, name=f"{kind} {manner}", frames=20, movement=movement)).people[0].landmarks
            for manner in (0, 1, 2)
            for movement in [dataclasses.replace(trial.movement, manner=manner)]
        ]
        for one, other in ((0, 1), (0, 2), (1, 2)):
            assert np.abs(moves[one] - moves[other]).mean() > 0.01


def test_arms_move_apart_from_the_rest(script, build, table):
    trial = dataclasses.replace(table.TRIALS["walk-side"], frames=20)
    one, other = (
        build(dataclasses.replace(trial, name=f"arms {arms}", movement=movement)).people[0].landmarks
        for arms in (0, 3)
        for movement in [dataclasses.replace(trial.movement, arms=arms)]
    )
    moved = np.abs(one - other).max(axis=(0, 2))
    of_arms = np.arange(13, 23)  # elbows to thumbs
    assert moved[of_arms].max() > 0.1
    np.testing.assert_allclose(np.delete(moved, of_arms), 0, atol=1e-9)


def test_names_and_halves_are_listed_and_unknown_names_refused(script, table, capsys):
    assert script.main(["--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{t.name}\t{t.half}" for t in table.whole_bench()]
    assert script.main(["--walkers", "--list"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "walker-00\tdevelopment"
    assert {t.name for t in table.whole_bench()} == set(table.TRIALS)
    with pytest.raises(SystemExit) as refused:
        script.main(["--only", "no-such-trial"])
    assert refused.value.code == 2


def test_an_unwritable_folder_is_one_sentence(script, tmp_path, capsys):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert script.main([str(tmp_path / "file")]) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_the_readers_see_what_was_written(short_trials, table):
    reader = _reader()
    trials = reader.read_trials(short_trials)
    assert [trial.name for trial in trials] == sorted(table.SHORT)
    assert reader.read_trials(short_trials, "test") == []
    side = next(trial for trial in trials if trial.name == "short-side")
    assert (side.kind, side.view, side.stature) == ("walk", "side", 1.78)
    assert side.truth["world"].shape == (75, 33, 3)


@pytest.mark.slow
def test_what_a_model_sees_is_kept(short_trials, pose_model, tmp_path):
    reader = _reader()
    for file in short_trials.glob("short-legs-outside.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (trial,) = reader.read_trials(tmp_path)
    seen = reader.observed(trial, pose_model)
    (kept,) = (tmp_path / "landmarks").iterdir()
    written = kept.stat().st_mtime_ns
    again = reader.observed(trial, pose_model)
    assert kept.stat().st_mtime_ns == written
    np.testing.assert_allclose(again.landmarks.world, seen.landmarks.world, atol=1e-6)
    np.testing.assert_allclose(again.landmarks.times, np.arange(40) / 30, atol=1e-6)


def _reader() -> ModuleType:
    """The benchmarks' reader; tests have a package of the same name."""
    path = PROJECT / "benchmarks" / "support" / "trials.py"
    spec = importlib.util.spec_from_file_location("benchmark_trials", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark_trials"] = module
    spec.loader.exec_module(module)
    return module
