"""Trials on a cluster: one array job of Slurm, submitted and collected through submitit."""

from __future__ import annotations

import os
import pickle
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from humanpose3d.batch.errors import ClusterError
from humanpose3d.batch.pool import Ended, Progressed, Started
from humanpose3d.batch.trials import BatchTrial
from humanpose3d.batch.worker import cap_threads, run_trial
from humanpose3d.loaders.errors import PackageImportError

__all__ = ["DEFAULT_JOBS", "SlurmEngine", "SlurmOptions", "batch_script"]

DEFAULT_JOBS = 50
"""How many trials run at once if nobody says: not so many that the others on the cluster mind."""
LOGS = "slurm"
"""The folder for what Slurm and submitit write, in the folder of the batch."""

_LOOK_SECONDS = 2.0
_SLURM_SAYS = "slurmstepd: error:"
_LOOKS_UNTIL_LOST = 4
"""A result may be seen late on a network file system."""


@dataclass(frozen=True)
class SlurmOptions:
    """What one trial asks the cluster for.

    Attributes
    ----------
    partition, account : str or None
        Where it runs and who pays; None for the cluster's own choice.
    minutes : int
        After which it is ended.
    memory : str
        Such as ``4GB``.
    cores : int
    """

    partition: str | None = None
    account: str | None = None
    minutes: int = 60
    memory: str = "4GB"
    cores: int = 2

    def parameters(self, jobs: int) -> dict[str, Any]:
        """Return this as submitit calls it, with a cap of so many trials at once."""
        variables = {**cap_threads(self.cores), "HUMANPOSE3D_PROGRESS": "0"}
        given = {"partition": self.partition, "account": self.account}
        return {
            "job_name": "humanpose3d",
            "time": self.minutes,
            "mem": self.memory,
            "cpus_per_task": self.cores,
            "array_parallelism": jobs,
            # Before Python starts: libraries look once, and submitit loads some of them.
            "setup": [f"export {name}={value}" for name, value in variables.items()],
            "use_srun": False,
            **{name: value for name, value in given.items() if value},
        }


def batch_script(trials: int, output: Path, jobs: int, options: SlurmOptions) -> str:
    """Return the script that would be submitted.

    Raises
    ------
    PackageImportError
        submitit is not installed.
    """
    slurm = _submitit().slurm.slurm
    logs = output.absolute() / LOGS
    command = f"{shlex.quote(sys.executable)} -u -m submitit.core._submit {shlex.quote(str(logs))}"
    array = {"map_count": trials} if trials > 1 else {}
    return str(slurm._make_sbatch_string(command=command, folder=logs, **options.parameters(jobs), **array))


@dataclass(frozen=True)
class SlurmEngine:
    """Submits trials as one array job and waits for them; closing the iteration cancels the job.

    Attributes
    ----------
    output : Path
        The folder of the batch, in a file system that all nodes see.
    jobs : int
        How many trials may run at once.
    options : SlurmOptions
    """

    output: Path
    jobs: int
    options: SlurmOptions

    def require(self) -> None:
        """See that trials can be submitted from here, before anything is done for them.

        Raises
        ------
        ClusterError
            Slurm is not on this machine.
        PackageImportError
            submitit is not installed.
        """
        _submitit()
        if missing := [program for program in ("sbatch", "srun", "squeue", "scancel") if not shutil.which(program)]:
            raise ClusterError(f"Slurm is not on this machine ({missing[0]} is not in PATH); submit from a login node.")

    def __call__(self, trials: Sequence[BatchTrial]) -> Iterator[Started | Progressed | Ended]:
        """Run the trials.

        Raises
        ------
        ClusterError
            Slurm refuses the job.
        """
        if not trials:
            return
        array = _Array(self.output.absolute() / LOGS, self._submit(trials))
        try:
            yield from array.events(self.jobs)
        finally:
            array.cancel()

    def _submit(self, trials: Sequence[BatchTrial]) -> dict[str, BatchTrial]:
        """Return the trials by the ids of their jobs."""
        submitit = _submitit()
        executor = submitit.SlurmExecutor(folder=self.output.absolute() / LOGS)
        executor.update_parameters(**self.options.parameters(self.jobs))
        try:
            jobs = executor.map_array(timed_trial, trials)
        except submitit.core.utils.FailedJobError as error:
            raise ClusterError(f"Slurm refused the job: {' '.join(str(error).split())}") from error
        return {job.job_id: trial for job, trial in zip(jobs, trials, strict=True)}


