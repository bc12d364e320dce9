"""The errors of a download that may not open a connection."""

from __future__ import annotations

from collections.abc import Collection

from humanpose3d.model_assets.errors import IntegrityError, ModelAssetError, OfflineError
from humanpose3d.model_assets.registry import ModelSpec
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.status import MISSING, fault_of


def offline_error(absent: Collection[ModelSpec], store: ModelStore, settings: Settings) -> ModelAssetError:
    """Return the error for models that can't be fetched without a network; where none is absent, for an update."""
    if not absent:
        return OfflineError(
            "Offline (HUMANPOSE3D_OFFLINE is set), so no newer models can be fetched; those that are there stay. "
            "Unset the variable and try again."
        )
    for spec in absent:
        fault = fault_of(spec, store)
        if fault not in (None, MISSING):
            return IntegrityError(
                f"Model {spec.name!r} at {store.path_of(spec)} is not the model: {fault}. It can't be fetched again "
                "while HUMANPOSE3D_OFFLINE is set; unset it, or copy the right file there.",
                model=spec.name,
                reason=fault,
            )
    searched = [store.folder, *settings.search_path]
    found = ", ".join(_with_faults(store.further(folder), absent) for folder in searched)
    return OfflineError(
        f"Offline (HUMANPOSE3D_OFFLINE is set), and missing: {', '.join(spec.path for spec in absent)}. "
        f"Searched: {found}. Unset the variable and try again, or copy the files there.",
        models=[spec.name for spec in absent],
        searched=searched,
    )


def _with_faults(store: ModelStore, absent: Collection[ModelSpec]) -> str:
    """Name a folder, and what is wrong with the files in it that were passed over."""
    faults = [
        f"{spec.filename} is not the model: {fault}"
        for spec in absent
        if (fault := fault_of(spec, store)) not in (None, MISSING)
    ]
    return f"{store.folder} (where {'; '.join(faults)})" if faults else str(store.folder)
