"""What a run wrote, opened again; and a trial as Python shows it."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import humanpose3d
from humanpose3d import Trial, load_trial, run_pipeline
from humanpose3d.errors import UnknownNameError
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.repetitions import Repetition
from humanpose3d.kinematics.walking.gait import HeelStrike, ToeOff
from humanpose3d.report.errors import ReportError


@pytest.fixture(scope="module")
def trial(short_clip: Path, models_checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
        yield run_pipeline(short_clip, output=tmp_path_factory.mktemp("runs") / "out", motion=False, overlay=False)


@pytest.mark.slow
def test_it_is_what_the_run_returned(trial: Trial) -> None:
    again = load_trial(str(trial.folder))
    assert again.record == trial.record
    assert (again.video, again.verdict, again.warnings) == (trial.video, trial.verdict, trial.warnings)
    assert again.outputs == trial.outputs
    assert again.movement.kind == trial.movement.kind
    for one, other, precision in (
        (again.landmarks.world, trial.landmarks.world, 1e-5),
        (again.markers.positions, trial.markers.positions, 1e-5),
        (again.final_markers.positions, trial.final_markers.positions, 1e-5),
        (again.angles.degrees, trial.angles.degrees, 1e-3),
        (again.raw_angles.degrees, trial.raw_angles.degrees, 1e-3),
    ):
        np.testing.assert_allclose(one, other, atol=precision)
    assert again.angles.defined.tolist() == trial.angles.defined.tolist()
    assert repr(again) == repr(trial)


@pytest.mark.slow
def test_the_numbers_of_the_record_have_value_uncertainty_unit_and_source(trial: Trial) -> None:
    record = json.loads(trial.outputs["run"].read_text(encoding="utf-8"))
    assert len(record["angles"]) == 36
    knee = record["angles"]["knee_R_flex"]
    assert knee.keys() == {"range", "maximum", "minimum"}
    numbers = [number for angle in record["angles"].values() for number in angle.values()]
    measured = [number for number in numbers if number["value"] is not None]
    assert measured
    assert all(number.keys() == {"value", "uncertainty", "unit", "source"} for number in measured)
    assert {number["source"] for number in measured} <= record["sources"].keys()
    assert all(number["reason"] for number in numbers if number["value"] is None)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["empty", "no landmarks", "no video", "no raw angles"])
def test_what_is_not_complete_is_an_error(trial: Trial, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "out"
    if damage == "empty":
        folder.mkdir()
    else:
        shutil.copytree(trial.folder, folder)
        if damage == "no video":
            (folder / "run.json").write_text(json.dumps({**trial.record, "input": {}}), encoding="utf-8")
        else:
            what = "landmarks" if damage == "no landmarks" else "joint_angles_raw"
            (folder / trial.record["outputs"][what]).unlink()
    with pytest.raises(ReportError, match=r"run the video again"):
        load_trial(folder)


@pytest.mark.slow
def test_a_trial_is_shown_in_one_line(trial: Trial) -> None:
    shown = repr(trial)
    assert "\n" not in shown
    assert shown.startswith("<Trial a walk.mp4: 30 frames in 0.97 s, ")
    assert shown.endswith(f"in {trial.folder}>")
    assert "\n" not in repr(replace(trial, record={}, folder=Path("two\nlines")))


@pytest.mark.slow
def test_events_are_arrays(trial: Trial) -> None:
    walk = Movement(
        "walking",
        heel_strikes=(HeelStrike(0.5, "R", 0.6), HeelStrike(1.0, "L", 0.6), HeelStrike(1.6, "R", 0.6)),
        toe_offs=(ToeOff(0.7, "L"),),
    )
    events = replace(trial, movement=walk).events
    assert events["heel_strike_R"].tolist() == [0.5, 1.6]
    assert (events["heel_strike_L"].tolist(), events["toe_off_L"].tolist()) == ([1.0], [0.7])
    assert events["toe_off_R"].shape == events["repetition_turn"].shape == (0,)
    squat = Movement("repeated", repetitions=(Repetition(0, 1, 2, {}), Repetition(2, 3.5, 4, {})))
    events = replace(trial, movement=squat).events
    assert events["repetition_turn"].tolist() == [1.0, 3.5]
    assert all(isinstance(times, np.ndarray) for times in events.values())


@pytest.mark.slow
def test_a_wrong_name_is_answered_with_the_right_ones(trial: Trial) -> None:
    with pytest.raises(
        UnknownNameError, match=r"'knee'; did you mean knee_R or knee_L\? There are: pelvis, "
    ) as caught:
        trial.angles["knee"]
    assert isinstance(caught.value, KeyError)
    with pytest.raises(KeyError, match=r"There is no marker 'zzz'\. There are: Hip, "):
        trial.final_markers["zzz"]


def test_the_package_lists_its_public_names() -> None:
    assert {"run_pipeline", "load_trial", "Trial", "__version__"} <= set(dir(humanpose3d))
    assert not [name for name in humanpose3d.__all__ if not hasattr(humanpose3d, name)]
