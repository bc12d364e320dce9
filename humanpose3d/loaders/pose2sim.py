"""Load Pose2Sim's marker augmenter from the files of an installed Pose2Sim, without importing it."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np

from humanpose3d.errors import ModelLoadError, PackageImportError
from humanpose3d.loaders.marker_augmenter import LOWER, UPPER, AugmenterPart, BodyPart, MarkerAugmenter

# Pose2Sim's dependencies (OpenSim, Qt, OpenVINO, …) are not needed for its model files.
_INSTALL_COMMAND = "pip install onnxruntime && pip install --no-deps 'pose2sim>=0.10'"
_FOLDERS = ((LOWER, "v0.3_lower"), (UPPER, "v0.3_upper"))


def load_pose2sim_augmenter() -> MarkerAugmenter:
    """Load the two networks of Pose2Sim's marker augmentation, for 43 anatomical markers.

    Raises
    ------
    PackageImportError
        ONNX Runtime or Pose2Sim is not installed, or this Pose2Sim has no such models.
    ModelLoadError
        A file is not the model that it ought to be.
    """
    folders = [(body, _folder(name)) for body, name in _FOLDERS]
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # it would report usage from its first moment on
    try:
        import onnxruntime
    except ImportError as error:
        raise PackageImportError(
            f"Pose2Sim's marker augmenter needs the Python package onnxruntime ({error}); "
            f"install it with: {_INSTALL_COMMAND}"
        ) from error
    onnxruntime.disable_telemetry_events()  # those of Windows, which do not read the variable
    return MarkerAugmenter([_load_part(body, folder, onnxruntime) for body, folder in folders])


def pose2sim_model_files() -> tuple[Path, ...]:
    """Return the two models of the installed Pose2Sim, lower body first; PackageImportError where there are none."""
    return tuple(_folder(name) / "model.onnx" for _, name in _FOLDERS)


def _folder(name: str) -> Path:
    try:
        package = distribution("pose2sim")
    except PackageNotFoundError as error:
        raise PackageImportError(
            f"Pose2Sim, which has a marker augmenter, is not installed; install it with: {_INSTALL_COMMAND}"
        ) from error
    folder = Path(str(package.locate_file(f"Pose2Sim/MarkerAugmenter/LSTM/{name}")))
    for file in ("model.onnx", "mean.npy", "std.npy"):
        if not (folder / file).is_file():
            raise PackageImportError(
                f"Pose2Sim {package.version} has no file {folder / file}; install another one with: {_INSTALL_COMMAND}"
            )
    return folder


def _load_part(body: BodyPart, folder: Path, onnxruntime: Any) -> AugmenterPart:
    path = folder / "model.onnx"
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        mean, spread = (np.load(folder / file, allow_pickle=False) for file in ("mean.npy", "std.npy"))
    except Exception as error:
        # ONNX Runtime's exceptions share no base class but this one; all mean the same to a user.
        reason = " ".join(str(error).split())[:200]
        raise ModelLoadError(
            f"Pose2Sim's model of the {body.name} in {folder} cannot be read ({reason}); "
            f"install it again with: {_INSTALL_COMMAND}"
        ) from error
    columns = tuple(end[0].shape[-1] for end in (session.get_inputs(), session.get_outputs()))
    if columns != body.columns or mean.shape != (columns[0],) or spread.shape != mean.shape:
        raise ModelLoadError(
            f"{path} takes {columns[0]} and gives {columns[1]} columns, with {mean.size} means, where the {body.name} "
            f"has {body.columns[0]} and {body.columns[1]}; install Pose2Sim again with: {_INSTALL_COMMAND}"
        )
    entry = session.get_inputs()[0].name
    return AugmenterPart(
        body, lambda batch: session.run(None, {entry: batch})[0], mean.astype(np.float64), spread.astype(np.float64)
    )
