"""What Slurm says, made up where a real one would take minutes to say it, or be another cluster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from humanpose3d.batch import slurm_array
from humanpose3d.batch.errors import ClusterError
from humanpose3d.batch.pool import Ended
from humanpose3d.batch.slurm import array_sizes
from humanpose3d.batch.slurm_array import SlurmArray
from humanpose3d.batch.trials import BatchTrial

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Slurm is there on POSIX systems only")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder where programs are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.parametrize("daemon", ["slurmstepd", "slurmstepd-node1"])
def test_a_job_over_its_time_limit_is_told_like_one_on_this_machine(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, daemon: str
) -> None:
    monkeypatch.setattr(slurm_array, "_LOOK_SECONDS", 0)
    (programs / "squeue").symlink_to("/bin/true")
    said = f"{daemon}: error: *** JOB 7 ON node1 CANCELLED AT 2026-11-25T23:40:12 DUE TO TIME LIMIT ***"
    after = "submitit WARNING (2026-11-25 23:40:12,841) - Bypassing signal SIGTERM"
    (tmp_path / "7_0_0_log.err").write_text(f"submitit INFO\n{said}\n{after}\n", encoding="utf-8")
    array = SlurmArray(tmp_path, {"7_0": BatchTrial("walk", tmp_path / "walk.mp4", tmp_path / "walk")}, minutes=30)
    [ended] = array.events(1)
    assert isinstance(ended, Ended)
    assert ended.reason == "It was not done within the 30 min of --time-limit, and was ended."


def test_arrays_are_as_large_as_the_cluster_takes(programs: Path) -> None:
    program(programs / "scontrol", "MaxArraySize            = 500")
    assert array_sizes(1200) == [500, 500, 200]
    assert array_sizes(500) == [500]
    assert array_sizes(0) == []


def test_where_no_cluster_says_it_is_slurm_s_default(programs: Path) -> None:
    assert array_sizes(1001) == [1001]
    assert array_sizes(1002) == [1001, 1]
    program(programs / "scontrol", "slurm_load_ctl_conf error: Unable to contact slurm controller")
    assert array_sizes(1002) == [1001, 1]


@pytest.mark.parametrize("largest", [0, 1])
def test_a_cluster_without_arrays_is_told_so(programs: Path, largest: int) -> None:
    program(programs / "scontrol", f"MaxArraySize            = {largest}")
    assert array_sizes(1) == [1]
    with pytest.raises(ClusterError, match=f"no array jobs .its MaxArraySize is {largest}"):
        array_sizes(2)
