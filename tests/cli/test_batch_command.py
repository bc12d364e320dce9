"""``humanpose3d batch`` as a user meets it: real processes, real models, and what happens to them."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from batch.short_clips import BROKEN, long_clip, short_clip, twenty_clips
from support.aftermath import processes_of, wait_until
from support.processes import COMPUTING, children_of

from humanpose3d.batch.lock import only_batch
from humanpose3d.cli.main import main

pytestmark = pytest.mark.slow

TABLES = {"batch.json", "batch.csv", "batch_cycles.csv", "index.html"}
QUICK = ("--no-refine", "--no-motion", "--no-augment", "--no-overlay")
posix = pytest.mark.skipif(os.name != "posix", reason="these signals, and lists of processes, are those of POSIX")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "humanpose3d", "batch", *QUICK, *map(str, arguments)]


def batch(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    options = {"env": {**os.environ, **environment}, "capture_output": True, "text": True, "encoding": "utf-8"}
    return subprocess.run(command(*arguments), cwd=cwd, check=False, timeout=600, **options)


@contextmanager
def started(*arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a batch as the leader of its own process group, as a shell does; nothing of it is left at the end."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        command(*arguments), cwd=cwd, start_new_session=True, text=True, encoding="utf-8", **pipes
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def rows_of(output: Path) -> list[dict[str, str]]:
    with (output / "batch.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def done_in(output: Path) -> list[Path]:
    return list(output.glob("*/run.json"))


def assert_nothing_runs(home: Path) -> None:
    """No worker is there any more; Python's own resource tracker goes when it sees that its parent has gone."""
    assert [process for process in processes_of(home) if "resource_tracker" not in process] == []
    wait_until(lambda: not processes_of(home), within=10)


