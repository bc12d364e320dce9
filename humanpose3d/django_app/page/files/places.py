"""Where files of the page lie. Every path is made of numbers that the page gives, never of names from outside."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from uuid import UUID

from django.conf import settings

from humanpose3d.django_app.page.models import Trial
from humanpose3d.model_assets import UserPaths

__all__ = ["display_name", "make_private_places", "part_path", "picture_path", "results_folder", "video_path"]

SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mts", ".m2ts", ".mpg", ".mpeg", ".wmv", ".3gp")
_LONGEST = 200
# Characters that change the direction of what follows, and others that nobody sees.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def make_private_places() -> None:
    """Make the folders of the page and the file of its database, where they are missing: for their owner alone."""
    paths = UserPaths.default()
    paths.base.mkdir(parents=True, exist_ok=True)
    for folder in (paths.data_input.parent, paths.data_input, paths.data_output, Path(settings.APP_FOLDER)):
        folder.mkdir(mode=0o700, exist_ok=True)
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        Path(database["NAME"]).touch(mode=0o600)  # what SQLite writes beside it has the same rights


def display_name(name: str) -> str:
    """Return a file's name from outside as a label: one line, without folders, of bounded length."""
    plain = _INVISIBLE.sub("", name).replace("\\", "/").rpartition("/")[2].strip()
    return plain[-_LONGEST:] or "video"


def video_path(trial: Trial, name: str) -> Path:
    """Return the place of a trial's video; of its name from outside only a known ending is used."""
    suffix = PurePath(name).suffix.lower()
    return UserPaths.default().data_input / f"trial-{trial.pk}{suffix if suffix in SUFFIXES else '.video'}"


def results_folder(trial: Trial) -> Path:
    """Return the folder of a trial's results: the one that it has, or the one that the command line would make."""
    return Path(trial.folder) if trial.folder else UserPaths.default().data_output / f"trial-{trial.pk}_humanpose3d"


def part_path(upload: UUID) -> Path:
    """Return the place of what has arrived of an upload."""
    return UserPaths.default().data_input / f".{upload.hex}.part"


def picture_path(trial: Trial, seconds: float) -> Path:
    """Return the place of a picture of a trial at a time."""
    return Path(settings.APP_FOLDER) / "pictures" / str(trial.pk) / f"{round(1000 * seconds)}.jpg"
