"""The folders of one user."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from humanpose3d.model_assets.errors import SettingsError
from humanpose3d.model_assets.registry import MODELS

DEFAULT_HOME = "~/.humanpose3d"


def base_folder(environ: Mapping[str, str]) -> str:
    """Return the base folder that `environ` asks for, absolute, without touching the disk.

    Raises
    ------
    SettingsError
        If it is in a home folder that there is not.
    """
    value = environ.get("HUMANPOSE3D_HOME") or DEFAULT_HOME
    path = os.path.expanduser(value)  # noqa: PTH111  (this runs in every warm call)
    if path[0] == "~":  # left as it was: this user has no home, or there is no user of that name
        raise SettingsError(
            f"There is no home folder for {value}. Set HUMANPOSE3D_HOME to a folder you can write to.",
            variable="HUMANPOSE3D_HOME",
        )
    return os.path.abspath(path)  # noqa: PTH100


@dataclass(frozen=True, slots=True)
class UserPaths:
    """The folders that belong to one user (or, if shared, to one group).

    Attributes
    ----------
    base : Path
        The base folder, ``~/.humanpose3d`` unless ``HUMANPOSE3D_HOME`` says otherwise.
    """

    base: Path

    @classmethod
    def default(cls) -> UserPaths:
        """Return the folders that the process's environment asks for."""
        return cls.from_environment(os.environ)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> UserPaths:
        """Return the folders that `environ` asks for."""
        return cls(Path(base_folder(environ)))

    @property
    def models(self) -> Path:
        """Folder of the models."""
        return self.base / "models"

    @property
    def models_checkpoints(self) -> Path:
        """Folder of the ``.pth`` checkpoints, inside :attr:`models`."""
        return self.models / "checkpoints"

    @property
    def data_input(self) -> Path:
        """Folder for videos to be processed."""
        return self.base / "data" / "input"

    @property
    def data_output(self) -> Path:
        """Folder for results."""
        return self.base / "data" / "output"

    def models_exist(self) -> bool:
        """Whether a file that is not empty lies at the place of each of the five models."""
        paths = [self.models / spec.path for spec in MODELS.values()]
        return all(path.is_file() and path.stat().st_size > 0 for path in paths)

    def ensure_directories(self) -> None:
        """Make the folders that are missing."""
        for folder in (self.models, self.models_checkpoints, self.data_input, self.data_output):
            folder.mkdir(parents=True, exist_ok=True)
