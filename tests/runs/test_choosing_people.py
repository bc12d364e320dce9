"""Runs of videos with several persons: who is analysed, what is said of it, and everybody at once."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import humanpose3d
from humanpose3d.errors import InvalidSettingError
from humanpose3d.runs.output import read_record
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.trial import Trial

PLAIN: dict[str, Any] = {"refine": False, "motion": False, "augmenter": "none", "overlay": False}
FLAGS = ["--no-refine", "--no-motion", "--no-augment", "--no-overlay"]


@pytest.fixture(scope="module")
def passing(short_trials: Path) -> Path:
    """Somebody walks in place, somebody else walks by."""
    return short_trials / "short-passer.mp4"


@pytest.fixture(autouse=True)
def installed_models(models_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))


def humanpose3d_command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "humanpose3d", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def place_of(trial: Trial) -> float:
    """Return where the person is, from the left of the picture, at the end of their way."""
    place = trial.landmarks.image[:, [11, 12, 23, 24], 0].mean(axis=1)
    return float(place[np.isfinite(place)][-1])


@pytest.mark.slow
def test_without_a_choice_the_longest_and_largest_is_analysed_and_all_are_told(passing: Path, tmp_path: Path) -> None:
    trial = humanpose3d.run_pipeline(passing, output=tmp_path / "out", **PLAIN)
    warning = next(text for text in trial.warnings if text.startswith("More than one person is in the picture"))
    assert "analysed is person 1 (0.0 to " in warning
    assert "not person 2 (0." in warning
    assert trial.outputs["people"].read_bytes().startswith(b"\x89PNG")
    (detect,) = (stage for stage in trial.record["stages"] if stage["name"] == "detect")
    assert [person["analysed"] for person in detect["details"]["people"]] == [True, False]
    assert 0.4 < place_of(trial) < 0.6
    assert trial.landmarks.detected.mean() > 0.7


@pytest.mark.slow
def test_everybody_has_a_folder_and_the_batch_knows_it(passing: Path, tmp_path: Path) -> None:
    table = tmp_path / "trials.csv"
    table.write_text(f"video,name,people,from,to\n{passing},both,all,0.3,1.9\n", encoding="utf-8")
    done = humanpose3d_command("batch", table, "--output", tmp_path / "out", "--jobs", 1, *FLAGS, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "out" / "both"
    record = read_record(folder)
    assert record is not None
    assert record["people"] == {"1": "person_1", "2": "person_2"}
    page = (folder / "index.html").read_text(encoding="utf-8")
    for number in (1, 2):
        assert f'href="person_{number}/report.html"' in page
        own = read_record(folder / f"person_{number}")
        assert own is not None
        assert own["frames"]["total"] == record["frames"]["total"] == 49
        stages = [stage["name"] for stage in own["stages"]]
        assert len(stages) == len(set(stages)), "each has the stages of one person"
    assert all((folder / name).is_file() for name in record["outputs"].values())
    again = humanpose3d_command(
        "batch", table, "--output", tmp_path / "out", "--resume", "--json", *FLAGS, cwd=tmp_path
    )
    assert json.loads(again.stdout)["counts"]["skipped"] == 1


@pytest.mark.slow
def test_the_list_and_a_choice_by_a_point(passing: Path, tmp_path: Path) -> None:
    listed = humanpose3d_command("people", passing, "--json", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    content = json.loads(listed.stdout)
    assert [person["number"] for person in content["people"]] == [1, 2]
    assert (tmp_path / "people.png").read_bytes().startswith(b"\x89PNG")
    done = humanpose3d_command(
        "run", passing, "--person", "0.9,0.5@1.4", "--output", "out", "--json", *FLAGS, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    (detect,) = (stage for stage in record["stages"] if stage["name"] == "detect")
    assert [person["analysed"] for person in detect["details"]["people"]].count(True) == 1
    assert record["settings"]["person"] == [0.9, 0.5, 1.4]
    seen = record["frames"]["with_pose"]
    assert 5 <= seen < 45, "only while they walk by"
    nobody = humanpose3d_command("run", passing, "--person", "0.02,0.02@0.1", "--output", "none", *FLAGS, cwd=tmp_path)
    assert nobody.returncode == 2
    assert "Nobody is at 6,5 (pixels of 320 x 270) at 0." in nobody.stderr
    assert not (tmp_path / "none").exists()
    late = humanpose3d_command("run", passing, "--person", "0.9,0.5@60", "--output", "none", *FLAGS, cwd=tmp_path)
    assert late.returncode == 2
    assert "There is no frame at 60 s, which --person names" in late.stderr
    assert "frames" not in late.stderr, "told before any detection"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"person": 0}, "Persons have numbers from 1"),
        ({"person": (1.0,)}, "A point .* is X,Y or X,Y@S"),
        ({"person": (-1.0, 5.0)}, "none of them below 0, not -1, 5"),
        ({"person": 1, "people": "all"}, "not both"),
        ({"people": "some"}, "must be one of one, all, not 'some'"),
    ],
)
def test_choices_that_cannot_be_meant_are_refused(chosen: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSettingError, match=words):
        Settings(**chosen)
