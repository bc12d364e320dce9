"""Running git so that it can't surprise us: settings, environment, and an end to every child."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from humanpose3d.model_assets.errors import GitNotFoundError
from humanpose3d.model_assets.interrupts import CancelledError
from humanpose3d.model_assets.transports.git.child import GitChild, GitFailedError, own_group
from humanpose3d.model_assets.transports.git.curl_log import is_connected

_POLL_SECONDS = 0.1
_CURL_DECIDES = 300.0  # how much later than curl we would end a stalled http transfer
_LARGEST_NUMBER = 2**31 - 1  # in git's settings
_SUPERVISOR = Path(__file__).with_name("supervisor.py")

# Selectors of programs and files that the user set up for git; everything else with GIT_ in front could point
# git at somebody else's repository or run a program.
_KEPT_VARIABLES = frozenset(
    {
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_SSL_CERT",
        "GIT_SSL_KEY",
        "GIT_SSL_NO_VERIFY",
        "GIT_SSL_VERSION",
        "GIT_SSL_CIPHER_LIST",
        "GIT_HTTP_PROXY_AUTHMETHOD",
        "GIT_PROXY_SSL_CAINFO",
        "GIT_PROXY_SSL_CERT",
        "GIT_PROXY_SSL_KEY",
        "GIT_EXEC_PATH",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
    }
)
_SSH_COMMAND = "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15 -oServerAliveCountMax=4"


class GitStalledError(Exception):
    """Git gave no sign of life for too long and was ended."""


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
        "gc.auto": "0",
        "maintenance.auto": "false",
        "fetch.recurseSubmodules": "false",
        "fetch.writeCommitGraph": "false",
        "http.lowSpeedLimit": "1",
        "http.lowSpeedTime": str(math.ceil(min(max(1.0, stall_timeout), _LARGEST_NUMBER))),
    }
    return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]


@dataclass(frozen=True, slots=True)
class Git:
    """A git program, ready to run.

    Attributes
    ----------
    program : str
        Full path of git.
    environment : mapping of str to str
        Its environment.
    settings : sequence of str
        Arguments in front of every command.
    stall_timeout : float
        Seconds without a sign of life after which a transfer is ended.
    cancelled : threading.Event
        Set by somebody else to end a transfer.
    """

    program: str
    environment: Mapping[str, str]
    settings: Sequence[str]
    stall_timeout: float
    cancelled: threading.Event

    @classmethod
    def find(cls, stall_timeout: float, cancelled: threading.Event | None = None) -> Git:
        """Find git in the search path.

        Raises
        ------
        GitNotFoundError
            If it is not there.
        """
        program = shutil.which("git")
        if program is None:
            raise GitNotFoundError(
                "Git is not installed or not in PATH, and it fetches the models. Install it (Debian and Ubuntu: "
                "apt install git; macOS: xcode-select --install; Windows: winget install Git.Git) and try again."
            )
        environment, settings = git_environment(os.environ), git_settings(stall_timeout)
        return cls(program, environment, settings, stall_timeout, cancelled or threading.Event())

    def for_ssh(self) -> Git:
        """Return the same git with an ssh that neither asks nor hangs, unless the user chose an ssh command."""
        chosen = self.environment.get("GIT_SSH_COMMAND") or self.environment.get("GIT_SSH")
        if chosen or self._has_ssh_command():
            return self
        return replace(self, environment={**self.environment, "GIT_SSH_COMMAND": _SSH_COMMAND})

    def run(self, *arguments: str) -> bytes:
        """Run a command that works on local files only, and return what it prints."""
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            self._command(arguments),
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            **own_group(),
        )
        if done.returncode != 0:
            raise GitFailedError(done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def transfer(self, *arguments: str, measure: Callable[[], int], curl_log: Path | None = None) -> bytes:
        """Run a command that opens a connection, watch it, and leave no process behind.

        Parameters
        ----------
        *arguments : str
            The command.
        measure : callable
            Called ten times a second; returns the bytes that have arrived so far.
        curl_log : Path, optional
            For http: an empty file for curl's log. A pack grows in steps of 64 kB, too coarse for a very slow link,
            but once connected curl counts every byte and ends a stalled transfer itself. Without this, a stall is
            for us to see throughout.

        Raises
        ------
        GitFailedError, GitStalledError, CancelledError
        """
        tracing = {} if curl_log is None else {"GIT_TRACE_CURL": str(curl_log), "GIT_TRACE_CURL_NO_DATA": "1"}
        with GitChild(self._supervised(arguments), {**self.environment, **tracing}) as child:
            seen, alive = (-1, -1, -1), time.monotonic()
            while child.is_running(_POLL_SECONDS):
                if self.cancelled.is_set():
                    raise CancelledError
                log = b"" if curl_log is None else curl_log.read_bytes()
                sign = (measure(), child.words_heard, len(log))
                if sign != seen:
                    seen, alive = sign, time.monotonic()
                patience = self.stall_timeout + (_CURL_DECIDES if is_connected(log) else 0.0)
                if time.monotonic() - alive > patience:
                    raise GitStalledError
            measure()
            return child.result()

    def stream(self, *arguments: str) -> GitChild:
        """Start a command that prints much; read it through the returned context manager."""
        return GitChild(self._command(arguments), self.environment, read_output=False)

    def version(self) -> str:
        """Return what ``git --version`` prints."""
        return self.run("--version").decode().strip()

    def _has_ssh_command(self) -> bool:
        try:
            # No repository, so that the one of the current folder has no say.
            return bool(self.run(f"--git-dir={os.devnull}", "config", "--get", "core.sshCommand").strip())
        except GitFailedError:  # exit 1 says that the setting is not there
            return False

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [self.program, *self.settings, *arguments]

    def _supervised(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-I", "-S", str(_SUPERVISOR), *self._command(arguments)]
