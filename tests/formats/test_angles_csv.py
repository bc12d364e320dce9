import csv
import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from humanpose3d.formats.angles_csv import read_angles_csv, write_angles_csv


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], np.ndarray, np.ndarray]:
    frames, joints = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    times = np.cumsum(draw(st.lists(st.floats(1e-6, 10), min_size=frames, max_size=frames)))
    numbers = st.one_of(st.floats(-720, 720), st.sampled_from([math.nan, math.inf]))
    degrees = draw(hnp.arrays(np.float64, (frames, joints, 3), elements=numbers))
    return [f"joint{i}_R" for i in range(joints)], times, degrees


@given(tables())
def test_a_file_read_back_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[list[str], np.ndarray, np.ndarray]
) -> None:
    joints, times, degrees = table
    path = tmp_path_factory.mktemp("angles") / "a.csv"
    write_angles_csv(path, *table)
    read = read_angles_csv(path)
    assert read.joints == tuple(joints)
    np.testing.assert_allclose(read.times, times, rtol=0, atol=1e-9)
    np.testing.assert_allclose(read.degrees, np.where(np.isfinite(degrees), degrees, np.nan), rtol=0, atol=1e-4)


def test_columns_carry_their_units_and_missing_is_empty() -> None:
    stream = io.StringIO()
    degrees = np.array([[[12.5, math.nan, -3.0]], [[math.nan] * 3]])
    write_angles_csv(stream, ["knee_R"], np.array([0.0, 0.04]), degrees)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert rows == [
        {
            "frame": "0",
            "time_s": "0.000000000",
            "knee_R_flex_deg": "12.5000",
            "knee_R_abd_deg": "",
            "knee_R_rot_deg": "-3.0000",
        },
        {
            "frame": "1",
            "time_s": "0.040000000",
            "knee_R_flex_deg": "",
            "knee_R_abd_deg": "",
            "knee_R_rot_deg": "",
        },
    ]


def test_an_angle_over_180_degrees_stays_what_it_is(tmp_path: Path) -> None:
    write_angles_csv(tmp_path / "a.csv", ["pelvis"], np.zeros(1), np.array([[[0, 0, 725.25]]]))
    assert read_angles_csv(tmp_path / "a.csv").degrees[0, 0, 2] == 725.25


@pytest.mark.parametrize("joints", [[], ["a", "a"], ["a,b"], [""]])
def test_names_that_would_not_be_read_back_are_refused(tmp_path: Path, joints: list[str]) -> None:
    with pytest.raises(ValueError, match="unique and without commas"):
        write_angles_csv(tmp_path / "a.csv", joints, np.zeros(1), np.zeros((1, len(joints), 3)))
    assert list(tmp_path.iterdir()) == []


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit 2 frames and 1 joints"):
        write_angles_csv(io.StringIO(), ["knee_R"], np.zeros(2), np.zeros((1, 1, 3)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not an angles CSV"),
        ("time,x\n0,1\n", "is not an angles CSV: its columns are time,x"),
        ("frame,time_s,a_flex_deg,a_abd_deg,a_rot_deg\n0,0,1,2\n", "4 cells instead of 5 in line 2"),
    ],
)
def test_another_or_a_damaged_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ValueError, match=words) as caught:
        read_angles_csv(tmp_path / "a.csv")
    assert str(tmp_path / "a.csv") in str(caught.value)
