"""OpenSim in a run and afterwards: its files are results like the others, and its failure costs none of these."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from humanpose3d.cli.main import main
from humanpose3d.formats.mot import read_mot
from humanpose3d.runs.load import load_trial
from humanpose3d.runs.run import run_pipeline
from humanpose3d.runs.trial import Trial

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("opensim_tools")]

QUICK = {"refine": False, "motion": False, "augmenter": "none", "overlay": False}


@pytest.fixture(scope="module")
def models(models_checkout: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
        yield


@pytest.fixture(scope="module")
def trial(models: None, short_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    folder = tmp_path_factory.mktemp("run") / "a folder"
    return run_pipeline(short_clip, output=folder, height=1.78, formats=("opensim", "c3d"), **QUICK)  # type: ignore[arg-type]


def stage(trial: Trial) -> dict[str, Any]:
    return next(each for each in trial.record["stages"] if each["name"] == "opensim")


def test_the_files_are_results_like_the_others(trial: Trial) -> None:
    inside = {path.name for path in (trial.folder / "opensim").iterdir()}
    assert {f"a walk_{name}" for name in ("scaled.osim", "ik.mot", "ik_setup.xml", "scale_setup.xml")} < inside
    assert trial.record["outputs"]["opensim/a walk_ik.mot"] == "opensim/a walk_ik.mot"
    assert all((trial.folder / name).is_file() for name in trial.record["outputs"].values())
    motion = read_mot(trial.folder / "opensim" / "a walk_ik.mot")
    assert motion.times == pytest.approx(trial.final_markers.times, abs=1e-6)


def test_the_record_and_the_report_say_what_is_model_and_what_is_data(trial: Trial) -> None:
    details = stage(trial)["details"]
    assert details["assumed"] == ["weight_kg"]
    assert (details["markers"], details["anatomical_markers"]) == (22, False)
    assert details["marker_rms_mm"] < 40
    [note] = [each for each in trial.warnings if each.startswith("OpenSim's model is ")]
    assert any("the pelvis's tilt is the model's, not data" in each for each in trial.warnings)
    assert note.partition("(")[0].strip() in (trial.folder / "report.html").read_text(encoding="utf-8").replace(
        "&#39;", "'"
    )


def test_the_record_the_report_and_the_opened_trial_have_the_angles_of_both(trial: Trial) -> None:
    assert trial.opensim_angles is not None
    ours, theirs = trial.record["angles"]["knee_R_flex"], trial.record["opensim"]["angles"]["knee_R_flex"]
    assert (ours["maximum"]["source"], theirs["maximum"]["source"]) == ("bands", "opensim_bands")
    assert set(trial.record["sources"]) == {"bands", "opensim_bands"}
    knee = trial.opensim_angles["knee_R"][:, 0]
    motion = read_mot(trial.folder / "opensim" / "a walk_ik.mot")
    assert knee == pytest.approx(motion.values[:, motion.names.index("knee_angle_r")], abs=1e-4)
    again = load_trial(trial.folder)
    assert again.opensim_angles is not None
    np.testing.assert_allclose(again.opensim_angles.degrees, trial.opensim_angles.degrees, atol=1e-4)
    assert 'id="angle-methods"' in (trial.folder / "report.html").read_text(encoding="utf-8")


def test_a_model_that_fails_costs_no_other_result(models: None, short_clip: Path, tmp_path: Path) -> None:
    (tmp_path / "my model.osim").write_text("I am no model.", encoding="utf-8")
    trial = run_pipeline(
        short_clip,
        output=tmp_path / "out",
        formats=("xlsx", "opensim"),
        osim=tmp_path / "my model.osim",
        **QUICK,  # type: ignore[arg-type]
    )
    assert stage(trial)["status"] == "skipped"
    assert "is no model that it can read" in str(stage(trial)["reason"])
    assert (tmp_path / "out" / "a walk.xlsx").is_file()
    assert not (tmp_path / "out" / "opensim").exists()


def test_export_solves_an_earlier_run_and_a_later_run_removes_it(
    trial: Trial, models: None, short_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "again"
    run_pipeline(short_clip, output=folder, **QUICK)  # type: ignore[arg-type]
    assert main(["export", str(folder), "--opensim", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert str(folder / "opensim" / "a walk_scaled.osim") in written
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["opensim"]["angles"].keys() == trial.record["opensim"]["angles"].keys()
    assert record["stages"][-1]["details"].keys() == stage(trial)["details"].keys()
    assert main(["report", str(folder)]) == 0
    assert 'id="angle-methods"' in (folder / "report.html").read_text(encoding="utf-8")
    capsys.readouterr()
    run_pipeline(short_clip, output=folder, **QUICK)  # type: ignore[arg-type]
    assert not (folder / "opensim").exists()


def test_a_model_that_is_not_there_ends_a_run_before_it_begins(
    models: None, short_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", str(short_clip), "--output", str(tmp_path / "out"), "--osim", str(tmp_path / "absent.osim")]
    assert main(arguments) == 1
    assert "There is no file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
