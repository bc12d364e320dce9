"""The command ``humanpose3d app`` in a process of its own, and a browser's part of HTTP."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

PATIENCE_SECONDS = 240.0
_ADDRESS = re.compile(r"http://\S+")


class Served:
    """A server and its worker in a base folder; use it as a context."""

    def __init__(self, home: Path, *arguments: str, **environment: str) -> None:
        command = [sys.executable, "-m", "humanpose3d", "app", "--no-browser", "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "HUMANPOSE3D_HOME": str(home), **environment},
        )
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        found = _ADDRESS.search(self.said)
        if found is None:
            self.process.wait(30)
            raise AssertionError(f"{self.said}{self.process.stderr and self.process.stderr.read()}")
        self.url = found[0]
        self.base = self.url.partition("?")[0]

    def __enter__(self) -> Served:
        page = self.get(self.url)[1].decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"|"X-CSRFToken": "(\w+)"', page)
        assert token is not None, page
        self.token = token[1] or token[2]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        self.process.wait()

    def get(self, address: str, **headers: str) -> tuple[int, bytes]:
        return self.ask("GET", address, None, **headers)

    def post(self, address: str, **form: object) -> tuple[int, bytes]:
        return self.ask("POST", address, urllib.parse.urlencode(form).encode())

    def json(self, method: str, address: str, content: object = None) -> Any:
        return json.loads(self.ask(method, address, json.dumps(content).encode())[1])

    def ask(self, method: str, address: str, content: bytes | None, **headers: str) -> tuple[int, bytes]:
        url = address if address.startswith("http") else self.base + address.lstrip("/")
        request = urllib.request.Request(url, content, method=method)
        if content is not None:
            request.add_header("X-CSRFToken", self.token)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def upload(self, name: str, content: bytes) -> int:
        """Upload a video in slices; return the number of its trial."""
        facts = self.json("POST", "uploads/", {"name": name, "size": len(content)})
        for offset in range(0, len(content), facts["chunk"]):
            piece = content[offset : offset + facts["chunk"]]
            code, answer = self.ask("PUT", facts["url"], piece, Upload_Offset=str(offset))
            assert code == 200, answer
        return int(self.json("POST", facts["finish_url"])["trial"])


def until(true: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait until something is so, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found
