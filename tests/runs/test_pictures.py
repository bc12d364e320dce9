"""What people look at, made by a run: overlay, plots, report, and the trial in a notebook."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.bodies import with_swaps

import humanpose3d
from humanpose3d.pipeline.detection import Observation, observe
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoReader


@pytest.fixture(scope="module")
def trial(short_clip: Path, models_checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
        return humanpose3d.run_pipeline(
            short_clip, height=1.78, output=tmp_path_factory.mktemp("out"), refine=False, motion=False, augmenter="none"
        )


@pytest.mark.slow
def test_the_overlay_has_the_times_of_the_video(trial: Trial, short_clip: Path) -> None:
    with VideoReader(short_clip) as given, VideoReader(trial.outputs["overlay"]) as made:
        times = [[frame.time for frame in reader.frames()] for reader in (given, made)]
    np.testing.assert_allclose(times[1], times[0], atol=1e-4)


@pytest.mark.slow
def test_the_report_is_one_file_that_tells_what_the_run_told(trial: Trial) -> None:
    page = trial.outputs["report"].read_text(encoding="utf-8")
    assert trial.outputs["report"].stat().st_size < 8e6
    assert trial.record["models"][0]["sha256"] in page
    assert "data:video/mp4;base64," in page
    assert trial.outputs["plot"].read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_first_writing_names_every_stage_and_every_file(trial: Trial) -> None:
    page = trial.outputs["report"].read_text(encoding="utf-8")
    made = page.partition("How it was made")[2]
    for stage in trial.record["stages"]:
        assert f'<th scope="row">{stage["name"]}</th>' in made, stage["name"]
    for name in trial.record["outputs"].values():
        assert name in made, name


@pytest.mark.slow
def test_the_trial_as_a_table(trial: Trial) -> None:
    table = trial.to_dataframe()
    assert len(table) == 30
    np.testing.assert_array_equal(table["knee_R_flex_deg"], trial.angles["knee_R"][:, 0])
    np.testing.assert_array_equal(table["RKnee_y_m"], trial.final_markers["RKnee"][:, 1])


@pytest.mark.slow
def test_the_trial_shows_itself_in_a_notebook(trial: Trial) -> None:
    assert "<iframe" in trial._repr_html_()


def report(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "humanpose3d", "report", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_report_is_made_again_from_the_files(trial: Trial, tmp_path: Path) -> None:
    done = report(trial.folder, "--output", tmp_path / "again.html", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"written": [str(tmp_path / "again.html")]}
    assert trial.record["models"][0]["sha256"] in (tmp_path / "again.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_two_runs_are_compared(trial: Trial, tmp_path: Path) -> None:
    again = shutil.copytree(trial.folder, tmp_path / "again")
    done = report(trial.folder, again, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "Second: again" in page
    assert page.count("data:video/mp4;base64,") == 2


@pytest.mark.slow
def test_the_page_may_go_into_a_folder(trial: Trial, tmp_path: Path) -> None:
    done = report(trial.folder, "--output", tmp_path, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"written": [str(tmp_path / "report.html")]}


def test_a_folder_without_results_is_one_sentence(tmp_path: Path) -> None:
    done = report(tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("humanpose3d: error: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_overlay_has_the_left_and_right_of_the_results(
    trial: Trial, short_clip: Path, models_checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def observe_exchanged(*arguments: object, **options: object) -> Observation:
        seen = observe(*arguments, **options)
        return replace(seen, landmarks=with_swaps(seen.landmarks, slice(10, 16)))

    monkeypatch.setattr("humanpose3d.runs.people.detect.observe", observe_exchanged)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
    repaired = humanpose3d.run_pipeline(
        short_clip, height=1.78, output=tmp_path / "out", refine=False, motion=False, augmenter="none"
    )
    assert (np.abs(repaired.landmarks.image - trial.landmarks.image)[12] > 0.01).any()
    with VideoReader(repaired.outputs["overlay"]) as made, VideoReader(trial.outputs["overlay"]) as wanted:
        for frame, other in zip(made.frames(), wanted.frames(), strict=True):
            np.testing.assert_array_equal(frame.rgb, other.rgb)


@pytest.mark.slow
def test_no_overlay(short_clip: Path, models_checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
    command = [sys.executable, "-m", "humanpose3d", "run", str(short_clip), "--no-overlay", "--no-refine", "--json"]
    command += ["--no-motion", "--no-augment", "--output", str(tmp_path / "out")]
    record = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert "overlay" not in record["outputs"]
    assert record["command"].startswith("humanpose3d run ")
    assert (tmp_path / "out" / "report.html").is_file()
