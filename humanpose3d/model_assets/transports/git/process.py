"""Run git: with fixed settings and environment, watched, bounded, and ended with all its children."""

from __future__ import annotations

import contextlib
import math
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from humanpose3d.model_assets.transports import CancelledError
from humanpose3d.model_assets.transports.git.child import GitChild, GitFailedError, LimitExceededError, supervised
from humanpose3d.model_assets.transports.git.remote import Credentials, without_secrets

WEB_PAGE = "the server answered with a web page"
"""Put before git's words, which in that case tell of a very odd repository."""

_POLL_SECONDS = 0.1
_CURL_DECIDES = 300.0  # how much later than curl we would end a stalled http transfer
_TEXT_SECONDS = 1.0
_LARGEST_LISTING = 1 << 26  # bytes of refs; that of a million branches
LARGEST_TEXT = 1 << 20  # bytes on standard error
_LONGEST_LINE = 1 << 16
_TRACE = re.compile(rb"\d\d:\d\d:\d\d\.\d+ http\.c:\d+ +(=>|<=|==) (.*)", re.DOTALL)

_SSH_COMMAND = "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15 -oServerAliveCountMax=4"


class GitStalledError(Exception):
    """Git gave no sign of life for too long and was ended."""


@dataclass(frozen=True, slots=True)
class Git:
    """A git program, or what answers in its place. Every command is watched, bounded, and ended with its children."""

    program: Sequence[str]
    choice: str  # which program it is and why, for people
    environment: Mapping[str, str] = field(repr=False)
    settings: Sequence[str]  # arguments in front of every command
    stall_timeout: float  # seconds without a sign of life after which a command is ended
    cancelled: threading.Event  # set by another thread to end a command
    secrets: Sequence[str] = field(default=(), repr=False)  # what no message may hold

    def for_ssh(self) -> Git:
        """Return the same git with an ssh that neither asks nor hangs, unless the user chose an ssh command."""
        chosen: object = self.environment.get("GIT_SSH_COMMAND") or self.environment.get("GIT_SSH")
        with contextlib.suppress(GitFailedError, GitStalledError):  # exit 1 says that the setting is not there
            # No repository, so that the one of the current folder has no say.
            chosen = chosen or self.run(f"--git-dir={os.devnull}", "config", "--get", "core.sshCommand").strip()
        if chosen:
            return self
        return replace(self, environment={**self.environment, "GIT_SSH_COMMAND": _SSH_COMMAND})

    def with_credentials(self, credentials: Credentials) -> Git:
        """Return the same git with a login for one host."""
        if credentials.password is None:
            credentials = replace(credentials, password=self._known_password(credentials))
        return replace(
            self,
            environment={**self.environment, **credentials.environment},
            settings=[*self.settings, *credentials.settings],
            secrets=credentials.secrets,
        )

    def run(self, *arguments: str, given: bytes = b"", take: Callable[[bytes], None] | None = None) -> bytes:
        """Run a command on local files, with `given` as its input; return what it prints, unless `take` gets that."""
        return self._watch([*self.program, *self.settings, *arguments], given=given, take=take)

    def transfer(
        self, *arguments: str, measure: Callable[[], int] = int, largest: int | None = None, http: bool = False
    ) -> bytes:
        """Run a command that opens a connection, watch it, and leave no process behind even if we are killed.

        `measure` returns the bytes that have arrived so far, of which there may be `largest`. With `http`, curl
        carries it: a pack grows in steps of 64 kB, too coarse for a very slow link, but once connected curl counts
        every byte and ends a stalled transfer itself. Otherwise a stall is for us to see throughout.
        """
        command = supervised([*self.program, *self.settings, *arguments])
        return self._watch(command, measure=measure, largest=largest, http=http)

    def _watch(
        self,
        command: Sequence[str],
        *,
        given: bytes | None = None,
        take: Callable[[bytes], None] | None = None,
        measure: Callable[[], int] = int,
        largest: int | None = None,
        http: bool = False,
    ) -> bytes:
        words, output, printed = Words(), bytearray(), 0
        tracing = {"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1"} if http else {}

        def hear(chunk: bytes) -> None:
            nonlocal printed
            printed += len(chunk)
            if take is not None:
                take(chunk)
                return
            output.extend(chunk)
            if printed > _LARGEST_LISTING:
                raise LimitExceededError("the repository lists more than 64 MiB of branches and tags")

        with GitChild(command, {**self.environment, **tracing}, on_error=words.hear, on_output=hear) as child:
            if given is not None:
                child.close_input(given)
            liveness = _Liveness(self.stall_timeout)
            while child.is_running(_POLL_SECONDS):
                if self.cancelled.is_set():
                    raise CancelledError
                arrived = measure()
                if largest is not None and arrived > largest:
                    raise LimitExceededError(f"the server sent more than {largest / 1e6:.0f} MB")
                if not liveness.continues(arrived + printed, words):
                    raise GitStalledError
            measure()
            code = child.end()
        if code != 0:
            raise GitFailedError(without_secrets(_last_words(words, code), self.secrets))
        return bytes(output)

    def _known_password(self, credentials: Credentials) -> str:
        """Ask the user's own helpers for the password of a user who was named without one; a token has none.

        Asked here, since git itself would also offer them what proved right, to be stored in a file.
        """
        try:
            answer = self.run("credential", "fill", given=credentials.question)
        except (GitFailedError, GitStalledError):
            return ""
        lines = answer.decode("utf-8", "replace").splitlines()
        return next((line.removeprefix("password=") for line in lines if line.startswith("password=")), "")


