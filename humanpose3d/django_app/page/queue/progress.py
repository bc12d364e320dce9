"""How far a trial is: stage, frames, rate and time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["TrialProgress"]

# Share of the work that is done when a stage begins, as measured on trials of seconds to minutes.
_BEGINS = {
    "depth": 0.72,
    "refiner": 0.74,
    "motion": 0.76,
    "signals": 0.77,
    "markers": 0.79,
    "augment": 0.79,
    "angles": 0.80,
    "joint": 0.80,
    "movement": 0.81,
    "write": 0.82,
    "c3d": 0.83,
    "xlsx": 0.83,
    "opensim": 0.84,
    "overlay": 0.85,
    "plots": 0.92,
    "report": 0.95,
}
_DETECTION = 0.72
_ENOUGH_TO_TELL = 0.02


class TrialProgress:
    """Collects the events of a run, and tells them as fields of a trial."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage, self._fraction = "", 0.0
        self._done, self._total = 0, 0
        self._since = clock()  # of the detection: what comes before it says nothing about the time left

    def staged(self, name: str) -> None:
        """Note that a stage has begun."""
        self._stage = name
        self._fraction = max(self._fraction, _BEGINS.get(name, 0.0))
        if name == "detect":
            self._since = self._clock()

    def frames(self, done: int, total: int | None) -> None:
        """Note that so many frames are done."""
        self._done, self._total = done, max(done, total or 0)
        if total:
            self._fraction = max(self._fraction, _DETECTION * min(1.0, done / total))

    def fields(self) -> dict[str, Any]:
        """Return what is known now."""
        passed = max(self._clock() - self._since, 1e-3)
        detecting = self._stage == "detect" and self._done > 0
        known = self._fraction > _ENOUGH_TO_TELL
        return {
            "stage": self._stage,
            "fraction": round(self._fraction, 4),
            "frames_done": self._done,
            "frames_total": self._total or None,
            "rate": self._done / passed if detecting else None,
            "seconds_left": passed / self._fraction - passed if known else None,
        }
