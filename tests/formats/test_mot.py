import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from humanpose3d.formats.mot import read_mot, write_mot

Table = tuple[list[str], np.ndarray, np.ndarray]


def opensim_reads(text: str) -> Table:
    """Read as opensim-core's Storage does: keys up to endheader, then labels, then numbers between white space."""
    header, _, body = text.partition("endheader\n")
    keys = dict(line.split("=") for line in header.split("\n")[1:] if line)
    assert keys["version"] == "1"
    assert keys["inDegrees"] == "yes"
    labels, *rows = body.split("\n")
    names = labels.split("\t")
    assert names[0] == "time"
    assert len(names) == int(keys["nColumns"])
    numbers = [float(word) for row in rows for word in row.split()]
    cells = np.array(numbers).reshape(int(keys["nRows"]), len(names))
    return names[1:], cells[:, 0], cells[:, 1:]


@st.composite
def motions(draw: st.DrawFn) -> Table:
    frames, coordinates = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    times = np.cumsum(draw(st.lists(st.floats(1e-6, 10), min_size=frames, max_size=frames)))
    values = draw(hnp.arrays(np.float64, (frames, coordinates), elements=st.floats(-1e4, 1e4)))
    return [f"c{i}" for i in range(coordinates)], times, values


@given(motions())
def test_opensim_reads_what_was_written(motion: Table) -> None:
    stream = io.StringIO()
    write_mot(stream, *motion)
    names, times, values = opensim_reads(stream.getvalue())
    assert names == motion[0]
    np.testing.assert_allclose(times, motion[1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(values, motion[2], rtol=0, atol=1e-6)


@given(motions())
def test_a_file_read_back_is_the_same(tmp_path_factory: pytest.TempPathFactory, motion: Table) -> None:
    path = tmp_path_factory.mktemp("mot") / "a.mot"
    write_mot(path, *motion)
    table = read_mot(path)
    assert table.names == tuple(motion[0])
    assert table.in_degrees
    np.testing.assert_allclose(table.times, motion[1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(table.values, motion[2], rtol=0, atol=1e-6)


def test_the_header_is_what_opensim_wants(tmp_path: Path) -> None:
    write_mot(tmp_path / "walk one.mot", ["knee_angle_r"], np.array([0.0, 0.5]), np.array([[1.0], [2.0]]))
    assert (tmp_path / "walk one.mot").read_text() == (
        "walk one\nversion=1\nnRows=2\nnColumns=2\ninDegrees=yes\nendheader\n"
        "time\tknee_angle_r\n0.000000000\t1.000000\n0.500000000\t2.000000\n"
    )


@pytest.mark.parametrize(
    ("names", "times", "value"),
    [
        (["a"], [], 0),
        (["a"], [0.0, 0.0], 0),
        (["a"], [math.nan], 0),
        (["a"], [0.0], math.nan),
        (["a"], [0.0], math.inf),
        (["a", "a"], [0.0], 0),
        (["left knee"], [0.0], 0),
        ([""], [0.0], 0),
        ([], [0.0], 0),
    ],
)
def test_what_opensim_could_not_read_is_refused(
    tmp_path: Path, names: list[str], times: list[float], value: float
) -> None:
    with pytest.raises(ValueError):
        write_mot(tmp_path / "a.mot", names, np.array(times), np.full((len(times), len(names)), value))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: "a,b\n1,2\n", "not a motion file"),
        (lambda text: text.replace("nRows=2\n", ""), "damaged header: 'nRows'"),
        (lambda text: text[: text.rindex("0.5")], "declares 2 rows and 2 columns"),
        (lambda text: text[: text.rindex("\t")] + "\n", "1 cells instead of 2 in row 2"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: object, words: str) -> None:
    stream = io.StringIO()
    write_mot(stream, ["a"], np.array([0.0, 0.5]), np.ones((2, 1)))
    path = tmp_path / "a.mot"
    path.write_text(damage(stream.getvalue()))  # type: ignore[operator]
    with pytest.raises(ValueError, match=words) as caught:
        read_mot(path)
    assert str(path) in str(caught.value)


def test_opensim_itself_opens_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it leaves a log file
    opensim = pytest.importorskip("opensim", reason="OpenSim is not installed (pip install opensim, some 100 MB)")
    times, values = np.arange(5) * 1001 / 30000, np.random.default_rng(0).normal(scale=90, size=(5, 2))
    path = tmp_path / "a walk.mot"
    write_mot(path, ["pelvis_tilt", "knee_angle_r"], times, values)

    table, storage = opensim.TimeSeriesTable(str(path)), opensim.Storage(str(path))
    assert table.getColumnLabels() == ("pelvis_tilt", "knee_angle_r")
    assert storage.isInDegrees()
    assert storage.getSize() == table.getNumRows() == 5
    np.testing.assert_allclose(table.getIndependentColumn(), times, atol=1e-9)
    for frame in range(5):
        row, state = table.getRowAtIndex(frame), storage.getStateVector(frame)
        np.testing.assert_allclose([row[i] for i in range(2)], values[frame], atol=1e-6)
        np.testing.assert_allclose([state.getData().get(i) for i in range(2)], values[frame], atol=1e-6)
        assert state.getTime() == pytest.approx(times[frame])
