"""From where a person was filmed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walkers import walker

from humanpose3d.kinematics.view import View, view_of

SECONDS_3 = np.arange(90) / 30


@given(azimuth=st.floats(0, 359.9), speed=st.floats(0, 1.5))
def test_the_azimuth_is_found_whatever_it_is(azimuth: float, speed: float) -> None:
    # The walker faces x; from the front it faces z, and from its left against x.
    turn = np.deg2rad(azimuth + 90)
    matrix = np.array([[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]])
    view = view_of({name: track @ matrix for name, track in walker(SECONDS_3, speed=speed).items()})
    assert view is not None
    facing = (np.array([1.0, 0, 0]) @ matrix)[[0, 2]]
    true = np.degrees(np.arctan2(-facing[0], facing[1])) % 360
    assert abs((view.azimuth_deg - true + 180) % 360 - 180) < 3
    assert view.spread_deg < 15


@pytest.mark.parametrize(
    ("azimuth", "sector", "word", "nearer"),
    [
        (0, "front", "from the front", None),
        (350, "front", "from the front", None),
        (45, "oblique", "from the front left", "L"),
        (90, "side", "from the left side", "L"),
        (180, "back", "from behind", None),
        (270, "side", "from the right side", "R"),
        (315, "oblique", "from the front right", "R"),
    ],
)
def test_views_have_words(azimuth: float, sector: str, word: str, nearer: str | None) -> None:
    view = View(azimuth, 5.0)
    assert (view.sector, view.word, view.nearer_side) == (sector, word, nearer)


def test_a_person_who_turns_has_no_one_view() -> None:
    view = view_of(walker(np.arange(300) / 30, turning=36))
    assert view is not None
    assert (view.sector, view.nearer_side) == ("turning", None)


def test_nobody_has_no_view() -> None:
    empty = {name: np.full_like(track, np.nan) for name, track in walker(SECONDS_3).items()}
    assert view_of(empty) is None
    assert view_of({}) is None


@pytest.mark.parametrize("name", ["side", "front", "squat", "across", "legs-outside", "arms", "jump"])
def test_the_true_markers_of_a_rendered_trial_show_its_view(short_trials: Path, name: str) -> None:
    from humanpose3d.pipeline.markers import markers_from_landmarks
    from humanpose3d.pipeline.trajectories import Landmarks

    with np.load(short_trials / f"short-{name}.npz") as truth:
        world, azimuth, times = truth["world"].astype(float), truth["azimuth"], truth["time"]
    ones = np.ones(world.shape[:2])
    markers = markers_from_landmarks(Landmarks(times, world * (1, -1, -1), ones[..., None] * (0, 0), ones))
    view = view_of({marker: markers[marker] for marker in markers.names})
    assert view is not None
    assert abs((view.azimuth_deg - np.median(azimuth) + 180) % 360 - 180) < 8
