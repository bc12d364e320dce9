"""What is seen of a batch while it runs, on a terminal and in a log."""

from __future__ import annotations

from pathlib import Path

import pytest

from humanpose3d.batch.progress import display
from humanpose3d.batch.summary import Outcome
from humanpose3d.batch.trials import BatchTrial


def outcome(name: str, reason: str | None = None) -> Outcome:
    trial = BatchTrial(name, Path(f"{name}.mp4"), Path(name))
    return Outcome(trial, "failed" if reason else "done", reason, seconds=2.0)


def test_the_bar_of_all_counts_frames_while_trials_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_PROGRESS", "1")
    with display(3, 2) as shown:
        shown.started(0, "walk")
        shown.progressed(0, 50, 120)
        said = capsys.readouterr().err
        assert "0/3" in said and "50 frames" in said and "  walk:" in said
        shown.ended(0, outcome("walk"))
        assert "1/3" in capsys.readouterr().err


def test_a_worker_s_line_tells_what_it_is_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_PROGRESS", "1")
    monkeypatch.setenv("COLUMNS", "100")
    with display(1, 1) as shown:
        shown.started(0, "the long name of a trial of a patient, monday morning")
        shown.progressed(0, 120, 120)
        said = capsys.readouterr().err
        assert "  the long name …onday morning: 100%" in said and "120/120" in said
        shown.ended(0, outcome("walk", "it broke"))
        said = capsys.readouterr().err
        assert "failed: walk: it broke" in said and "1 failed" in said
        assert "\r  waits\x1b" in said.replace(" " * 10, "") or "\r  waits " in said


def test_a_log_has_a_line_for_each_trial(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with display(2, 1) as shown:
        shown.started(0, "walk")
        shown.progressed(0, 120, 120)
        shown.ended(0, outcome("walk"))
        shown.ended(None, outcome("squat", "it broke"))
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("[1/2] done: walk (2.0 s) [120 frames, ")
    assert second.startswith("[2/2] failed: squat (2.0 s) [120 frames, ") and second.endswith("1 failed]: it broke")


def test_silence_is_silent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HUMANPOSE3D_PROGRESS", "0")
    with display(1, 1) as shown:
        shown.started(0, "walk")
        shown.progressed(0, 1, 1)
        shown.ended(0, outcome("walk"))
    assert capsys.readouterr().err == ""
