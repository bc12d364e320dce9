"""Many processes, many threads, forks in the middle, and spawn."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from support.aftermath import Aftermath, processes_of, wait_until
from support.children import GET, run, running
from support.faults import Link
from support.git_server import GitServer

from humanpose3d.model_assets import MODELS, get_model_path

JOINT_PACKED = 130_829
ALL_PACKED = 8_355_310 + 752_561 + 205_949 + 130_829 + 7_968
LOOKED_UP = 12_000  # what the look-up of a commit moves, with room

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@pytest.mark.slow
def test_sixteen_cold_processes_make_one_fetch(
    remote: str, server: GitServer, home: Path, aftermath: Aftermath
) -> None:
    with contextlib.ExitStack() as stack:
        children = [stack.enter_context(running(GET, "joint")) for _ in range(16)]
        outputs = [child.communicate(timeout=60)[0].decode().strip() for child in children]
    assert [child.returncode for child in children] == [0] * 16
    assert set(outputs) == {str(home / "models" / MODELS["joint"].path)}
    assert server.bytes_sent < JOINT_PACKED + LOOKED_UP
    aftermath.recovered()


def test_sixteen_threads_make_one_fetch(remote: str, server: GitServer, aftermath: Aftermath) -> None:
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(get_model_path, ["joint"] * 16))) == 1
    assert server.bytes_sent < JOINT_PACKED + LOOKED_UP
    aftermath.recovered()


@pytest.mark.slow
def test_threads_that_want_different_models_fetch_each_once(
    remote: str, server: GitServer, aftermath: Aftermath
) -> None:
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(get_model_path, [*MODELS, *MODELS]))) == 5
    assert server.bytes_sent < ALL_PACKED + LOOKED_UP
    for name in MODELS:
        aftermath.recovered(name)


def test_a_failure_in_one_thread_is_no_matter_to_another(
    remote: str, repository: Path, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.repositories import commit_file

    from humanpose3d.model_assets import IntegrityError

    commit_file(repository, "models/GRU.h5", b"<html>")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        bad, good = pool.submit(get_model_path, "gru"), pool.submit(get_model_path, "joint")
        with pytest.raises(IntegrityError):
            bad.result()
        assert good.result().exists()
    aftermath.recovered("joint")


@forks
def test_a_fork_in_the_middle_of_a_download(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread downloads while the main thread forks; parent and child both get the file, from one fetch."""
    program = """
import os, sys, threading
from humanpose3d.model_assets import get_model_path
thread = threading.Thread(target=get_model_path, args=["joint"])
thread.start()
sys.stdin.readline()
pid = os.fork()
if pid == 0:
    print("forked", flush=True)
    print(get_model_path("joint"), flush=True)
    sys.exit(0)
thread.join()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    with Link(server.port, "stall") as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        with running(program, stdin=subprocess.PIPE) as child:
            assert link.struck.wait(20) and child.stdin and child.stdout
            child.stdin.write(b"\n")
            child.stdin.flush()
            assert child.stdout.readline() == b"forked\n"
            link.mend()
            output, errors = child.communicate(timeout=20)
    assert child.returncode == 0, errors.decode()
    assert output.decode().strip().endswith("best_joint_model.pth")
    assert server.bytes_sent < JOINT_PACKED + LOOKED_UP
    aftermath.recovered()


@forks
def test_a_fork_does_not_keep_a_dead_parents_download_alive(
    server: GitServer, aftermath: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child of a fork has copies of the parent's pipes and lock; they must not outlive the parent's work."""
    program = """
import os, sys, threading
from humanpose3d.model_assets import get_model_path
threading.Thread(target=get_model_path, args=["joint"]).start()
sys.stdin.readline()
if os.fork() == 0:
    print(os.getpid(), flush=True)
    sys.stdin.readline()
    print(get_model_path("joint"), flush=True)
    os._exit(0)
threading.Event().wait()
"""
    with Link(server.port, "stall") as link:
        monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{link.url}/models.git")
        with running(program, stdin=subprocess.PIPE) as parent:
            assert link.struck.wait(20) and parent.stdin and parent.stdout
            parent.stdin.write(b"\n")
            parent.stdin.flush()
            forked = int(parent.stdout.readline())
            try:
                parent.send_signal(signal.SIGKILL)
                parent.wait()
                link.mend()  # lets the child through, not the parent's git, which has to be gone
                wait_until(lambda: not any("git" in line for line in processes_of(aftermath.home)))
                parent.stdin.write(b"\n")
                parent.stdin.flush()
                assert parent.stdout.readline().decode().strip().endswith("best_joint_model.pth")
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(forked, signal.SIGKILL)
    aftermath.nobody_left(within=2.0)
    aftermath.nothing_half()


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.slow
def test_multiprocessing(method: str, remote: str, server: GitServer, aftermath: Aftermath) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    program = f"""
import multiprocessing
from humanpose3d.model_assets import get_model_path
if __name__ == "__main__":
    with multiprocessing.get_context("{method}").Pool(4) as pool:
        print(len(set(pool.map(get_model_path, ["joint", "gru"] * 4))))
"""
    done = run(program)
    assert (done.returncode, done.stdout) == (0, b"2\n"), done.stderr.decode()
    assert server.bytes_sent < JOINT_PACKED + 7_968 + LOOKED_UP
    aftermath.recovered("joint")
    aftermath.recovered("gru")


def test_an_error_crosses_from_process_to_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from humanpose3d.model_assets import OfflineError

    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        error = pool.submit(get_model_path, "gru").exception()
    assert isinstance(error, OfflineError) and error.models == ["gru"]  # type: ignore[attr-defined]
    assert "HUMANPOSE3D_OFFLINE" in str(error)


def test_no_thread_is_left(remote: str) -> None:
    before = set(threading.enumerate())
    get_model_path("joint")
    assert set(threading.enumerate()) == before
