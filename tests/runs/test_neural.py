"""The neural stages in a run: on by default, each can be left out, and each tells what it did."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from support.aftermath import processes_of, wait_until
from support.children import running
from support.faults import Link, closed_port
from support.git_server import GitServer
from support.keras_files import (
    dense,
    dense_weights,
    input_layer,
    layer,
    sequential,
    write_keras_file,
    write_motion_model,
)
from support.repositories import commit_entries

from humanpose3d.cli.run import results_of
from humanpose3d.errors import InvalidSettingError, ModelLoadError, PackageImportError
from humanpose3d.model_assets import ConnectionFailedError, IntegrityError, download_models, get_model_path
from humanpose3d.pipeline.signals.settings import STEPS, SignalSettings
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.runs.neural import NeuralStages
from humanpose3d.runs.run import run_pipeline
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import StageLog


@pytest.fixture
def five_models(remote: str, home: Path) -> Path:
    download_models()
    return home


def stages_of(record: dict) -> dict[str, dict]:
    return {stage["name"]: stage for stage in record["stages"]}


@pytest.mark.slow
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
        assert stage["status"] == "ran"
        assert "device" not in stage
        [used] = stage["models"]
        assert used["path"] == str(get_model_path(model))
        assert len(used["sha256"]) == 64
        assert len(used["commit"]) == 40
        assert stage["seconds"] > 0
    assert {model["name"] for model in record["models"]} == {"mediapipe", "depth", "refiner", "gru", "joint"}


@pytest.mark.slow
def test_the_stand_ins_of_the_demo_change_nothing(short_clip: Path, tmp_path: Path, five_models: Path) -> None:
    nothing = SignalSettings(**dict.fromkeys(STEPS, False))
    trial = run_pipeline(short_clip, output=tmp_path / "out", signals=nothing)
    assert abs(trial.final_markers.positions - trial.markers.positions).max() < 1e-5
    assert trial.final_markers.names == trial.markers.names


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_gru_of_another_shape_is_left_out_and_the_run_goes_on_and_says_so(
    short_clip: Path, tmp_path: Path, five_models: Path
) -> None:
    write_gru(five_models / "models" / "GRU.h5", sequential(input_layer(None, 5), dense("out", 7)), out=(5, 7))
    (five_models / "models" / "manifest.json").unlink()
    trial = run_pipeline(short_clip, output=tmp_path / "out")
    shapes = "GRU.h5 is a Keras model frames × 5 → frames × 7"
    for name in ("motion", "augment"):
        stage = stages_of(trial.record)[name]
        assert stage["status"] == "skipped"
        assert shapes in stage["reason"]
        assert f"Left out: {name} (" in results_of(trial)
        assert re.search(f"Stage “{name}”: [^<]*{shapes}", trial.outputs["report"].read_text(encoding="utf-8"))
    assert shapes in results_of(trial)


class Files:
    """Models in one folder, as :class:`BackgroundDownload` gives them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / {"gru": "GRU.h5"}[name]


def write_gru(path: Path, model: Any, **layers: tuple[int, int]) -> None:
    write_keras_file(path, model, {name: dense_weights(name, *columns) for name, columns in layers.items()})


def stages_with(folder: Path, **settings: Any) -> tuple[NeuralStages, StageLog]:
    log = StageLog()
    return NeuralStages(Settings(**settings), Files(folder), log), log  # type: ignore[arg-type]


def write_weights_alone(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("gru")


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (write_weights_alone, "GRU.h5 is not a Keras model that can be used: it holds no model_config"),
        (lambda path: write_gru(path, sequential(input_layer(64, 36), layer("Conv1D", "c"))), "its layer 'c' is a"),
    ],
)
def test_a_whole_file_that_can_t_be_used_ends_no_run(write: Callable[[Path], None], words: str, tmp_path: Path) -> None:
    write(tmp_path / "GRU.h5")
    neural, log = stages_with(tmp_path)
    seen = Landmarks(np.zeros(1), np.zeros((1, 33, 3)), np.zeros((1, 33, 2)), np.ones((1, 33)))
    assert neural.follow_motion(seen) is seen
    assert neural.augment([]) == []
    for stage in log.stages:
        assert stage.status == "skipped"
        assert words in (stage.reason or "")
        assert [model.name for model in stage.models] == ["gru"]


