"""Errors that end a batch; the error of a single trial is a row of the table instead."""

from humanpose3d.errors import PipelineError

__all__ = ["BatchError", "BatchRunningError", "ClusterError", "TrialListError"]


class BatchError(PipelineError):
    """Root of the errors of a batch."""


class BatchRunningError(BatchError, FileExistsError):
    """Another batch runs in the output folder."""


class TrialListError(BatchError, ValueError):
    """The arguments name no trials: an empty folder, a table without videos."""


class ClusterError(BatchError, OSError):
    """Slurm or submitit is missing, or Slurm refused the job."""
