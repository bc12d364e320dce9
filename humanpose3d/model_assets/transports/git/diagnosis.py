"""What git's words mean: from standard error to the error that a person can act on.

The lines were observed with git 2.25 to 2.39; exit codes say nothing (always 128 or 1), so the text decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from humanpose3d.model_assets.errors import (
    AuthenticationError,
    ConnectionFailedError,
    DownloadError,
    DownloadTimeoutError,
    IntegrityError,
    ModelAssetError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    StorageError,
)
from humanpose3d.model_assets.transports.git.process import WEB_PAGE
from humanpose3d.model_assets.transports.git.remote import WITHOUT_COMMIT

_URL = "Check the address in HUMANPOSE3D_MODELS_URL."
_NETWORK = "Check the network and proxy settings, or put another remote in HUMANPOSE3D_MODELS_URL."
_LOGIN = "Use a public remote, or give git a login that needs no prompt (a credential helper or an ssh key)."
_LATER = "Try again; models that have arrived are kept."
_DISK = "File system error during download"
_PORTAL = "What answered is no git server, perhaps a login page of the network; open a web page first, then try again. "


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One known fault: how git words it, which error it is, what to do, and whether trying again may help."""

    pattern: re.Pattern[str]
    error: type[ModelAssetError]
    advice: str
    transient: bool = False
    lead: str = "Git clone failed"


def _fault(
    pattern: str,
    error: type[ModelAssetError],
    advice: str,
    *,
    again: bool = False,
    lead: str = "Git clone failed",
) -> Diagnosis:
    return Diagnosis(re.compile(pattern, re.IGNORECASE), error, advice, again, lead)


# First match wins; the general lines come last.
_FAULTS = (
    _fault(WEB_PAGE, RepositoryNotFoundError, _PORTAL + _URL),
    _fault(
        WITHOUT_COMMIT,
        RevisionNotFoundError,
        "Check HUMANPOSE3D_MODELS_REVISION and the lock file, or use a remote that has it (HUMANPOSE3D_MODELS_URL).",
    ),
    _fault(
        r"Read-only file system",
        StorageError,
        "Set HUMANPOSE3D_HOME to a folder you can write to.",
        lead=_DISK,
    ),
    _fault(
        r"detected dubious ownership",
        StorageError,
        "The repository belongs to another user; use a bundle or an https remote, or add it to git's safe.directory.",
        lead=_DISK,
    ),
    _fault(
        r"Unable to read current working directory",
        StorageError,
        "Use another current folder.",
        lead=_DISK,
    ),
    _fault(
        r"Unable to create temporary file|cannot mkdir|could not create",
        StorageError,
        "Set HUMANPOSE3D_HOME to a folder you can write to.",
        lead=_DISK,
    ),
    _fault(
        r"couldn't find remote ref|unable to find remote ref|Remote branch .* not found|invalid refspec",
        RevisionNotFoundError,
        "Check HUMANPOSE3D_MODELS_REVISION.",
    ),
    _fault(
        r"not our ref|did not send all necessary objects|bad object [0-9a-f]{40}|missing blob|"
        r"Not a valid object name|could not get object info|unable to find [0-9a-f]{40}",
        RevisionNotFoundError,
        "The source has changed since the first model was fetched; 'humanpose3d models download --force' moves "
        "the whole set to its newest commit.",
    ),
    _fault(
        r"could not read (Username|Password)|Authentication failed|Permission denied \(|Host key verification failed|"
        r"terminal prompts disabled|requested URL returned error: 40[137]",
        AuthenticationError,
        _LOGIN,
    ),
    _fault(
        r"repository '.*' not found|access denied or repository not exported|repository not found|"
        r"does not appear to be a git repository|requested URL returned error: (404|410)",
        RepositoryNotFoundError,
        _URL,
    ),
    _fault(
        r"Cannot obtain needed object|invalid server response|info/refs not valid|is this a git repository|"
        r"unable to parse .* \(or is not a git server\)|unable to update url base from redirection|not a git server",
        RepositoryNotFoundError,
        _PORTAL + _URL,
    ),
    _fault(
        r"requested URL returned error: (429|5\d\d)|HTTP (429|5\d\d)",
        ConnectionFailedError,
        _LATER,
        again=True,
    ),
    _fault(
        r"Operation too slow|Timeout, server .* not responding",
        DownloadTimeoutError,
        "Try again, or allow more with HUMANPOSE3D_STALL_TIMEOUT.",
    ),
    _fault(
        r"Could not resolve|unable to look up|Name or service not known|Temporary failure in name resolution",
        ConnectionFailedError,
        _NETWORK,
        again=True,
    ),
    _fault(
        r"connection was non-properly terminated|unexpected eof while reading|SSL_ERROR_SYSCALL|"
        r"server closed abruptly|(GnuTLS|SSL) (recv|read)",
        ConnectionFailedError,
        _LATER,
        again=True,
    ),
    _fault(
        r"certificate|does not match target host name|gnutls_handshake|SSL CA|schannel|SSL_|SSL peer|TLS",
        ConnectionFailedError,
        "The server's certificate could not be checked; tell git your organisation's CA file (http.sslCAInfo).",
    ),
    _fault(
        r"bundle.*(corrupt|truncated|too short)|does not look like a v\d or v\d bundle|invalid gitfile format",
        IntegrityError,
        "Copy the bundle again.",
    ),
    _fault(
        r"Failed to connect|Connection refused|Couldn't connect|Network is unreachable|No route to host|"
        r"Connection timed out",
        ConnectionFailedError,
        _NETWORK,
        again=True,
    ),
    _fault(
        r"inflate|bad object at offset|pack is corrupted|SHA1 mismatch|protocol error|bad (line|band)",
        ConnectionFailedError,
        _LATER,
        again=True,
    ),
    _fault(
        r"RPC failed|curl (18|28|52|56|92)|early EOF|unexpected disconnect|Empty reply|expected flush|bad pack header|"
        r"the remote end hung up|Connection reset|transfer closed|invalid index-pack output|index-pack (died|failed)",
        ConnectionFailedError,
        _LATER,
        again=True,
    ),
    _fault(
        r"transport '.*' not allowed|strange pathname|strange hostname|unable to find remote helper|is not a valid url",
        DownloadError,
        _URL,
    ),
)
_GENERAL = Diagnosis(re.compile(""), DownloadError, _URL)


