"""The pictures for print."""

import struct
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.plots import write_angle_plot, write_cycle_plot
from humanpose3d.report.style import printable

MakeWalk = Callable[..., ReportContent]


def pixels(path: Path) -> np.ndarray:
    from matplotlib.image import imread

    return np.asarray(imread(path))


def amount_of(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(picture[..., :3] * 255 - colour).max(axis=-1) < 12).sum())


@pytest.mark.slow
def test_left_and_right_are_drawn_in_their_colours(make_walk: MakeWalk, tmp_path: Path) -> None:
    target = tmp_path / "angles.png"
    write_angle_plot(target, make_walk())
    picture = pixels(target)
    assert min(picture.shape[:2]) > 1000
    assert amount_of(picture, (0, 114, 178)) > 2000
    assert amount_of(picture, (213, 94, 0)) > 2000


@pytest.mark.slow
def test_raw_lies_behind_and_may_be_missing(make_walk: MakeWalk, tmp_path: Path) -> None:
    with_raw, without = tmp_path / "raw.png", tmp_path / "plain.png"
    write_angle_plot(with_raw, make_walk())
    write_angle_plot(without, make_walk(raw_degrees=None))
    assert (pixels(with_raw) < 0.9).sum() > (pixels(without) < 0.9).sum()


@pytest.mark.slow
def test_a_gap_is_shaded(make_walk: MakeWalk, tmp_path: Path) -> None:
    content = make_walk(raw_degrees=None)
    whole = content.degrees.copy()
    whole[50:60, 4] = whole[40:50, 4]
    shading = (223, 237, 245)  # the left side's colour at 13 %
    with_gap, without = tmp_path / "gap.png", tmp_path / "whole.png"
    write_angle_plot(with_gap, content)
    write_angle_plot(without, make_walk(raw_degrees=None, degrees=whole))
    assert amount_of(pixels(with_gap), shading) > amount_of(pixels(without), shading) + 1000


@pytest.mark.parametrize("name", ["$x^", "$\\frac$", 'a"b <script> & 🚶', "line\nbreak", "歩行", ""])
@pytest.mark.slow
def test_any_file_name_can_be_a_title(name: str, make_walk: MakeWalk, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_angle_plot(tmp_path / "angles.png", make_walk(name=name))
    assert (tmp_path / "angles.png").stat().st_size > 10_000


@pytest.mark.slow
def test_trials_at_the_edge_are_drawn(make_walk: MakeWalk, tmp_path: Path) -> None:
    nothing = {"raw_degrees": None, "markers": None, "landmarks": None, "cycles": ()}
    write_angle_plot(tmp_path / "one.png", make_walk(times=np.zeros(1), degrees=np.ones((1, 12, 3)), **nothing))
    write_angle_plot(
        tmp_path / "empty.png", make_walk(times=np.arange(5.0), degrees=np.full((5, 12, 3), np.nan), **nothing)
    )
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_cycles_are_drawn_where_there_are_any(make_walk: MakeWalk, tmp_path: Path) -> None:
    write_cycle_plot(tmp_path / "cycles.png", make_walk())
    assert amount_of(pixels(tmp_path / "cycles.png"), (0, 114, 178)) > 2000
    with pytest.raises(ValueError, match="no cycles"):
        write_cycle_plot(tmp_path / "none.png", make_walk(cycles=()))
    assert not (tmp_path / "none.png").exists()


@pytest.mark.slow
def test_the_file_is_a_png_and_no_window_system_is_touched(
    make_walk: MakeWalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # who imports it now fails
    write_angle_plot(tmp_path / "angles.png", make_walk())
    assert struct.unpack(">8s", (tmp_path / "angles.png").read_bytes()[:8]) == (b"\x89PNG\r\n\x1a\n",)


def test_what_does_not_print_becomes_a_question_mark() -> None:
    assert printable("a\nb\x00é🚶") == "a?b?é🚶"
