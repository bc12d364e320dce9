"""git's own HTTP back end on loopback, with a counter of bytes and faults on demand."""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support.repositories import GIT_ENVIRONMENT

Fault = Callable[[BaseHTTPRequestHandler, bytes], bool]
"""Gets the handler and the request's body before git does; returns whether it has answered."""


class GitServer:
    """Serves the bare repositories of a folder while the context lasts."""

    def __init__(self, root: Path, fault: Fault | None = None, *, certificate: Path | None = None) -> None:
        self.root = root
        self.fault = fault
        self.bytes_sent = 0
        self.requests: list[str] = []
        self.environment: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._scheme = "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def fetches(self) -> int:
        """How often a pack was asked for."""
        return sum(request.startswith("POST") for request in self.requests)

    def __enter__(self) -> GitServer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def finish(self) -> None:
                super().finish()
                if isinstance(self.connection, ssl.SSLSocket):
                    with contextlib.suppress(OSError):
                        self.connection.unwrap()

            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self._read_body())

            def log_message(self, *arguments: Any) -> None:
                """Keep quiet."""

            def _read_body(self) -> bytes:
                if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _answer(self, body: bytes) -> None:
                owner.requests.append(f"{self.command} {self.path}")
                if owner.fault is not None and owner.fault(self, body):
                    return
                backend = subprocess.Popen(
                    ["git", "http-backend"],
                    env=owner._cgi_environment(self, len(body)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
                assert backend.stdin and backend.stdout
                try:
                    backend.stdin.write(body)
                    backend.stdin.close()
                    self._relay(backend.stdout)
                except (BrokenPipeError, ConnectionResetError):
                    backend.kill()  # the client has gone
                finally:
                    backend.stdout.close()
                    backend.wait()

            def _relay(self, stream: Any) -> None:
                headers = []
                while (line := stream.readline().strip()) != b"":
                    name, _, value = line.decode().partition(": ")
                    headers.append((name, value))
                status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
                self.send_response(status)
                for name, value in headers:
                    if name != "Status":
                        self.send_header(name, value)
                self.end_headers()
                while chunk := stream.read1(65536):
                    owner.bytes_sent += len(chunk)
                    self.wfile.write(chunk)

        return Handler

    def _cgi_environment(self, request: BaseHTTPRequestHandler, length: int) -> dict[str, str]:
        url = urlsplit(request.path)
        variables = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": request.command,
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        # http-backend gives version 2 away only if the variable reaches it.
        return {**os.environ, **GIT_ENVIRONMENT, **variables, **self.environment}
