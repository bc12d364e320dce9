"""The five models and the names they answer to."""

from __future__ import annotations

from pathlib import Path

import pytest

from humanpose3d.model_assets import MODELS, UnknownModelError
from humanpose3d.model_assets.registry import find_model, select_models


def test_the_table_is_the_public_one() -> None:
    assert [
        (spec.name, spec.path, round(spec.published_size / 2**20, 2), spec.purpose) for spec in MODELS.values()
    ] == [
        ("depth", "checkpoints/best_depth_model.pth", 31.07, "Depth refinement model"),
        ("joint", "checkpoints/best_joint_model.pth", 10.63, "Joint refinement model"),
        ("refiner", "checkpoints/best_main_refiner.pth", 14.01, "Main refiner model"),
        ("mediapipe", "pose_landmarker_heavy.task", 29.24, "MediaPipe pose model"),
        ("gru", "GRU.h5", 36.63, "Pose2Sim LSTM model"),
    ]


@pytest.mark.parametrize("spec", MODELS.values(), ids=list(MODELS))
def test_each_is_found_by_name_file_name_and_path(spec) -> None:
    assert find_model(spec.name) is find_model(spec.filename) is find_model(spec.path) is spec


def test_the_mapping_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        MODELS["sixth"] = MODELS["gru"]  # type: ignore[index]


@pytest.mark.parametrize(("name", "suggestion"), [("GRU", "gru"), ("best_depth_model", "best_depth_model.pth")])
def test_a_near_miss_is_suggested(name: str, suggestion: str) -> None:
    with pytest.raises(UnknownModelError, match=f"Did you mean .*{suggestion}"):
        find_model(name)


def test_a_far_miss_lists_the_models() -> None:
    with pytest.raises(UnknownModelError, match="depth, joint, refiner, mediapipe, gru"):
        find_model("../../etc/passwd")


def test_selection_keeps_the_order_and_names_each_once() -> None:
    assert [spec.name for spec in select_models(["gru", "GRU.h5", "depth"])] == ["depth", "gru"]
    assert [spec.name for spec in select_models("joint")] == ["joint"]
    assert len(select_models(None)) == 5


@pytest.mark.parametrize("name", ["gru", "GRU.h5", "checkpoints/best_joint_model.pth"])
def test_a_path_is_a_name_too(name: str) -> None:
    assert find_model(Path(name)) is find_model(name)
    assert select_models(Path(name)) == select_models([Path(name)]) == [find_model(name)]
    with pytest.raises(UnknownModelError, match=r"Did you mean 'GRU\.h5'"):
        find_model(Path("GRU.h"))
