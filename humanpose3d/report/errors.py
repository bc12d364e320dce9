"""The errors of a report that is made from files."""

from humanpose3d.errors import PipelineError

__all__ = ["EventsError", "ReportError"]


class ReportError(PipelineError):
    """A folder holds no results of which a report could be made; the message says what is missing."""


class EventsError(ReportError, ValueError):
    """The corrected events of a trial do not fit together."""
