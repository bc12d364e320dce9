"""What git prints on standard error: its words, and the trace of an http transfer (``GIT_TRACE_CURL``).

Both arrive on one pipe, so that the trace, which may name a user, is in no file.
"""

from __future__ import annotations

import re

from humanpose3d.model_assets.transports.git.child import LimitExceededError

LARGEST_TEXT = 1 << 20
_LONGEST_LINE = 1 << 16
_TRACE = re.compile(rb"\d\d:\d\d:\d\d\.\d+ http\.c:\d+ +(=>|<=|==) (.*)", re.DOTALL)


class Words:
    """Standard error of one git command, taken piece by piece."""

    def __init__(self) -> None:
        self._said = bytearray()
        self._rest = b""
        self._status = self._kind = b""
        # Connections tried and header lines sent: our own signs of life, which no server can send in our place.
        self.requests = 0
        # Whether a request was sent on the newest connection; from then on curl counts bytes and ends a stall.
        self.connected = False

    @property
    def text(self) -> str:
        """What git said so far."""
        return self._said.decode("utf-8", "replace")

    @property
    def size(self) -> int:
        """Bytes of what git said so far."""
        return len(self._said)

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
                self._said += line + b"\n"
        if len(self._said) > LARGEST_TEXT:
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
