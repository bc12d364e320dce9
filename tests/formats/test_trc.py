import io
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from humanpose3d.formats.trc import read_trc, write_trc

KEYS = [
    "DataRate",
    "CameraRate",
    "NumFrames",
    "NumMarkers",
    "Units",
    "OrigDataRate",
    "OrigDataStartFrame",
    "OrigNumFrames",
]


def opensim_reads(
    text: str,
) -> tuple[list[str], list[int], list[float], list[list[tuple[float, float, float] | None]]]:
    """Read as opensim-core's TRCFileAdapter does: split at tabs, no last cell unless something or a tab follows.

    It ignores the numbers of the frames, which are returned too.
    """
    lines = iter(text.split("\n"))

    def next_cells() -> list[str]:
        line = next(lines, "")
        cells = line.split("\t")
        return cells[:-1] if cells[-1] == "" else cells

    assert next(lines).split()[0] == "PathFileType"
    assert [cell for cell in next_cells() if cell] == KEYS
    header = dict(zip(KEYS, [cell for cell in next_cells() if cell], strict=True))
    markers = int(header["NumMarkers"])
    labels = [cell for cell in next_cells() if cell]
    assert len(labels) == markers + 2
    assert labels[:2] == ["Frame#", "Time"]
    coordinates = [cell for cell in next_cells() if cell]
    assert coordinates == [f"{axis}{i}" for i in range(1, markers + 1) for axis in "XYZ"]

    row = next_cells()
    while not row or not row[0]:
        row = next_cells()
    frames, times, positions = [], [], []
    while row:
        assert len(row) == 2 + 3 * markers
        frames.append(int(row[0]))
        times.append(float(row[1]))
        triples = [row[i : i + 3] for i in range(2, len(row), 3)]
        positions.append([(float(x), float(y), float(z)) if x and y and z else None for x, y, z in triples])
        row = next_cells()
    assert len(times) == int(header["NumFrames"])
    assert frames[-1] <= int(header["OrigNumFrames"])
    for column in (frames, times):
        assert all(later > earlier for earlier, later in itertools.pairwise(column))
    return labels[2:], frames, times, positions


@st.composite
def trials(draw: st.DrawFn) -> tuple[list[str], np.ndarray, np.ndarray]:
    frames, markers = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    steps = draw(st.lists(st.floats(1e-6, 10), min_size=frames, max_size=frames))
    numbers = st.one_of(st.floats(-1e4, 1e4), st.sampled_from([math.nan, math.inf, -math.inf]))
    positions = draw(hnp.arrays(np.float64, (frames, markers, 3), elements=numbers))
    return [f"M{i}" for i in range(markers)], np.cumsum(steps), positions


def written(names: list[str], times: np.ndarray, positions: np.ndarray, rate: float = 30.0) -> str:
    stream = io.StringIO()
    write_trc(stream, names, times, positions, rate=rate)
    return stream.getvalue()


def rows_of(positions: np.ndarray) -> np.ndarray:
    """Frames with a whole marker; the first one where there is none."""
    seen = np.flatnonzero(np.isfinite(positions).all(axis=-1).any(axis=-1))
    return seen if len(seen) else np.array([0])


@given(trials())
def test_opensim_reads_what_was_written(trial: tuple[list[str], np.ndarray, np.ndarray]) -> None:
    names, times, positions = trial
    read_names, read_frames, read_times, read_positions = opensim_reads(written(*trial))
    assert read_names == names
    rows = [frame - 1 for frame in read_frames]
    assert rows == rows_of(positions).tolist()
    np.testing.assert_allclose(read_times, times[rows], rtol=0, atol=1e-9)
    for row, frame in enumerate(rows):
        for marker in range(len(names)):
            cell = read_positions[row][marker]
            if np.isfinite(positions[frame, marker]).all():
                np.testing.assert_allclose(cell, positions[frame, marker], rtol=0, atol=1e-6)
            else:
                assert cell is None


@given(trials())
def test_a_file_read_back_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, trial: tuple[list[str], np.ndarray, np.ndarray]
) -> None:
    names, times, positions = trial
    path = tmp_path_factory.mktemp("trc") / "a.trc"
    write_trc(path, names, times, positions, rate=29.97002997)
    table = read_trc(path)
    expected = np.where(np.isfinite(positions).all(axis=-1, keepdims=True), positions, np.nan)
    rows = rows_of(positions)
    assert table.names == tuple(names)
    assert table.rate == 29.97002997
    assert table.frames.tolist() == rows.tolist()
    np.testing.assert_allclose(table.times, times[rows], rtol=0, atol=1e-9)
    np.testing.assert_allclose(table.positions, expected[rows], rtol=0, atol=1e-6)


def test_the_header_is_what_opensim_wants(tmp_path: Path) -> None:
    path = tmp_path / "walk one_initial.trc"
    write_trc(path, ["Hip", "Nose"], np.array([0.0, 0.02]), np.zeros((2, 2, 3)), rate=50)
    lines = path.read_text().split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\twalk one_initial.trc"
    assert lines[2] == "50\t50\t2\t2\tm\t50\t1\t2"
    assert lines[3].rstrip() == "Frame#\tTime\tHip\t\t\tNose"
    assert lines[4].rstrip() == "\t\tX1\tY1\tZ1\tX2\tY2\tZ2"
    assert lines[5] == ""


