"""The git protocol on loopback: git's own daemon, one process for each connection."""

from __future__ import annotations

import socketserver
import subprocess
import threading
from pathlib import Path


class GitDaemon:
    """Serves the bare repositories of a folder over ``git://`` while the context lasts."""

    def __init__(self, root: Path) -> None:
        command = ["git", "daemon", "--inetd", "--export-all", f"--base-path={root}"]

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                subprocess.run(command, stdin=self.request, stdout=self.request, stderr=subprocess.DEVNULL, check=False)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> GitDaemon:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
