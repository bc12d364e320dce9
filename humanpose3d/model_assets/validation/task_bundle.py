"""MediaPipe ``.task`` bundles: a zip archive with two TensorFlow Lite models."""

from __future__ import annotations

from pathlib import Path

from humanpose3d.model_assets.validation.archive import find_archive_fault, open_archive

_MEMBERS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")


def find_task_fault(path: Path) -> str | None:
    """Say what is wrong with the pose landmarker bundle at `path`; None where nothing is."""
    archive = open_archive(path)
    if isinstance(archive, str):
        return archive
    with archive:
        missing = [name for name in _MEMBERS if name not in archive.namelist()]
        if missing:
            return f"it is a zip archive without {' and '.join(missing)}"
        return find_archive_fault(archive, path.stat().st_size)
