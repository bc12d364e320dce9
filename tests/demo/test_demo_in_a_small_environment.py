"""The demo, with every stage on, where git, and packages that a run does not need, are not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

UNNEEDED = ("torch", "pandas", "django")

# Python runs a module of this name when it starts, so child processes miss the packages too.
SITECUSTOMIZE = f"""
import sys

class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {UNNEEDED!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent)
"""


def run_python(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    (cwd / "sitecustomize.py").write_text(SITECUSTOMIZE)
    path = os.pathsep.join(filter(None, [str(cwd), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "PATH": str(cwd)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_whole_run_needs_none_of_them(tmp_path: Path) -> None:
    done = run_python("-m", "humanpose3d", "demo", "--output", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    status = {stage["name"]: stage["status"] for stage in record["stages"]}
    # On this clip the motion model has too few frames to prove itself, and it is no marker augmenter.
    assert {name for name in status if status[name] != "ran"} <= {"motion", "augment"}
    assert (tmp_path / "out" / "report.html").stat().st_size > 100_000
    speed = record["movement"]["numbers"]["walking_speed"]
    assert abs(speed["value"] - 1.15) < 1.96 * speed["uncertainty"]  # of the demo's belt

    statements = """
import numpy as np
from humanpose3d.loaders import load_gru
print(load_gru("out/home/models/GRU.h5").predict_next(np.ones((2, 64, 12, 3))).shape)
"""
    assert run_python("-c", statements, cwd=tmp_path).stdout == "(2, 12, 3)\n"


def test_a_package_that_is_absent_here_is_named_with_its_command(tmp_path: Path) -> None:
    statements = "from humanpose3d.runs.trial import Trial; Trial.to_dataframe(None)"
    done = run_python("-c", statements, cwd=tmp_path)
    assert done.stderr.endswith(
        "PackageImportError: The Python package pandas is not installed; "
        "install it with: pip install 'humanpose3d[dataframe]'\n"
    )
