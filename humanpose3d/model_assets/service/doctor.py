"""Find what would keep models from arriving, before it does."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from humanpose3d.model_assets.disk.files import dangling_link, existing_folder
from humanpose3d.model_assets.download.remotes import look_up
from humanpose3d.model_assets.errors import GitNotFoundError, ModelAssetError
from humanpose3d.model_assets.progress import format_bytes
from humanpose3d.model_assets.registry import MODELS
from humanpose3d.model_assets.resolver import check_in, store_in
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store.status import ModelStatus
from humanpose3d.model_assets.store.storage import bytes_in, kept_copies, temporaries
from humanpose3d.model_assets.transports.choice import fault_of, find_git, version_of
from humanpose3d.model_assets.transports.git.child import find_python
from humanpose3d.model_assets.transports.git.remote import hide_credentials

# Run in a second process: exit code 0 if it got the lock, 1 if the lock is held.
_TRY_LOCK = """
import sys, filelock
try:
    filelock.FileLock(sys.argv[1], fallback_to_soft=False).acquire(blocking=False)
except filelock.Timeout:
    sys.exit(1)
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one examination: what was examined, the verdict, what was found, and what to do if anything."""

    name: str
    state: Literal["good", "problem", "skipped"]
    detail: str
    advice: str = ""


def examine(settings: Settings, *, verify: bool = False) -> Iterator[Finding]:
    """Yield one finding after the other; some take a few seconds. Leaves nothing behind.

    With `verify`, every byte of the models is read.
    """
    yield _git()
    folder, store = existing_folder(settings.paths.models), store_in(settings)
    statuses = check_in(settings, verify=verify)
    writable = _writable(folder, settings, statuses)
    yield writable
    kind = file_system_type(folder)
    yield Finding("file system", "good" if kind else "skipped", kind or "its type can't be told on this system")
    yield _locks(folder) if writable.state == "good" else Finding("locks", "skipped", "the home is not writable")
    yield _models(settings, statuses)
    yield _space(folder, statuses)
    yield _leftovers(temporaries(store))
    yield _copies(kept_copies(store))
    for remote in settings.remotes:
        yield _remote(remote, settings)


def _git() -> Finding:
    try:
        git = find_git(stall_timeout=10.0)
        version, fault = version_of(git), fault_of(git)
    except GitNotFoundError as error:
        sentence, _, advice = str(error).partition(". ")
        return Finding("git", "problem", sentence, advice)
    if fault:
        return Finding("git", "problem", fault, "Install git 2.25 or newer, or 'python -m pip install dulwich'.")
    return Finding("git", "good", f"{version}, {git.choice}")


def _writable(folder: Path, settings: Settings, statuses: Sequence[ModelStatus]) -> Finding:
    if link := dangling_link(settings.paths.models_checkpoints):
        advice = "Connect the disk that it leads to, or remove the link."
        return Finding("home", "problem", f"{link} is a link to {link.readlink()}, which is not there", advice)
    probe = folder / f".humanpose3d-doctor-{os.urandom(6).hex()}"
    try:
        with contextlib.suppress(FileNotFoundError):
            settings.paths.models.stat()  # may also be refused: a file is in the way, or the name is too long
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        if all(status.ready for status in statuses):
            return Finding("home", "good", f"{settings.paths.base} is read-only, and all models are there")
        place = settings.paths.base if folder in settings.paths.base.parents else folder
        advice = "Set HUMANPOSE3D_HOME to a folder you can write to."
        return Finding("home", "problem", f"{place}: {error.strerror}", advice)
    return Finding("home", "good", f"{settings.paths.base} is writable")


def file_system_type(folder: Path) -> str | None:
    """Return the type of the file system that holds `folder`, or None where the system does not say."""
    table = Path("/proc/self/mounts")
    if not table.exists():
        return None
    best, kind = Path("/"), None
    for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
        _, mount, found, *_ = line.split()
        point = Path(re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), mount))
        if folder.resolve().is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, found
    return kind


def _locks(folder: Path) -> Finding:
    """Hold a lock here, try for it in a second process, release it, try again."""
    import filelock

    python = find_python()
    if python is None:
        return Finding("locks", "skipped", "there is no Python here to start a second process with")

    def second_process_gets(lock_file: Path) -> bool:
        command = [python, "-c", _TRY_LOCK, str(lock_file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode not in (0, 1):
            raise OSError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the second process failed")
        return done.returncode == 0

    advice = "Downloads stay correct, but processes that start together may each fetch; prefetch once before."
    with tempfile.TemporaryDirectory(prefix=".humanpose3d-doctor-", dir=folder) as scratch:
        lock_file = Path(scratch) / "lock"
        try:
            with filelock.FileLock(lock_file, fallback_to_soft=False):
                excluded = not second_process_gets(lock_file)
            free = second_process_gets(lock_file)
        except (OSError, NotImplementedError, subprocess.TimeoutExpired) as error:
            return Finding("locks", "problem", f"file locks fail in {folder}: {error}", advice)
    if excluded and free:
        return Finding("locks", "good", "a second process waits, and goes on after the release")
    return Finding("locks", "problem", f"file locks have no effect in {folder}", advice)


def _models(settings: Settings, statuses: Sequence[ModelStatus]) -> Finding:
    corrupt = [status for status in statuses if status.state == "corrupt"]
    if corrupt:
        detail = "; ".join(f"{status.name}: {status.reason}" for status in corrupt)
        advice = "Run 'humanpose3d models download'; the damaged files are kept aside."
        return Finding("models", "problem", detail, advice)
    missing = ", ".join(status.name for status in statuses if status.state == "missing")
    if missing and settings.offline:
        advice = "Unset HUMANPOSE3D_OFFLINE, or bring them with 'humanpose3d models import FILE'."
        return Finding("models", "problem", f"missing: {missing}, and HUMANPOSE3D_OFFLINE is set", advice)
    detail = f"missing, to be fetched on first use: {missing}" if missing else "all are there"
    if by_hand := ", ".join(status.name for status in statuses if status.origin == "manual"):
        detail += f"; put there by hand: {by_hand}"
    return Finding("models", "good", detail)


def _space(folder: Path, statuses: Sequence[ModelStatus]) -> Finding:
    needed = sum(MODELS[status.name].published_size for status in statuses if not status.ready)
    free = shutil.disk_usage(folder).free
    detail = f"{format_bytes(free)} free, {format_bytes(needed)} needed"
    if free < needed:
        return Finding("space", "problem", detail, "Free some space, or set HUMANPOSE3D_HOME to another disk.")
    return Finding("space", "good", detail)


def _leftovers(paths: list[Path]) -> Finding:
    if not paths:
        return Finding("leftovers", "good", "nothing waits from interrupted downloads")
    held = format_bytes(bytes_in(paths))
    advice = "the next download uses or removes them; 'humanpose3d models remove --leftovers' does at once"
    return Finding("leftovers", "good", f"{held} from interrupted downloads, or from one at work; {advice}")


def _copies(paths: list[Path]) -> Finding:
    if not paths:
        return Finding("copies", "good", "no copies of replaced files are kept")
    held, names = format_bytes(bytes_in(paths)), ", ".join(path.name for path in paths)
    return Finding("copies", "good", f"{held} in {names}; delete them when you do not need them")


def _remote(remote: str, settings: Settings) -> Finding:
    name = f"remote {hide_credentials(remote)}"
    if settings.offline:
        return Finding(name, "skipped", "HUMANPOSE3D_OFFLINE is set")
    try:
        snapshot = look_up(remote, settings)
    except ModelAssetError as error:
        sentence, _, advice = str(error).rpartition(". ")
        return Finding(name, "problem", sentence or advice, advice)
    absent = [spec.name for spec in MODELS.values() if spec.path not in snapshot.blobs]
    if absent:
        return Finding(name, "problem", f"it lacks {', '.join(absent)}", "Use another remote (HUMANPOSE3D_MODELS_URL).")
    return Finding(name, "good", f"commit {snapshot.commit[:12]} of {snapshot.revision!r} has all models")
