"""Log of the stages of a run: status, duration, models and details."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from humanpose3d.model_assets.disk.files import digest_file

__all__ = ["ModelRecord", "Stage", "StageCallback", "StageLog", "with_stage"]

StageCallback = Callable[[str], None]
"""Called with the name of a stage as it begins."""


@dataclass(frozen=True)
class ModelRecord:
    """A model file that a stage used."""

    name: str
    path: str
    size_bytes: int
    sha256: str
    commit: str | None = None  # of the repository that it was fetched from, where that is recorded

    @classmethod
    def of(cls, name: str, path: Path) -> "ModelRecord":
        """Describe a model file: from the resolver's receipt where there is one, else by reading it."""
        from humanpose3d.model_assets import MODELS, check_models

        known = check_models([name])[0] if name in MODELS else None
        if known and known.path == path and known.sha256:
            return cls(name, str(path), path.stat().st_size, known.sha256, known.commit)
        return cls(name, str(path), path.stat().st_size, digest_file(path)[1])


@dataclass
class Stage:
    """Record of one stage of a run; a running stage fills it in."""

    name: str
    status: Literal["ran", "skipped"] = "ran"
    reason: str | None = None  # why it was skipped
    seconds: float = 0.0
    models: list[ModelRecord] = field(default_factory=list)  # used, or checked before it was skipped
    details: dict[str, Any] = field(default_factory=dict)  # parameters and findings, in plain JSON values

    def as_record(self) -> dict[str, Any]:
        """Return the stage as ``run.json`` has it."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}


def with_stage(record: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
    """Return the content of ``run.json`` with a stage in place of an earlier one of its name."""
    others = [each for each in record.get("stages", ()) if each.get("name") != stage.name]
    return {**record, "stages": [*others, stage.as_record()]}


class StageLog:
    """Records what each stage did and how long it took; calls `begun` as one begins."""

    def __init__(self, begun: StageCallback | None = None) -> None:
        self.stages: list[Stage] = []
        self.begun = begun or (lambda _name: None)
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Time since the log was made."""
        return time.perf_counter() - self._start

    def continued(self) -> "StageLog":
        """Return a log that goes on from here, for one of several persons."""
        log = StageLog(self.begun)
        log.stages, log._start = list(self.stages), self._start
        return log

    @contextmanager
    def running(self, name: str) -> Iterator[Stage]:
        """Time the block and record it as a stage, skipped if the block gives a reason; nothing when it raises."""
        stage, start = Stage(name), time.perf_counter()
        self.begun(name)
        yield stage
        stage.status, stage.seconds = "skipped" if stage.reason else "ran", time.perf_counter() - start
        self.stages.append(stage)

    def skip(self, name: str, reason: str) -> None:
        """Record a stage that did not run."""
        self.stages.append(Stage(name, "skipped", reason))
