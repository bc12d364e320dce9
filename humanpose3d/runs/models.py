"""Check before a run that its models are there or may be fetched."""

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from humanpose3d.environment import environment
from humanpose3d.model_assets import ModelStatus, OfflineError

__all__ = ["ModelsNotFoundError", "offline", "require_models"]

_SWITCH = "HUMANPOSE3D_OFFLINE"


class ModelsNotFoundError(OfflineError):
    """Models are missing, and ``HUMANPOSE3D_OFFLINE`` keeps them from being fetched.

    Its `report` is what a command prints: the folder, the models, what to do; several lines, no line end at the last.
    """

    report: str
    models: list[str]
    searched: list[Path]


def require_models(names: Iterable[str]) -> None:
    """Raise if models of a run are missing and may not be fetched; online, the run fetches them when it needs them.

    Raises
    ------
    ModelsNotFoundError
        Offline, and a model is missing or corrupt.
    UnknownModelError, SettingsError
        There is no such model, or a setting in the environment is invalid.
    """
    from humanpose3d.model_assets.registry import select_models
    from humanpose3d.model_assets.settings import Settings

    specs, settings = select_models(names), Settings.from_environment()
    if not settings.offline:
        return
    from humanpose3d.model_assets.download.cold_path import find_usable
    from humanpose3d.model_assets.resolver import store_in
    from humanpose3d.model_assets.store.status import status_of

    store = store_in(settings)
    absent = [status_of(spec, store, settings) for spec in specs if find_usable(spec, store, settings) is None]
    if absent:
        raise _not_found(absent, [store.folder, *settings.search_path])


def offline(wanted: bool = True) -> AbstractContextManager[None]:
    """Return a context in which ``HUMANPOSE3D_OFFLINE`` is set; if not `wanted`, the variable stays as it is."""
    return environment({_SWITCH: "1"} if wanted else {})


def _not_found(statuses: Sequence[ModelStatus], searched: Sequence[Path]) -> ModelsNotFoundError:
    from humanpose3d.model_assets.service.wording import check_line

    folder, *further = map(_shown, searched)
    lines = [
        f"Error: Models not found in {folder}",
        *(f"  - {check_line(status)}" for status in statuses),
        *([f"  (also searched: {', '.join(further)})"] if further else []),
        "Please download models first:",
        "  python scripts/download_models.py",
        "or, where the package is installed:",
        "  humanpose3d models download",
        f"Both need {_SWITCH} unset. Without a network: humanpose3d models import FILE",
    ]
    return ModelsNotFoundError(
        f"Offline ({_SWITCH} is set), and models not found in {folder}: "
        f"{'; '.join(map(check_line, statuses))}. "
        "Unset the variable and try again, or copy the files there.",
        report="\n".join(f"[main] {line}" for line in lines),
        models=[status.name for status in statuses],
        searched=list(searched),
    )


def _shown(folder: Path) -> str:
    """Return a folder as text, with ``~`` for the home folder."""
    home = os.path.expanduser("~")  # noqa: PTH111  (Path.home() raises where there is none)
    try:
        return f"~/{folder.relative_to(home).as_posix()}/"
    except ValueError:
        return f"{folder}{os.sep}"
