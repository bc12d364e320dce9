"""The errors of a run: each is one sentence that says what is wrong, where, and what to do.

All derive from :class:`PipelineError` and from the built-in exception that fits. Errors of the model resolver
are a tree of their own (:class:`humanpose3d.model_assets.ModelAssetError`) and pass through a run unchanged.
"""

from humanpose3d.loaders.errors import (
    LoaderError,
    MissingSystemLibraryError,
    ModelLoadError,
    PackageImportError,
    PipelineError,
)

__all__ = [
    "InvalidSettingError",
    "LoaderError",
    "MissingSystemLibraryError",
    "ModelLoadError",
    "NobodyDetectedError",
    "OutputError",
    "PackageImportError",
    "PipelineError",
    "VideoNotFoundError",
    "VideoReadError",
]


class VideoNotFoundError(PipelineError, FileNotFoundError):
    """There is no file of that name."""


class VideoReadError(PipelineError, ValueError):
    """The file is there, but it is no video, has no picture, or breaks off."""


class NobodyDetectedError(PipelineError, ValueError):
    """No frame of the video shows a person that the pose model could find."""


class InvalidSettingError(PipelineError, ValueError):
    """A setting has a value that cannot be meant."""


class OutputError(PipelineError, OSError):
    """The results cannot be written where they were asked for."""
