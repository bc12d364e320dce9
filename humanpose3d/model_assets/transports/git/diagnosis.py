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
    GitNotFoundError,
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
_HOME = "Set HUMANPOSE3D_HOME to a folder you can write to."
_CLONE = "Git clone failed"
_DISK = "File system error during download"
_NO_GIT = "Git is not installed or not in PATH"
_PORTAL = "What answered is no git server, perhaps a login page of the network; open a web page first, then try again. "
_LONGEST_QUOTE = 300
_SHORTEST_HOST = 4  # shorter ones are parts of git's words


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One known fault: how git words it, which error it is, what to do, and whether trying again may help."""

    pattern: re.Pattern[str]
    error: type[ModelAssetError]
    advice: str
    transient: bool = False
    lead: str = _CLONE


def _fault(
    error: type[ModelAssetError], pattern: str, advice: str, *, again: bool = False, lead: str = _CLONE
) -> Diagnosis:
    return Diagnosis(re.compile(pattern, re.IGNORECASE), error, advice, again, lead)


# First match wins; the general lines come last.
_FAULTS = (
    # This machine.
    _fault(
        GitNotFoundError,
        r"xcrun: error|xcode-select: (note|error)|Xcode license",
        "Install it with 'xcode-select --install', which the git that comes with macOS asks for, and try again.",
        lead=_NO_GIT,
    ),
    _fault(
        DownloadError,
        r"bad( \w+)? config |invalid config|unable to access '': Permission denied|reading the configuration files|"
        r"bad (zlib|pack) compression level|unknown fetch negotiation",
        "Check git's settings; 'git config --list --show-origin' names the file of each.",
    ),
    _fault(
        StorageError,
        r"Too many open files|(cannot|unable to) fork|unable to create (async )?thread|Resource temporarily unavail",
        "Check the limits of this account ('ulimit -a' shows them), or close other programs.",
        lead=_DISK,
    ),
    _fault(
        StorageError,
        r"File too large|File size limit exceeded|of signal 25\b",
        "Check the limit on the size of files ('ulimit -f' shows it).",
        lead=_DISK,
    ),
    _fault(StorageError, r"Read-only file system", _HOME, lead=_DISK),
    _fault(StorageError, r"Unable to read current working directory", "Use another current folder.", lead=_DISK),
    _fault(StorageError, r"Unable to create temporary file|cannot mkdir|could not create", _HOME, lead=_DISK),
    _fault(
        DownloadError,
        r"out of memory|cannot allocate memory|std::bad_alloc",
        "The server sent more than git may keep in memory, or this machine has too little free. Use another remote "
        "(HUMANPOSE3D_MODELS_URL), or end other programs.",
    ),
    _fault(
        DownloadError,
        r"killed by signal|died of signal",
        "Somebody ended git, or the system did because its memory had run out. Try again; models that have arrived "
        "are kept.",
    ),
    # The repository.
    _fault(RepositoryNotFoundError, WEB_PAGE, _PORTAL + _URL),
    _fault(
        RevisionNotFoundError,
        WITHOUT_COMMIT,
        "Check HUMANPOSE3D_MODELS_REVISION and the lock file, or use a remote that has it (HUMANPOSE3D_MODELS_URL).",
    ),
    _fault(
        AuthenticationError,
        r"detected dubious ownership",
        "The repository belongs to another user. Use a bundle or an https remote, or add it to git's safe.directory.",
    ),
    _fault(
        RevisionNotFoundError,
        r"couldn't find remote ref|unable to find remote ref|Remote branch .* not found|invalid refspec",
        "Check HUMANPOSE3D_MODELS_REVISION.",
    ),
    _fault(
        RevisionNotFoundError,
        r"not our ref|did not send all necessary objects|bad object [0-9a-f]{40}|missing blob|"
        r"Not a valid object name|could not get object info|unable to find [0-9a-f]{40}",
        "The source has changed since the first model was fetched; 'humanpose3d models download --force' moves "
        "the whole set to its newest commit.",
    ),
    # A proxy.
    _fault(
        AuthenticationError,
        r"code 407 from proxy|tunnel failed, response 407|returned error: 407|Proxy Authentication Required",
        "The proxy asks for a login. Put it into the proxy's address (git's setting http.proxy, or https_proxy).",
    ),
    _fault(
        ConnectionFailedError, r"code (429|5\d\d) from proxy|tunnel failed, response (429|5\d\d)", _LATER, again=True
    ),
    _fault(
        ConnectionFailedError,
        r"code \d+ from proxy|tunnel failed, response",
        "The proxy lets nobody connect to that host; ask who runs it, or put another remote in HUMANPOSE3D_MODELS_URL.",
    ),
    # The server's answer.
    _fault(
        AuthenticationError,
        r"could not read (Username|Password)|Authentication failed|Permission denied \(|Host key verification failed|"
        r"terminal prompts disabled|requested URL returned error: 40[13]",
        _LOGIN,
    ),
    _fault(
        RepositoryNotFoundError,
        r"repository '.*' not found|access denied or repository not exported|repository not found|"
        r"does not appear to be a git repository|requested URL returned error: (404|410)",
        _URL,
    ),
    _fault(
        RepositoryNotFoundError,
        r"Cannot obtain needed object|invalid server response|info/refs not valid|is this a git repository|"
        r"unable to parse .* \(or is not a git server\)|unable to update url base from redirection|not a git server",
        _PORTAL + _URL,
    ),
    _fault(
        ConnectionFailedError,
        r"requested URL returned error: (408|425|429|5\d\d)|HTTP (408|425|429|5\d\d)",
        _LATER,
        again=True,
    ),
    # The network.
    _fault(
        DownloadTimeoutError,
        r"Operation too slow|Timeout, server .* not responding",
        "Try again, or allow more with HUMANPOSE3D_STALL_TIMEOUT.",
    ),
    _fault(
        ConnectionFailedError,
        r"Could not resolve|unable to look up|Name or service not known|Temporary failure in name resolution",
        _NETWORK,
        again=True,
    ),
    _fault(
        ConnectionFailedError,
        r"non-properly terminated|unexpected eof while reading|SSL_ERROR_SYSCALL|server closed abruptly|"
        r"failed to receive handshake|(GnuTLS|SSL) (recv|read)|Connection (was )?(reset|aborted)|forcibly closed|"
        r"Broken pipe|(Recv|Send) failure|HTTP/?2|HTTP/?3|nghttp2|Proxy CONNECT aborted",
        _LATER,
        again=True,
    ),
    _fault(
        ConnectionFailedError,
        r"Failed to connect|Connection refused|Couldn't connect|Network is (unreachable|down)|No route to host|"
        r"(Connection|Operation|Resolving) timed out|connection timeout|Timeout was reached|SOCKS",
        _NETWORK,
        again=True,
    ),
    _fault(
        ConnectionFailedError,
        r"wrong version number|unexpected TLS packet|packet length too long|unsupported protocol",
        "What answered does not speak TLS as git does. Check whether the address begins with https or http, and the "
        "proxy settings.",
    ),
    _fault(
        ConnectionFailedError,
        r"certificate|does not match target host name|gnutls|schannel|SSL[_ /]|\bTLS (alert|handshake|connection)",
        "The server's certificate could not be checked; tell git your organisation's CA file (http.sslCAInfo).",
    ),
    # What arrived.
    _fault(
        IntegrityError,
        r"bundle.*(corrupt|truncated|too short)|does not look like a v\d or v\d bundle|invalid gitfile format",
        "Copy the bundle again.",
    ),
    _fault(
        ConnectionFailedError,
        r"inflate|bad object at offset|pack is corrupted|SHA1 mismatch|protocol error|bad (line|band)|"
        r"RPC failed|curl (16|18|28|52|55|56|92)|early EOF|unexpected disconnect|Empty reply|expected flush|"
        r"bad pack header|the remote end hung up|transfer closed|invalid index-pack output|index-pack (died|failed)",
        _LATER,
        again=True,
    ),
    _fault(
        DownloadError,
        r"unable to find remote helper for ''|'' is not a git command",
        "This git has no part for such addresses; install the whole of git, or use another kind of address "
        "(HUMANPOSE3D_MODELS_URL).",
    ),
    _fault(DownloadError, r"transport '.*' not allowed|strange pathname|strange hostname|is not a valid url", _URL),
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
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    # What the server says ("remote:") may be about anything; it decides only where git itself says nothing known.
    own = [line for line in lines if not line.startswith("remote:")]
    fault = _first_fault(own, remote) or _first_fault(lines, remote) or _GENERAL
    words = _quote(own, fault.pattern, remote) or _quote(lines, fault.pattern, remote) or "git said nothing"
    if bundle and (fault.transient or fault.error is IntegrityError):
        return IntegrityError(
            f"The bundle {remote} is damaged or cut short (git says: {words}). Copy it again.",
            remote=remote,
            reason=words,
        )
    error = fault.error(f"{fault.lead}: {words} ({subject} from {remote}). {fault.advice}", remote=remote)
    error.__dict__["transient"] = fault.transient
    return error


def _first_fault(lines: list[str], remote: str) -> Diagnosis | None:
    text = "\n".join(_without_addresses(line, remote) for line in lines)
    return next((fault for fault in _FAULTS if fault.pattern.search(text)), None)


def _without_addresses(line: str, remote: str) -> str:
    """Leave out names that are none of git's words; a host or file may be called "tls" or "certificate"."""
    line = re.sub(r"'[^']*'", "''", line.replace(remote, ""))
    line = re.sub(r"\S+://\S+|(?<=resolve host: )\S+|(?<=connect to )\S+", "", line)
    host = re.split("[/:]", remote.rpartition("://")[2].rpartition("@")[2])[0]
    return line.replace(host, "") if len(host) >= _SHORTEST_HOST else line


def _quote(lines: list[str], pattern: re.Pattern[str], remote: str) -> str:
    """Pick the line of git's output that says what is wrong; empty where there is none."""
    told = [line for line in lines if pattern.pattern and pattern.search(_without_addresses(line, remote))]
    told += [line for line in lines if line.startswith(("fatal:", "error:"))] + lines
    words = re.sub(r"^((fatal|error|remote|warning): *)+", "", told[0]).rstrip(".") if told else ""
    return words if len(words) <= _LONGEST_QUOTE else f"{words[:_LONGEST_QUOTE]} ..."
