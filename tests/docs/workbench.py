"""Where errors are provoked, and how their texts become those of the guide."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.git_server import GitServer

from humanpose3d.errors import PipelineError
from humanpose3d.model_assets import ModelAssetError


@dataclass(frozen=True)
class Workbench:
    """What it takes to provoke an error.

    Attributes
    ----------
    home : Path
        An empty base folder, which the environment names.
    stick : Path
        A folder that the guide calls ``/media/usb``.
    repository, server : Path, GitServer
        The models repository, and what serves it.
    models, clip : Path
        The five models as files, and a video of a person.
    patch : pytest.MonkeyPatch
        For what can't be provoked otherwise.
    """

    home: Path
    stick: Path
    repository: Path
    server: GitServer
    models: Path
    clip: Path
    patch: pytest.MonkeyPatch

    def set(self, name: str, value: object) -> None:
        """Set an environment variable of ours."""
        self.patch.setenv(f"HUMANPOSE3D_{name}", str(value))

    def message(self, work: Callable[[], object]) -> str:
        """Return the text of the error that `work` raises."""
        with pytest.raises((ModelAssetError, PipelineError)) as caught:
            work()
        return str(caught.value)

    @contextlib.contextmanager
    def remote(self, port: int) -> Iterator[None]:
        """Name a server at `port` as the remote."""
        with self.patch.context() as patch:
            patch.setenv("HUMANPOSE3D_MODELS_URL", f"http://127.0.0.1:{port}/models.git")
            yield

    def as_in_the_guide(self, message: str) -> str:
        """Put the guide's addresses and folders in place of the real ones."""
        # On Windows the parts of a path are separated otherwise; the guide shows those of Linux and macOS.
        message = message.replace(str(self.home), "/home/user/.humanpose3d").replace(str(self.stick), "/media/usb")
        message = message.replace(str(Path.cwd()) + os.sep, "")
        message = message.replace(os.sep, "/")
        return re.sub(r"http://127\.0\.0\.1:\d+", "https://git.example.org", message)
