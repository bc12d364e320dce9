"""Environment and settings that make git predictable, and keep the user's network settings.

Some of git's settings name a program to run. Three of them are ways to the network or to a login and remain the
user's to choose: ``core.sshCommand``, ``core.gitProxy``, ``credential.helper``. Those that our commands would run
otherwise are turned off: ``core.alternateRefsCommand``, ``core.askPass``, ``core.fsmonitor``, hooks, background
maintenance. The others (``uploadpack.packObjectsHook``, ``diff.external``, filters, ``gpg.program``, pagers, editors,
aliases) belong to commands that are not run here.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping

_LARGEST_NUMBER = 2**31 - 1  # in git's settings
_BAD_VALUE = re.compile(r"bad \w+ config value '.*' for '([\w.-]+)'")

# Selectors of programs and files that the user set up for git; everything else with GIT_ in front could point
# git at another repository or run a program.
_KEPT_VARIABLES = {
    "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT",
    "GIT_SSL_KEY", "GIT_SSL_NO_VERIFY", "GIT_SSL_VERSION", "GIT_SSL_CIPHER_LIST", "GIT_HTTP_PROXY_AUTHMETHOD",
    "GIT_PROXY_SSL_CAINFO", "GIT_PROXY_SSL_CERT", "GIT_PROXY_SSL_KEY", "GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
}  # fmt: skip


def git_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git: the user's own, without what could redirect, prompt, or run something."""
    kept = {
        name: value
        for name, value in environ.items()
        if (not name.upper().startswith("GIT_") or name.upper() in _KEPT_VARIABLES) and name.upper() != "SSH_ASKPASS"
    }
    return kept | {
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_DIR": os.devnull,  # without --git-dir: not the repository, with its settings, that the user stands in
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GCM_INTERACTIVE": "never",
        "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }


def with_file_of_setting(words: str, run: Callable[..., bytes]) -> str:
    """Add the name of the file to what git says of a setting whose value it does not understand.

    `run` runs a git command on local files and returns what it prints.
    """
    complaint = _BAD_VALUE.search(words)
    if complaint is None:
        return words
    listing = run(f"--git-dir={os.devnull}", "config", "--show-origin", "--get-all", complaint[1])
    origins = [line.partition("\t")[0] for line in listing.decode("utf-8", "replace").splitlines()]
    files = [origin.removeprefix("file:") for origin in origins if origin.startswith("file:")]
    return f"{words[: complaint.end()]} in file {files[-1]}{words[complaint.end() :]}" if files else words


def git_settings(stall_timeout: float) -> list[str]:
    """Return the ``-c`` arguments that every git command gets."""
    settings = {
        "protocol.version": "2",
        "fetch.unpackLimit": "1",  # index-pack instead of loose objects: half the time, and a file to watch
        "transfer.unpackLimit": "1",
        "core.bigFileThreshold": "1m",
        "core.fsync": "none",  # only the final file is synced, by us
        "core.hooksPath": os.devnull,
        "core.askPass": "",
        "core.fsmonitor": "false",
        "core.alternateRefsCommand": "exit 0 #",  # run in place of the user's: no refs, and one git less
        "gc.auto": "0",
        "maintenance.auto": "false",
        "fetch.recurseSubmodules": "false",
        "fetch.writeCommitGraph": "false",
        "http.lowSpeedLimit": "1",
        "http.lowSpeedTime": str(math.ceil(min(max(1.0, stall_timeout), _LARGEST_NUMBER))),
    }
    return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
