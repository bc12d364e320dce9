"""The rendered walk's exact truth as markers, and OpenSim with the files of Pose2Sim."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pytest
from support.rendered_walk import landmarks_from_truth

from humanpose3d.opensim.installed import find_model_files
from humanpose3d.opensim.inverse_kinematics import Solution, scale_and_solve
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.trajectories import Markers

OpenSim = Callable[..., str]


@pytest.fixture(scope="session")
def opensim_tools() -> OpenSim:
    """Run code that uses OpenSim in a process of its own, in a folder; what it prints is returned."""
    for package in ("opensim", "pose2sim"):
        try:
            distribution(package)
        except PackageNotFoundError:
            pytest.skip(f"{package} is not installed; .ci/run installs it (pip install 'humanpose3d[opensim]')")

    def run(folder: Path, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", f"import opensim; opensim.Logger.removeFileSink()\n{code}"],
            cwd=folder, env={**os.environ, "LC_NUMERIC": "C"}, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="session")
def walk(demo_truth: Path) -> Markers:
    """The true body markers of the rendered walk; 40 frames are more than a stride."""
    markers = markers_from_landmarks(landmarks_from_truth(demo_truth))
    return Markers(markers.times[:40], markers.names, markers.positions[:40], markers.visibility[:40])


@pytest.fixture(scope="session")
def solve(opensim_tools: OpenSim) -> Callable[..., Solution]:
    """Solve markers with the model of Pose2Sim."""

    def solve(folder: Path, markers: Markers, positions: np.ndarray | None = None, stem: str = "walk") -> Solution:
        folder.mkdir(parents=True, exist_ok=True)
        where = markers.positions if positions is None else positions
        model = find_model_files(False)
        return scale_and_solve(folder, stem, markers.names, markers.times, where, model, mass=75, height=1.78)

    return solve
