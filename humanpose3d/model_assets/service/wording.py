"""The texts of downloads and checks, shared by the script, the Django command and the service.

All functions are pure and return text without its last line end, as ``print`` and Django's ``stdout.write`` expect.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import NamedTuple

from humanpose3d.model_assets.registry import MIB
from humanpose3d.model_assets.settings import Settings, UserPaths
from humanpose3d.model_assets.store.status import ModelStatus

CREATING = "Creating temporary directory..."
COPYING = "Copying model files..."
COMPLETE = "Download complete!"
DOWNLOADED = "Models downloaded successfully"
UNCHANGED = "Nothing to download: the models are already there."
READY = "Models are ready! You can now run the pipeline."

_RULE = "=" * 70


class Marks(NamedTuple):
    """The marks in front of a line.

    Attributes
    ----------
    good, missing : str
        For what is there, and for what is not.
    """

    good: str
    missing: str


def marks_for(encoding: str | None) -> Marks:
    """Return the marks that a stream of this encoding can print; None is a stream that does not say."""
    try:
        "✓✗".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return Marks("[ok]", "[missing]")
    return Marks("✓", "✗")


def cloning(settings: Settings) -> str:
    """Return the step that names the remotes, without credentials."""
    return f"Cloning models from {settings.shown_remotes}..."


def step(message: str) -> str:
    """Return a step as it is shown: indented."""
    return f"  {message}"


def opening(paths: UserPaths) -> str:
    """Return what is printed before the steps of a download."""
    return f"{_heading(paths)}\nStarting download...\n"


def _heading(paths: UserPaths) -> str:
    return (
        f"{_RULE}\nHumanPose3D Model Downloader\n{_RULE}\n\n"
        f"Target directory: {paths.base}\nModels directory: {paths.models}\n"
    )


def ending(arrived: Sequence[ModelStatus], marks: Marks) -> str:
    """Return what is printed after the steps of a download that succeeded.

    Parameters
    ----------
    arrived : sequence of ModelStatus
        The models that were fetched; none where all were there already.
    marks : Marks
        The marks that the stream can print.
    """
    ready = f"\n{marks.good} {READY}"
    if not arrived:
        return ready
    files = "\n".join(f"  - {status.path.name} ({state_of(status)})" for status in arrived)
    return f"\n{marks.good} {DOWNLOADED}\n\nDownloaded files:\n{files}\n{ready}"


def failure(message: str, missing: Collection[ModelStatus]) -> str:
    """Return what is said of a download that failed: the error, and the models that are still not there.

    Parameters
    ----------
    message : str
        The error's message.
    missing : collection of ModelStatus
        The models that were asked for and can't be used; those that the message names are not named again.
    """
    unnamed = [status.path.name for status in missing if status.path.name not in message]
    return f"Error: {message} Still missing: {', '.join(unnamed)}." if unnamed else f"Error: {message}"


def check_report(paths: UserPaths, statuses: Sequence[ModelStatus], marks: Marks, *, option: str = "--check") -> str:
    """Return the report of a check: a heading, one line for each model, and the verdict.

    Parameters
    ----------
    paths : UserPaths
        The folders that were looked in.
    statuses : sequence of ModelStatus
        The models.
    marks : Marks
        The marks that the stream can print.
    option : str
        The option that asked for this report; without it, the same command downloads.
    """
    lines = [f"  {marks.good if status.ready else marks.missing} {check_line(status)}" for status in statuses]
    if all(status.ready for status in statuses):
        verdict = "All required models are present."
    else:
        verdict = f"Some models are missing. Run without {option} to download."
    return "\n".join([_heading(paths), "Checking model files...", "", *lines, "", verdict])


def check_line(status: ModelStatus) -> str:
    """Return the line of one model: its purpose, its file, and its size or what is wrong."""
    return f"{status.purpose}: {status.path.name} ({state_of(status)})"


def state_of(status: ModelStatus) -> str:
    """Return the size of a model that can be used, or what is wrong."""
    if status.state == "corrupt":
        return f"corrupt: {status.reason}"
    return "missing" if status.size is None else f"{status.size / MIB:.2f} MB"


def facts_of(status: ModelStatus) -> dict[str, object]:
    """Return a status as JSON takes it."""
    return {**asdict(status), "path": str(status.path)}
