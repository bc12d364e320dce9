"""A failure of one process, shared with those that waited for it: they need not meet it again one by one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Iterator
from typing import Any

from humanpose3d.model_assets import errors
from humanpose3d.model_assets.disk.files import read_text, write_text_atomically
from humanpose3d.model_assets.download.remotes import FAULTS_OF_A_REMOTE
from humanpose3d.model_assets.errors import ConnectionFailedError, DownloadTimeoutError, ModelAssetError
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.transports.git.remote import hide_credentials

_OF_THE_NETWORK = (ConnectionFailedError, DownloadTimeoutError)  # for every model and caller


class SharedFailure:
    """The note of the last failure in a home. Only one that is written after this object was made counts.

    No clock decides, since those of two machines differ. A failure of a download with other settings is none of ours.
    """

    def __init__(self, specs: Collection[ModelSpec], store: ModelStore, settings: Settings, *, force: bool) -> None:
        self._file = store.work_folder / "failure.json"
        self._wanted = sorted(spec.name for spec in specs)
        self._has_login = any(hide_credentials(remote) != remote for remote in settings.remotes)
        self._question = {
            "remotes": settings.shown_remotes,
            "revision": settings.revision,
            "stall_timeout": settings.stall_timeout,
            "force": force,
            "pins": dict(store.pins),
            "proxies": {
                name: hide_credentials(value) for name, value in os.environ.items() if name.lower().endswith("_proxy")
            },
        }
        self._known = self._read().get("id")

    def raise_if_new(self) -> None:
        """Raise the error that another process met since we began to wait, if it concerns us too."""
        note = self._read()
        if note.get("id") in (None, self._known) or note.get("question") != self._question:
            return
        kind, message = getattr(errors, str(note.get("error")), None), str(note.get("message"))
        if not (isinstance(kind, type) and issubclass(kind, FAULTS_OF_A_REMOTE) and message.isprintable()):
            return  # not ours: in a shared home others may write
        if issubclass(kind, _OF_THE_NETWORK) or set(self._wanted) <= set(map(str, note.get("wanted") or ())):
            raise kind(message, **dict(note.get("details") or {}))

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Leave a note of an error of the remotes that leaves the context, and none where there is none."""
        try:
            yield
        except FAULTS_OF_A_REMOTE as error:
            # Another login may well be let in.
            if not self._has_login or isinstance(error, _OF_THE_NETWORK):
                self._write(error)
            raise
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            note = json.loads(read_text(self._file))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def _write(self, error: ModelAssetError) -> None:
        plain = (str, int, float, bool)
        note = {
            "id": os.urandom(8).hex(),
            "question": self._question,
            "wanted": self._wanted,
            "error": type(error).__name__,
            "message": error.message,
            "details": {key: item for key, item in vars(error).items() if key != "message" and isinstance(item, plain)},
        }
        with contextlib.suppress(OSError):  # then each finds out for itself
            write_text_atomically(self._file, json.dumps(note), durable=False)
