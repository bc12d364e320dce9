"""The models folder of the demo, file by file."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from pathlib import Path

from demo_models import notes
from demo_models.bundle import write_bundle
from demo_models.checkpoint import save_checkpoint
from demo_models.depth import make_depth_checkpoint
from demo_models.gru import write_motion_model
from demo_models.joint import make_joint_checkpoint
from demo_models.refiner import make_refiner_checkpoint

POSE_MODEL = "pose_landmarker_heavy.task"
POSE_MODEL_PARTS = {"pose_detector.tflite", "pose_landmarks_detector.tflite"}


def make_bundle(pose_model: Path, output: Path) -> None:
    """Write the demo's models repository as a git bundle.

    Parameters
    ----------
    pose_model : Path
        MediaPipe's pose landmarker, variant "full" (``.task``).
    output : Path
        The bundle.

    Raises
    ------
    ValueError
        If `pose_model` is no pose landmarker.
    BundleError
        If git is not installed or fails.
    OSError
        If a file can't be read or written.
    """
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder, "models")
        write_small_models(models)
        _add_pose_model(pose_model, models)
        write_bundle(Path(folder), notes.COMMIT_MESSAGE, output)


def write_small_models(models: Path) -> None:
    """Write the four demo models below the folder `models`, under the names of the real ones."""
    checkpoints = models / "checkpoints"
    save_checkpoint(make_depth_checkpoint(), checkpoints / "best_depth_model.pth")
    save_checkpoint(make_joint_checkpoint(), checkpoints / "best_joint_model.pth")
    save_checkpoint(make_refiner_checkpoint(), checkpoints / "best_main_refiner.pth")
    write_motion_model(models / "GRU.h5")


def _add_pose_model(pose_model: Path, models: Path) -> None:
    _check_pose_model(pose_model)
    copy = models / POSE_MODEL
    shutil.copyfile(pose_model, copy)
    content = copy.read_bytes()
    readme = notes.README.format(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    (models / "README.md").write_text(readme, encoding="utf-8", newline="\n")
    (models / "LICENSE").write_text(notes.LICENSE, encoding="utf-8", newline="\n")


def _check_pose_model(pose_model: Path) -> None:
    if not pose_model.is_file():
        raise ValueError(f"There is no file {pose_model}; give MediaPipe's pose_landmarker_full.task.")
    try:
        with zipfile.ZipFile(pose_model) as archive:
            missing = POSE_MODEL_PARTS.difference(archive.namelist())
    except zipfile.BadZipFile as error:
        raise ValueError(f"{pose_model} is no MediaPipe .task file ({error}); download it again.") from error
    if missing:
        raise ValueError(
            f"{pose_model} is no pose landmarker: it has no {' and no '.join(sorted(missing))}; "
            "give MediaPipe's pose_landmarker_full.task."
        )
