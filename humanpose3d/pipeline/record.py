"""``run.json``: how a result was made, in enough detail to trust it and to make it again."""

import hashlib
import json
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, TextIO

import numpy as np

from humanpose3d import __version__
from humanpose3d.pipeline.settings import Settings
from humanpose3d.pipeline.trial import Landmarks, sampling_rate
from humanpose3d.pipeline.video import VideoInfo

__all__ = ["SCHEMA_VERSION", "ModelRecord", "Stage", "StageLog", "build_record", "file_digest", "write_record"]

SCHEMA_VERSION = 1
"""Raised when a key of ``run.json`` changes its meaning or disappears."""

_PACKAGES = ("mediapipe", "numpy", "av")
_UNEVEN_SAMPLING = 0.1


@dataclass(frozen=True)
class Stage:
    """One stage of a run, for people and for later stages to see.

    Attributes
    ----------
    name : str
    status : {"ran", "skipped"}
    reason : str or None
        Why it was skipped.
    seconds : float
    device : str or None
        Where a neural model really computed.
    """

    name: str
    status: Literal["ran", "skipped"] = "ran"
    reason: str | None = None
    seconds: float = 0.0
    device: str | None = None


@dataclass(frozen=True)
class ModelRecord:
    """A model file that took part."""

    name: str
    path: str
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, name: str, path: Path) -> "ModelRecord":
        """Measure and hash a model file."""
        return cls(name, str(path), path.stat().st_size, file_digest(path))


class StageLog:
    """Collects what each stage did and how long it took."""

    def __init__(self) -> None:
        self._stages: list[Stage] = []
        self._start = time.perf_counter()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages so far, in order."""
        return tuple(self._stages)

    @property
    def seconds(self) -> float:
        """Time since the log was made."""
        return time.perf_counter() - self._start

    @contextmanager
    def running(self, name: str, device: str | None = None) -> Iterator[None]:
        """Time the block and note it as a stage that ran; nothing is noted when it raises."""
        start = time.perf_counter()
        yield
        self._stages.append(Stage(name, seconds=time.perf_counter() - start, device=device))

    def skip(self, name: str, reason: str) -> None:
        """Note a stage that did not run."""
        self._stages.append(Stage(name, "skipped", reason))


def file_digest(path: Path) -> str:
    """Return the sha256 of a file as hexadecimal digits, reading it in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def build_record(
    *,
    video: Path,
    video_sha256: str,
    info: VideoInfo,
    skipped_frames: int,
    settings: Settings,
    models: Sequence[ModelRecord],
    log: StageLog,
    landmarks: Landmarks,
    outputs: dict[str, Path],
) -> dict[str, Any]:
    """Put together the content of ``run.json``; every value is plain JSON."""
    frames = len(landmarks.times)
    rate = sampling_rate(landmarks.times)
    detection = next((stage.seconds for stage in log.stages if stage.name == "detect"), 0.0)
    return {
        "schema_version": SCHEMA_VERSION,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "versions": _versions(),
        "input": {
            "name": video.name,
            "size_bytes": video.stat().st_size,
            "sha256": video_sha256,
            "video": asdict(info),
        },
        "models": [asdict(model) for model in models],
        "settings": {"height_m": settings.height, "weight_kg": settings.weight},
        "frames": {
            "total": frames,
            "with_pose": int(landmarks.detected.sum()),
            "skipped": skipped_frames,
            "data_rate_hz": rate,
            "duration_s": float(landmarks.times[-1]),
        },
        "stages": [_rounded(stage) for stage in log.stages],
        "timings": {
            "total_s": round(log.seconds, 3),
            "detected_frames_per_s": round(frames / detection, 2) if detection else None,
        },
        "warnings": _warnings(landmarks, skipped_frames),
        "outputs": {name: path.name for name, path in outputs.items()},
    }


def write_record(file: TextIO, record: dict[str, Any]) -> None:
    """Write a record as indented JSON."""
    json.dump(record, file, indent=2, ensure_ascii=False, allow_nan=False)
    file.write("\n")


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {"humanpose3d": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:  # a copy on the path that was not installed
            versions[package] = getattr(sys.modules.get(package), "__version__", None)
    versions["platform"] = platform.platform()
    return versions


def _rounded(stage: Stage) -> dict[str, Any]:
    return asdict(replace(stage, seconds=round(stage.seconds, 3)))


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
