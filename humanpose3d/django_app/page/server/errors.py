"""Errors of the command ``humanpose3d app``."""

from __future__ import annotations

from humanpose3d.errors import PipelineError

__all__ = ["AppError", "NoAccountError", "NoPortError"]


class AppError(PipelineError):
    """The page cannot be served."""


class NoPortError(AppError, OSError):
    """No port can be opened at the address."""


class NoAccountError(AppError, PermissionError):
    """The page would be open to others, and nobody could log in."""
