"""The errors of a batch as a whole; what is wrong with one trial is a row of its table."""

from humanpose3d.errors import PipelineError

__all__ = ["BatchError", "BatchRunningError", "ClusterError", "TrialListError"]


class BatchError(PipelineError):
    """Root of the errors of a batch."""


class BatchRunningError(BatchError, FileExistsError):
    """Another batch is at work in the output folder."""


class TrialListError(BatchError, ValueError):
    """The trials cannot be made out from what was given: an empty folder, a table without videos."""


class ClusterError(BatchError, OSError):
    """Slurm, or what hands jobs over to it, is not there or refused the job."""
