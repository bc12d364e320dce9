"""The log that git keeps of an http transfer, as git 2.25 to 2.39 write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.model_assets.transports.git.curl_log import is_connected, shows_web_page

TRYING = "20:30:05.111581 http.c:725              == Info:   Trying 127.0.0.1:44439...\n"
SENT = "20:30:08.242734 http.c:684              => Send header: GET /models.git/info/refs HTTP/1.1\n"


def received(*headers: str) -> str:
    return "".join(f"20:30:08.250295 http.c:684              <= Recv header: {header}\n" for header in headers)


@pytest.mark.parametrize(
    ("log", "connected"),
    [("", False), (TRYING, False), (TRYING + SENT, True), (TRYING + SENT + TRYING, False), (TRYING * 2 + SENT, True)],
)
def test_connected_once_a_request_was_sent(log: str, connected: bool) -> None:
    assert is_connected(log.encode()) is connected


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
    assert shows_web_page(log.encode()) is page


@given(st.binary())
def test_any_log_is_read_without_an_error(log: bytes) -> None:
    is_connected(log)
    shows_web_page(log)