def test_a_damaged_gru_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "GRU.h5").write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    neural, _ = stages_with(tmp_path)
    with pytest.raises(IntegrityError, match=r"^Stage 'augment': .*GRU\.h5"):
        neural.augment([])


def test_a_motion_model_is_no_augmenter(tmp_path: Path) -> None:
    write_motion_model(tmp_path / "GRU.h5", [1.0])
    neural, log = stages_with(tmp_path)
    assert neural.augment([]) == []
    assert "GRU.h5 is a motion model, no marker augmenter; " in (log.stages[0].reason or "")


def test_auto_leaves_out_a_pose2sim_that_can_t_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime", reason="ONNX Runtime (extra: augment) is not installed")
    write_motion_model(tmp_path / "GRU.h5", [1.0])
    information = tmp_path / "site" / "pose2sim-0.10.49.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: pose2sim\nVersion: 0.10.49\n")
    for part in ("lower", "upper"):
        folder = tmp_path / "site" / "Pose2Sim" / "MarkerAugmenter" / "LSTM" / f"v0.3_{part}"
        folder.mkdir(parents=True)
        for file in ("model.onnx", "mean.npy", "std.npy"):
            (folder / file).write_bytes(b"damaged")
    monkeypatch.syspath_prepend(tmp_path / "site")
    neural, log = stages_with(tmp_path)
    assert neural.augment([]) == []
    assert "Pose2Sim's model of the lower body in " in (log.stages[0].reason or "")
    with pytest.raises(ModelLoadError, match=r"^Stage 'augment': Pose2Sim's model"):
        stages_with(tmp_path, augmenter="pose2sim")[0].augment([])


def test_an_augmenter_that_was_asked_for_and_is_not_there(short_clip: Path, tmp_path: Path, five_models: Path) -> None:
    with pytest.raises(PackageImportError, match=r"Stage 'augment': .*pip install"):
        run_pipeline(short_clip, output=tmp_path / "out", augmenter="pose2sim")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("choice", [{"augmenter": "best"}, {"quality": "best"}])
def test_choices_are_checked(short_clip: Path, tmp_path: Path, choice: dict[str, str]) -> None:
    with pytest.raises(InvalidSettingError, match="must be one of"):
        run_pipeline(short_clip, output=tmp_path / "out", **choice)  # type: ignore[arg-type]


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_model_that_can_t_be_fetched_is_told_with_the_stage_that_needs_it(
    short_clip: Path, tmp_path: Path, pose_model: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "models").mkdir(parents=True)
    shutil.copy(pose_model, home / "models")
    monkeypatch.setattr("humanpose3d.model_assets.download.remotes._FIRST_PAUSE", 0.01)
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"http://127.0.0.1:{closed_port()}/models.git")
    with pytest.raises(ConnectionFailedError, match=r"^Stage 'depth': "):
        run_pipeline(short_clip, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_checkpoint_that_is_none_is_told_with_its_stage(
    short_clip: Path, tmp_path: Path, five_models: Path, server: GitServer, repository: Path
) -> None:
    wrong = five_models / "models" / "checkpoints" / "best_depth_model.pth"
    shutil.copy(five_models / "models" / "checkpoints" / "best_joint_model.pth", wrong)
    (five_models / "models" / "manifest.json").unlink()
    with pytest.raises(ModelLoadError, match=r"^Stage 'depth': .*best_depth_model\.pth"):
        run_pipeline(short_clip, output=tmp_path / "out")


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_command_line_says_what_was_left_out(short_clip: Path, tmp_path: Path, five_models: Path) -> None:
    command = [sys.executable, "-m", "humanpose3d", "run", str(short_clip), "--output", str(tmp_path / "out")]
    done = subprocess.run([*command, "--no-refine"], capture_output=True, text=True, check=True)
    assert "Left out: depth (switched off)." in done.stdout
    assert "walk_final.trc" in done.stdout
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["settings"]["refine"] is False


@pytest.mark.slow
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
