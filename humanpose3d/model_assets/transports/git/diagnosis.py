"""From what git prints on standard error to the error that a person can act on."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from humanpose3d.model_assets import errors
from humanpose3d.model_assets.transports.git.child import GitFailedError, LimitExceededError
from humanpose3d.model_assets.transports.git.configuration import with_file_of_setting
from humanpose3d.model_assets.transports.git.faults import FAULTS, GENERAL_FAULT, Fault
from humanpose3d.model_assets.transports.git.process import Git, GitStalledError
from humanpose3d.model_assets.transports.git.remote import GitRemote, hide_credentials

_LEADS = {
    errors.GitNotFoundError: "Git is not installed or not in PATH",
    errors.StorageError: "File system error during download",
}
_LONGEST_QUOTE = 300
_SHORTEST_HOST = 4  # shorter ones are parts of git's words


@contextlib.contextmanager
def translated_git_errors(remote: GitRemote, subject: str, git: Git, scratch: Path) -> Iterator[None]:
    """Turn what goes wrong while git fetches `subject` into errors of the resolver."""
    try:
        yield
    except GitFailedError as error:
        if is_disk_full(error.stderr):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(scratch)) from None
        words = error.stderr
        with contextlib.suppress(GitFailedError, GitStalledError):  # then without the name of the file
            words = with_file_of_setting(words, git.run)
        words = words.replace(remote.address, remote.shown)
        origin = _origin(remote, git)
        raise diagnose(words, remote=remote.shown, subject=subject, origin=origin, bundle=remote.bundle) from None
    except LimitExceededError as error:
        raise errors.DownloadError(
            f"Git clone failed: {error}, far more than models need ({subject} from {_origin(remote, git)}). "
            "Use another remote (HUMANPOSE3D_MODELS_URL).",
            remote=remote.shown,
        ) from None
    except GitStalledError:
        raise errors.DownloadTimeoutError(
            f"The download of {subject} from {_origin(remote, git)} stalled: not one byte for "
            f"{git.stall_timeout:g} s. Try again, or allow more with HUMANPOSE3D_STALL_TIMEOUT.",
            remote=remote.shown,
        ) from None


def _origin(remote: GitRemote, git: Git) -> str:
    """Name a remote, and the address that the user's settings have turned it into."""
    actual = remote.address
    with contextlib.suppress(GitFailedError, GitStalledError):
        listed = git.run(f"--git-dir={os.devnull}", "ls-remote", "--get-url", "--", remote.address)
        actual = hide_credentials(listed.decode("utf-8", "replace").strip())
    shown = "".join(c if c.isprintable() else " " for c in actual)
    return remote.shown if actual == remote.address else f"{remote.shown}, which url.insteadOf turns into {shown}"


def is_disk_full(stderr: str) -> bool:
    """Whether git says that there is no space left here; the caller knows how much is needed."""
    return re.search("No space left on device|Disk quota exceeded|not enough space", stderr, re.IGNORECASE) is not None


def diagnose(
    stderr: str, *, remote: str, subject: str, origin: str | None = None, bundle: bool = False
) -> errors.ModelAssetError:
    """Turn what git printed, in the C locale and without credentials, into the error to raise.

    `remote` is the remote as shown to users, `subject` what was fetched, for example ``"model 'gru'"``, and
    `origin` the remote with more about it. A `bundle` that
    is cut short stays so, and trying again does not help.
    """
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    # What the server says ("remote:") may be about anything; it decides only where git itself says nothing known.
    own = [line for line in lines if not line.startswith("remote:")]
    fault = _first_fault(own, remote) or _first_fault(lines, remote) or GENERAL_FAULT
    words = _quote(own, fault, remote) or _quote(lines, fault, remote) or "git said nothing"
    if bundle and (fault.again or fault.error is errors.IntegrityError):
        return errors.IntegrityError(
            f"The bundle {remote} is damaged or cut short (git says: {words}). Copy it again.",
            remote=remote,
            reason=words,
        )
    lead = _LEADS.get(fault.error, "Git clone failed")
    error = fault.error(f"{lead}: {words} ({subject} from {origin or remote}). {fault.advice}", remote=remote)
    error.__dict__["transient"] = fault.again
    return error


def _first_fault(lines: list[str], remote: str) -> Fault | None:
    text = "\n".join(_without_addresses(line, remote) for line in lines)
    return next((fault for fault in FAULTS if fault.is_in(text)), None)


def _without_addresses(line: str, remote: str) -> str:
    """Leave out names that are none of git's words; a host or file may be called "tls" or "certificate"."""
    line = re.sub(r"'[^']*'", "''", line.replace(remote, ""))
    line = re.sub(r"\S+://\S+|(?<=resolve host: )\S+|(?<=connect to )\S+", "", line)
    host = re.split("[/:]", remote.rpartition("://")[2].rpartition("@")[2])[0]
    return line.replace(host, "") if len(host) >= _SHORTEST_HOST else line


def _quote(lines: list[str], fault: Fault, remote: str) -> str:
    """Pick the line of git's output that says what is wrong; empty where there is none."""
    told = [line for line in lines if fault.pattern and fault.is_in(_without_addresses(line, remote))]
    told += [line for line in lines if line.startswith(("fatal:", "error:"))] + lines
    words = re.sub(r"^((fatal|error|remote|warning): *)+", "", told[0]).rstrip(".") if told else ""
    return words if len(words) <= _LONGEST_QUOTE else f"{words[:_LONGEST_QUOTE]} ..."
