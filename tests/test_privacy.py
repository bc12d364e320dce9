"""No run talks to anybody: every connect() of a whole run is watched from outside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from humanpose3d.demo import demo_environment
from humanpose3d.model_assets import get_model_path

CONNECT = re.compile(r"connect\(\d+, \{sa_family=(?P<family>\w+)(?P<rest>.*)")


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace (Debian's package) is not installed")
@pytest.mark.slow
def test_a_warm_run_connects_to_nothing(demo_clip: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with demo_environment(home):
        get_model_path("mediapipe")
        trace = tmp_path / "trace"
        command = [sys.executable, "-m", "humanpose3d", "run", str(demo_clip), "--output", str(tmp_path / "out")]
        watched = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", str(trace), *command]
        done = subprocess.run(watched, capture_output=True, text=True, env=dict(os.environ), check=False)
    if "PTRACE" in done.stderr or "ptrace" in done.stderr:
        pytest.skip("this machine does not let a process be traced")
    assert done.returncode == 0, done.stderr
    connects = [line for line in trace.read_text().splitlines() if CONNECT.search(line)]
    assert [line for line in connects if CONNECT.search(line)["family"] not in ("AF_UNIX", "AF_LOCAL")] == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace (Debian's package) is not installed")
def test_the_watcher_sees_a_connection(tmp_path: Path) -> None:
    """The test above would pass for ever if it could not see."""
    trace = tmp_path / "trace"
    code = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    watched = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", str(trace), sys.executable, "-c", code]
    if subprocess.run(watched, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let a process be traced")
    assert "AF_INET" in trace.read_text()
