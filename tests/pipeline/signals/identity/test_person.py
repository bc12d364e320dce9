from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bodies import SIZE, marching, seen, without

from humanpose3d.pipeline.signals.body import MIRRORED
from humanpose3d.pipeline.signals.identity.person import follow_person, torso_colour
from humanpose3d.pipeline.trajectories import Landmarks

ASPECT = SIZE[0] / SIZE[1]
RATE = 30.0


def person(frames: int = 90, at: tuple[float, float, float] = (0.0, 0.1, 4.0)) -> Landmarks:
    return seen(*marching(frames, RATE), at=at)


def taking_turns(first: Landmarks, second: Landmarks, others: slice) -> Landmarks:
    arrays = [first.world.copy(), first.image.copy(), first.visibility.copy()]
    for values, theirs in zip(arrays, (second.world, second.image, second.visibility), strict=True):
        values[others] = theirs[others]
    return Landmarks(first.times, *arrays)


def empty_frames(landmarks: Landmarks) -> list[int]:
    return np.flatnonzero(np.isnan(landmarks.world).all(axis=(1, 2))).tolist()


@pytest.mark.parametrize("others", [slice(40, 60), slice(0, 30), slice(70, 90)])
@pytest.mark.parametrize("at", [(0.8, 0.1, 4.0), (0.0, 0.1, 8.0)], ids=["beside", "behind"])
def test_frames_of_somebody_else_become_empty(others: slice, at: tuple[float, float, float]) -> None:
    followed, report = follow_person(taking_turns(person(), person(at=at), others), ASPECT)
    assert empty_frames(followed) == list(range(others.start, others.stop))
    assert report["frames_of_others"] == others.stop - others.start
    assert np.isnan(followed.image[others]).all()
    edges = [frame / RATE for frame in (others.start, others.stop) if 0 < frame < 90]
    assert report["jumps_s"] == pytest.approx(edges, abs=1e-3)


def test_one_person_is_followed_to_the_end_and_doing_it_again_changes_nothing() -> None:
    alone = person()
    followed, report = follow_person(alone, ASPECT)
    np.testing.assert_array_equal(followed.world, alone.world)
    assert report == {"frames_of_others": 0, "jumps_s": []}
    two = follow_person(taking_turns(alone, person(at=(1.0, 0.1, 4.0)), slice(20, 50)), ASPECT)[0]
    again, _ = follow_person(two, ASPECT)
    np.testing.assert_array_equal(again.world, two.world)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.5, 3.0))
def test_a_person_who_leaves_and_comes_back_elsewhere_is_the_same(away_s: float) -> None:
    gone = without(person(150), slice(30, 30 + round(away_s * RATE)))
    elsewhere = person(150, at=(1.2, 0.1, 5.0))
    back = taking_turns(gone, elsewhere, slice(30 + round(away_s * RATE), 150))
    assert follow_person(back, ASPECT)[1]["frames_of_others"] == 0


def test_a_runner_stays_the_same_person() -> None:
    times, world = marching(60, RATE)
    still = seen(times, world, at=(0.0, 0.1, 8.0))
    focal, across = 0.85 * max(SIZE), np.linspace(-3.0, 3.0, 60)  # 3 m a second
    image = still.image + (across / 8.0 * focal / SIZE[0])[:, None, None] * [1.0, 0.0]
    assert follow_person(replace(still, image=image), ASPECT)[1]["frames_of_others"] == 0


def test_a_left_right_swap_is_not_another_person() -> None:
    swapped = person()
    image = swapped.image.copy()
    image[30:60] = image[30:60][:, MIRRORED]
    assert follow_person(replace(swapped, image=image), ASPECT)[1]["frames_of_others"] == 0


def test_a_change_of_colour_in_one_place_is_no_other_person() -> None:
    colours = np.tile([0.8, 0.1, 0.1], (90, 1))
    colours[10::20] = colours[11::20] = [0.1, 0.1, 0.8]  # an arm that swings across the torso
    colours[40:60] = [0.1, 0.1, 0.8]
    followed, report = follow_person(person(), ASPECT, colours)
    assert empty_frames(followed) == []
    assert report == {"frames_of_others": 0, "jumps_s": []}


@pytest.mark.parametrize(("clothes", "theirs"), [([0.8, 0.2, 0.1], True), ([0.1, 0.1, 0.8], False)])
def test_after_a_loss_clothes_tell_who_comes_back_elsewhere(clothes: list[float], theirs: bool) -> None:
    back = taking_turns(without(person(120), slice(50, 80)), person(120, at=(1.2, 0.1, 4.0)), slice(80, 120))
    colours = np.tile([0.8, 0.1, 0.1], (120, 1))
    colours[80:] = clothes
    colours[90] = np.nan  # not seen: says nothing
    _, report = follow_person(back, ASPECT, colours)
    assert report["frames_of_others"] == (0 if theirs else 40)


def test_after_a_cut_only_the_longer_shot_is_kept() -> None:
    followed, report = follow_person(taking_turns(person(), person(at=(0.9, 0.4, 2.0)), slice(50, 90)), ASPECT)
    # The nearer person is larger, and counts for more.
    assert empty_frames(followed) == list(range(50))
    assert report["jumps_s"] == [pytest.approx(50 / RATE, abs=1e-3)]


@pytest.mark.parametrize("frames", [1, 2])
def test_very_short_trials_pass(frames: int) -> None:
    assert follow_person(person(frames), ASPECT)[1]["frames_of_others"] == 0


def test_nobody_is_nobody() -> None:
    assert follow_person(without(person(5), slice(None)), ASPECT)[1]["frames_of_others"] == 0


def test_the_colour_of_the_torso() -> None:
    rgb = np.zeros((*SIZE[::-1], 3), np.uint8)
    landmarks = person(1)
    x, y = (landmarks.image[0, [11, 12, 23, 24]] * SIZE).T
    rgb[int(y.min()) - 2 : int(y.max()) + 2, int(x.min()) - 2 : int(x.max()) + 2] = (204, 102, 51)
    assert torso_colour(rgb, landmarks.image[0]) == pytest.approx([0.8, 0.4, 0.2])
    assert np.isnan(torso_colour(rgb, landmarks.image[0] + 3.0)).all()
    assert np.isnan(torso_colour(rgb, np.full((33, 2), np.nan))).all()
