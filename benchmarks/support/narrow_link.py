"""A server behind a narrow link, in a process of its own so that it does not disturb what is measured.

Run as a script it serves a folder: bare repositories through git's own HTTP back end, and everything under
``files`` as plain files. Every byte to a client passes one token bucket, whichever connection it is on.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

_CHUNK = 16_384
_CREDIT_SECONDS = 0.02  # a timer that fires late must not narrow the link
_TESTS = Path(__file__).resolve().parents[2] / "tests"


class NarrowLink:
    """The server's process, as seen by a benchmark.

    Attributes
    ----------
    url : str
        Where it listens.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url = f"http://127.0.0.1:{self._ask()}"

    def take_count(self) -> int:
        """Return how many bytes have gone to clients since the last call."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._ask()

    def _ask(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


@contextlib.contextmanager
def narrow_link(root: Path, bytes_per_second: float) -> Iterator[NarrowLink]:
    """Serve `root` over a link of `bytes_per_second` while the context lasts."""
    command = [sys.executable, str(Path(__file__).resolve()), str(root), str(bytes_per_second)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield NarrowLink(process)
        finally:
            assert process.stdin
            process.stdin.close()  # the sign to end
            process.wait()


class _TokenBucket:
    def __init__(self, rate: float) -> None:
        self.count = 0
        self._rate = rate
        self._free_at = 0.0

    async def take(self, size: int) -> None:
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now - _CREDIT_SECONDS) + size / self._rate
        self.count += size
        await asyncio.sleep(max(0.0, self._free_at - now))


async def _relay(source: asyncio.StreamReader, target: asyncio.StreamWriter, bucket: _TokenBucket | None) -> None:
    with contextlib.suppress(ConnectionError):  # a client that has what it wants goes away
        while chunk := await source.read(_CHUNK):
            if bucket:
                await bucket.take(len(chunk))
            target.write(chunk)
            await target.drain()
    with contextlib.suppress(ConnectionError, OSError):
        target.write_eof()


async def _serve(server_port: int, rate: float) -> None:
    bucket = _TokenBucket(rate)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", server_port)
        await asyncio.gather(_relay(reader, server_writer, None), _relay(server_reader, writer, bucket))
        for end in (writer, server_writer):
            end.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(listener.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(bucket.count, flush=True)
        bucket.count = 0
    listener.close()


def _main(root: Path, rate: float) -> None:
    sys.path.insert(0, str(_TESTS))
    from support.git_server import GitServer  # type: ignore[import-not-found]  # the tests', not ours

    def plain_file(request: BaseHTTPRequestHandler, _body: bytes) -> bool:
        if not request.path.startswith("/files/"):
            return False
        path = root / request.path.removeprefix("/")
        request.send_response(200)
        request.send_header("Content-Length", str(path.stat().st_size))
        request.end_headers()
        with path.open("rb") as file:
            while chunk := file.read(1 << 16):
                request.wfile.write(chunk)
        return True

    with GitServer(root, plain_file) as server:
        asyncio.run(_serve(server.port, rate))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), float(sys.argv[2]))
