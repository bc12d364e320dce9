"""Cuts of one person in one place, and what must not be taken for one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.bodies import SIZE, marching, seen, with_swaps, without

from humanpose3d.loaders import load_pose_landmarker
from humanpose3d.pipeline.detection import observe
from humanpose3d.pipeline.signals.body import ARMS, BODY, LEGS, TRUNK, emptied
from humanpose3d.pipeline.signals.identity.cuts import find_cuts, find_repeats, without_cuts
from humanpose3d.pipeline.signals.process import process
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.video.reader import VideoReader

RATE = 30.0
ASPECT = SIZE[0] / SIZE[1]


def marched(rate: float = RATE, left_out: slice = slice(0, 0)) -> Landmarks:
    """A march of four seconds, some frames of which were cut out of the video."""
    times, world = marching(round(4 * rate), rate)
    world = np.delete(world, left_out, axis=0)
    return seen(times[: len(world)], world)


def test_where_frames_are_cut_out_the_pose_jumps() -> None:
    assert find_cuts(marched(left_out=slice(60, 76)), ASPECT) == [2.0]


def test_a_march_is_not_cut() -> None:
    assert find_cuts(marched(), ASPECT) == []


def test_a_video_that_lost_frames_is_not_cut() -> None:
    given = marched()
    stalls = np.ones(len(given.times), bool)
    for start, length in ((20, 3), (45, 4), (70, 5), (95, 6)):
        stalls[start : start + length] = False
    assert find_cuts(given.at(stalls), ASPECT) == []


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8])
def test_a_variable_frame_rate_is_no_cut(share: float) -> None:
    given = marched(rate=60.0)
    for seed in range(5):
        kept = np.random.default_rng(seed).random(len(given.times)) < share
        assert find_cuts(given.at(kept), ASPECT) == []


def test_a_cut_is_found_in_a_video_that_lost_frames() -> None:
    given = marched(left_out=slice(60, 76))
    kept = np.delete(np.arange(len(given.times)), [*range(20, 24), *range(80, 85)])
    assert find_cuts(given.at(kept), ASPECT) == [2.0]


def stalled(given: Landmarks, *stalls: tuple[int, int]) -> Landmarks:
    """The same video, which stalls before these frames for so many: the detector sees the last picture again."""
    shown = np.arange(len(given.times))
    for start, length in stalls:
        shown[start : start + length] = start - 1
    jitter = np.random.default_rng(0).normal(0, 2e-4, given.image.shape)
    return replace(given, world=given.world[shown], image=given.image[shown] + jitter)


@pytest.mark.parametrize("length", [3, 6, 10])
def test_a_video_that_stalls_is_not_cut(length: int) -> None:
    given = stalled(marched(), (30, length), (80, length))
    repeats = find_repeats(given, ASPECT)
    assert find_cuts(given, ASPECT)  # which it would be
    assert np.flatnonzero(repeats).tolist() == [*range(30, 30 + length), *range(80, 80 + length)]
    assert find_cuts(emptied(given, repeats), ASPECT) == []


def test_who_stands_or_moves_before_a_cut_does_not_stall() -> None:
    marching_on = marched(left_out=slice(60, 76))
    standing = stalled(marching_on, (30, 30))  # for a second
    elsewhere = Landmarks(*_joined([np.arange(40), np.arange(40, 80)], RATE, apart=(0.3, 0.0, 0.0)))
    for given in (marching_on, standing, elsewhere, marched()):
        assert not find_repeats(given, ASPECT).any()


def test_a_run_bridges_a_short_stall_and_says_so() -> None:
    settings = SignalSettings(upright=False)
    given = stalled(marched(), (30, 5))
    right, _ = process(marched(), settings, size=SIZE)
    bridged, report = process(given, settings, size=SIZE)
    assert report.steps["find_repeats"] == {"frames_repeated": 5}
    assert any(warning.startswith("The video stalls: 5 of 120 frames") for warning in report.warnings)
    assert not report.cuts
    as_shown, as_bridged = (np.linalg.norm(each.world - right.world, axis=-1)[:, BODY] for each in (given, bridged))
    assert as_bridged.max() < 0.4 * as_shown.max()
    assert as_bridged.mean() < 0.01


@pytest.mark.parametrize("frames", [1, 2, 6])
def test_short_trials_pass(frames: int) -> None:
    assert find_cuts(seen(*marching(frames, RATE)), ASPECT) == []
    assert not find_repeats(seen(*marching(frames, RATE)), ASPECT).any()


def test_a_frame_that_is_detected_wrongly_is_no_cut() -> None:
    given = marched()
    image = given.image.copy()
    image[50] = image[50 - 16]
    assert find_cuts(Landmarks(given.times, given.world, image, given.visibility), ASPECT) == []


def test_a_trunk_that_looks_larger_is_no_cut() -> None:
    given = marched()
    image = given.image.copy()
    trunk = image[60:, TRUNK]
    middle = trunk.mean(axis=1, keepdims=True)
    image[60:, TRUNK] = middle + 1.12 * (trunk - middle)
    assert find_cuts(Landmarks(given.times, given.world, image, given.visibility), ASPECT) == []


@pytest.mark.parametrize("part", [ARMS, LEGS], ids=["arms", "legs"])
def test_limbs_whose_sides_stay_exchanged_are_no_cut(part: np.ndarray) -> None:
    times, world = marching(120, RATE)
    from_the_side = world[..., [2, 1, 0]] * [1, 1, -1]  # where an exchange is what the repair can miss
    assert find_cuts(with_swaps(seen(times, from_the_side), slice(60, None), part), ASPECT) == []


def test_what_was_not_seen_is_no_cut() -> None:
    assert find_cuts(without(marched(left_out=slice(60, 76)), slice(58, 62)), ASPECT) == []


def test_slow_videos_are_judged_too() -> None:
    standing = Landmarks(*_joined([np.arange(12)] * 2, 10.0, apart=(0.4, 0.0, 0.0)))
    assert find_cuts(standing, ASPECT) == [1.2]
    assert find_cuts(marched(rate=10.0), ASPECT) == []


@pytest.mark.parametrize("apart", [(0.3, 0.0, 0.0), (0.0, 0.0, 0.8)], ids=["beside", "farther away"])
def test_the_person_stands_elsewhere_after_a_cut(apart: tuple[float, float, float]) -> None:
    joined = Landmarks(*_joined([np.arange(40), np.arange(40, 80)], RATE, apart=apart))
    assert find_cuts(joined, ASPECT) == [1.333]


def test_of_a_loop_every_turn_begins_with_a_cut() -> None:
    frames = np.arange(20, 82)
    small = Landmarks(*_joined([frames] * 6, RATE))
    seams = [round(turn * len(frames) / RATE, 3) for turn in range(1, 6)]
    assert find_cuts(small, ASPECT) == seams


def test_around_a_cut_nothing_is_left_and_elsewhere_everything() -> None:
    given = marched(left_out=slice(60, 76))
    empty = ~without_cuts(given, [2.0]).detected
    assert np.flatnonzero(empty).tolist() == list(range(56, 65))
    slow = marched(rate=4.0)
    assert np.flatnonzero(~without_cuts(slow, [2.0]).detected).tolist() == [8]
    assert without_cuts(given, []).detected.all()


def _joined(
    parts: list[np.ndarray], rate: float, apart: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frames of a march one after the other; each further part is that much farther from the first, in metres."""
    _, world = marching(1 + max(part.max() for part in parts), rate)
    at = np.concatenate([np.full(len(part), number) for number, part in enumerate(parts)])
    frames, times = np.concatenate(parts), np.arange(len(at)) / rate
    each = [
        seen(times, world[frames], at=tuple(np.add((0, -0.33, 4.0), np.multiply(apart, n)))) for n in range(len(parts))
    ]
    image = np.stack([each[number].image[frame] for frame, number in enumerate(at)])
    return times, world[frames], image, np.ones(world[frames].shape[:2])


