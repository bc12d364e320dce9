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
    """The marks in front of a line: for what is there, and for what is not."""

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
    """Return what is printed after the steps of a download that succeeded, with the models that were fetched."""
    ready = f"\n{marks.good} {READY}"
    if not arrived:
        return ready
    files = "\n".join(f"  - {status.path.name} ({state_of(status)})" for status in arrived)
    return f"\n{marks.good} {DOWNLOADED}\n\nDownloaded files:\n{files}\n{ready}"


def failure(message: str, missing: Collection[ModelStatus]) -> str:
    """Return the text for a download that failed: the error, and those still missing that it does not name."""
    unnamed = [status.path.name for status in missing if status.path.name not in message]
    return f"Error: {message} Still missing: {', '.join(unnamed)}." if unnamed else f"Error: {message}"


def check_report(paths: UserPaths, statuses: Sequence[ModelStatus], marks: Marks, *, option: str = "--check") -> str:
    """Return the report of a check; `option` is what asked for it, and without it the same command downloads."""
    lines = [f"  {marks.good if status.ready else marks.missing} {check_line(status)}" for status in statuses]
    complete = all(status.ready for status in statuses)
    advice = f"Some models are missing. Run without {option} to download."
    verdict = "All required models are present." if complete else advice
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
