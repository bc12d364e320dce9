"""C3D files as other programs read them: ezc3d, kineticstoolkit and pyomeca."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from humanpose3d.formats.c3d import C3dEvent, write_c3d

ezc3d = pytest.importorskip("ezc3d", reason="C3D files need ezc3d (pip install 'humanpose3d[c3d]')")

NAMES = ["Hip", "RKnee", "LKnee"]
EVENTS = [C3dEvent(0.5, "Foot Strike", "R"), C3dEvent(61.25, "Foot Off", "L"), C3dEvent(62.0, "Repetition", "")]


@pytest.fixture
def positions() -> np.ndarray:
    values = np.random.default_rng(1).normal(size=(90, 3, 3))
    values[10, 1] = values[30:33] = np.nan
    values[50, 2, 1] = np.inf
    return values


@pytest.fixture
def path(tmp_path: Path, positions: np.ndarray) -> Path:
    angles = {"RKneeAngles": np.stack([np.arange(90.0), np.full(90, np.nan), np.full(90, np.nan)], axis=1)}
    angles["RKneeAngles"][5] = np.nan
    path = tmp_path / "Jörg walks.c3d"
    write_c3d(
        path,
        NAMES,
        np.arange(90) / 29.97,
        positions,
        angles=angles,
        events=EVENTS,
        subject="Jörg",
        height=1.78,
        mass=75,
        software="HumanPose3D",
    )
    return path


def missing(positions: np.ndarray) -> np.ndarray:
    return ~np.isfinite(positions).all(axis=-1)


def parameter(file: Any, group: str, name: str) -> Any:
    return file["parameters"][group][name]["value"]


def test_markers_angles_and_gaps_are_read_back(path: Path, positions: np.ndarray) -> None:
    file = ezc3d.c3d(str(path))
    points, residuals = file["data"]["points"], file["data"]["meta_points"]["residuals"][0]
    assert parameter(file, "POINT", "LABELS") == [*NAMES, "RKneeAngles"]
    expected = np.where(missing(positions)[..., np.newaxis], np.nan, positions)
    np.testing.assert_allclose(points[:3, :3].T, expected, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(residuals[:3].T, np.where(missing(positions), -1, 0))
    knee = points[:3, 3].T
    np.testing.assert_array_equal(knee[:, 0], [*range(5), np.nan, *range(6, 90)])
    assert np.isnan(knee[:, 1:]).all()
    assert np.flatnonzero(residuals[3]).tolist() == [5]


def test_rate_units_axes_subject_and_kinds_of_points_are_named(path: Path) -> None:
    file = ezc3d.c3d(str(path))
    assert parameter(file, "POINT", "RATE") == pytest.approx([29.97])
    assert parameter(file, "POINT", "UNITS") == ["m"]
    assert (parameter(file, "POINT", "X_SCREEN"), parameter(file, "POINT", "Y_SCREEN")) == (["+X"], ["+Y"])
    assert parameter(file, "POINT", "ANGLES") == ["RKneeAngles"]
    assert parameter(file, "SUBJECTS", "NAMES") == ["Jörg"]
    assert parameter(file, "PROCESSING", "Height") == pytest.approx([1780])
    assert parameter(file, "PROCESSING", "Bodymass") == pytest.approx([75])


def test_events_have_side_label_and_time_in_minutes_and_seconds(path: Path) -> None:
    file = ezc3d.c3d(str(path))
    assert parameter(file, "EVENT", "USED") == [3]
    assert parameter(file, "EVENT", "CONTEXTS") == ["Right", "Left", "General"]
    assert parameter(file, "EVENT", "LABELS") == ["Foot Strike", "Foot Off", "Repetition"]
    np.testing.assert_allclose(parameter(file, "EVENT", "TIMES"), [[0, 1, 1], [0.5, 1.25, 2.0]], atol=1e-5)
    assert parameter(file, "EVENT", "ICON_IDS").tolist() == [1, 2, 0]


def test_kineticstoolkit_reads_markers_in_metres_and_events(path: Path, positions: np.ndarray) -> None:
    ktk = pytest.importorskip("kineticstoolkit", reason="kineticstoolkit is not installed")
    points = ktk.read_c3d(str(path), convert_point_unit=False)["Points"]
    assert points.time == pytest.approx(np.arange(90) / 29.97, abs=1e-5)
    for i, name in enumerate(NAMES):
        expected = np.where(missing(positions)[:, i, np.newaxis], np.nan, positions[:, i])
        np.testing.assert_allclose(points.data[name][:, :3], expected, rtol=0, atol=1e-6)
    assert [(event.name, round(float(event.time), 4)) for event in points.events] == [
        ("Foot Strike", 0.5),
        ("Foot Off", 61.25),
        ("Repetition", 62.0),
    ]


def test_pyomeca_reads_markers(path: Path, positions: np.ndarray) -> None:
    pyomeca = pytest.importorskip("pyomeca", reason="pyomeca is not installed")
    markers = pyomeca.Markers.from_c3d(str(path), usecols=NAMES)
    assert (markers.attrs["units"], markers.attrs["rate"]) == ("m", pytest.approx(29.97))
    expected = np.where(missing(positions)[..., np.newaxis], np.nan, positions)
    np.testing.assert_allclose(markers.values[:3].T, expected, rtol=0, atol=1e-6)


def test_uneven_frames_are_sampled_at_their_mean_rate(tmp_path: Path) -> None:
    times = np.array([0.0, 0.1, 0.3, 0.4])  # the frame at 0.2 was dropped, and the mean rate is 7.5 Hz
    positions = np.broadcast_to(times[:, np.newaxis, np.newaxis], (4, 1, 3)).copy()
    positions[3] = np.nan
    write_c3d(tmp_path / "a.c3d", ["A"], times, positions)
    file = ezc3d.c3d(str(tmp_path / "a.c3d"))
    assert parameter(file, "POINT", "RATE") == pytest.approx([7.5])
    np.testing.assert_allclose(file["data"]["points"][0, 0], [0, 1 / 7.5, 2 / 7.5, np.nan], atol=1e-6)


def test_times_need_not_begin_at_zero(tmp_path: Path) -> None:
    event = C3dEvent(12.5, "Foot Strike", "L")
    write_c3d(tmp_path / "a.c3d", ["A"], 12 + np.arange(31) / 30, np.ones((31, 1, 3)), events=[event])
    file = ezc3d.c3d(str(tmp_path / "a.c3d"))
    np.testing.assert_allclose(parameter(file, "EVENT", "TIMES"), [[0], [0.5]], atol=1e-6)


def test_a_single_frame_and_an_empty_trial_can_be_written(tmp_path: Path) -> None:
    write_c3d(tmp_path / "one.c3d", ["A"], np.array([0.0]), np.ones((1, 1, 3)))
    write_c3d(tmp_path / "none.c3d", ["A"], np.arange(5) / 30, np.full((5, 1, 3), np.nan))
    assert ezc3d.c3d(str(tmp_path / "one.c3d"))["data"]["points"].shape == (4, 1, 1)
    assert np.isnan(ezc3d.c3d(str(tmp_path / "none.c3d"))["data"]["points"][:3]).all()


def test_more_frames_than_the_format_counts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="65535 frames"):
        write_c3d(tmp_path / "a.c3d", ["A"], np.arange(65537) / 30, np.ones((65537, 1, 3)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("time", [math.nan, -1.0])
def test_times_that_do_not_increase_are_refused(tmp_path: Path, time: float) -> None:
    with pytest.raises(ValueError, match="times must increase"):
        write_c3d(tmp_path / "a.c3d", ["A"], np.array([0.0, time]), np.ones((2, 1, 3)))
