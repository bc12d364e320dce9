"""The page about runs names the stages and files of a real run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from docs.blocks import PROJECT
from docs.sandbox import shorten

PAGE = "docs/runs.md"


@pytest.fixture(scope="session")
def run(models_checkout: Path, demo_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The stages of a run that leaves out what can be left out, and the files that it writes."""
    from humanpose3d.runs.run import run_pipeline

    folder = tmp_path_factory.mktemp("run")
    shorten(demo_clip, folder / "VIDEO.mp4")
    shutil.copytree(models_checkout, folder / "home" / "models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMANPOSE3D_HOME", str(folder / "home"))
        trial = run_pipeline(
            folder / "VIDEO.mp4", output=folder / "results", refine=False, motion=False, augmenter="none"
        )
    written = {path.relative_to(trial.folder).as_posix() for path in trial.folder.rglob("*") if path.is_file()}
    return {stage["name"] for stage in trial.record["stages"]}, written


def _cells(title: str) -> set[str]:
    """Return what stands in the first column of a section's table."""
    section = (PROJECT / PAGE).read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    firsts = re.findall(r"^\| (`[^|]*) \|", section, re.M)
    return {name for first in firsts for name in re.findall("`([^`]+)`", first)}


@pytest.mark.slow
def test_every_stage_is_in_the_guide(run: tuple[set[str], set[str]]) -> None:
    assert run[0] <= _cells("Stages"), f"add the new stage to {PAGE}"


@pytest.mark.slow
def test_every_file_is_in_the_guide(run: tuple[set[str], set[str]]) -> None:
    shown = _cells("Results")
    absent = {file for file in run[1] if file not in shown and f"{file.partition('/')[0]}/" not in shown}
    assert absent == set(), f"add the new files to {PAGE} (a folder as `folder/`)"
    for name in shown:
        assert name in run[1] or any(file.startswith(name) for file in run[1]), f"no run writes {name}"
