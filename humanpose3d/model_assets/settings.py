"""What the environment says: the user's folders, remotes, revision, limits."""

from __future__ import annotations

import contextlib
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
# Git's own rules for ref names, as far as they keep a name from being read as anything else.
_NO_REVISION = re.compile(r"^[-+/.]|\.\.|@\{|[\x00-\x20:~^?*\[\\\x7f]")


def base_folder(environ: Mapping[str, str]) -> str:
    """Return the base folder that `environ` asks for, absolute, without touching the disk."""
    value = environ.get("HUMANPOSE3D_HOME") or _DEFAULT_HOME
    path = os.path.expanduser(value)  # noqa: PTH111  (this runs in every warm call)
    if path[0] == "~":  # left as it was: this user has no home, or there is no user of that name
        advice = "Set HUMANPOSE3D_HOME to a folder you can write to."
        raise SettingsError(f"There is no home folder for {value}. {advice}", variable="HUMANPOSE3D_HOME")
    return os.path.abspath(path)  # noqa: PTH100


@dataclass(frozen=True, slots=True)
class UserPaths:
    """The folders that belong to one user (or, if shared, to one group)."""

    base: Path
    """The base folder, ``~/.humanpose3d`` unless ``HUMANPOSE3D_HOME`` says otherwise."""

    @classmethod
    def default(cls) -> UserPaths:
        """Return the folders that the process's environment asks for."""
        return cls(Path(base_folder(os.environ)))

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
    """The resolver's settings, read once for each download; each field names its variable."""

    paths: UserPaths  # HUMANPOSE3D_HOME
    offline: bool  # HUMANPOSE3D_OFFLINE
    remotes: tuple[str, ...] = field(repr=False)  # HUMANPOSE3D_MODELS_URL, tried in order; may carry passwords
    revision: str  # HUMANPOSE3D_MODELS_REVISION: branch, tag or full commit id
    search_path: tuple[Path, ...]  # HUMANPOSE3D_MODELS_PATH: further folders, read only
    lock_timeout: float  # HUMANPOSE3D_LOCK_TIMEOUT, in seconds
    stall_timeout: float  # HUMANPOSE3D_STALL_TIMEOUT, in seconds
    progress: ProgressMode  # HUMANPOSE3D_PROGRESS

    @property
    def shown_remotes(self) -> str:
        """The remotes as shown to users, without credentials."""
        return ", ".join(hide_credentials(remote) for remote in self.remotes)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `environ` (default: the process's environment), or raise SettingsError."""
        env = os.environ if environ is None else environ
        parts = _value(env, "HUMANPOSE3D_MODELS_PATH").split(os.pathsep)
        further = [os.path.expanduser(part) for part in parts if part.strip()]  # noqa: PTH111
        return cls(
            paths=UserPaths(Path(base_folder(env))),
            offline=is_offline(env),
            remotes=_remotes(env, "HUMANPOSE3D_MODELS_URL"),
            revision=_revision(env, "HUMANPOSE3D_MODELS_REVISION"),
            search_path=tuple(Path(os.path.abspath(part)) for part in further),  # noqa: PTH100
            lock_timeout=_seconds(env, "HUMANPOSE3D_LOCK_TIMEOUT", 1800.0),
            stall_timeout=_seconds(env, "HUMANPOSE3D_STALL_TIMEOUT", 60.0),
            progress=_progress(env, "HUMANPOSE3D_PROGRESS"),
        )


def is_offline(environ: Mapping[str, str] | None = None) -> bool:
    """Whether ``HUMANPOSE3D_OFFLINE`` is set."""
    value = _value(os.environ if environ is None else environ, "HUMANPOSE3D_OFFLINE").lower()
    if value not in _TRUE | _FALSE:
        raise _refusal("HUMANPOSE3D_OFFLINE", f"is {value!r}, which is neither on nor off; use 1 or 0.")
    return value in _TRUE


def _value(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip()


def _refusal(name: str, complaint: str) -> SettingsError:
    return SettingsError(f"{name} {complaint}", variable=name)


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text, value = _value(env, name) or str(default), math.nan
    with contextlib.suppress(ValueError):
        value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise _refusal(name, f"is {text!r}, which is no positive number of seconds; use for example {default:g}.")
    return value


def _remotes(env: Mapping[str, str], variable: str) -> tuple[str, ...]:
    """Split a list of remotes at white space, unless the whole is one existing path."""
    value = _value(env, variable)
    # os.path, because Path raises errors at names that are too long, and at homes of users that are not there.
    is_path = value and os.path.exists(os.path.expanduser(value))  # noqa: PTH110, PTH111
    parts = (value,) if is_path else tuple(value.split())
    for part in parts:
        if part.startswith("-") or not part.isprintable():
            shown = re.sub(r"\w.*", lambda address: hide_credentials(address[0]), part, count=1, flags=re.DOTALL)
            complaint = f"holds {shown!r}, which is no address of a git repository"
            raise _refusal(variable, f"{complaint}; give an https, ssh or file URL, a path, or a bundle file.")
        if _CUT_LOGIN.match(part):
            advice = "white space in a user or password is written as %20."
            raise _refusal(variable, f"holds an address whose port is no number; {advice}")
    return parts or (DEFAULT_REMOTE,)


def _revision(env: Mapping[str, str], variable: str) -> str:
    value = _value(env, variable)
    if _NO_REVISION.search(value):
        raise _refusal(variable, f"is {value!r}, which can't be a branch, tag or commit id; use for example 'models'.")
    return value.lower() if is_full_commit_id(value.lower()) else value or DEFAULT_REVISION


def _progress(env: Mapping[str, str], variable: str) -> ProgressMode:
    value = _value(env, variable).lower()
    if value not in ("", "auto", "0", "1"):
        raise _refusal(variable, f"is {value!r}; use auto, 0 (nothing) or 1 (always bars).")
    return cast("ProgressMode", value or "auto")
