"""What the environment says: the user's folders, remotes, revision, limits."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from humanpose3d.model_assets.errors import SettingsError
from humanpose3d.model_assets.registry import MODELS
from humanpose3d.model_assets.transports.git.remote import hide_credentials, is_full_commit_id

DEFAULT_REMOTE = "https://github.com/JoeyKardolus/humanpose3d_backend.git"
DEFAULT_REVISION = "models"
_DEFAULT_HOME = "~/.humanpose3d"

ProgressMode = Literal["auto", "0", "1"]
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}
# What precedes white space in a password.
_CUT_LOGIN = re.compile(r"\w[\w+.-]*://[^/?#@:\[]*:(?![0-9]*([/?#]|$))[^@]*$")


def base_folder(environ: Mapping[str, str]) -> str:
    """Return the base folder that `environ` asks for, absolute, without touching the disk."""
    value = environ.get("HUMANPOSE3D_HOME") or _DEFAULT_HOME
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


@dataclass(frozen=True, slots=True)
class Settings:
    """The resolver's settings, read once for each download.

    Attributes
    ----------
    paths : UserPaths
        Where models are kept (``HUMANPOSE3D_HOME``).
    offline : bool
        Whether git must not be started (``HUMANPOSE3D_OFFLINE``).
    remotes : tuple of str
        Git remotes, tried in order (``HUMANPOSE3D_MODELS_URL``).
    revision : str
        Branch, tag or full commit id (``HUMANPOSE3D_MODELS_REVISION``).
    search_path : tuple of Path
        Further ``models`` folders, read only (``HUMANPOSE3D_MODELS_PATH``).
    lock_timeout, stall_timeout : float
        Seconds (``HUMANPOSE3D_LOCK_TIMEOUT``, ``HUMANPOSE3D_STALL_TIMEOUT``).
    progress : {"auto", "0", "1"}
        How to show progress (``HUMANPOSE3D_PROGRESS``).
    """

    paths: UserPaths
    offline: bool = False
    remotes: tuple[str, ...] = field(default=(DEFAULT_REMOTE,), repr=False)  # an address may carry a password
    revision: str = DEFAULT_REVISION
    search_path: tuple[Path, ...] = ()
    lock_timeout: float = 1800.0
    stall_timeout: float = 60.0
    progress: ProgressMode = "auto"

    @property
    def shown_remotes(self) -> str:
        """The remotes as shown to users, without credentials."""
        return ", ".join(hide_credentials(remote) for remote in self.remotes)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `environ` (default: the process's environment).

        Raises
        ------
        SettingsError
            If a variable holds something that is no setting.
        """
        env = os.environ if environ is None else environ
        return cls(
            paths=UserPaths.from_environment(env),
            offline=_switch(env, "HUMANPOSE3D_OFFLINE"),
            remotes=_remotes(env.get("HUMANPOSE3D_MODELS_URL", "")),
            revision=_revision(env.get("HUMANPOSE3D_MODELS_REVISION", "")),
            search_path=_search_path(env.get("HUMANPOSE3D_MODELS_PATH", "")),
            lock_timeout=_seconds(env, "HUMANPOSE3D_LOCK_TIMEOUT", 1800.0),
            stall_timeout=_seconds(env, "HUMANPOSE3D_STALL_TIMEOUT", 60.0),
            progress=_progress(env.get("HUMANPOSE3D_PROGRESS", "")),
        )


def _search_path(value: str) -> tuple[Path, ...]:
    parts = (os.path.expanduser(part) for part in value.split(os.pathsep) if part.strip())  # noqa: PTH111
    return tuple(Path(os.path.abspath(part)) for part in parts)  # noqa: PTH100


def is_offline(environ: Mapping[str, str] | None = None) -> bool:
    """Whether ``HUMANPOSE3D_OFFLINE`` is set."""
    return _switch(os.environ if environ is None else environ, "HUMANPOSE3D_OFFLINE")


def _switch(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "").strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise SettingsError(f"{name} is {value!r}, which is neither on nor off; use 1 or 0.", variable=name)


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise SettingsError(
            f"{name} is {text!r}, which is no positive number of seconds; use for example {default:g}.",
            variable=name,
        )
    return value


def _remotes(value: str) -> tuple[str, ...]:
    """Split a list of remotes at white space, unless the whole is one existing path."""
    value = value.strip()
    if not value:
        return (DEFAULT_REMOTE,)
    # os.path, because Path raises errors at names that are too long, and at homes of users that are not there.
    is_path = os.path.exists(os.path.expanduser(value))  # noqa: PTH110, PTH111
    parts = (value,) if is_path else tuple(value.split())
    for part in parts:
        if part.startswith("-") or not part.isprintable():
            shown = re.sub(r"\w.*", lambda address: hide_credentials(address[0]), part, count=1, flags=re.DOTALL)
            raise SettingsError(
                f"HUMANPOSE3D_MODELS_URL holds {shown!r}, which is no address of a git repository; "
                "give an https, ssh or file URL, a path, or a bundle file.",
                variable="HUMANPOSE3D_MODELS_URL",
            )
        if _CUT_LOGIN.match(part):
            raise SettingsError(
                "HUMANPOSE3D_MODELS_URL holds an address whose port is no number; white space in a user or password "
                "is written as %20.",
                variable="HUMANPOSE3D_MODELS_URL",
            )
    return parts


def _revision(value: str) -> str:
    value = value.strip() or DEFAULT_REVISION
    # Git's own rules for ref names, as far as they keep a name from being read as anything else.
    if (
        value.startswith(("-", "+", "/", "."))
        or ".." in value
        or "@{" in value
        or any(c in " :~^?*[\\\x7f" or c < " " for c in value)
    ):
        raise SettingsError(
            f"HUMANPOSE3D_MODELS_REVISION is {value!r}, which can't be a branch, tag or commit id; "
            "use for example 'models'.",
            variable="HUMANPOSE3D_MODELS_REVISION",
        )
    return value.lower() if is_full_commit_id(value.lower()) else value


def _progress(value: str) -> ProgressMode:
    value = value.strip().lower() or "auto"
    if value not in ("auto", "0", "1"):
        raise SettingsError(
            f"HUMANPOSE3D_PROGRESS is {value!r}; use auto, 0 (nothing) or 1 (always bars).",
            variable="HUMANPOSE3D_PROGRESS",
        )
    return cast("ProgressMode", value)
