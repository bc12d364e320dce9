"""Downloads that tell each step, and the service for front ends and older programs: a flag and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from humanpose3d.model_assets.errors import ModelAssetError
from humanpose3d.model_assets.resolver import check_in, download_into
from humanpose3d.model_assets.service import wording
from humanpose3d.model_assets.settings import Settings, UserPaths
from humanpose3d.model_assets.store.status import ModelStatus


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
        say = progress_callback or (lambda _step: None)
        try:
            delivery = deliver(replace(Settings.from_environment(), paths=self.paths), say=say)
        except ModelAssetError as error:
            return False, str(error)
        return True, wording.DOWNLOADED if delivery.arrived else wording.UNCHANGED


@dataclass(frozen=True, slots=True)
class Delivery:
    """The models that were asked for, and those that are new: an update may bring more than was asked for."""

    models: list[ModelStatus]
    arrived: list[ModelStatus]


def deliver(
    settings: Settings,
    names: Iterable[str] | None = None,
    *,
    force: bool = False,
    say: Callable[[str], None],
) -> Delivery:
    """Make models ready as :func:`humanpose3d.model_assets.download_models` does; `say` gets a sentence a step."""
    names = None if names is None else list(names)
    watched = None if force else names
    before = check_in(settings, watched)
    if not settings.offline and (force or not all(status.ready for status in before)):
        say(wording.CREATING)
        say(wording.cloning(settings))
    files = {status.name: _file_of(status) for status in before}
    models = download_into(settings, names, force=force)
    arrived = [status for status in check_in(settings, watched) if _file_of(status) != files[status.name]]
    for line in (wording.COPYING, wording.COMPLETE) if arrived else (wording.UNCHANGED,):
        say(line)
    return Delivery(models, arrived)


def _file_of(status: ModelStatus) -> tuple[Path, int] | None:
    """Return what distinguishes a file from its successor; None where there is none."""
    try:
        return status.path, status.path.stat().st_mtime_ns
    except OSError:
        return None
