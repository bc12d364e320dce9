"""The error of OpenSim's scaling or inverse kinematics."""

from humanpose3d.errors import PipelineError

__all__ = ["OpenSimError"]


class OpenSimError(PipelineError, RuntimeError):
    """A model could not be scaled, or the inverse kinematics could not be solved; the message says why."""
