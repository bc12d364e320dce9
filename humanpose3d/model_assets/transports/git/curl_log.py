"""What the log tells that git keeps of an http transfer (``GIT_TRACE_CURL``), and that its last words do not."""

from __future__ import annotations

WEB_PAGE = "the server answered with a web page"
"""Put before git's words by the transport, which saw the page; git itself takes one for a very odd repository."""

_SENT = b"=> Send header"
_RECEIVED = b"<= Recv header: "


def is_connected(log: bytes) -> bool:
    """Whether a request was sent on the newest connection; from then on curl counts bytes and ends a stall."""
    return log.rfind(_SENT) > log.rfind(b"Trying")


def shows_web_page(log: bytes) -> bool:
    """Whether the last answer was a web page that claims success, as a network's login page does."""
    status, kind = b"", b""
    for line in log.splitlines():
        _, received, header = line.partition(_RECEIVED)
        header = header.strip().lower()
        if received and header.startswith(b"http/"):
            status, kind = [*header.split(), b"", b""][1], b""
        elif received and header.startswith(b"content-type:"):
            kind = header.partition(b":")[2].strip()
    return status == b"200" and kind.startswith((b"text/html", b"application/xhtml"))
