"""The texts of downloads and checks, shared by the script, the Django command and the service.

All functions are pure and return text without its last line end, as ``print`` and Django's ``stdout.write`` expect.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import NamedTuple

from humanpose3d.model_assets.registry import MIB, MODELS
from humanpose3d.model_assets.settings import Settings, UserPaths
from humanpose3d.model_assets.store.manifest import Manifest
from humanpose3d.model_assets.store.status import ModelStatus
from humanpose3d.model_assets.transports import Snapshot

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


def age_of_set(manifest: Manifest, now: float) -> str:
    """Return which commit the set is and how long ago it came, at `now` in seconds since the epoch; "" for no set."""
    arrived = [receipt.mtime_ns for receipt in manifest.receipts.values() if receipt.origin == "git"]
    if manifest.snapshot is None or not arrived:
        return ""
    days = max(0, int(now - max(arrived) / 1e9) // 86400)
    ago = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
    return f"The set is commit {manifest.snapshot.commit[:12]} of {manifest.snapshot.revision!r}, fetched {ago}."


def comparison(known: Snapshot | None, newest: Snapshot) -> str:
    """Return whether the branch has moved since the set was fetched, and which models are others there."""
    if known is not None and known.commit == newest.commit:
        return f"It is the newest of {newest.revision!r}."
    place = f"{newest.revision!r} is at commit {newest.commit[:12]} of {newest.remote}"
    if known is None:
        return f"No set has been fetched; {place}."
    changed = [spec.name for spec in MODELS.values() if known.blobs.get(spec.path) != newest.blobs.get(spec.path)]
    return f"{place}. Changed: {', '.join(changed) or 'no model'}. 'humanpose3d models download --force' fetches it."


def facts_of(status: ModelStatus) -> dict[str, object]:
    """Return a status as JSON takes it."""
    return {**asdict(status), "path": str(status.path)}
