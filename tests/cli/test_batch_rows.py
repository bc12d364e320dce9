"""What a row of a table says about its video, over what the command line says for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from humanpose3d.batch.sources import Source
from humanpose3d.cli.batch import make_trials
from humanpose3d.cli.main import main, make_parser


def settings_of(line: str, **cells: str) -> dict[str, Any]:
    options = make_parser().parse_args(["batch", "a.mp4", "--output", "out", *line.split()])
    options.command_line = ""
    source = Source(Path("a.mp4"), cells={name.replace("_", "-"): cell for name, cell in cells.items()}, where="line 2")
    [trial] = make_trials([source], options)
    assert trial.fault is None, trial.fault
    return trial.settings.as_record()


@pytest.mark.parametrize(
    ("line", "cells", "name", "expected"),
    [
        ("--height 1.7", {}, "height_m", 1.7),
        ("--height 1.7", {"height": "1.8"}, "height_m", 1.8),
        ("", {"no_refine": "yes"}, "refine", False),
        ("--no-refine", {"no_refine": "no"}, "refine", True),
        ("--no-refine", {}, "refine", False),
        ("--no-augment", {"augmenter": "gru"}, "augmenter", "gru"),
        ("--augmenter gru", {"no_augment": "yes"}, "augmenter", "none"),
        ("--no-augment", {"no_augment": "no"}, "augmenter", "auto"),
        ("", {"formats": "c3d xlsx"}, "formats", ["c3d", "xlsx"]),
        ("--formats xlsx", {"formats": "c3d"}, "formats", ["c3d"]),
        ("--formats xlsx,c3d", {}, "formats", ["xlsx", "c3d"]),
        ("--formats xlsx", {"opensim": "yes"}, "formats", ["xlsx", "opensim"]),
        ("--opensim", {"opensim": "no"}, "formats", []),
        ("", {"osim": "my model.osim"}, "formats", ["opensim"]),
    ],
)
def test_the_row_counts(line: str, cells: dict[str, str], name: str, expected: object) -> None:
    assert settings_of(line, **cells)[name] == expected


def test_a_row_tells_about_its_recording() -> None:
    about = settings_of("--task squat", subject="P07", date="2026-09-07", side="left", note="before; walks with care")
    assert about["about"] == {
        "subject": "P07", "date": "2026-09-07", "task": "squat", "side": "left", "note": "before; walks with care"
    }  # fmt: skip
    assert settings_of("", blur_faces="yes")["blur_faces"] is True


def test_steps_of_the_row_count_and_those_of_the_line_stay() -> None:
    signals = settings_of("--with constant_bones --without upright", without="constant_bones smooth")["signals"]
    assert [signals[step] for step in ("constant_bones", "smooth", "upright")] == [False, False, False]
    signals = settings_of("--without upright --without smooth", **{"with": "upright"})["signals"]
    assert (signals["upright"], signals["smooth"]) == (True, False)


def test_a_misspelt_folder_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "home"))
    for given in (["vidoes"], ["a.mp4", "b.mp4", "x" * 5000]):
        assert main(["batch", *given, "--output", str(tmp_path / "out")]) == 1
        assert f"There is no video at {given[0]}; check" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