def whole(folder: Path) -> bool:
    """Whether a trial's folder holds all that its record names, and nothing half."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return there == set(record["outputs"].values())


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, demo_clip: Path, models_checkout: Path) -> Path:
    """A folder with twenty clips, three of them broken, and a home with models."""
    folder = tmp_path_factory.mktemp("lab")
    twenty_clips(demo_clip, folder / "videos")
    shutil.copytree(models_checkout, folder / "home" / "models")
    return folder


@pytest.fixture(autouse=True)
def stocked(lab: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(lab / "home"))
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    return lab / "home"


@pytest.fixture(scope="module")
def undisturbed(lab: Path) -> subprocess.CompletedProcess[str]:
    """The twenty clips, with two workers."""
    home = str(lab / "home")
    return batch("videos", "--output", "undisturbed", "--jobs", "2", cwd=lab, HUMANPOSE3D_HOME=home)


@pytest.fixture
def clips(tmp_path: Path, demo_clip: Path) -> Path:
    """Two short clips."""
    short_clip(demo_clip, tmp_path / "a.mp4", 5)
    short_clip(demo_clip, tmp_path / "b.mp4", 6)
    return tmp_path


def test_three_broken_videos_of_twenty_stop_nothing(
    stocked: Path, lab: Path, undisturbed: subprocess.CompletedProcess[str]
) -> None:
    assert undisturbed.returncode == 1, undisturbed.stderr
    rows = rows_of(lab / "undisturbed")
    assert len(rows) == 20
    failed = [row for row in rows if row["status"] == "failed"]
    assert len(failed) == len(BROKEN)
    assert all("is not a video" in row["reason"] or "is empty" in row["reason"] for row in failed)
    done = [row for row in rows if row["status"] == "done"]
    assert all(whole(lab / "undisturbed" / row["trial"]) for row in done)
    assert all(row["frames"] == row["frames_with_pose"] != "" for row in done)
    assert {row["trial"] for row in rows} == {
        f"{side}_walk{number}" for side in ("left", "right") for number in range(10)
    }
    assert "17 done, 3 failed" in undisturbed.stdout
    assert "[20/20]" in undisturbed.stderr
    assert {path.name for path in (lab / "undisturbed").iterdir()} == {
        *TABLES,
        *(row["trial"] for row in done),
    }


@posix
def test_interrupted_then_killed_then_resumed_it_gives_the_same_table(
    stocked: Path, lab: Path, undisturbed: subprocess.CompletedProcess[str]
) -> None:
    output = lab / "disturbed"
    videos = ("videos", "--output", output, "--jobs", "2", "--resume")
    with started(*videos, cwd=lab) as process:
        wait_until(lambda: len(done_in(output)) >= 3, within=120)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 130
        assert_nothing_runs(stocked)
    assert "Traceback" not in said
    assert said.endswith("humanpose3d: interrupted\n")
    done = {path.parent.name for path in done_in(output)}
    assert len(done) < 17
    assert {row["trial"] for row in rows_of(output) if row["status"] == "done"} <= done
    assert {row["status"] for row in rows_of(output)} >= {"done", "unfinished"}
    assert {path.name for path in output.iterdir()} == {*TABLES, *done}

    interrupted = (output / "batch.csv").read_bytes()
    with started(*videos, cwd=lab) as process:
        wait_until(lambda: len(done_in(output)) >= len(done) + 1, within=120)
        os.kill(children_of(process.pid, COMPUTING)[0], signal.SIGKILL)
        wait_until(lambda: len(done_in(output)) >= len(done) + 4, within=120)
        process.kill()
        process.communicate()
        wait_until(lambda: not processes_of(stocked), within=10)
    assert len(done_in(output)) < 17
    assert (output / "batch.csv").read_bytes() == interrupted
    before = {path: path.stat().st_mtime_ns for path in done_in(output)}

    resumed = batch(*videos, cwd=lab)
    assert resumed.returncode == 1, resumed.stderr
    assert (output / "batch.csv").read_bytes() == (lab / "undisturbed" / "batch.csv").read_bytes()
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert all(whole(path.parent) for path in done_in(output))
    assert {path.name for path in output.iterdir()} == {path.name for path in (lab / "undisturbed").iterdir()}
    counts = json.loads((output / "batch.json").read_text(encoding="utf-8"))["counts"]
    assert counts == {"done": 17 - len(before), "failed": 3, "skipped": len(before), "unfinished": 0}


@posix
def test_a_parent_that_is_killed_at_once_leaves_no_table_and_no_process(stocked: Path, clips: Path) -> None:
    with started("a.mp4", "b.mp4", "--output", "out", "--jobs", "1", cwd=clips) as process:
        wait_until(lambda: (clips / "out" / "a").exists(), within=60)
        process.kill()
        process.communicate()
        wait_until(lambda: not processes_of(stocked), within=10)
    assert not (clips / "out" / "batch.csv").exists()


@posix
def test_a_request_to_end_is_as_good_as_ctrl_c(stocked: Path, clips: Path, demo_clip: Path) -> None:
    shutil.copy(demo_clip, clips / "long.mp4")
    with started("long.mp4", "a.mp4", "--output", "out", "--jobs", "1", cwd=clips) as process:
        wait_until(lambda: (clips / "out" / "long").exists(), within=60)
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM
        assert_nothing_runs(stocked)
    assert [row["status"] for row in rows_of(clips / "out")] == ["unfinished", "unfinished"]
    assert {path.name for path in (clips / "out").iterdir()} == TABLES


@posix
def test_a_killed_worker_is_one_failed_trial(stocked: Path, clips: Path, demo_clip: Path) -> None:
    shutil.copy(demo_clip, clips / "0.mp4")
    with started("0.mp4", "a.mp4", "b.mp4", "--output", "out", "--jobs", "1", cwd=clips) as process:
        wait_until(lambda: (clips / "out" / "0").exists(), within=60)
        os.kill(children_of(process.pid, COMPUTING)[0], signal.SIGKILL)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    killed, *others = rows_of(clips / "out")
    assert (killed["trial"], killed["status"]) == ("0", "failed")
    assert "SIGKILL" in killed["reason"] and "fewer at once" in killed["reason"]
    assert [row["status"] for row in others] == ["done", "done"]
    assert "SIGKILL" in out
    assert not (clips / "out" / "0").exists()


def test_resume_does_what_is_missing_or_changed(stocked: Path, clips: Path, demo_clip: Path) -> None:
    def outcomes(*arguments: object) -> Sequence[str]:
        done = batch("a.mp4", "b.mp4", "--output", "out", "--jobs", "1", "--resume", "--json", *arguments, cwd=clips)
        assert done.returncode == 0, done.stderr
        trials = json.loads(done.stdout)["trials"]
        return ["skipped" if trial["skipped"] else trial["status"] for trial in trials]

    assert outcomes() == ["done", "done"]
    assert outcomes() == ["skipped", "skipped"]
    os.utime(clips / "a.mp4")
    assert outcomes() == ["skipped", "skipped"]
    (clips / "out" / "a" / "a_final.trc").unlink()
    assert outcomes() == ["done", "skipped"]
    short_clip(demo_clip, clips / "b.mp4", 7)
    assert outcomes() == ["skipped", "done"]
    assert whole(clips / "out" / "b")
    assert outcomes("--height", "1.8") == ["done", "done"]


def test_results_of_another_video_are_kept(stocked: Path, clips: Path, demo_clip: Path) -> None:
    def refused(*arguments: object) -> bool:
        done = batch(*arguments, "--output", "out", cwd=clips)
        assert done.returncode == 1
        assert (clips / "out" / "a" / "run.json").read_bytes() == before
        return "holds the results of another video" in rows_of(clips / "out")[0]["reason"]

    assert batch("a.mp4", "--output", "out", cwd=clips).returncode == 0
    before = (clips / "out" / "a" / "run.json").read_bytes()
    other = short_clip(demo_clip, clips / "other" / "a.mp4", 7)
    assert refused("other/a.mp4", "--resume")
    assert refused("other/a.mp4", "--resume")
    shutil.copy(other, clips / "a.mp4")
    assert refused("a.mp4")


def test_a_height_that_fits_no_trial_is_told_once_and_nothing_is_done(stocked: Path, clips: Path) -> None:
    done = batch("a.mp4", "b.mp4", "--height", "178", "--output", "out", cwd=clips)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("178 looks like centimetres, use 1.78") == 1
    assert not (clips / "out").exists()


def test_the_help_says_that_the_output_must_be_given(stocked: Path, clips: Path) -> None:
    assert "must be given" in " ".join(batch("--help", cwd=clips).stdout.split())
    assert batch("a.mp4", cwd=clips).returncode == 2


def test_a_table_gives_options_for_each_trial(stocked: Path, clips: Path) -> None:
    lines = ["video;name;height;no-augment", "a.mp4;first;1,75;", "b.mp4;;178;yes", "b.mp4;;tall;", "b.mp4;;;perhaps"]
    (clips / "trials.csv").write_text("\n".join(lines), encoding="utf-8")
    done = batch("trials.csv", "--weight", "70", "--output", "out", "--jobs", "1", cwd=clips)
    assert done.returncode == 1, done.stderr
    first, centimetres, word, neither = rows_of(clips / "out")
    assert (first["trial"], first["status"], first["height_m"], first["weight_kg"]) == ("first", "done", "1.75", "70")
    assert "178 looks like centimetres" in centimetres["reason"]
    assert "line 4 of trials.csv" in word["reason"] and "'tall'" in word["reason"]
    assert "yes or no" in neither["reason"]
    settings = json.loads((clips / "out" / "first" / "run.json").read_text(encoding="utf-8"))["settings"]
    assert (settings["height_m"], settings["augmenter"]) == (1.75, "none")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["video,hight", "a.mp4,1.8"], "'hight' (line 2 of trials.csv) is no option"),
        (["video,output", "a.mp4,x"], "'output'"),
        (["video,name", "a.mp4,x/y"], "cannot be a folder's"),
        (["video,name", "a.mp4,x", "b.mp4,X"], "is there twice"),
    ],
)
def test_a_wrong_table_is_refused_before_anything_is_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lines: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trials.csv").write_text("\n".join(lines), encoding="utf-8")
    assert main(["batch", "trials.csv", "--output", "out"]) == 1
    assert message in capsys.readouterr().err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("a.mp4", "required: --output"),
        ("--output out", "required: VIDEO"),
        ("a.mp4 --output out --jobs 0", "at least 1"),
        ("a.mp4 --output out --jobs many", "--jobs: it takes a whole number"),
        ("a.mp4 --output out --time-limit 0", "more than 0"),
        ("a.mp4 --output out --time-limit nan", "more than 0"),
        ("a.mp4 --output out --partition short", "--partition needs --engine slurm"),
        ("a.mp4 --output out --dry-run", "--dry-run needs --engine slurm"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: str, message: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["batch", *arguments.split()])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_video_over_its_time_limit_has_failed(stocked: Path, clips: Path, demo_clip: Path) -> None:
    long_clip(demo_clip, clips / "long.mp4")
    done = batch("long.mp4", "--output", "out", "--time-limit", "0.03", cwd=clips)
    assert done.returncode == 1
    [row] = rows_of(clips / "out")
    assert (row["status"], row["reason"]) == (
        "failed",
        "It was not done within the 0.03 min of --time-limit, and was ended.",
    )
    assert {path.name for path in (clips / "out").iterdir()} == TABLES


def test_a_second_batch_into_one_folder_is_refused_and_changes_nothing(stocked: Path, clips: Path) -> None:
    (clips / "out").mkdir()
    with only_batch(clips / "out"):
        before = sorted((clips / "out").iterdir())
        second = batch("a.mp4", "--output", "out", cwd=clips)
        assert sorted((clips / "out").iterdir()) == before
    assert second.returncode == 1
    assert second.stderr.startswith(f"humanpose3d: error: Another batch works in out (process {os.getpid()} on ")
    assert second.stderr.count("\n") == 1


def test_models_are_fetched_once_before_any_worker_starts(
    remote: str, home: Path, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUMANPOSE3D_OFFLINE")
    done = batch("a.mp4", "missing.mp4", "--output", "out", "--jobs", "2", cwd=clips)
    assert [row["status"] for row in rows_of(clips / "out")] == ["done", "failed"], done.stderr
    assert done.stderr.index("mediapipe: 100 %") < done.stderr.index("[1/2]")
    assert done.stderr.count("mediapipe: 100 %") == 1


def test_offline_without_models_nothing_is_begun(home: Path, clips: Path) -> None:
    done = batch("a.mp4", "--output", "out", cwd=clips)
    assert done.returncode == 1
    assert done.stderr.startswith("[main] Error: Models not found in ")
    assert not (clips / "out").exists()


def test_bars_show_trials_frames_and_each_worker(stocked: Path, clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_PROGRESS", "1")
    done = batch("a.mp4", "b.mp4", "missing.mp4", "--output", "out", "--jobs", "2", cwd=clips)
    assert "trials: 100%" in done.stderr and "3/3" in done.stderr
    assert "11 frames" in done.stderr and "1 failed" in done.stderr
    assert "  a:" in done.stderr and "  b:" in done.stderr
    monkeypatch.setenv("HUMANPOSE3D_PROGRESS", "0")
    assert batch("a.mp4", "missing.mp4", "--output", "out", "--resume", cwd=clips).stderr == ""
