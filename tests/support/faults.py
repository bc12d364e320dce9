"""Damage to the network, for real: a relay on loopback that cuts, stalls, slows or alters what a server sends."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Literal

from support.git_server import Fault

Damage = Literal["nothing", "fin", "rst", "stall", "flip"]


class Link:
    """A TCP relay between a client and a server.

    Parameters
    ----------
    port : int
        The server's port on 127.0.0.1.
    damage : str
        What happens to a connection on which the server has sent `after` bytes: ``fin`` and ``rst`` end it,
        ``stall`` keeps it open and silent, ``flip`` alters the next byte.
    after : int
        Bytes from the server on one connection; the look-up of a commit needs less than the default.
    times : int
        How many connections are damaged; later ones are whole.
    rate : int, optional
        Bytes per second that the link lets through.
    """

    def __init__(
        self, port: int, damage: Damage = "nothing", *, after: int = 12_000, times: int = 1_000, rate: int | None = None
    ) -> None:
        self.struck = threading.Event()
        self.bytes_sent = 0
        self.connections = 0
        self._port, self._damage, self._after, self._times, self._rate = port, damage, after, times, rate
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Let everything through from now on; what has stalled goes on."""
        self._times = 0
        self._rate = None
        self._closing.set()

    def __enter__(self) -> Link:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        for end in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:  # the context has ended
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._port))
            self._sockets += [client, server]
            for target in (self._upstream, self._downstream):
                thread = threading.Thread(target=target, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _upstream(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _downstream(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            sent = 0
            while data := server.recv(self._portion()):
                if self._damage != "nothing" and sent <= self._after < sent + len(data) and self._is_due():
                    data = self._strike(client, data, self._after - sent)
                    if data is None:
                        return
                client.sendall(data)
                sent += len(data)
                self.bytes_sent += len(data)
                if self._rate is not None:
                    self._closing.wait(len(data) / self._rate)
            client.shutdown(socket.SHUT_WR)

    def _portion(self) -> int:
        return 65536 if self._rate is None else max(1, self._rate // 10)

    def _is_due(self) -> bool:
        with self._lock:
            self._times -= 1
            return self._times >= 0

    def _strike(self, client: socket.socket, data: bytes, position: int) -> bytes | None:
        if self._damage == "flip":
            data = data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :]
            self.struck.set()
            return data
        client.sendall(data[:position])
        self.struck.set()
        if self._damage == "stall":
            self._closing.wait()
            return data[position:]
        if self._damage == "rst":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.shutdown(socket.SHUT_RD)  # wakes the other thread, which would keep the connection alive
        else:
            client.shutdown(socket.SHUT_RDWR)
        client.close()
        return None


def answer(status: int, body: bytes = b"", *, times: int = 1_000, only: str = "", **headers: str) -> Fault:
    """Make a fault for `GitServer` that answers a request itself.

    Parameters
    ----------
    status, body
        The answer; ``{path}`` in a header's value is the path that was asked for.
    times : int
        How many requests are answered so.
    only : str
        Method that it is about; all by default.
    """
    left = [times]

    def fault(request: BaseHTTPRequestHandler, _body: bytes) -> bool:
        if left[0] <= 0 or only not in ("", request.command):
            return False
        left[0] -= 1
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value.format(path=request.path))
        request.end_headers()
        request.wfile.write(body)
        return True

    return fault


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """Yield a port on which connections are neither accepted nor refused: the queue of the listener is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            visitor = stack.enter_context(socket.socket())
            visitor.setblocking(False)
            visitor.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield int(listener.getsockname()[1])


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
