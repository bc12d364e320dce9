"""A sixth model is one row: the very row of the guide, in a copy of the package."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.repositories import commit_file

from docs.blocks import PROJECT, blocks_of

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def row() -> str:
    (block,) = [block for block in blocks_of("docs/contributing.md") if block.mark == "row"]
    return "    " + block.text.strip()


@pytest.fixture
def new_model(models_checkout: Path) -> bytes:
    """A checkpoint that is none of the five: one of them, packed anew."""
    packed = io.BytesIO()
    source = models_checkout / "checkpoints" / "best_joint_model.pth"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return packed.getvalue()


@pytest.fixture
def extended(row: str, tmp_path: Path) -> Path:
    """A copy of the package with one row more."""
    copy = tmp_path / "extended"
    shutil.copytree(PROJECT / "humanpose3d", copy / "humanpose3d", ignore=shutil.ignore_patterns("__pycache__", "data"))
    registry = copy / "humanpose3d" / "model_assets" / "registry.py"
    before, head, after = registry.read_text(encoding="utf-8").partition("_TABLE = (\n")
    table, end, rest = after.partition("\n)\n")
    registry.write_text(f"{before}{head}{table}\n{row}{end}{rest}", encoding="utf-8")
    return copy


@pytest.fixture
def run(extended: Path, home: Path, tmp_path: Path) -> Run:
    """Run the copy's command line, which must succeed."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "humanpose3d", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(extended), **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    return run


@pytest.mark.slow
def test_one_row_is_enough(
    row: str, run: Run, remote: str, repository: Path, new_model: bytes, home: Path, tmp_path: Path
) -> None:
    name, path, _size, purpose = eval(row.strip().rstrip(","))
    commit_file(repository, f"models/{path}", new_model)

    target = home / "models" / path
    assert run("models", "path", name).stdout.strip() == str(target)
    assert target.read_bytes() == new_model

    listed = json.loads(run("models", "list", "--json").stdout)
    assert [(entry["name"], entry["purpose"]) for entry in listed][-1] == (name, purpose)
    assert len(listed) == 6

    run("models", "download")
    run("models", "verify")
    run("models", "lock")
    run("models", "export", "six.zip")
    elsewhere = {"HUMANPOSE3D_HOME": str(tmp_path / "other home"), "HUMANPOSE3D_OFFLINE": "1"}
    assert name in run("models", "import", "six.zip", "--locked", "models.lock.json", **elsewhere).stdout
    assert run("models", "path", target.name, **elsewhere).stdout.strip().endswith(target.name)
    assert str(target) in run("models", "remove", name).stdout


@pytest.mark.slow
def test_a_set_from_before_gets_it_with_force(
    row: str, remote: str, repository: Path, new_model: bytes, run: Run
) -> None:
    """The recorded commit lacks the model; `--force` moves the set to one that has it."""
    from humanpose3d.model_assets import get_model_path

    get_model_path("joint")
    name, path, *_ = eval(row.strip().rstrip(","))
    commit_file(repository, f"models/{path}", new_model)
    with pytest.raises(AssertionError, match="is not in the repository"):
        run("models", "path", name)
    run("models", "download", "--force")
    run("models", "check")
