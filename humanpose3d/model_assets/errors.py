"""The errors of the resolver, from asking for a model to having it.

Every error says in its message what happened, to which model, where, and the one thing to do next.
Each also inherits the built-in that fits, so ``except FileNotFoundError`` keeps working.
"""

from __future__ import annotations


class ModelAssetError(Exception):
    """Root of all errors of the asset resolver: sentences for a person, and facts for programs as attributes."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.__dict__.update(details)

    def __str__(self) -> str:
        # KeyError and OSError would print quotes or an errno instead of the sentence.
        return self.message


class UnknownModelError(ModelAssetError, KeyError):
    """There is no model of that name."""


class SettingsError(ModelAssetError, ValueError):
    """An environment variable holds something that is no setting."""


class OfflineError(ModelAssetError, FileNotFoundError):
    """The model is missing and ``HUMANPOSE3D_OFFLINE`` is set."""


class GitNotFoundError(ModelAssetError, FileNotFoundError):
    """Neither git nor its stand-in is there."""


class DownloadError(ModelAssetError, OSError):
    """Git could not fetch; the message ends in git's own words."""

    transient: bool = False
    """Whether the same request may well succeed a moment later."""


class RepositoryNotFoundError(DownloadError):
    """There is no git repository at that address."""


class AuthenticationError(DownloadError, PermissionError):
    """The repository wants a login or a key that was not given."""


class RevisionNotFoundError(DownloadError):
    """The repository has no such branch, tag or commit, or no longer holds it."""


class ConnectionFailedError(DownloadError, ConnectionError):
    """The host could not be reached, or the connection broke."""


class DownloadTimeoutError(ModelAssetError, TimeoutError):
    """The transfer stalled, or another process held the lock too long."""


class RepositoryLayoutError(ModelAssetError, FileNotFoundError):
    """The repository does not hold the models where they belong, as regular files."""


class IntegrityError(ModelAssetError, ValueError):
    """The bytes are not the model."""


class StorageError(ModelAssetError, OSError):
    """The file system refused: full, read-only, or not ours."""
