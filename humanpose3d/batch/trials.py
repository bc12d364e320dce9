"""A trial of a batch: video, options and output folder; checking and removing its results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from humanpose3d.runs.settings import Settings

__all__ = ["BatchTrial", "is_done", "remove_leftovers"]

_REMOVED_SETTING = "device"  # of earlier versions; the results did not depend on it


@dataclass(frozen=True)
class BatchTrial:
    """What a worker needs to run a trial; can be pickled."""

    name: str  # unique in the batch
    video: Path
    folder: Path  # for the results
    options: Mapping[str, Any] = field(default_factory=dict)  # keyword arguments of `run_pipeline`, without the output
    fault: str | None = None  # why it cannot be run, where that is known in advance

    @property
    def settings(self) -> Settings:
        """The settings of its run; raises InvalidSettingError if one of them is out of range."""
        return Settings(**self.options)


def is_done(trial: BatchTrial, record: Mapping[str, Any], video_sha256: str, models: Mapping[str, str]) -> bool:
    """Whether the results of a trial, of which `record` tells, are valid.

    They are if they were made from the same content, with the same settings and the same models, and all of their
    files are there. `models` has the SHA-256 of each model as it is now; a model of the results that is not among them
    counts as unchanged: it is not one of the registry.
    """
    try:
        settings = json.loads(json.dumps(trial.settings.as_record()))
        used_settings = {name: value for name, value in record["settings"].items() if name != _REMOVED_SETTING}
        same = record["input"]["sha256"] == video_sha256 and used_settings == settings
        unchanged = all(models.get(used["name"], used["sha256"]) == used["sha256"] for used in record["models"])
        return same and unchanged and all((trial.folder / name).is_file() for name in record["outputs"].values())
    except (KeyError, TypeError, AttributeError):  # the record of something else, or of another version
        return False


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left in the folder of a trial; a folder with nothing else in it goes too."""
    if not folder.is_dir():
        return
    for path in folder.rglob(".*.tmp"):
        path.unlink(missing_ok=True)
    with suppress(OSError):  # not empty
        (folder / "joint_angles").rmdir()
    with suppress(OSError):
        folder.rmdir()
