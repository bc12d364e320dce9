"""The command ``humanpose3d app``: a video through the real server, worker and models, and interruptions."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.processes import COMPUTING, children_of, is_there

from django_app.page.served import Served, until
from humanpose3d.cli.terminal import INTERRUPTED

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="processes are watched with ps, and end by signals"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, models_checkout: Path) -> Iterator[Path]:
    pytest.importorskip("django_tasks_db", reason="the page is not installed: pip install 'humanpose3d[app]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
        patch.setenv("HUMANPOSE3D_OFFLINE", "1")
        yield tmp_path_factory.mktemp("base")


def trial_in(base: Path, pk: int) -> dict[str, Any]:
    """Read a trial as the database has it."""
    with sqlite3.connect(base / "humanpose3d.sqlite3", timeout=20) as database:
        database.row_factory = sqlite3.Row
        return dict(database.execute("select * from page_trial where id = ?", [pk]).fetchone())


def start(served: Served, clip: Path, name: str = "Gang 🚶.mp4") -> int:
    pk = served.upload(name, clip.read_bytes())
    code, answer = served.post(f"trials/{pk}/prepare", person="P07", height="1.78", quality="normal")
    assert code == 200, answer
    return pk


@pytest.fixture(scope="module")
def done(base: Path, short_clip: Path) -> Iterator[tuple[Served, int]]:
    """A trial whose worker was killed once, and which was computed all the same."""
    with Served(base) as served:
        pk = start(served, short_clip)
        until(lambda: trial_in(base, pk)["stage"] == "detect")
        worker, *computing = children_of(served.process.pid)
        os.kill(worker, signal.SIGKILL)
        until(lambda: not any(map(is_there, computing)), 10)  # it ends with its worker
        until(lambda: trial_in(base, pk)["state"] not in ("waiting", "running"))
        yield served, pk


def test_a_trial_of_a_killed_worker_is_computed_again(done: tuple[Served, int], base: Path) -> None:
    served, pk = done
    trial = trial_in(base, pk)
    assert (trial["state"], trial["attempt"], trial["error"]) == ("done", 2, "")
    assert trial["verdict"] and trial["fraction"] == 1.0
    assert "Gang 🚶.mp4" in served.get(f"trials/{pk}/")[1].decode()


def test_its_results_are_a_plain_folder(done: tuple[Served, int], base: Path) -> None:
    served, pk = done
    folder = base / "data" / "output" / f"trial-{pk}_humanpose3d"
    assert {"run.json", "report.html", f"trial-{pk}_final.trc"} <= {path.name for path in folder.iterdir()}
    assert [path.name for path in folder.rglob("*.tmp")] == []
    private = (
        "data",
        "data/input",
        "data/output",
        "app",
        "humanpose3d.sqlite3",
        "humanpose3d.sqlite3-wal",
        "app/secret",
    )
    assert [name for name in private if (base / name).stat().st_mode & 0o077] == []
    assert served.get(f"trials/{pk}/report")[1] == (folder / "report.html").read_bytes()
    assert served.get(f"trials/{pk}/files/trial-{pk}_final.trc")[1] == (folder / f"trial-{pk}_final.trc").read_bytes()


def test_nothing_of_a_person_is_in_the_log(done: tuple[Served, int]) -> None:
    served, pk = done
    served.get("people/99/")
    log = os.read(served.process.stderr.fileno(), 1 << 20).decode()  # type: ignore[union-attr]
    assert f"trial {pk}: its worker died; it waits again" in log
    assert "P07" not in log and "Gang" not in log


def test_a_second_app_joins_the_first(done: tuple[Served, int], base: Path) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "humanpose3d", "app", "--no-browser"],
        env={**os.environ, "HUMANPOSE3D_HOME": str(base)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 0
    assert second.stdout == f"The page of this folder is open already: {done[0].url}\n"


def test_a_foreign_host_is_refused(done: tuple[Served, int]) -> None:
    assert done[0].get("", Host="rebound.example")[0] == 400


def test_a_connection_cut_at_the_end_of_an_upload_costs_one_slice(done: tuple[Served, int], short_clip: Path) -> None:
    served, content = done[0], short_clip.read_bytes()
    facts = served.json("POST", "uploads/", {"name": "a.mp4", "size": len(content)})
    port = int(served.base.rstrip("/").rpartition(":")[2])
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in served.jar)
    head = (
        f"PUT {facts['url']} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookies}\r\nUpload-Offset: 0\r\n"
        f"X-CSRFToken: {served.token}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as cut:
        cut.sendall(head.encode() + content[: len(content) * 99 // 100])
    assert served.json("GET", facts["url"])["received"] == 0
    assert served.ask("PUT", facts["url"], content, Upload_Offset="0")[0] == 200


def test_cancelled_it_ends_at_once(done: tuple[Served, int], base: Path, short_clip: Path) -> None:
    served = done[0]
    pk = start(served, short_clip)
    until(lambda: trial_in(base, pk)["stage"] == "detect")
    computing = children_of(served.process.pid, COMPUTING)
    assert computing
    served.post(f"trials/{pk}/cancel")
    assert trial_in(base, pk)["state"] == "cancelled"
    until(lambda: not any(map(is_there, computing)), 10)
    assert not (base / "data" / "output" / f"trial-{pk}_humanpose3d").exists()


def test_a_computation_that_dies_fails_in_words_and_the_queue_goes_on(
    done: tuple[Served, int], base: Path, short_clip: Path
) -> None:
    served = done[0]
    pk = start(served, short_clip)
    until(lambda: trial_in(base, pk)["stage"] == "detect")
    os.kill(children_of(served.process.pid, COMPUTING)[0], signal.SIGKILL)  # as the system does when memory runs out
    until(lambda: trial_in(base, pk)["state"] == "failed", 20)
    assert "SIGKILL; if memory ran out" in trial_in(base, pk)["error"]
    bad = served.upload("dark.mp4", short_clip.read_bytes())
    Path(trial_in(base, bad)["video"]).write_bytes(b"damaged meanwhile")
    served.post(f"trials/{bad}/prepare", quality="normal")
    until(lambda: trial_in(base, bad)["state"] == "failed", 60)
    assert trial_in(base, bad)["error"].startswith("dark.mp4 is not a video")


def test_a_killed_server_leaves_no_process_and_loses_no_trial(base: Path, short_clip: Path, tmp_path: Path) -> None:
    home = tmp_path / "killed"
    with Served(home) as served:
        pk = start(served, short_clip)
        until(lambda: trial_in(home, pk)["stage"] == "detect")
        processes = children_of(served.process.pid)
        served.process.kill()
        until(lambda: not any(map(is_there, processes)), 20)
    with Served(home) as served:
        until(lambda: (trial_in(home, pk)["run"], trial_in(home, pk)["stage"]) == (2, "detect"))  # it is computed again
        processes = children_of(served.process.pid)
    assert served.process.returncode == INTERRUPTED
    assert not any(map(is_there, processes))  # after Ctrl-C


def test_an_occupied_port_is_left_to_its_owner(base: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Served(tmp_path / "other", "--port", str(port), "--workers", "0") as served:
            assert served.base != f"http://127.0.0.1:{port}/"
            told = os.read(served.process.stderr.fileno(), 1 << 16).decode()  # type: ignore[union-attr]
            assert f"Port {port} is occupied; the page takes " in told


def app(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HUMANPOSE3D_HOME": str(home)}
    command = [sys.executable, "-m", "humanpose3d", "app", "--no-browser", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_others_are_not_let_in_without_an_account(base: Path, tmp_path: Path) -> None:
    refused = app(tmp_path / "other", "--host", "0.0.0.0")
    assert refused.returncode == 1
    assert "createsuperuser" in refused.stderr and "Traceback" not in refused.stderr


def test_deployment_checks_pass_where_they_should(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app(tmp_path, "--check").returncode == 0
    bare = app(tmp_path, "--check", "--host", "0.0.0.0")
    assert bare.returncode == 1 and "security.W012" in bare.stdout + bare.stderr
    monkeypatch.setenv("HUMANPOSE3D_APP_URL", "https://pose.hospital.example")
    assert app(tmp_path, "--check", "--host", "0.0.0.0").returncode == 0
