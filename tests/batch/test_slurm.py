"""Batches on a real Slurm of one node, and the script for it."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.aftermath import wait_until
from support.git_server import GitServer

from batch.short_clips import long_clip, short_clip
from batch.slurm_cluster import missing_programs, one_node

pytestmark = pytest.mark.slow

pytest.importorskip("submitit", reason="batches on a cluster need: pip install 'humanpose3d[cluster]'")

WANTED = ("--engine", "slurm", "--memory", "900MB", "--time", "5", "--cores", "1", "--partition", "short")


def command(*arguments: object) -> list[str]:
    quick = ("--no-refine", "--no-motion", "--no-augment", "--no-overlay", "--output", "out")
    return [sys.executable, "-m", "humanpose3d", "batch", *quick, *map(str, arguments)]


def batch(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300
    )


def rows_of(output: Path) -> list[dict[str, str]]:
    with (output / "batch.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    if missing := missing_programs():
        pytest.skip(f"{missing[0]} is not installed; on Debian: apt-get install slurm-wlm munge")
    with one_node(tmp_path_factory.mktemp("slurm")) as environment:
        yield environment


@pytest.fixture
def on_cluster(cluster: dict[str, str], lab: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in cluster.items():
        monkeypatch.setenv(name, value)
    return lab


@pytest.fixture
def lab(home: Path, models_checkout: Path, demo_clip: Path, tmp_path: Path) -> Path:
    """A folder with clips, one of them no video, and a home with models."""
    shutil.copytree(models_checkout, home / "models")
    for number in range(3):
        short_clip(demo_clip, tmp_path / f"walk{number}.mp4", 4 + number)
    (tmp_path / "broken.mp4").write_bytes(b"<html>")
    return tmp_path


def queue() -> list[str]:
    asked = subprocess.run(["squeue", "--noheader", "--format=%i %T"], capture_output=True, text=True, check=True)
    return [line for line in asked.stdout.splitlines() if "COMPLETING" not in line]


def test_one_array_job_does_all_trials(on_cluster: Path) -> None:
    done = batch(".", "--jobs", "2", *WANTED, cwd=on_cluster)
    assert done.returncode == 1, done.stderr
    assert [(row["trial"], row["status"]) for row in rows_of(on_cluster / "out")] == [
        ("broken", "failed"),
        ("walk0", "done"),
        ("walk1", "done"),
        ("walk2", "done"),
    ]
    assert "is not a video" in rows_of(on_cluster / "out")[0]["reason"]
    [script] = (on_cluster / "out" / "slurm").glob("*_submission.sh")
    assert "#SBATCH --array=0-3%2" in script.read_text(encoding="utf-8")
    # What failed keeps its logs.
    logs = [path.name for path in (on_cluster / "out" / "slurm").glob("*_log.*")]
    assert logs and all(re.fullmatch(r"\d+_0_0_log\.(out|err)", name) for name in logs)

    again = batch(".", "--jobs", "2", "--resume", *WANTED, cwd=on_cluster)
    assert "1 failed, 3 skipped" in again.stdout
    table = rows_of(on_cluster / "out")
    local = batch(".", "--jobs", "1", "--output", "local", cwd=on_cluster)
    assert local.returncode == 1
    assert rows_of(on_cluster / "local") == table


def test_a_job_that_is_ended_by_others_is_one_failed_trial(on_cluster: Path, demo_clip: Path) -> None:
    long_clip(demo_clip, on_cluster / "long.mp4")
    with subprocess.Popen(command("long.mp4", "walk0.mp4", *WANTED), cwd=on_cluster) as process:
        wait_until(lambda: (on_cluster / "out" / "long").exists(), within=120)
        [job] = [line.split()[0] for line in queue() if line.split()[0].endswith("_0")]
        subprocess.run(["scancel", job], check=True)
        assert process.wait(120) == 1
    ended, other = rows_of(on_cluster / "out")
    assert (ended["status"], other["status"]) == ("failed", "done")
    assert f"The job {job} ended without a result" in ended["reason"]
    assert "CANCELLED" in ended["reason"]


def test_ctrl_c_cancels_the_array(on_cluster: Path, demo_clip: Path) -> None:
    long_clip(demo_clip, on_cluster / "long.mp4")
    videos = ("walk0.mp4", "long.mp4", "walk1.mp4")
    with subprocess.Popen(command(*videos, "--jobs", "1", *WANTED), cwd=on_cluster, start_new_session=True) as process:
        wait_until(lambda: (on_cluster / "out" / "long").exists(), within=120)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 130
    wait_until(lambda: queue() == [], within=30)
    assert (on_cluster / "out" / "walk0" / "run.json").exists()
    assert {row["status"] for row in rows_of(on_cluster / "out")[1:]} == {"unfinished"}


def test_slurm_s_refusal_is_told_in_its_words(on_cluster: Path) -> None:
    done = batch("walk0.mp4", "walk1.mp4", *WANTED[:-1], "nowhere", cwd=on_cluster)
    assert done.returncode == 1
    assert "Slurm refused the job" in done.stderr and "invalid partition" in done.stderr


def test_a_dry_run_prints_the_script_and_does_nothing(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # no Slurm either
    done = batch(".", "--dry-run", "--jobs", "3", "--account", "lab", *WANTED, cwd=lab)
    assert done.returncode == 0, done.stderr
    for line in (
        "#SBATCH --array=0-3%3",
        "#SBATCH --partition=short",
        "#SBATCH --account=lab",
        "#SBATCH --mem=900MB",
        "#SBATCH --time=5",
        "#SBATCH --cpus-per-task=1",
        "export OMP_NUM_THREADS=1",
    ):
        assert line in done.stdout.splitlines()
    assert not (lab / "out").exists()


def test_the_printed_script_is_the_one_that_is_submitted(on_cluster: Path) -> None:
    for name in ("no0.mp4", "no1.mp4"):
        (on_cluster / name).touch()
    printed = batch("no0.mp4", "no1.mp4", "--dry-run", *WANTED, cwd=on_cluster).stdout
    assert "2 failed" in batch("no0.mp4", "no1.mp4", *WANTED, cwd=on_cluster).stdout
    [script] = (on_cluster / "out" / "slurm").glob("*_submission.sh")
    assert script.read_text(encoding="utf-8").strip() == printed.strip()


def test_without_slurm_nothing_is_begun(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    done = batch("walk0.mp4", *WANTED, cwd=lab)
    assert done.returncode == 1
    assert "Slurm is not on this machine" in done.stderr
    assert not (lab / "out").exists()


def test_more_videos_than_an_array_may_have_go_into_several(on_cluster: Path) -> None:
    """Files that are no videos: what counts is that none is lost."""
    videos = [f"no{number}.mp4" for number in range(6)]
    for name in videos:
        (on_cluster / name).touch()
    printed = batch(*videos, "--dry-run", "--jobs", "3", *WANTED, cwd=on_cluster).stdout
    done = batch(*videos, "--jobs", "3", *WANTED, cwd=on_cluster)
    assert "6 failed" in done.stdout, done.stderr
    assert [row["trial"] for row in rows_of(on_cluster / "out")] == [f"no{number}" for number in range(6)]
    assert all("is empty" in row["reason"] for row in rows_of(on_cluster / "out"))
    scripts = sorted((on_cluster / "out" / "slurm").glob("*_submission.sh"), key=lambda path: path.stat().st_mtime_ns)
    arrays = [re.findall(r"--array=(.*)", script.read_text(encoding="utf-8")) for script in scripts]
    assert arrays == [["0-3%3"], ["0-1%2"]]
    assert re.findall(r"--array=(.*)", printed) == ["0-3%3", "0-1%2"]
    assert "# Array 2 of 2, when the one before has ended:" in printed


def test_an_array_whose_waiting_command_was_killed_is_ended_before_the_next(on_cluster: Path, demo_clip: Path) -> None:
    long_clip(demo_clip, on_cluster / "long.mp4")
    with subprocess.Popen(command("long.mp4", "walk0.mp4", "--jobs", "1", *WANTED), cwd=on_cluster) as process:
        wait_until(lambda: (on_cluster / "out" / "long").exists(), within=120)
        [lost, *_] = [line.split("_")[0] for line in queue()]
        process.kill()
    short_clip(demo_clip, on_cluster / "long.mp4", 4)
    done = batch("long.mp4", "walk0.mp4", "--resume", *WANTED, cwd=on_cluster)
    assert done.returncode == 0, done.stderr
    assert not [line for line in queue() if line.startswith(lost)]
    assert [row["frames"] for row in rows_of(on_cluster / "out")] == ["4", "4"]
    assert not list((on_cluster / "out" / "slurm").glob("running*"))


def test_one_fetch_is_for_the_whole_array(
    on_cluster: Path, home: Path, remote: str, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(home / "empty"))
    done = batch("walk0.mp4", "walk1.mp4", "--jobs", "2", *WANTED, cwd=on_cluster)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("mediapipe: 100 %") == 1
    assert server.bytes_sent < 1.1 * (home / "empty" / "models" / "pose_landmarker_heavy.task").stat().st_size


def test_one_video_is_a_job_of_its_own(on_cluster: Path) -> None:
    done = batch("walk0.mp4", "--json", *WANTED, cwd=on_cluster)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["done"] == 1
