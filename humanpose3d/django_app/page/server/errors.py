"""Errors of the command ``humanpose3d app``."""

from __future__ import annotations

from pathlib import Path

from humanpose3d.errors import PipelineError

__all__ = ["AppError", "NoAccountError", "NoPortError", "no_account", "silent_server", "unusable_database"]

_CREATE_ACCOUNT = "python -m django createsuperuser --settings humanpose3d.django_app.page.settings"


class AppError(PipelineError):
    """The page cannot be served."""


class NoPortError(AppError, OSError):
    """No port can be opened at the address."""


class NoAccountError(AppError, PermissionError):
    """The page would be open to others, and nobody could log in."""


def no_account(address: str) -> NoAccountError:
    """Return the error of a page for others without an account."""
    return NoAccountError(
        f"Others can reach the page at {address}, so people log in there, and there is no account yet; "
        f"make the first one with: {_CREATE_ACCOUNT}"
    )


def silent_server(base: Path) -> AppError:
    """Return the error of a folder whose server does not tell its address."""
    return AppError(
        f"Another 'humanpose3d app' serves {base}, but does not tell its address; "
        "end it first, or set HUMANPOSE3D_HOME to another folder."
    )


def unusable_database(error: Exception) -> AppError:
    """Return the error of a database that cannot be opened or brought to this version."""
    words = str(error).strip().splitlines() or [type(error).__name__]
    return AppError(f"The database cannot be used ({words[0]}); look at it, and at HUMANPOSE3D_DATABASE_URL.")
