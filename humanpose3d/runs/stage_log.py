"""Log of the stages of a run: status, duration, models and details."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from humanpose3d.model_assets.disk.digests import digest_file

__all__ = ["ModelRecord", "Stage", "StageLog", "StageNotes"]


@dataclass(frozen=True)
class ModelRecord:
    """A model file that a stage used.

    Attributes
    ----------
    name, path : str
    size_bytes : int
    sha256 : str
    commit : str or None
        Of the repository that it was fetched from, where that is recorded.
    """

    name: str
    path: str
    size_bytes: int
    sha256: str
    commit: str | None = None

    @classmethod
    def of(cls, name: str, path: Path) -> "ModelRecord":
        """Describe a model file: from the resolver's receipt where there is one, else by reading it."""
        from humanpose3d.model_assets import MODELS, check_models

        known = check_models([name])[0] if name in MODELS else None
        if known and known.path == path and known.sha256:
            return cls(name, str(path), path.stat().st_size, known.sha256, known.commit)
        return cls(name, str(path), path.stat().st_size, digest_file(path)[1])


@dataclass(frozen=True)
class Stage:
    """Record of one stage of a run.

    Attributes
    ----------
    name : str
    status : {"ran", "skipped"}
    reason : str or None
        Why it was skipped.
    seconds : float
    models : tuple of ModelRecord
        The model files that it used, or checked before it was skipped.
    details : mapping
        Its parameters and findings, in plain JSON values.
    """

    name: str
    status: Literal["ran", "skipped"] = "ran"
    reason: str | None = None
    seconds: float = 0.0
    models: tuple[ModelRecord, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class StageNotes:
    """What a running stage adds to its record.

    Attributes
    ----------
    reason : str or None
        Why it did nothing; the stage is then recorded as skipped.
    models, details
        As of :class:`Stage`.
    """

    reason: str | None = None
    models: tuple[ModelRecord, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


class StageLog:
    """Records what each stage did and how long it took."""

    def __init__(self) -> None:
        self._stages: list[Stage] = []
        self._start = time.perf_counter()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages so far, in order."""
        return tuple(self._stages)

    @property
    def seconds(self) -> float:
        """Time since the log was made."""
        return time.perf_counter() - self._start

    @contextmanager
    def running(self, name: str) -> Iterator[StageNotes]:
        """Time the block and record it as a stage, with its notes; nothing is recorded when it raises."""
        notes, start = StageNotes(), time.perf_counter()
        yield notes
        stage = Stage(name, "skipped" if notes.reason else "ran", notes.reason, time.perf_counter() - start)
        self._stages.append(replace(stage, models=notes.models, details=notes.details))

    def skip(self, name: str, reason: str) -> None:
        """Record a stage that did not run."""
        self._stages.append(Stage(name, "skipped", reason))
