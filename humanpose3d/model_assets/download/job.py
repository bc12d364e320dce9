"""What the parts of one download share."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass

from humanpose3d.model_assets.locking.home_lock import HomeLock
from humanpose3d.model_assets.progress import Progress
from humanpose3d.model_assets.registry import MODELS, ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.status import fault_of


@dataclass(frozen=True, slots=True)
class Job:
    """One download into one home, by the holder of its lock.

    Attributes
    ----------
    specs : collection of ModelSpec
        The models that were asked for.
    store, settings, progress, lock
        Where to, how, and whom to tell.
    force : bool
        Whether to move the whole set to the newest commit.
    stop : threading.Event
        Set by another thread to end it.
    """

    specs: Collection[ModelSpec]
    store: ModelStore
    settings: Settings
    progress: Progress
    lock: HomeLock
    force: bool
    stop: threading.Event

    def sound(self) -> list[ModelSpec]:
        """Return the models of the home that can be used; for an update, every byte is read."""
        return [spec for spec in MODELS.values() if fault_of(spec, self.store, verify=self.force) is None]

    def missing(self) -> list[ModelSpec]:
        """Return the models to be fetched where the set stays as it is."""
        return [spec for spec in self.specs if fault_of(spec, self.store) is not None]
