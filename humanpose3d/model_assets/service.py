"""The service that graphical front ends and older programs call: no exceptions, a flag and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from humanpose3d.model_assets.errors import ModelAssetError
from humanpose3d.model_assets.paths import UserPaths
from humanpose3d.model_assets.resolver import download_into
from humanpose3d.model_assets.settings import Settings


class ModelDownloadService:
    """Downloads the five models into one base folder.

    Parameters
    ----------
    base : Path or UserPaths, optional
        The base folder; by default the one that the environment asks for.
    """

    def __init__(self, base: Path | str | UserPaths | None = None) -> None:
        if base is None:
            base = UserPaths.default()
        self.paths = base if isinstance(base, UserPaths) else UserPaths(Path(base).expanduser().absolute())

    def download_models(self, progress_callback: Callable[[str], None] | None = None) -> tuple[bool, str]:
        """Make all five models ready.

        Parameters
        ----------
        progress_callback : callable, optional
            Called with one sentence for each step.

        Returns
        -------
        success : bool
            Whether all models are there.
        message : str
            What happened, for people.
        """
        say = progress_callback or (lambda _line: None)
        try:
            settings = Settings.from_environment()
            say("Creating temporary directory...")
            say(f"Cloning models from {settings.shown_remotes}...")
            download_into(self.paths, settings)
        except ModelAssetError as error:
            return False, str(error)
        say("Copying model files...")
        say("Download complete!")
        return True, "Models downloaded successfully"
