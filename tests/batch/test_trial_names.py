"""Names of trials: readable, and never the same."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.batch.naming import RESERVED, is_folder_name, trial_names


@pytest.mark.parametrize(
    ("videos", "names"),
    [
        (["walk.mp4", "squat.mov"], ["walk", "squat"]),
        (["a/walk.mp4", "b/walk.mp4", "b/squat.mp4"], ["a_walk", "b_walk", "squat"]),
        (["x/a/walk.mp4", "y/a/walk.mp4"], ["x_a_walk", "y_a_walk"]),
        (["a/walk.mp4", "a/walk.mov"], ["walk_mp4", "walk_mov"]),
        (["a/Walk.mp4", "b/walk.mp4"], ["a_Walk", "b_walk"]),
        (["a/walk.mp4", "b/walk.mp4", "a_walk.mp4"], ["a_walk", "b_walk", "a_walk-2"]),
        (["walk.mp4", "../walk.mp4"], ["walk", "walk-2"]),
        (["batch.csv.mp4"], ["batch.csv-2"]),
        (["what? .mp4"], ["what_"]),
    ],
)
def test_videos_are_named_after_their_files(videos: list[str], names: list[str]) -> None:
    assert trial_names([Path(video) for video in videos]) == names


def test_the_same_video_twice_has_two_names() -> None:
    names = trial_names([Path("walk.mp4")] * 3)
    assert len(set(names)) == 3


def test_a_chosen_name_is_kept_and_nobody_else_gets_it() -> None:
    assert trial_names([Path("a.mp4"), Path("b.mp4")], ["", "A"]) == ["a-2", "A"]


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "A", "b", "a_b", "a-2", "ä", "..", "batch.csv"]), min_size=1, max_size=4).map(
            lambda parts: Path(PurePosixPath(*parts[:-1], f"{parts[-1]}.mp4"))
        ),
        max_size=12,
    )
)
def test_names_are_folder_names_and_never_collide(videos: list[Path]) -> None:
    names = trial_names(videos)
    assert len({name.casefold() for name in names}) == len(videos)
    assert all(is_folder_name(name) for name in names)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "C:", "a ", "a.", "a\n", *sorted(RESERVED), "BATCH.csv"]
)
def test_what_is_no_folder_name(name: str) -> None:
    assert not is_folder_name(name)


def test_long_names_are_cut_and_stay_apart() -> None:
    first, second, other = trial_names([Path("x" * 300 + "é.mp4"), Path("y" + "x" * 300 + "é.mp4"), Path("é" * 99)])
    assert max(len(name.encode()) for name in (first, second)) < 255
    assert first.endswith("xxé") and second == f"{first}-2"
    assert other == "é" * 99
    assert is_folder_name(other) and not is_folder_name("é" * 101)
