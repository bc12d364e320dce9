"""Git's words, and the trace of an http transfer as git 2.25 to 2.39 write it, on one pipe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.model_assets.transports.git.child import LimitExceededError
from humanpose3d.model_assets.transports.git.process import LARGEST_TEXT, Words

TRYING = "20:30:05.111581 http.c:725              == Info:   Trying 127.0.0.1:44439...\n"
SENT = "20:30:08.242734 http.c:684              => Send header: GET /models.git/info/refs HTTP/1.1\n"


def heard(text: bytes, step: int = 7) -> Words:
    words = Words()
    for start in range(0, len(text), step):
        words.hear(text[start : start + step])
    words.hear(b"")
    return words


def received(*headers: str) -> str:
    return "".join(f"20:30:08.250295 http.c:684              <= Recv header: {header}\n" for header in headers)


@pytest.mark.parametrize(
    ("log", "connected"),
    [("", False), (TRYING, False), (TRYING + SENT, True), (TRYING + SENT + TRYING, False), (TRYING * 2 + SENT, True)],
)
def test_connected_once_a_request_was_sent(log: str, connected: bool) -> None:
    assert heard(log.encode()).connected is connected


@pytest.mark.parametrize(
    ("log", "page"),
    [
        ("", False),
        (received("HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8"), True),
        (received("HTTP/2 200", "content-type: application/xhtml+xml"), True),
        (received("HTTP/1.1 404 Not Found", "Content-Type: text/html"), False),
        (received("HTTP/1.1 200 OK", "Content-Type: application/x-git-upload-pack-result"), False),
        (received("HTTP/1.1 302 Found", "Content-Type: text/html") + received("HTTP/1.1 200 OK"), False),
        (received("HTTP/1.1 302 Found") + received("HTTP/1.1 200 OK", "Content-Type: text/html"), True),
        (received("HTTP/1.1"), False),
    ],
)
def test_a_web_page_that_claims_success(log: str, page: bool) -> None:
    assert heard(log.encode()).shows_web_page is page


@given(st.binary(), st.integers(1, 50))
def test_words_without_a_trace_are_kept_whole(text: bytes, step: int) -> None:
    assert heard(text, step).text == (text + b"\n").decode("utf-8", "replace")


def test_the_trace_is_no_part_of_the_words_and_a_server_cannot_write_it() -> None:
    words = heard(f"{TRYING}fatal: one\n{SENT}remote: {SENT}fatal: two".encode())
    assert words.text == f"fatal: one\nremote: {SENT}fatal: two\n"
    assert words.requests == 2


@pytest.mark.parametrize("line", [b"remote: and so on\n", b"without an end "])
def test_text_without_an_end_is_not_kept(line: bytes) -> None:
    words = Words()
    with pytest.raises(LimitExceededError, match="1 MiB of text"):
        for _ in range(2 * LARGEST_TEXT // len(line)):
            words.hear(line)
    assert len(words.said) < LARGEST_TEXT + 70_000


def test_a_long_trace_costs_no_memory() -> None:
    words = Words()
    for _ in range(1000):
        words.hear(received("X-Filler: " + "x" * 2000).encode())
    assert len(words.said) == 0
