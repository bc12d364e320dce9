"""Build ``run.json``: input, versions, models, settings, stages and warnings, enough to reproduce a result."""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from humanpose3d import __version__
from humanpose3d.kinematics.events import Movement
from humanpose3d.kinematics.view import View
from humanpose3d.pipeline.trajectories import Landmarks, sampling_rate
from humanpose3d.runs.numbers import movement_record, sources
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.stage_log import StageLog
from humanpose3d.video.inputs import input_size
from humanpose3d.video.reader import VideoInfo

__all__ = ["SCHEMA_VERSION", "build_index_record", "build_record"]

SCHEMA_VERSION = 2
"""Raised when a key of ``run.json`` changes its meaning or disappears."""

_PACKAGES = ("mediapipe", "numpy", "scipy", "av", "h5py")
_UNEVEN_SAMPLING = 0.1


def build_record(
    *,
    video: Path,
    video_sha256: str,
    info: VideoInfo,
    skipped_frames: int,
    settings: Settings,
    log: StageLog,
    landmarks: Landmarks,
    movement: Movement,
    camera: Mapping[str, Any],
    unseen: Mapping[str, str],
    notes: Sequence[str],
    command: str | None,
    outputs: dict[str, str],
    verdict: Mapping[str, Any] | None = None,
    angles: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the content of ``run.json``; every value is plain JSON. `angles` is of ``numbers.angle_numbers``.

    `unseen` says why joints have no angles, by joint: the files show it no more, since the landmarks in them have left
    and right as detected.
    """
    frames = len(landmarks.times)
    rate = sampling_rate(landmarks.times)
    detection = next((stage.seconds for stage in log.stages if stage.name == "detect"), 0.0)
    models = {model.path: model for stage in log.stages for model in stage.models}  # each once, in the order of use
    return {
        "schema_version": SCHEMA_VERSION,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "versions": _versions(),
        "command": command,
        "input": {
            "name": video.name,
            "size_bytes": input_size(video),
            "sha256": video_sha256,
            "video": asdict(info),
        },
        "models": [asdict(model) for model in models.values()],
        "settings": settings.as_record(),
        "frames": {
            "total": frames,
            "with_pose": int(landmarks.detected.sum()),
            "skipped": skipped_frames,
            "data_rate_hz": rate,
            "duration_s": float(landmarks.times[-1] - landmarks.times[0]),
        },
        "stages": [stage.as_record() for stage in log.stages],
        "timings": {
            "total_s": round(log.seconds, 3),
            "detected_frames_per_s": round(frames / detection, 2) if detection else None,
        },
        "warnings": [*_warnings(landmarks, skipped_frames), *notes],
        "camera": dict(camera),
        "view": _view(movement.view),
        "movement": movement_record(movement),
        "unseen_joints": dict(unseen),
        "sources": sources(),
        **(angles or {}),
        "verdict": None if verdict is None else dict(verdict),
        "outputs": outputs,
    }


def build_index_record(record: Mapping[str, Any], people: Mapping[str, str], outputs: dict[str, str]) -> dict[str, Any]:
    """Return the ``run.json`` of a run for everybody: what all have in common with `record`, the one of a person.

    `people` are the folders of their results, by their numbers.
    """
    common = ("schema_version", "created", "versions", "command", "input", "models", "settings")
    frames = {key: record["frames"][key] for key in ("total", "skipped", "data_rate_hz", "duration_s")}
    return {**{key: record[key] for key in common}, "frames": frames, "people": dict(people), "outputs": outputs}


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {"humanpose3d": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:  # a copy on the path that was not installed
            versions[package] = getattr(sys.modules.get(package), "__version__", None)
    versions["platform"] = platform.platform()
    return versions


def _view(view: View | None) -> dict[str, Any] | None:
    if view is None:
        return None
    angles = {key: round(value, 1) for key, value in asdict(view).items()}
    return {**angles, "sector": view.sector, "word": view.word}


def _warnings(landmarks: Landmarks, skipped_frames: int) -> list[str]:
    frames = len(landmarks.times)
    warnings = []
    if missing := frames - int(landmarks.detected.sum()):
        warnings.append(f"Nobody was found in {missing} of {frames} frames; they are empty in the results.")
    if skipped_frames:
        warnings.append(f"{skipped_frames} frames were left out because their time stamps do not increase.")
    if frames == 1:
        warnings.append("The video has a single frame; its data rate is the nominal one.")
    steps = np.diff(landmarks.times)
    if len(steps) and np.ptp(steps) > _UNEVEN_SAMPLING * np.median(steps):
        warnings.append(
            f"The frames are not evenly spaced ({steps.min() * 1e3:.1f} to {steps.max() * 1e3:.1f} ms); "
            "the data rate is their mean, and the time column is exact."
        )
    return warnings
