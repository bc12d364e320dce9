"""The neural stages in a run: on by default, each can be left out, and each tells what it did."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.aftermath import processes_of, wait_until
from support.children import running
from support.faults import Link, closed_port
from support.git_server import GitServer
from support.repositories import commit_entries

from humanpose3d.model_assets import ConnectionFailedError, download_models, get_model_path
from humanpose3d.pipeline.errors import InvalidSettingError, ModelLoadError, PackageImportError
from humanpose3d.pipeline.run import run_pipeline
from humanpose3d.pipeline.signals.settings import STEPS, SignalSettings


@pytest.fixture
def five_models(remote: str, home: Path) -> Path:
    download_models()
    return home


def stages_of(record: dict) -> dict[str, dict]:
    return {stage["name"]: stage for stage in record["stages"]}


def test_all_stages_run_in_order_and_say_with_which_model(short_clip: Path, tmp_path: Path, five_models: Path) -> None:
    record = run_pipeline(short_clip, output=tmp_path / "out").record
    assert [stage["name"] for stage in record["stages"]] == [
        "detect",
        "depth",
        "refiner",
        "motion",
        "signals",
        "markers",
        "augment",
        "angles",
        "joint",
        "movement",
        "write",
        "overlay",
        "plots",
        "report",
    ]
    for name, model in {"detect": "mediapipe", "depth": "depth", "refiner": "refiner", "joint": "joint"}.items():
        stage = stages_of(record)[name]
        assert (stage["status"], stage["device"]) == ("ran", "cpu")
        [used] = stage["models"]
        assert used["path"] == str(get_model_path(model))
        assert len(used["sha256"]) == 64
        assert len(used["commit"]) == 40
        assert stage["seconds"] > 0
    assert {model["name"] for model in record["models"]} == {"mediapipe", "depth", "refiner", "gru", "joint"}


def test_the_stand_ins_of_the_demo_change_nothing(short_clip: Path, tmp_path: Path, five_models: Path) -> None:
    nothing = SignalSettings(**dict.fromkeys(STEPS, False))
    trial = run_pipeline(short_clip, output=tmp_path / "out", signals=nothing)
    assert abs(trial.final_markers.positions - trial.markers.positions).max() < 1e-5
    assert trial.final_markers.names == trial.markers.names


def test_stages_can_be_switched_off_and_need_no_model_then(
    short_clip: Path, tmp_path: Path, pose_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "home" / "models"
    models.mkdir(parents=True)
    shutil.copy(pose_model, models)
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(models.parent))
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    trial = run_pipeline(short_clip, output=tmp_path / "out", refine=False, motion=False, augmenter="none")
    skipped = {name: stage["reason"] for name, stage in stages_of(trial.record).items() if stage["status"] == "skipped"}
    assert skipped == dict.fromkeys(["depth", "refiner", "motion", "augment", "joint"], "switched off")


def test_a_gru_of_another_kind_is_left_out_and_the_run_goes_on(
    short_clip: Path, tmp_path: Path, five_models: Path
) -> None:
    stage = stages_of(run_pipeline(short_clip, output=tmp_path / "out").record)["augment"]
    assert stage["status"] == "skipped"
    assert "no marker augmenter" in stage["reason"]


def test_an_augmenter_that_was_asked_for_and_is_not_there(short_clip: Path, tmp_path: Path, five_models: Path) -> None:
    with pytest.raises(PackageImportError, match=r"Stage 'augment': .*pip install"):
        run_pipeline(short_clip, output=tmp_path / "out", augmenter="pose2sim")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("choice", [{"augmenter": "best"}, {"device": "tpu"}])
def test_choices_are_checked(short_clip: Path, tmp_path: Path, choice: dict[str, str]) -> None:
    with pytest.raises(InvalidSettingError, match="must be one of"):
        run_pipeline(short_clip, output=tmp_path / "out", **choice)  # type: ignore[arg-type]


def test_later_models_arrive_while_landmarks_are_detected(
    short_clip: Path, tmp_path: Path, pose_model: Path, server: GitServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "models").mkdir(parents=True)
    shutil.copy(pose_model, home / "models")
    seen_while_detecting = []

    def watch(_done: int, _total: int | None) -> None:
        seen_while_detecting.append((home / "models" / ".resolver" / "holder.json").exists())

    with Link(server.port, rate=150_000) as link:  # slow enough to be still at it when the first frame is done
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        record = run_pipeline(short_clip, output=tmp_path / "out", progress=watch).record
    assert any(seen_while_detecting)
    assert stages_of(record)["depth"]["status"] == "ran"


def test_a_model_that_can_t_be_fetched_is_told_with_the_stage_that_needs_it(
    short_clip: Path, tmp_path: Path, pose_model: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "models").mkdir(parents=True)
    shutil.copy(pose_model, home / "models")
    monkeypatch.setattr("humanpose3d.model_assets.retry._FIRST_PAUSE", 0.01)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"http://127.0.0.1:{closed_port()}/models.git")
    with pytest.raises(ConnectionFailedError, match=r"^Stage 'depth': "):
        run_pipeline(short_clip, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_that_is_none_is_told_with_its_stage(
    short_clip: Path, tmp_path: Path, five_models: Path, server: GitServer, repository: Path
) -> None:
    wrong = five_models / "models" / "checkpoints" / "best_depth_model.pth"
    shutil.copy(five_models / "models" / "checkpoints" / "best_joint_model.pth", wrong)
    (five_models / "models" / "manifest.json").unlink()
    with pytest.raises(ModelLoadError, match=r"^Stage 'depth': .*best_depth_model\.pth"):
        run_pipeline(short_clip, output=tmp_path / "out")


def test_the_failure_of_an_unneeded_model_is_no_matter(
    short_clip: Path, tmp_path: Path, repository: Path, remote: str, home: Path
) -> None:
    commit_entries(repository, {"models/GRU.h5": None})
    record = run_pipeline(short_clip, output=tmp_path / "out", motion=False, augmenter="none").record
    assert stages_of(record)["refiner"]["status"] == "ran"


def test_offline_without_models_ends_before_the_first_frame(short_clip: Path, tmp_path: Path, home: Path) -> None:
    command = [sys.executable, "-m", "humanpose3d", "run", str(short_clip), "--output", str(tmp_path / "out")]
    done = subprocess.run([*command, "--offline"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("[main] Error: Models not found in ")
    assert "[main] Please download models first:\n[main]   python scripts/download_models.py" in done.stderr
    for name in ("best_depth_model.pth", "best_joint_model.pth", "best_main_refiner.pth", "GRU.h5"):
        assert f"{name} (missing)" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_command_line_says_what_was_left_out(short_clip: Path, tmp_path: Path, five_models: Path) -> None:
    command = [sys.executable, "-m", "humanpose3d", "run", str(short_clip), "--output", str(tmp_path / "out")]
    done = subprocess.run([*command, "--no-refine"], capture_output=True, text=True, check=True)
    assert "Left out: depth (switched off)." in done.stdout
    assert "walk_final.trc" in done.stdout
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["settings"]["refine"] is False


def test_ctrl_c_ends_the_download_of_later_models_too(
    demo_clip: Path, tmp_path: Path, pose_model: Path, server: GitServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "models").mkdir(parents=True)
    shutil.copy(pose_model, home / "models")
    program = "import sys; from humanpose3d.cli.main import main; sys.exit(main(sys.argv[1:]))"
    with Link(server.port, rate=20_000) as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        with running(program, "run", demo_clip, "--output", tmp_path / "out") as child:
            wait_until(lambda: link.bytes_sent > 15_000, within=30)
            child.send_signal(signal.SIGINT)
            assert child.wait(10) == 130
    assert processes_of(home) == []
    assert not (tmp_path / "out").exists()
