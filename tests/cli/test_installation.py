"""What the doctor finds out about packages, libraries, programs and the processor."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from humanpose3d.cli import installation
from humanpose3d.cli.installation import examine_installation
from humanpose3d.cli.main import main
from humanpose3d.errors import PackageImportError
from humanpose3d.model_assets.service.doctor import Finding
from humanpose3d.opensim import installed


def found(name: str) -> Finding:
    return next(finding for finding in examine_installation() if finding.name == name)


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    """Let packages not be installed."""
    known = installation._version
    monkeypatch.setattr(installation, "_version", lambda name: None if name in missing else known(name))
    for module in (installation, installed):
        monkeypatch.setattr(module, "find_spec", lambda name: None if name in missing else find_spec(name))


def test_this_machine_runs_the_tests() -> None:
    names = [finding.name for finding in examine_installation()]
    assert names == ["packages", "MediaPipe's libraries", "browser for PDF", "Pose2Sim", "OpenSim", "processor"]
    for name in names[:2]:
        assert found(name).state == "good"
    assert "mediapipe 0.10." in found("packages").detail


def test_a_missing_package_is_a_problem_and_no_pipeline_at_all_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "scipy")
    assert found("packages") == Finding(
        "packages", "problem", "not installed: scipy", "Install them with: pip install 'humanpose3d[pipeline]'"
    )
    without(monkeypatch, *installation._PACKAGES)
    assert (found("packages").state, found("MediaPipe's libraries").state) == ("skipped", "skipped")


def test_it_needs_no_package_of_the_pipeline() -> None:
    code = """
import sys
sys.modules |= dict.fromkeys(("numpy", "mediapipe", "av", "scipy", "jinja2"))
from humanpose3d.cli import installation
installation._version = lambda name: None
from humanpose3d.opensim import installed
installation.find_spec = installed.find_spec = lambda name: None
print([finding.state for finding in installation.examine_installation() if finding.name != "browser for PDF"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "['skipped', 'skipped', 'skipped', 'skipped', 'good']\n", done.stderr


def test_a_missing_system_library_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: str) -> None:
        raise OSError("libGLESv2.so.2: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(installation.ctypes, "CDLL", fail)
    libraries = found("MediaPipe's libraries")
    assert libraries.state == "problem"
    assert "libGLESv2.so.2" in libraries.detail
    assert "apt-get install" in libraries.advice


def test_what_is_optional_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> tuple[Path, ...]:
        raise PackageImportError("Pose2Sim is not installed; install it with: pip install pose2sim")

    monkeypatch.setattr(installation, "find_chromium", lambda: None)
    monkeypatch.setattr("humanpose3d.loaders.pose2sim.pose2sim_model_files", missing)
    without(monkeypatch, "opensim")
    for name, advice in (
        ("browser for PDF", "Chromium"),
        ("Pose2Sim", "pip install pose2sim"),
        ("OpenSim", "[opensim]"),
    ):
        assert found(name).state == "skipped"
        assert advice in found(name).advice
    monkeypatch.setattr("humanpose3d.loaders.pose2sim.pose2sim_model_files", lambda: ())
    without(monkeypatch, "onnxruntime")
    assert "onnxruntime" in found("Pose2Sim").detail


def test_cores_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "usable_cores", lambda: 3)
    monkeypatch.setattr(installation.os, "cpu_count", lambda: 16)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert found("processor").detail.startswith("3 cores of 16, as this process was given; threads: OMP_NUM_THREADS=2")


def test_the_command_shows_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path))
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    main(["doctor"])
    out = capsys.readouterr().out
    assert "git: " in out
    assert "MediaPipe's libraries: " in out
    assert "processor: " in out
