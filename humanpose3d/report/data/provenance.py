"""Read ``run.json`` for the report, also one of an older version or a damaged one."""

import math
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

__all__ = ["Provenance"]


class Provenance:
    """The parts of a record, each of its type; what is missing or of another type is empty.

    Parameters
    ----------
    record : mapping
        The content of ``run.json``.

    Attributes
    ----------
    created : str
    warnings : list of str
    models : list of dict
        With the name of the ``file``, without its folder.
    stages : list of dict
    settings, versions, timings, input, frames, outputs : dict
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.created = str(record.get("created") or "")
        self.warnings = [str(each) for each in _list(record.get("warnings"))]
        models = [each for each in _list(record.get("models")) if isinstance(each, Mapping)]
        # Where it lay would tell a reader the name of the user.
        self.models = [{**each, "file": PureWindowsPath(str(each.get("path") or "–")).name} for each in models]
        self.stages = [dict(each) for each in _list(record.get("stages")) if isinstance(each, Mapping)]
        self.settings, self.versions, self.timings, self.input, self.frames, self.outputs = (
            _mapping(record.get(key)) for key in ("settings", "versions", "timings", "input", "frames", "outputs")
        )

    @property
    def slow_motion_factor(self) -> float:
        """How many times slower than life the video plays."""
        factor = self.settings.get("slow_motion_factor")
        return float(factor) if isinstance(factor, (int, float)) and 0 < factor < math.inf else 1.0

    def details(self, stage: str) -> dict[str, Any]:
        """Return what a stage recorded about its work; empty where it did not run."""
        return next((_mapping(each.get("details")) for each in self.stages if each.get("name") == stage), {})


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