def test_column_labels_and_rows_have_equally_many_cells() -> None:
    # pandas, and Pose2Sim with it, would take the first column for an index otherwise.
    lines = written(["A", "B"], np.array([0.0, 1.0]), np.full((2, 2, 3), np.nan)).split("\n")
    assert {line.count("\t") for line in lines[4:] if line} == {8}


def test_a_frame_without_any_marker_has_no_row_and_the_others_keep_number_and_time() -> None:
    positions = np.zeros((4, 2, 3))
    positions[1, 0] = positions[2] = np.nan
    _, frames, times, read = opensim_reads(written(["A", "B"], np.array([0.0, 0.1, 0.2, 0.3]), positions))
    assert (frames, times) == ([1, 2, 4], [0.0, 0.1, 0.3])
    assert read[1] == [None, (0, 0, 0)]


def test_a_trial_without_any_marker_still_has_a_row() -> None:
    _, frames, _, read = opensim_reads(written(["A"], np.array([0.0, 0.1]), np.full((2, 1, 3), np.nan)))
    assert (frames, read) == ([1], [[None]])


def test_millimetres_are_read_as_metres(tmp_path: Path) -> None:
    text = written(["A"], np.array([0.0]), np.array([[[1.0, 2.0, 3.0]]])).replace("\tm\t", "\tmm\t")
    (tmp_path / "a.trc").write_text(text)
    np.testing.assert_allclose(read_trc(tmp_path / "a.trc").positions, [[[0.001, 0.002, 0.003]]])


def test_windows_line_ends_and_missing_last_tabs_are_read(tmp_path: Path) -> None:
    text = written(["A"], np.array([0.0, 0.5]), np.ones((2, 1, 3)))
    lines = [line.rstrip("\t") if line.startswith("1") else line for line in text.split("\n")]
    (tmp_path / "a.trc").write_bytes("\r\n".join(lines).encode())
    assert read_trc(tmp_path / "a.trc").positions.tolist() == [[[1, 1, 1]], [[1, 1, 1]]]


@pytest.mark.parametrize(
    ("names", "times", "rate"),
    [
        (["A"], [], 30),
        (["A"], [0.0, 0.0], 30),
        (["A"], [1.0, 0.5], 30),
        (["A"], [math.nan], 30),
        (["A"], [0.0], 0),
        (["A"], [0.0], math.nan),
        (["A", "A"], [0.0], 30),
        (["left knee"], [0.0], 30),
        ([""], [0.0], 30),
        ([], [0.0], 30),
    ],
)
def test_what_opensim_could_not_read_is_refused(
    tmp_path: Path, names: list[str], times: list[float], rate: float
) -> None:
    with pytest.raises(ValueError):
        write_trc(tmp_path / "a.trc", names, np.array(times), np.zeros((len(times), len(names), 3)), rate=rate)
    assert list(tmp_path.iterdir()) == []


def test_arrays_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        written(["A"], np.array([0.0]), np.zeros((1, 2, 3)))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: "a,b\n1,2\n", "not a TRC file"),
        (lambda text: text.replace("\tm\t", "\tinch\t"), "damaged TRC header"),
        (lambda text: text.replace("NumFrames\tNumMarkers", "Frames\tMarkers"), "damaged TRC header"),
        (lambda text: text[: text.rindex("2\t0.5")], "declares 1 markers and 2 frames"),
        (lambda text: text[:-12], "cells instead of"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: object, words: str) -> None:
    text = written(["A"], np.array([0.0, 0.5]), np.ones((2, 1, 3)))
    path = tmp_path / "a.trc"
    path.write_text(damage(text))  # type: ignore[operator]
    with pytest.raises(ValueError, match=words) as caught:
        read_trc(path)
    assert str(path) in str(caught.value)


def test_opensim_itself_opens_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it leaves a log file
    opensim = pytest.importorskip("opensim", reason="OpenSim is not installed (pip install opensim, some 100 MB)")
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(5, 4, 3))
    positions[0, 0] = positions[1, 2] = positions[4, 3] = positions[2] = np.nan
    rows = [0, 1, 3, 4]
    path = tmp_path / "gaps in it.trc"
    write_trc(path, ["A", "B", "C", "D"], np.arange(5) * 1001 / 30000, positions, rate=30000 / 1001)

    table, markers = opensim.TimeSeriesTableVec3(str(path)), opensim.MarkerData(str(path))
    assert (table.getNumRows(), table.getColumnLabels()) == (4, ("A", "B", "C", "D"))
    assert (markers.getNumFrames(), markers.getNumMarkers(), markers.getUnits().getLabel()) == (4, 4, "meters")
    assert markers.getDataRate() == pytest.approx(30000 / 1001)
    for row, frame in enumerate(rows):
        assert markers.getFrame(row).getFrameTime() == pytest.approx(frame * 1001 / 30000)
        for marker in range(4):
            new, old = table.getRowAtIndex(row)[marker], markers.getFrame(row).getMarker(marker)
            np.testing.assert_allclose([new[i] for i in range(3)], positions[frame, marker], atol=1e-6)
            np.testing.assert_allclose([old[i] for i in range(3)], positions[frame, marker], atol=1e-6)
