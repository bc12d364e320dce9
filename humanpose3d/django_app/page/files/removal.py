"""Delete what belongs to a trial: its video, its results, or all of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from humanpose3d.django_app.page.models import Person, Trial
from humanpose3d.model_assets import UserPaths
from humanpose3d.runs.output import read_record, remove_results

__all__ = [
    "forget_unused",
    "remove_all",
    "remove_results_of",
    "remove_video",
    "result_files",
    "size_of_folder",
    "sizes_of",
]


def remove_video(trial: Trial) -> None:
    """Delete the video of a trial; results stay."""
    if trial.video and _ours(Path(trial.video)):
        Path(trial.video).unlink(missing_ok=True)
    _remove_pictures(trial)
    trial.video, trial.video_bytes = "", 0
    trial.save(update_fields=["video", "video_bytes"])


def remove_results_of(trial: Trial) -> None:
    """Delete the files that a run has written; others in the folder stay. The video can be run again."""
    if trial.folder:
        folder = Path(trial.folder)
        record: Mapping[str, Any] = read_record(folder) or {}
        remove_results(folder, record)
        with suppress(OSError):  # something else is in it
            folder.rmdir()
    for page in (Path(settings.APP_FOLDER) / "comparisons").glob(f"*-{trial.pk}-*"):
        page.unlink(missing_ok=True)
    trial.folder, trial.state, trial.verdict, trial.verdict_text, trial.kind, trial.found = "", "draft", "", "", "", []
    trial.fraction, trial.error = 0.0, ""
    trial.save()


def remove_all(trial: Trial) -> None:
    """Delete a trial with its video and its results, and the name of a person of whom there is no other."""
    remove_results_of(trial)
    remove_video(trial)
    trial.delete()
    forget_unused(trial.person)


def forget_unused(person: Person | None) -> None:
    """Forget a person without trials."""
    if person is not None and not person.trials.exists():
        person.delete()


def result_files(trial: Trial) -> dict[str, Path]:
    """Return the files of the results by their names within the folder, as far as they are there and lie in it."""
    if not trial.folder:
        return {}
    folder = Path(trial.folder)
    outputs = (read_record(folder) or {}).get("outputs")
    names = sorted({str(name) for name in outputs.values()}) if isinstance(outputs, Mapping) else []
    root = folder.resolve()
    found = {name: folder / name for name in names}
    return {name: path for name, path in found.items() if path.is_file() and path.resolve().is_relative_to(root)}


def sizes_of(trial: Trial) -> dict[str, int]:
    """Return how many bytes the video and the results of a trial take."""
    video = Path(trial.video).stat().st_size if trial.has_video else 0
    return {"video": video, "results": sum(path.stat().st_size for path in result_files(trial).values())}


def size_of_folder(folder: Path) -> int:
    """Return how many bytes the files below a folder take."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # gone meanwhile
            total += path.lstat().st_size if path.is_file() and not path.is_symlink() else 0
    return total


def _ours(video: Path) -> bool:
    """Whether a video lies where the page puts videos; what lies elsewhere is somebody's original."""
    return video.resolve().is_relative_to(UserPaths.default().data_input.resolve())


def _remove_pictures(trial: Trial) -> None:
    shutil.rmtree(Path(settings.APP_FOLDER) / "pictures" / str(trial.pk), ignore_errors=True)