def is_disk_full(stderr: str) -> bool:
    """Whether git says that there is no space left here; the caller knows how much is needed."""
    return re.search("No space left on device|Disk quota exceeded|not enough space", stderr, re.IGNORECASE) is not None


def diagnose(stderr: str, *, remote: str, subject: str, bundle: bool = False) -> ModelAssetError:
    """Turn what git printed into the error to raise.

    Parameters
    ----------
    stderr : str
        Git's standard error, in the C locale, without credentials.
    remote : str
        The remote, as shown to users.
    subject : str
        What was being fetched, for example ``"model 'gru'"``.
    bundle : bool
        Whether the remote is a bundle: cut short, it stays so, and trying again does not help.
    """
    fault = next((fault for fault in _FAULTS if fault.pattern.search(stderr)), _GENERAL)
    words = _quote(stderr, fault.pattern)
    if bundle and (fault.transient or fault.error is IntegrityError):
        return IntegrityError(
            f"The bundle {remote} is damaged or cut short (git says: {words}). Copy it again.",
            remote=remote,
            reason=words,
        )
    error = fault.error(f"{fault.lead}: {words} ({subject} from {remote}). {fault.advice}", remote=remote)
    error.__dict__["transient"] = fault.transient
    return error


def _quote(stderr: str, pattern: re.Pattern[str]) -> str:
    """Pick the line of git's output that says what is wrong."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    told = [line for line in lines if pattern.pattern and pattern.search(line)]
    told += [line for line in lines if line.startswith(("fatal:", "error:"))] + lines
    words = told[0] if told else "git said nothing"
    return re.sub(r"^((fatal|error|remote|warning): )+", "", words).rstrip(".")
