"""Run trials on a cluster: Slurm array jobs, submitted and collected with submitit."""

from __future__ import annotations

import itertools
import shlex
import shutil
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from humanpose3d.batch.errors import ClusterError
from humanpose3d.batch.pool import Event, interrupts_held
from humanpose3d.batch.slurm_array import JOB_NAME, SlurmArray, cancel_lost, largest_array
from humanpose3d.batch.trials import BatchTrial
from humanpose3d.batch.worker import cap_threads, run_trial
from humanpose3d.errors import explained_imports

__all__ = ["DEFAULT_JOBS", "SlurmEngine", "SlurmOptions", "array_sizes", "batch_script"]

DEFAULT_JOBS = 50
"""Default number of trials that run at once: few enough to leave room for other users of the cluster."""
LOGS = "slurm"
"""Folder of the files of Slurm and submitit, in the folder of the batch."""


@dataclass(frozen=True)
class SlurmOptions:
    """Resources that one trial requests; without partition and account, the cluster's default."""

    partition: str | None = None
    account: str | None = None
    minutes: int = 60
    memory: str = "4GB"
    cores: int = 2

    def parameters(self, jobs: int) -> dict[str, Any]:
        """Return the parameters for submitit; at most `jobs` trials run at once."""
        variables = {**cap_threads(self.cores), "HUMANPOSE3D_PROGRESS": "0"}
        given = {"partition": self.partition, "account": self.account}
        return {
            "job_name": JOB_NAME,
            "time": self.minutes,
            "mem": self.memory,
            "cpus_per_task": self.cores,
            "array_parallelism": jobs,
            # Set before Python starts: libraries read them once, and submitit loads some of them.
            "setup": [f"export {name}={value}" for name, value in variables.items()],
            "use_srun": False,
            **{name: value for name, value in given.items() if value},
        }


def array_sizes(trials: int) -> list[int]:
    """Return the sizes of the array jobs: as many trials in each as the cluster allows.

    Raises
    ------
    ClusterError
        The cluster takes no array jobs.
    """
    largest = largest_array()
    if trials > 1 and largest < 2:
        raise ClusterError(
            f"This cluster takes no array jobs (its MaxArraySize is {largest}); ask who runs it, or use --engine local."
        )
    size = max(1, min(largest, trials))
    return [min(size, trials - first) for first in range(0, trials, size)]


def batch_script(trials: int, output: Path, jobs: int, options: SlurmOptions) -> str:
    """Return the script that would be submitted for the trials of one array job."""
    slurm = _submitit().slurm.slurm
    logs = output.absolute() / LOGS
    command = f"{shlex.quote(sys.executable)} -u -m submitit.core._submit {shlex.quote(str(logs))}"
    array = {"map_count": trials} if trials > 1 else {}
    return str(slurm._make_sbatch_string(command=command, folder=logs, **options.parameters(jobs), **array))


@dataclass(frozen=True)
class SlurmEngine:
    """Submits trials as one array job and waits for them; closing the iterator cancels the job.

    More trials than the cluster allows in one array are submitted in further arrays, one after the other, so that
    `jobs` limits all of them.
    """

    output: Path  # of the batch, in a file system that all nodes see
    jobs: int  # how many trials may run at once
    options: SlurmOptions

    def require(self) -> None:
        """Raise an error if Slurm is not on this machine (ClusterError), or submitit is not (PackageImportError)."""
        _submitit()
        if missing := [program for program in ("sbatch", "srun", "squeue", "scancel") if not shutil.which(program)]:
            raise ClusterError(f"Slurm is not on this machine ({missing[0]} is not in PATH); submit from a login node.")

    def __call__(self, trials: Sequence[BatchTrial]) -> Generator[Event]:
        """Run the trials.

        Raises
        ------
        ClusterError
            Slurm refuses the job, or takes no array jobs.
        """
        cancel_lost(self.output.absolute() / LOGS)
        waiting = iter(trials)
        for size in array_sizes(len(trials)):
            array = None
            try:
                with interrupts_held():  # else a job could be submitted and never cancelled
                    jobs = self._submit(list(itertools.islice(waiting, size)))
                    array = SlurmArray(self.output.absolute() / LOGS, jobs, self.options.minutes)
                yield from array.events(self.jobs)
            finally:
                if array:
                    array.close()

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


def _submitit() -> Any:
    with explained_imports("submitit", extra="cluster"):
        import submitit
    return submitit
