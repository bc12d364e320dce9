"""When the results of a trial stand, and what is removed when they do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from humanpose3d.batch.trials import BatchTrial, is_done, remove_leftovers
from humanpose3d.runs.output import read_record, remove_results

MODELS = {"mediapipe": "m", "gru": "g"}


@pytest.fixture
def trial(tmp_path: Path) -> BatchTrial:
    trial = BatchTrial("walk", tmp_path / "walk.mp4", tmp_path / "out" / "walk", {"height": 1.8})
    outputs = {"landmarks": "walk_landmarks.csv", "joint_angles/knee_R": "joint_angles/knee_R.csv", "run": "run.json"}
    (trial.folder / "joint_angles").mkdir(parents=True)
    for name in outputs.values():
        (trial.folder / name).touch()
    record = {
        "input": {"sha256": "v"},
        "settings": trial.settings.as_record(),
        "models": [{"name": "mediapipe", "sha256": "m"}, {"name": "pose2sim", "sha256": "p"}],
        "outputs": outputs,
    }
    (trial.folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return trial


def record_of(trial: BatchTrial) -> dict[str, Any]:
    record = read_record(trial.folder)
    assert record is not None
    return record


def test_results_of_the_same_content_settings_and_models_stand(trial: BatchTrial) -> None:
    assert is_done(trial, record_of(trial), "v", MODELS)


def test_results_of_an_earlier_version_that_named_a_device_stand(trial: BatchTrial) -> None:
    record = record_of(trial)
    record["settings"]["device"] = "cuda"
    record["versions"] = {"humanpose3d": "0.1.0", "torch": "2.13.0"}
    record["stages"] = [{"name": "depth", "status": "ran", "device": "cuda"}]
    assert is_done(trial, record, "v", MODELS)


def test_a_model_that_took_no_part_may_change(trial: BatchTrial) -> None:
    assert is_done(trial, record_of(trial), "v", {**MODELS, "gru": "another"})


@pytest.mark.parametrize(
    "change",
    [
        lambda trial, record: is_done(trial, record, "another video", MODELS),
        lambda trial, record: is_done(trial, record, "v", {**MODELS, "mediapipe": "another"}),
        lambda trial, record: is_done(
            BatchTrial("walk", trial.video, trial.folder, {"height": 1.7}), record, "v", MODELS
        ),
        lambda trial, record: is_done(trial, {"some": "thing"}, "v", MODELS),
        lambda trial, record: is_done(trial, {**record, "models": None}, "v", MODELS),
    ],
)
def test_other_content_settings_or_models_are_to_be_done(
    trial: BatchTrial, change: Callable[[BatchTrial, dict[str, Any]], bool]
) -> None:
    assert change(trial, record_of(trial)) is False


def test_a_result_that_is_missing_is_to_be_done(trial: BatchTrial) -> None:
    record = record_of(trial)
    (trial.folder / "walk_landmarks.csv").unlink()
    assert not is_done(trial, record, "v", MODELS)


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_what_is_no_record_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    assert read_record(tmp_path) is None


def test_results_are_removed_and_nothing_else(trial: BatchTrial, tmp_path: Path) -> None:
    (trial.folder / "my notes.txt").touch()
    outside = tmp_path / "outside.txt"
    outside.touch()
    record = record_of(trial)
    record["outputs"]["outside"] = "../../outside.txt"
    remove_results(trial.folder, record)
    assert [path.name for path in trial.folder.rglob("*") if path.is_file()] == ["my notes.txt"]
    assert outside.exists()


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    (folder / "joint_angles").mkdir(parents=True)
    (folder / "joint_angles" / ".knee_R.csv.0123.tmp").touch()
    (folder / ".run.json.0123.tmp").touch()
    remove_leftovers(folder)
    assert not folder.exists()
    remove_leftovers(folder)
