"""The doctor finds real faults, and gives one line of advice for each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from humanpose3d.cli.main import main
from humanpose3d.model_assets import get_model_path
from humanpose3d.model_assets.service.doctor import Finding, examine, file_system_type
from humanpose3d.model_assets.settings import Settings


def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(Settings.from_environment())}


def test_all_is_well_where_all_is_well(home: Path, remote: str) -> None:
    found = findings()
    assert {finding.state for finding in found.values()} <= {"good", "skipped"}, found
    assert found[f"remote {remote}"].state == "good"
    assert found["locks"].state == "good"


def test_the_doctor_leaves_nothing_behind(home: Path, remote: str) -> None:
    before = sorted(home.parent.rglob("*"))
    findings()
    assert sorted(home.parent.rglob("*")) == before


def test_missing_git_is_a_problem(home: Path, no_git: None) -> None:
    finding = findings()["git"]
    assert finding.state == "problem"
    assert "apt install git" in finding.advice and "pip install dulwich" in finding.advice


def test_a_remote_that_is_not_there_is_a_problem(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(tmp_path / "nothing.git"))
    finding = findings()[f"remote {tmp_path / 'nothing.git'}"]
    assert finding.state == "problem"
    assert "HUMANPOSE3D_MODELS_URL" in finding.advice


def test_each_remote_is_examined(home: Path, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", f"{tmp_path}/nothing.git {remote}")
    states = [finding.state for name, finding in findings().items() if name.startswith("remote")]
    assert states == ["problem", "good"]


def test_offline_skips_the_remotes_and_reports_missing_models(
    home: Path, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    found = findings()
    assert found[f"remote {remote}"].state == "skipped"
    assert found["models"].state == "problem"
    assert "import" in found["models"].advice


def test_a_damaged_model_is_a_problem(home: Path, remote: str) -> None:
    get_model_path("gru")
    (home / "models" / "GRU.h5").write_bytes(b"")
    assert findings()["models"].state == "problem"


@pytest.mark.skipif(os.name != "posix", reason="flock is POSIX")
@pytest.mark.parametrize("behaviour", ["raise OSError(38, 'Function not implemented')", "return None"])
def test_locks_that_do_not_work_are_found(behaviour: str, home: Path, tmp_path: Path, remote: str) -> None:
    """flock that fails, and flock that succeeds and does nothing, in both processes."""
    patched = tmp_path / "patched"
    patched.mkdir()
    (patched / "sitecustomize.py").write_text(
        f"import fcntl\ndef flock(fd, operation):\n    {behaviour}\nfcntl.flock = flock\n", encoding="utf-8"
    )
    path = os.pathsep.join([str(patched), os.environ["PYTHONPATH"]])
    command = [sys.executable, "-m", "humanpose3d", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=False)
    found = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert found["locks"]["state"] == "problem", done.stderr
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/proc/self/mounts").exists(), reason="only Linux lists its mounts there")
def test_the_file_system_is_named(tmp_path: Path) -> None:
    assert file_system_type(Path("/proc")) == "proc"
    assert file_system_type(tmp_path)


def test_the_command_prints_advice(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(tmp_path / "nothing.git"))
    assert main(["doctor"]) == 1
    assert "HUMANPOSE3D_MODELS_URL" in capsys.readouterr().out
