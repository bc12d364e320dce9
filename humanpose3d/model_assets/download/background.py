"""Download models in the background."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from humanpose3d.model_assets.download.cold_path import make_ready, obtain
from humanpose3d.model_assets.errors import ModelAssetError
from humanpose3d.model_assets.registry import ModelSpec, find_model, select_models
from humanpose3d.model_assets.settings import Settings, base_folder
from humanpose3d.model_assets.store.folder import store_at
from humanpose3d.model_assets.transports import CancelledError

_LOOK_SECONDS = 0.1


class BackgroundDownload:
    """One download of several models, in a thread of its own; leaving the context ends it.

    Offline, and where all models are there, nothing is started.

    Examples
    --------
    >>> with BackgroundDownload(["depth", "gru"]) as models:  # doctest: +SKIP
    ...     landmarks = detect(video)
    ...     depth = load_depth_refiner(models.path("depth"))
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._settings = Settings.from_environment()
        self._store = store_at(base_folder(os.environ))
        specs = [] if self._settings.offline else select_models(names)
        self._missing = [spec for spec in specs if self._is_missing(spec)]
        self._stop = threading.Event()
        self._error: ModelAssetError | None = None
        self._thread = threading.Thread(target=self._fetch, name="humanpose3d-models", daemon=True)

    def path(self, name: str) -> Path:
        """Return the path of a model as `get_model_path` does, waiting for it if it is still on its way."""
        spec = find_model(name)
        while self._thread.is_alive() and self._is_missing(spec):
            self._thread.join(_LOOK_SECONDS)
        if self._error is not None and getattr(self._error, "model", spec.name) == spec.name and self._is_missing(spec):
            raise self._error
        return obtain(spec, self._store)

    def __enter__(self) -> BackgroundDownload:
        if self._missing:
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _is_missing(self, spec: ModelSpec) -> bool:
        return not self._store.is_trusted(spec)

    def _fetch(self) -> None:
        with contextlib.suppress(CancelledError, SystemExit):  # the end that leaving the context asks for
            try:
                make_ready(self._missing, self._store, self._settings, stop=self._stop)
            except ModelAssetError as error:
                self._error = error