def timed_trial(trial: BatchTrial) -> tuple[str | None, float]:
    """Run a trial on a node; return why it failed, and its seconds."""
    start = time.perf_counter()
    return run_trial(trial), time.perf_counter() - start


class _Array:
    """What is still to come of an array job."""

    def __init__(self, logs: Path, trials: Mapping[str, BatchTrial]) -> None:
        self._logs = logs
        self._waiting = dict(trials)
        self._id = next(iter(trials)).partition("_")[0]
        self._missed: dict[str, int] = {}
        self._slots: dict[str, int] = {}

    def events(self, slots: int) -> Iterator[Started | Progressed | Ended]:
        while self._waiting:
            states = _queue(self._id)
            there = set(os.listdir(self._logs))  # noqa: PTH208  (asks a network file system for the news)
            for job, trial in list(self._waiting.items()):
                if f"{job}_0_result.pkl" in there:
                    yield self._ended(job, *self._result(job))
                elif states is not None and job not in states:
                    self._missed[job] = self._missed.get(job, 0) + 1
                    if self._missed[job] >= _LOOKS_UNTIL_LOST:
                        yield self._ended(job, self._lost(job), 0.0)
                elif states and states[job] == "RUNNING" and job not in self._slots and len(self._slots) < slots:
                    self._slots[job] = min(set(range(slots)) - set(self._slots.values()))
                    yield Started(self._slots[job], trial)
            if self._waiting:
                time.sleep(_LOOK_SECONDS)

    def cancel(self) -> None:
        """Cancel what has not ended."""
        if self._waiting:
            subprocess.run(["scancel", self._id], check=False, capture_output=True)

    def _ended(self, job: str, reason: str | None, seconds: float) -> Ended:
        return Ended(self._slots.pop(job, None), self._waiting.pop(job), reason, seconds)

    def _result(self, job: str) -> tuple[str | None, float]:
        outcome, result = pickle.loads((self._logs / f"{job}_0_result.pkl").read_bytes())
        if outcome == "error":
            return f"The job {job} failed: {str(result).strip().splitlines()[-1]}", 0.0
        reason, seconds = result
        if reason is None:
            for path in self._logs.glob(f"{job}_*"):
                path.unlink(missing_ok=True)
        return reason, seconds

    def _lost(self, job: str) -> str:
        log = self._logs / f"{job}_0_log.err"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it wrote no log"]
        verdict = next((line for line in lines if line.startswith(_SLURM_SAYS)), lines[-1])
        return f"The job {job} ended without a result ({verdict}); its logs are in {self._logs}."


def _queue(array: str) -> dict[str, str] | None:
    """Return the state of each job of the array that has not ended; None where Slurm does not say."""
    command = ["squeue", "--noheader", "--array", f"--jobs={array}", "--format=%i %T"]
    asked = subprocess.run(command, check=False, capture_output=True, text=True)
    if asked.returncode and "Invalid job id" not in asked.stderr:  # which it says when all is over
        return None
    return dict(line.split() for line in asked.stdout.splitlines())


def _submitit() -> Any:
    try:
        import submitit
    except ModuleNotFoundError as error:
        raise PackageImportError(
            "--engine slurm needs the Python package submitit; install it with: pip install 'humanpose3d[cluster]'"
        ) from error
    return submitit
