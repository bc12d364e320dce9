"""Real processes that fail, crash, hang or flood in place of OpenSim."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from humanpose3d.opensim import process
from humanpose3d.opensim.errors import OpenSimError
from humanpose3d.opensim.process import run_worker
from humanpose3d.opensim.worker import FAILURE


def run(folder: Path, code: str) -> None:
    run_worker(folder, "job.json", 10, [sys.executable, "-c", code])


def test_one_that_works_says_nothing(tmp_path: Path) -> None:
    run(tmp_path, "import sys; open(sys.argv[1], 'w').close()")
    assert (tmp_path / "job.json").is_file()


def test_its_failure_is_one_sentence(tmp_path: Path) -> None:
    code = f"open({FAILURE!r}, 'w').write('no such body. Thrown at Body.cpp:3'); raise SystemExit(1)"
    with pytest.raises(OpenSimError, match=r"^OpenSim failed: no such body\.$"):
        run(tmp_path, code)


def test_a_failure_that_points_to_messages_is_the_worst_of_them(tmp_path: Path) -> None:
    code = f"""
print("[info] Frame 1")
print("[error] InverseKinematicsTool Failed: track() attempt failed.")
print("[info] good bye", flush=True)
open({FAILURE!r}, "w").write("std::exception: failed, please see messages window for details...")
raise SystemExit(1)
"""
    with pytest.raises(OpenSimError, match=r"track\(\) attempt failed\.$"):
        run(tmp_path, code)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to die of")
def test_a_crash_is_one_sentence_with_the_last_words(tmp_path: Path) -> None:
    code = "import os, signal; print('[info] Frame 7', flush=True); os.kill(os.getpid(), signal.SIGSEGV)"
    with pytest.raises(OpenSimError, match=r"ended with exit code -11; its last words were: \[info\] Frame 7$"):
        run(tmp_path, code)


def test_a_hang_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LONGEST_SILENCE_S", 0.5)
    with pytest.raises(OpenSimError, match=r"was stopped because it said nothing for \d+ s; its last words were: none"):
        run(tmp_path, "import time; time.sleep(600)")


def test_a_flood_is_ended_and_kept_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LONGEST_S", 1.0)
    monkeypatch.setattr(process, "_LONGEST_S_A_FRAME", 0.0)
    with pytest.raises(OpenSimError, match="took longer than 1 s") as caught:
        run(tmp_path, "while True: print('x' * 1_000_000)")
    assert len(str(caught.value)) < 500
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
def test_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from humanpose3d.opensim import process
wait = process._wait
def announced(worker, *limits):
    print(worker.pid, flush=True)
    return wait(worker, *limits)
process._wait = announced
sleeper = "import time; time.sleep(600)"
process.run_worker(Path(sys.argv[1]), "job.json", 10, [sys.executable, "-c", sleeper])
"""
    pipe = subprocess.PIPE
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=pipe, stderr=pipe, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    begin = time.monotonic()
    parent.send_signal(signal.SIGINT)
    _, errors = parent.communicate(timeout=60)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert time.monotonic() - begin < 30
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert threading.active_count() < 20
