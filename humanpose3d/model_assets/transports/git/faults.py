"""The table of git's faults: how git words each, which error it is, and what to do.

The lines were observed with git 2.25 to 2.39; exit codes say nothing (always 128 or 1), so the text decides.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from humanpose3d.model_assets import errors
from humanpose3d.model_assets.transports.git.process import WEB_PAGE
from humanpose3d.model_assets.transports.git.remote import WITHOUT_COMMIT

_URL = "Check the address in HUMANPOSE3D_MODELS_URL."
_NETWORK = "Check the network and proxy settings, or put another remote in HUMANPOSE3D_MODELS_URL."
_LOGIN = "Use a public remote, or give git a login that needs no prompt (a credential helper or an ssh key)."
_LATER = "Try again; models that have arrived are kept."
_HOME = "Set HUMANPOSE3D_HOME to a folder you can write to."
_PORTAL = "What answered is no git server, perhaps a login page of the network; open a web page first, then try again. "


class Fault(NamedTuple):
    """One known fault: which error it is, how git words it, what to do, and whether trying again may help."""

    error: type[errors.ModelAssetError]
    pattern: str
    advice: str
    again: bool = False

    def is_in(self, text: str) -> bool:
        """Whether `text` words it."""
        return re.search(self.pattern, text, re.IGNORECASE) is not None


# First match wins; the general lines come last.
FAULTS = (
    # This machine.
    Fault(
        errors.GitNotFoundError,
        r"xcrun: error|xcode-select: (note|error)|Xcode license",
        "Install it with 'xcode-select --install', which the git that comes with macOS asks for, and try again.",
    ),
    Fault(
        errors.DownloadError,
        r"bad( \w+)? config |invalid config|unable to access '': Permission denied|reading the configuration files|"
        r"bad (zlib|pack) compression level|unknown fetch negotiation",
        "Check git's settings; 'git config --list --show-origin' names the file of each.",
    ),
    Fault(
        errors.StorageError,
        r"Too many open files|(cannot|unable to) fork|unable to create (async )?thread|Resource temporarily unavail",
        "Check the limits of this account ('ulimit -a' shows them), or close other programs.",
    ),
    Fault(
        errors.StorageError,
        r"File too large|File size limit exceeded|of signal 25\b",
        "Check the limit on the size of files ('ulimit -f' shows it).",
    ),
    Fault(errors.StorageError, r"Read-only file system", _HOME),
    Fault(errors.StorageError, r"Unable to read current working directory", "Use another current folder."),
    Fault(errors.StorageError, r"Unable to create temporary file|cannot mkdir|could not create", _HOME),
    Fault(
        errors.DownloadError,
        r"out of memory|cannot allocate memory|std::bad_alloc",
        "The server sent more than git may keep in memory, or this machine has too little free. Use another remote "
        "(HUMANPOSE3D_MODELS_URL), or end other programs.",
    ),
    Fault(
        errors.DownloadError,
        r"killed by signal|died of signal",
        "Another program ended git, or the system because its memory had run out. " + _LATER,
    ),
    # The repository.
    Fault(errors.RepositoryNotFoundError, WEB_PAGE, _PORTAL + _URL),
    Fault(
        errors.RevisionNotFoundError,
        WITHOUT_COMMIT,
        "Check HUMANPOSE3D_MODELS_REVISION and the lock file, or use a remote that has it (HUMANPOSE3D_MODELS_URL).",
    ),
    Fault(
        errors.AuthenticationError,
        r"detected dubious ownership",
        "The repository belongs to another user. Use a bundle or an https remote, or add it to git's safe.directory.",
    ),
    Fault(
        errors.RevisionNotFoundError,
        r"couldn't find remote ref|unable to find remote ref|Remote branch .* not found|invalid refspec",
        "Check HUMANPOSE3D_MODELS_REVISION.",
    ),
    Fault(
        errors.RevisionNotFoundError,
        r"not our ref|did not send all necessary objects|bad object [0-9a-f]{40}|missing blob|"
        r"Not a valid object name|could not get object info|unable to find [0-9a-f]{40}",
        "The source has changed since the first model was fetched; 'humanpose3d models download --force' moves "
        "the whole set to its newest commit.",
    ),
    # A proxy.
    Fault(
        errors.AuthenticationError,
        r"code 407 from proxy|tunnel failed, response 407|returned error: 407|Proxy Authentication Required",
        "The proxy asks for a login. Put it into the proxy's address (git's setting http.proxy, or https_proxy).",
    ),
    Fault(
        errors.ConnectionFailedError,
        r"code (429|5\d\d) from proxy|tunnel failed, response (429|5\d\d)",
        _LATER,
        again=True,
    ),
    Fault(
        errors.ConnectionFailedError,
        r"code \d+ from proxy|tunnel failed, response",
        "The proxy does not allow that host; ask its administrator, or put another remote in HUMANPOSE3D_MODELS_URL.",
    ),
    # The server's answer.
    Fault(
        errors.AuthenticationError,
        r"could not read (Username|Password)|Authentication failed|Permission denied \(|Host key verification failed|"
        r"terminal prompts disabled|requested URL returned error: 40[13]",
        _LOGIN,
    ),
    Fault(
        errors.RepositoryNotFoundError,
        r"repository '.*' not found|access denied or repository not exported|repository not found|"
        r"does not appear to be a git repository|requested URL returned error: (404|410)",
        _URL,
    ),
    Fault(
        errors.RepositoryNotFoundError,
        r"Cannot obtain needed object|invalid server response|info/refs not valid|is this a git repository|"
        r"unable to parse .* \(or is not a git server\)|unable to update url base from redirection|not a git server",
        _PORTAL + _URL,
    ),
    Fault(
        errors.ConnectionFailedError,
        r"requested URL returned error: (408|425|429|5\d\d)|HTTP (408|425|429|5\d\d)",
        _LATER,
        again=True,
    ),
    Fault(errors.DownloadError, r"requested URL returned error: 3\d\d", _URL),  # only a first request may be redirected
    # The network.
    Fault(
        errors.DownloadTimeoutError,
        r"Operation too slow|Timeout, server .* not responding",
        "Try again, or allow more with HUMANPOSE3D_STALL_TIMEOUT.",
    ),
    Fault(
        errors.ConnectionFailedError,
        r"Could not resolve|unable to look up|Name or service not known|Temporary failure in name resolution",
        _NETWORK,
        again=True,
    ),
    Fault(
        errors.ConnectionFailedError,
        r"non-properly terminated|unexpected eof while reading|SSL_ERROR_SYSCALL|server closed abruptly|"
        r"failed to receive handshake|(GnuTLS|SSL) (recv|read)|Connection (was )?(reset|aborted)|forcibly closed|"
        r"Broken pipe|(Recv|Send) failure|HTTP/?2|HTTP/?3|nghttp2|Proxy CONNECT aborted",
        _LATER,
        again=True,
    ),
    Fault(
        errors.ConnectionFailedError,
        r"Failed to connect|Connection refused|Couldn't connect|Network is (unreachable|down)|No route to host|"
        r"(Connection|Operation|Resolving) timed out|connection timeout|Timeout was reached|SOCKS",
        _NETWORK,
        again=True,
    ),
    Fault(
        errors.ConnectionFailedError,
        r"wrong version number|unexpected TLS packet|packet length too long|unsupported protocol",
        "What answered does not speak TLS as git does. Check whether the address begins with https or http, and the "
        "proxy settings.",
    ),
    Fault(
        errors.ConnectionFailedError,
        r"certificate|does not match target host name|gnutls|schannel|SSL[_ /]|\bTLS (alert|handshake|connection)",
        "The server's certificate could not be checked; tell git your organisation's CA file (http.sslCAInfo).",
    ),
    # What arrived.
    Fault(
        errors.IntegrityError,
        r"bundle.*(corrupt|truncated|too short)|does not look like a v\d or v\d bundle|invalid gitfile format",
        "Copy the bundle again.",
    ),
    Fault(
        errors.ConnectionFailedError,
        r"inflate|bad object at offset|pack is corrupted|SHA1 mismatch|protocol error|bad (line|band)|"
        r"RPC failed|curl (16|18|28|52|55|56|92)|early EOF|unexpected disconnect|Empty reply|expected flush|"
        r"bad pack header|the remote end hung up|transfer closed|invalid index-pack output|index-pack (died|failed)",
        _LATER,
        again=True,
    ),
    Fault(
        errors.DownloadError,
        r"unable to find remote helper for ''|'' is not a git command",
        "This git has no part for such addresses; install the whole of git, or use another kind of address "
        "(HUMANPOSE3D_MODELS_URL).",
    ),
    Fault(
        errors.DownloadError, r"transport '.*' not allowed|strange pathname|strange hostname|is not a valid url", _URL
    ),
)
GENERAL_FAULT = Fault(errors.DownloadError, "", _URL)
