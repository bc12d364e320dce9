"""The page under load: a large upload, many queued trials, and browsers that watch while a trial is computed.

Everything is real: ``humanpose3d app`` in a process of its own with one worker, the embedded models, and HTTP over
loopback. Needs Linux, whose ``/proc`` tells the memory of the server, and 2 GB of disk beyond what stays free.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlencode, urlsplit

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(PROJECT))

from support.measuring import MIB, Target, markdown_table, targets_table  # noqa: E402

from humanpose3d.demo import clip_path, models_bundle_path  # noqa: E402

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Browser:
    """One visitor on one connection; `times` are the seconds that each request took."""

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self._connection = http.client.HTTPConnection(self.host, timeout=120)
        self._headers: dict[str, str] = {}
        self.times: list[float] = []
        answer = self._send("GET", address)
        self._headers["Cookie"] = answer.getheader("Set-Cookie", "").partition(";")[0]
        answer.read()
        page = self._send("GET", "/")
        cookie = page.getheader("Set-Cookie", "").partition(";")[0]
        self._headers["Cookie"] += f"; {cookie}"
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"|"X-CSRFToken": "(\w+)"', page.read().decode())
        assert token is not None
        self._headers["X-CSRFToken"] = token[1] or token[2]
        self.times.clear()

    def ask(self, method: str, path: str, content: bytes | None = None, **headers: str) -> bytes:
        """Send a request, and return the answer, which must not be an error."""
        answer = self._send(method, path, content, {name.replace("_", "-"): text for name, text in headers.items()})
        found = answer.read()
        assert answer.status < 400, (method, path, answer.status, found[:300])
        return found

    def upload(self, video: bytes, room: int = 0) -> int:
        """Upload a video in slices, with so many bytes of zeros after it, and return the number of its trial."""
        told = json.dumps({"name": "walk.mp4", "size": len(video) + room}).encode()
        facts = json.loads(self.ask("POST", "/uploads/", told))
        most, offset = facts["chunk"], 0
        zeros = bytes(most)
        while offset < len(video) + room:
            piece = video[offset : offset + most] if offset < len(video) else zeros[: len(video) + room - offset]
            self.ask("PUT", facts["url"], piece, Upload_Offset=str(offset))
            offset += len(piece)
        return int(json.loads(self.ask("POST", facts["finish_url"]))["trial"])

    def _send(
        self, method: str, path: str, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        begun = time.perf_counter()
        self._connection.request(method, path, content, {**self._headers, **(headers or {})})
        answer = self._connection.getresponse()
        self.times.append(time.perf_counter() - begun)
        return answer


@contextmanager
def served(home: Path, workers: int) -> Iterator[tuple[str, int]]:
    """Serve the page from an empty base folder; yield its address and the process."""
    command = [sys.executable, "-m", "humanpose3d", "app", "--no-browser", "--port", "0", "--workers", str(workers)]
    environment = {**os.environ, "HUMANPOSE3D_HOME": str(home), "HUMANPOSE3D_MODELS_URL": str(models_bundle_path())}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=PROJECT) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[-1], server.pid
        finally:
            server.terminate()


def peak_memory(pid: int) -> float:
    """Return the largest memory that a process has had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1]) / 1024


def disk_rate(folder: Path, size: int) -> float:
    """Return how fast a program alone writes a file in slices, in MB/s."""
    piece, begun = bytes(8 * MIB), time.perf_counter()
    with (folder / "alone").open("wb") as file:
        for _ in range(size // len(piece)):
            file.write(piece)
    seconds = time.perf_counter() - begun
    (folder / "alone").unlink()
    return size / MIB / seconds


def upload(folder: Path, size: int) -> tuple[float, float]:
    """Upload a video that ends with room for `size` bytes; return MB/s, to its trial, and the server's peak memory."""
    video = clip_path().read_bytes() + (size + 8).to_bytes(4, "big") + b"free"
    with served(folder / "upload", workers=0) as (address, pid):
        browser = Browser(address)
        begun = time.perf_counter()
        browser.upload(video, size)
        seconds = time.perf_counter() - begun
        return size / MIB / seconds, peak_memory(pid)


def watch(home: Path, trials: int, watchers: int, seconds: float) -> tuple[list[float], list[float], list[float]]:
    """Let browsers watch queued trials; return seconds of requests, of the first screen, and ages of the progress."""
    with served(home, workers=1) as (address, _):
        first = Browser(address)
        for _ in range(trials):
            pk = first.upload(clip_path().read_bytes())
            first.ask("POST", f"/trials/{pk}/prepare", urlencode({"height": "1.78"}).encode(), **FORM)
        database = sqlite3.connect(home / "humanpose3d.sqlite3", timeout=20)
        stage = "select count(*) from page_trial where stage = 'detect'"
        while not database.execute(stage).fetchone()[0]:
            time.sleep(0.2)
        browsers = [Browser(address) for _ in range(watchers)]
        end = time.monotonic() + seconds

        def look(browser: Browser, number: int) -> None:
            while time.monotonic() < end:
                browser.ask("GET", f"/trials/{1 + number % trials}/progress", HX_Request="true")
                time.sleep(1)

        threads = [threading.Thread(target=look, args=pair) for pair in zip(browsers, range(watchers), strict=True)]
        for thread in threads:
            thread.start()
        screens, ages = [], []
        while time.monotonic() < end:
            begun = time.perf_counter()
            first.ask("GET", "/")
            screens.append(time.perf_counter() - begun)
            for (beat,) in database.execute("select heartbeat from page_trial where state = 'running'"):
                told = datetime.fromisoformat(beat).replace(tzinfo=timezone.utc)
                ages.append((datetime.now(timezone.utc) - told).total_seconds())
            time.sleep(0.5)
        for thread in threads:
            thread.join()
        database.close()
    return [each for browser in browsers for each in browser.times], screens, ages


def main() -> int:
    """Measure, and print tables; return 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1024, metavar="MB", help="of the upload (default: 1024)")
    parser.add_argument("--trials", type=int, default=50, metavar="N", help="queued trials (default: 50)")
    parser.add_argument("--watchers", type=int, default=20, metavar="N", help="browsers that watch (default: 20)")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="how long they watch (default: 60)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="app-load-") as place:
        folder = Path(place)
        alone = disk_rate(folder, options.size * MIB)
        rate, memory = upload(folder, options.size * MIB)
        requests, screens, ages = watch(folder / "watch", options.trials, options.watchers, options.seconds)
    rows = [
        ("request of a watcher", requests),
        ("first screen while a trial is computed", screens),
        ("age of the progress", ages),
    ]
    cells = [[name, str(len(times)), f"{statistics.median(times):.3f}", f"{max(times):.3f}"] for name, times in rows]
    print(f"A program alone writes {alone:.0f} MB/s.\n")
    print(markdown_table(["seconds", "number", "median", "longest"], cells))
    print()
    targets = [
        Target("upload, MB/s", 150, rate, at_least=True),
        Target("server's peak memory in the upload, MB", 150, memory),
        Target("longest request of a watcher, s", 0.5, max(requests)),
        Target("longest first screen, s", 1.0, max(screens)),
        Target("oldest progress, s", 2.0, max(ages)),
    ]
    print(targets_table(targets))
    return 0 if all(target.met for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
