"""The asset resolver: from a model's name to a file that is whole, checked, and fetched only once.

It never loads a model, and never fetches a byte while all models are there.

>>> from humanpose3d.model_assets import get_model_path
>>> get_model_path("mediapipe")  # doctest: +SKIP
PosixPath('/home/user/.humanpose3d/models/pose_landmarker_heavy.task')

Importing this package costs next to nothing; its parts are loaded when they are first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # the name that type checkers know; importing it from typing would cost more than all of this
if TYPE_CHECKING:
    from humanpose3d.model_assets.errors import (
        AuthenticationError,
        ConnectionFailedError,
        DownloadError,
        DownloadTimeoutError,
        GitNotFoundError,
        IntegrityError,
        ModelAssetError,
        OfflineError,
        RepositoryLayoutError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
        SettingsError,
        StorageError,
        UnknownModelError,
    )
    from humanpose3d.model_assets.registry import MODELS, ModelSpec
    from humanpose3d.model_assets.resolver import check_models, download_models, get_model_path
    from humanpose3d.model_assets.service.delivery import ModelDownloadService
    from humanpose3d.model_assets.settings import UserPaths
    from humanpose3d.model_assets.store.status import ModelStatus

__all__ = [
    "MODELS",
    "AuthenticationError",
    "ConnectionFailedError",
    "DownloadError",
    "DownloadTimeoutError",
    "GitNotFoundError",
    "IntegrityError",
    "ModelAssetError",
    "ModelDownloadService",
    "ModelSpec",
    "ModelStatus",
    "OfflineError",
    "RepositoryLayoutError",
    "RepositoryNotFoundError",
    "RevisionNotFoundError",
    "SettingsError",
    "StorageError",
    "UnknownModelError",
    "UserPaths",
    "check_models",
    "download_models",
    "get_model_path",
]

_MODULES = {
    "MODELS": "registry",
    "ModelSpec": "registry",
    "ModelStatus": "store.status",
    "UserPaths": "settings",
    "ModelDownloadService": "service.delivery",
    "check_models": "resolver",
    "download_models": "resolver",
    "get_model_path": "resolver",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'errors')}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