class Words:
    """Standard error of one git command, taken piece by piece.

    Git's words and the trace of an http transfer (``GIT_TRACE_CURL``) arrive on one pipe, so that the trace, which may
    name a user, is in no file.
    """

    def __init__(self) -> None:
        self.said = bytearray()
        self._rest = b""
        self._status = self._kind = b""
        # Connections tried and header lines sent: our own signs of life, which no server can send in our place.
        self.requests = 0
        # Whether a request was sent on the newest connection; from then on curl counts bytes and ends a stall.
        self.connected = False

    @property
    def text(self) -> str:
        """What git said so far."""
        return self.said.decode("utf-8", "replace")

    @property
    def shows_web_page(self) -> bool:
        """Whether the last answer was a web page that claims success, as a network's login page does."""
        return self._status == b"200" and self._kind.startswith((b"text/html", b"application/xhtml"))

    def hear(self, chunk: bytes) -> None:
        """Take the next piece; an empty one ends the last line, and more than `LARGEST_TEXT` bytes are an error."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk or len(self._rest) > _LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            if traced := _TRACE.match(line):
                self._trace(traced[1], traced[2])
            else:
                self.said += line + b"\n"
        if len(self.said) > LARGEST_TEXT:
            raise LimitExceededError("the server sent more than 1 MiB of text")

    def _trace(self, direction: bytes, content: bytes) -> None:
        kind, _, header = content.partition(b": ")
        if direction == b"==" and b"Trying" in content:
            self.connected = False
            self.requests += 1
        elif direction == b"=>" and kind.startswith(b"Send header"):
            self.connected = True
            self.requests += 1
        elif direction == b"<=" and kind.startswith(b"Recv header"):
            header = header.strip().lower()
            if header.startswith(b"http/"):
                self._status, self._kind = [*header.split(), b"", b""][1], b""
            elif header.startswith(b"content-type:"):
                self._kind = header.partition(b":")[2].strip()


class _Liveness:
    """Whether a command makes progress: bytes arrive, or new requests are sent. Text from a server does not count."""

    def __init__(self, stall_timeout: float) -> None:
        self._limit = stall_timeout
        self._seen = (-1, -1)
        self._alive = time.monotonic()
        self._text_size = 0
        self._text_since = math.inf

    def continues(self, arrived: int, words: Words) -> bool:
        """Return whether the command may continue."""
        now = time.monotonic()
        if (arrived, words.requests) != self._seen:
            self._seen, self._alive, self._text_since = (arrived, words.requests), now, math.inf
        quiet = now - self._alive
        if quiet <= self._limit:
            self._text_size = len(words.said)
        elif len(words.said) > self._text_size:  # no slow packet is under way: the server sends text in its place
            self._text_since = min(self._text_since, now)
        if now - self._text_since > _TEXT_SECONDS:
            return False
        return quiet <= self._limit + (_CURL_DECIDES if words.connected else 0.0)


def _last_words(words: Words, code: int) -> str:
    if words.shows_web_page:
        return f"fatal: {WEB_PAGE}\n{words.text}"
    if code < 0:
        return f"{words.text}\nfatal: git was killed by signal {-code}"
    return words.text
