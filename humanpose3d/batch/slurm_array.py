"""Follow a submitted Slurm array job: state and result of each element, and cancelling."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from humanpose3d.batch.pool import Ended, Progressed, Started, over_time
from humanpose3d.batch.trials import BatchTrial

__all__ = ["JOB_NAME", "SlurmArray", "cancel_lost", "largest_array"]

JOB_NAME = "humanpose3d"

_NOTE = "running_array"
_LOOK_SECONDS = 2.0
_SLURM_SAYS = re.compile(r"slurmstepd\S*: error:")  # some versions add the node: slurmstepd-node1
_OVER_TIME = "DUE TO TIME LIMIT"
_LOOKS_UNTIL_LOST = 4
"""A result may appear late on a network file system."""
_MAX_ARRAY_SIZE = 1001
_CANCEL_SECONDS = 120.0


class SlurmArray:
    """The unfinished jobs of an array, each with its trial; the array is noted in the folder `logs` until it has ended.

    The jobs have a time limit of some `minutes`.
    """

    def __init__(self, logs: Path, trials: Mapping[str, BatchTrial], minutes: int) -> None:
        self._logs, self._minutes = logs, minutes
        self._waiting = dict(trials)
        self._id = next(iter(trials)).partition("_")[0]
        self._missed: dict[str, int] = {}
        self._slots: dict[str, int] = {}
        (logs / _NOTE).write_text(self._id, encoding="utf-8")

    def events(self, slots: int) -> Iterator[Started | Progressed | Ended]:
        """Yield events; at most `slots` jobs run at once."""
        while self._waiting:
            states = _queue(self._id)
            there = set(os.listdir(self._logs))  # noqa: PTH208  (refreshes the cache of a network file system)
            for job, trial in list(self._waiting.items()):
                if f"{job}_0_result.pkl" in there:
                    yield self._ended(job, *self._result(job))
                elif states is not None and job not in states:
                    self._missed[job] = self._missed.get(job, 0) + 1
                    if self._missed[job] >= _LOOKS_UNTIL_LOST:
                        yield self._ended(job, self._lost(job), None)
                elif states and states[job] == "RUNNING" and job not in self._slots and len(self._slots) < slots:
                    self._slots[job] = min(set(range(slots)) - set(self._slots.values()))
                    yield Started(self._slots[job], trial)
            if self._waiting:
                time.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """Cancel what has not ended."""
        if self._waiting:
            _cancel(self._id)
        (self._logs / _NOTE).unlink(missing_ok=True)

    def _ended(self, job: str, reason: str | None, seconds: float | None) -> Ended:
        return Ended(self._slots.pop(job, None), self._waiting.pop(job), reason, seconds)

    def _result(self, job: str) -> tuple[str | None, float | None]:
        outcome, result = pickle.loads((self._logs / f"{job}_0_result.pkl").read_bytes())
        if outcome == "error":
            return f"The job {job} failed: {str(result).strip().splitlines()[-1]}", None
        reason, seconds = result
        if reason is None:
            for path in self._logs.glob(f"{job}_*"):
                path.unlink(missing_ok=True)
        return reason, seconds

    def _lost(self, job: str) -> str:
        log = self._logs / f"{job}_0_log.err"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it wrote no log"]
        verdict = next((line for line in lines if _SLURM_SAYS.match(line)), lines[-1])
        if _OVER_TIME in verdict:
            return over_time(self._minutes)
        return f"The job {job} ended without a result ({verdict}); its logs are in {self._logs}."


def cancel_lost(logs: Path) -> None:
    """Cancel the array job that a killed batch left running, before another is submitted for its trials."""
    note = logs / _NOTE
    array = note.read_text(encoding="utf-8").strip() if note.is_file() else ""
    if array.isdigit():
        _cancel(array)
        deadline = time.monotonic() + _CANCEL_SECONDS
        while _queue(array) != {} and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
    note.unlink(missing_ok=True)


def largest_array() -> int:
    """Return how many elements an array may have; Slurm's default where there is no cluster."""
    try:
        asked = subprocess.run(["scontrol", "show", "config"], check=False, capture_output=True, text=True)
    except OSError:  # --dry-run works without Slurm
        return _MAX_ARRAY_SIZE
    said = re.search(r"^MaxArraySize\s*=\s*(\d+)", asked.stdout, re.MULTILINE)
    return int(said[1]) if said else _MAX_ARRAY_SIZE


def _cancel(array: str) -> None:
    # By its name too: a cluster reuses job ids.
    subprocess.run(["scancel", f"--name={JOB_NAME}", array], check=False, capture_output=True)


def _queue(array: str) -> dict[str, str] | None:
    """Return the state of each job of the array that has not ended; None where Slurm does not say."""
    command = ["squeue", "--noheader", "--array", f"--jobs={array}", f"--name={JOB_NAME}", "--format=%i %T"]
    asked = subprocess.run(command, check=False, capture_output=True, text=True)
    if asked.returncode and "Invalid job id" not in asked.stderr:  # after the last job has ended
        return None
    return dict(line.split() for line in asked.stdout.splitlines())