def test_a_run_warns_of_a_cut_and_not_of_confused_sides() -> None:
    [warning] = process(marched(left_out=slice(60, 76)), SignalSettings(upright=False), size=SIZE)[1].warnings
    assert warning.startswith("The video seems to be cut, joined or looped at 2.00 s")
    for settings in (SignalSettings(), SignalSettings(repair_swaps=False)):
        _, report = process(with_swaps(marched(), slice(50, 70)), settings, size=SIZE)
        assert not any("cut" in warning for warning in report.warnings)


@pytest.mark.parametrize("left_out", [(), range(52, 68)])
@pytest.mark.slow
def test_as_detected(demo_clip: Path, pose_model: Path, left_out: range) -> None:
    """The detector's own smoothing leaves enough of a cut, and its jitter is none."""
    with VideoReader(demo_clip) as reader, load_pose_landmarker(pose_model) as detector:
        frames = (frame for number, frame in enumerate(reader.frames()) if number not in left_out)
        found = observe(frames, detector).landmarks
    steady = Landmarks(np.arange(len(found.times)) / 30, found.world, found.image, found.visibility)
    size = (reader.info.width, reader.info.height)
    cuts = [warning for warning in process(steady, size=size)[1].warnings if "cut" in warning]
    assert len(cuts) == bool(left_out)
    assert all("looped at 1.73 s:" in warning for warning in cuts)
