import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from humanpose3d.formats.landmarks_csv import read_landmarks_csv, write_landmarks_csv

NAMES = ("nose", "left_hip")


def arrays(frames: int, tail: tuple[int, ...], low: float, high: float) -> st.SearchStrategy[np.ndarray]:
    numbers = st.one_of(st.floats(low, high), st.just(float("nan")))
    return hnp.arrays(np.float64, (frames, len(NAMES), *tail), elements=numbers)


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    frames = draw(st.integers(1, 5))
    times = np.cumsum(draw(st.lists(st.floats(1e-6, 10), min_size=frames, max_size=frames)))
    return (
        times,
        draw(arrays(frames, (3,), -10, 10)),
        draw(arrays(frames, (2,), -2, 3)),
        draw(arrays(frames, (), 0, 1)),
    )


@given(tables())
def test_a_file_read_back_is_the_same(tmp_path_factory: pytest.TempPathFactory, table: tuple[np.ndarray, ...]) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_landmarks_csv(path, NAMES, *table)
    read = read_landmarks_csv(path)
    assert read.names == NAMES
    np.testing.assert_allclose(read.times, table[0], rtol=0, atol=1e-9)
    for name, expected in zip(("world", "image", "visibility"), table[1:], strict=True):
        np.testing.assert_allclose(getattr(read, name), expected, rtol=0, atol=1e-6)


def test_columns_carry_their_units_and_missing_is_empty(tmp_path: Path) -> None:
    world = np.full((2, 2, 3), np.nan)
    world[0, 1] = [0.1, -0.2, np.inf]
    write_landmarks_csv(
        tmp_path / "a.csv", NAMES, np.array([0.0, 0.04]), world, np.full((2, 2, 2), 0.5), np.ones((2, 2))
    )
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:8] == [
        "frame",
        "time_s",
        "nose_world_x_m",
        "nose_world_y_m",
        "nose_world_z_m",
        "nose_image_x",
        "nose_image_y",
        "nose_visibility",
    ]
    assert [row["frame"] for row in rows] == ["0", "1"]
    assert float(rows[1]["time_s"]) == 0.04
    assert rows[0]["nose_world_x_m"] == rows[0]["left_hip_world_z_m"] == ""
    assert float(rows[0]["left_hip_world_y_m"]) == -0.2
    assert float(rows[0]["nose_image_y"]) == 0.5


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="do not fit 1 frames and 2 landmarks"):
        write_landmarks_csv(
            tmp_path / "a.csv", NAMES, np.zeros(1), np.zeros((1, 2, 3)), np.zeros((1, 2, 3)), np.zeros((1, 2))
        )
    assert list(tmp_path.iterdir()) == []


def test_another_csv_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,x\n0,1\n")
    with pytest.raises(ValueError, match=r"a\.csv is not a landmarks CSV: its columns are time,x"):
        read_landmarks_csv(tmp_path / "a.csv")


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    with pytest.raises(ValueError, match=r"a\.csv is not a landmarks CSV"):
        read_landmarks_csv(tmp_path / "a.csv")


def test_a_row_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_landmarks_csv(path, NAMES, np.zeros(1), np.zeros((1, 2, 3)), np.zeros((1, 2, 2)), np.zeros((1, 2)))
    path.write_text(path.read_text()[:-20])
    with pytest.raises(ValueError, match="cells instead of 14 in line 2"):
        read_landmarks_csv(path)
