"""The five models: their names, where they lie, and what they are for. A sixth is one more row."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from humanpose3d.model_assets.errors import UnknownModelError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One published model."""

    name: str
    """Short name, as in ``get_model_path("depth")``."""
    path: str
    """Path under ``models/``, with forward slashes."""
    published_size: int
    """Size of the published file in bytes, known to 0.01 MiB. It scales progress bars and the check for free space
    before the real size is known; it never decides whether a file is right."""
    purpose: str
    """What the model is for, as shown to users."""

    @property
    def filename(self) -> str:
        """Last part of :attr:`path`."""
        return self.path.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """File name extension with its dot; it names the format of the file."""
        return "." + self.path.rpartition(".")[2]


_TABLE = (
    ("depth", "checkpoints/best_depth_model.pth", 31.07, "Depth refinement model"),
    ("joint", "checkpoints/best_joint_model.pth", 10.63, "Joint refinement model"),
    ("refiner", "checkpoints/best_main_refiner.pth", 14.01, "Main refiner model"),
    ("mediapipe", "pose_landmarker_heavy.task", 29.24, "MediaPipe pose model"),
    ("gru", "GRU.h5", 36.63, "Pose2Sim LSTM model"),
)

MODELS: Mapping[str, ModelSpec] = MappingProxyType(
    {name: ModelSpec(name, path, round(size * MIB), purpose) for name, path, size, purpose in _TABLE}
)
"""The five models by name, in the order in which they are shown."""

_BY_ANY_NAME: Mapping[str | os.PathLike[str], ModelSpec] = {
    key: spec for spec in MODELS.values() for key in (spec.path, spec.filename, spec.name)
}


def find_model(name: str | os.PathLike[str]) -> ModelSpec:
    """Return the model called `name`: its name, its file name, or its path under ``models/``.

    UnknownModelError says that there is none, and suggests the closest names.
    """
    spec = _BY_ANY_NAME.get(name)
    if spec is None and isinstance(name, os.PathLike):
        spec = _BY_ANY_NAME.get(name := PurePath(name).as_posix())
    if spec is None:
        close = _near(str(name))
        suggestion = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
        known = ", ".join(MODELS)
        raise UnknownModelError(f"There is no model {name!r}. {suggestion}The models are: {known}.", name=name)
    return spec


def _near(wrong: str) -> list[str]:
    """Return names spelt like `wrong`, or else of the models whose path has it as a part."""
    import difflib

    part = wrong.casefold()
    having = [spec.name for spec in MODELS.values() if len(part) > 2 and part in spec.path.casefold()]
    return difflib.get_close_matches(wrong, map(str, _BY_ANY_NAME), n=3, cutoff=0.5) or having


def select_models(names: Iterable[str | os.PathLike[str]] | None) -> list[ModelSpec]:
    """Return the models called `names`, each once, in registry order; all five for ``None``."""
    if names is None:
        return list(MODELS.values())
    if isinstance(names, (str, os.PathLike)):
        names = [names]
    wanted = {find_model(name).name for name in names}
    return [spec for spec in MODELS.values() if spec.name in wanted]
