"""The words are a contract: other programs and our users' notes quote them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from humanpose3d.model_assets import ModelStatus, UserPaths
from humanpose3d.model_assets.service import wording
from humanpose3d.model_assets.settings import Settings

TICKS = wording.marks_for("utf-8")
DEPTH = ModelStatus("depth", "Depth refinement model", Path("models/best_depth_model.pth"), "ready", 32579256)
REFINER = ModelStatus("refiner", "Main refiner model", Path("models/best_main_refiner.pth"), "missing")
GRU = ModelStatus("gru", "Pose2Sim LSTM model", Path("models/GRU.h5"), "corrupt", 6, reason="it is a web page")


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-16", "gb18030"])
def test_marks_where_they_can_be_printed(encoding: str) -> None:
    assert wording.marks_for(encoding) == ("✓", "✗")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "cp850", "latin-1", None, "no such encoding"])
def test_words_where_the_marks_can_not_be_printed(encoding: str | None) -> None:
    assert wording.marks_for(encoding) == ("[ok]", "[missing]")


def test_the_opening(tmp_path: Path) -> None:
    assert wording.opening(UserPaths(tmp_path)) == (
        "======================================================================\n"
        "HumanPose3D Model Downloader\n"
        "======================================================================\n"
        "\n"
        f"Target directory: {tmp_path}\n"
        f"Models directory: {tmp_path / 'models'}\n"
        "\n"
        "Starting download...\n"
    )


def test_the_steps_name_remotes_without_credentials() -> None:
    remotes = "https://me:secret@example.org/models.git /srv/models.git"
    settings = Settings.from_environment({"HUMANPOSE3D_MODELS_URL": remotes})
    assert wording.step(wording.cloning(settings)).startswith("  Cloning models from https://")
    assert wording.cloning(settings).endswith("example.org/models.git, /srv/models.git...")
    assert "secret" not in wording.cloning(settings)


def test_the_ending_lists_what_arrived() -> None:
    assert wording.ending([DEPTH], TICKS) == (
        "\n"
        "✓ Models downloaded successfully\n"
        "\n"
        "Downloaded files:\n"
        "  - best_depth_model.pth (31.07 MB)\n"
        "\n"
        "✓ Models are ready! You can now run the pipeline."
    )


def test_the_ending_without_an_arrival_claims_none() -> None:
    assert wording.ending([], wording.marks_for("ascii")) == "\n[ok] Models are ready! You can now run the pipeline."


def test_the_check_report(tmp_path: Path) -> None:
    heading = (
        "======================================================================\n"
        "HumanPose3D Model Downloader\n"
        "======================================================================\n"
        "\n"
        f"Target directory: {tmp_path}\n"
        f"Models directory: {tmp_path / 'models'}\n"
        "\n"
        "Checking model files...\n"
        "\n"
    )
    paths = UserPaths(tmp_path)
    assert wording.check_report(paths, [DEPTH, REFINER, GRU], TICKS) == (
        f"{heading}"
        "  ✓ Depth refinement model: best_depth_model.pth (31.07 MB)\n"
        "  ✗ Main refiner model: best_main_refiner.pth (missing)\n"
        "  ✗ Pose2Sim LSTM model: GRU.h5 (corrupt: it is a web page)\n"
        "\n"
        "Some models are missing. Run without --check to download."
    )
    assert wording.check_report(paths, [DEPTH], wording.marks_for("cp1252")) == (
        f"{heading}  [ok] Depth refinement model: best_depth_model.pth (31.07 MB)\n\nAll required models are present."
    )
    report = wording.check_report(paths, [GRU], TICKS, option="--check-only")
    assert report.endswith("\n\nSome models are missing. Run without --check-only to download.")


def test_sizes_are_megabytes_with_two_decimals_also_when_small() -> None:
    assert wording.state_of(ModelStatus("joint", "", Path("a.pth"), "ready", 5243)) == "0.01 MB"


def test_a_failure_names_what_is_missing_once() -> None:
    assert wording.failure("Git clone failed.", [REFINER, GRU]) == (
        "Error: Git clone failed. Still missing: best_main_refiner.pth, GRU.h5."
    )
    assert wording.failure("Missing: GRU.h5.", [GRU]) == "Error: Missing: GRU.h5."
    assert wording.failure("Git clone failed.", []) == "Error: Git clone failed."


def test_facts_are_json() -> None:
    facts = json.loads(json.dumps(wording.facts_of(GRU)))
    assert facts["path"] == str(Path("models/GRU.h5"))
    assert (facts["name"], facts["state"], facts["reason"]) == ("gru", "corrupt", "it is a web page")
