"""What the environment says about the page; a value that makes no sense is an error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dj_database_url

from humanpose3d.model_assets import SettingsError

__all__ = ["database_of", "quota_gb"]

_SQLITE = "humanpose3d.django_app.page.access.sqlite"
_DATABASE, _QUOTA = "HUMANPOSE3D_DATABASE_URL", "HUMANPOSE3D_APP_QUOTA_GB"


def database_of(environ: Mapping[str, str], file: Path) -> dict[str, Any]:
    """Return the database as Django's settings name it: SQLite in `file`, if the environment names no other.

    Raises
    ------
    SettingsError
        The address is none of a database.
    """
    try:
        if address := environ.get(_DATABASE, "").strip():
            return dict(dj_database_url.parse(address))
    except ValueError as error:  # whose text may hold the password
        raise SettingsError(
            f"{_DATABASE} is no address of a database; it looks like postgres://USER:PASSWORD@HOST:5432/NAME."
        ) from error
    return {"ENGINE": _SQLITE, "NAME": str(file)}


def quota_gb(environ: Mapping[str, str]) -> float:
    """Return how much the videos of an account may take, in GB; infinite if the environment does not say.

    Raises
    ------
    SettingsError
        It is no number above 0.
    """
    text = environ.get(_QUOTA, "").strip()
    try:
        quota = float(text or "inf")
    except ValueError:
        quota = math.nan
    if not quota > 0:
        raise SettingsError(f"{_QUOTA} is {text!r}, which is no number of gigabytes above 0; use for example 50.")
    return quota
