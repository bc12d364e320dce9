"""How many trials a minute ``humanpose3d batch`` does, against a shell loop over ``humanpose3d run``.

``python benchmarks/batch.py`` copies the demo's clip so often that there is something to do, and runs all of them
three ways in turn, with all stages: one ``humanpose3d run`` after the other, as a loop of a shell does; a batch with
one worker; a batch with two. Each starts cold, and what a process takes to start and to import counts. The models are
the demo's.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=8, help="copies of the demo's clip (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is timed (default 3)")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="numbers of workers (default 1 2)")
    options = parser.parse_args()

    from humanpose3d.demo import demo_environment
    from humanpose3d.model_assets import download_models

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with demo_environment(folder / "home"):
            download_models()
            videos = copies_of_the_demo(folder / "videos", options.trials)
            report(options, measure(videos, folder / "out", options.jobs, options.rounds))
    return 0


def copies_of_the_demo(folder: Path, number: int) -> list[Path]:
    from humanpose3d.demo import clip_path

    folder.mkdir()
    return [Path(shutil.copy(clip_path(), folder / f"walk{copy}.mp4")) for copy in range(number)]


def measure(videos: Sequence[Path], output: Path, jobs: Sequence[int], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each way, in turn, so that what else the machine does falls on all of them."""
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        seconds.setdefault("shell loop", []).append(time_of(lambda: loop(videos, output), output))
        for number in jobs:
            way = f"batch --jobs {number}"
            seconds.setdefault(way, []).append(time_of(lambda number=number: batch(videos, output, number), output))
    return seconds


def loop(videos: Sequence[Path], output: Path) -> None:
    for video in videos:
        run("run", video, "--output", output / video.stem)


def batch(videos: Sequence[Path], output: Path, jobs: int) -> None:
    run("batch", videos[0].parent, "--output", output, "--jobs", jobs)


def run(*arguments: object) -> None:
    command = [sys.executable, "-m", "humanpose3d", *map(str, arguments)]
    quiet = {**os.environ, "HUMANPOSE3D_PROGRESS": "0"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=quiet)


def time_of(work: Callable[[], None], output: Path) -> float:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    shutil.rmtree(output)
    return seconds


def report(options: argparse.Namespace, seconds: dict[str, list[float]]) -> None:
    print(f"{options.trials} trials of 120 frames, {os.cpu_count()} cores, medians of {options.rounds} rounds.\n")
    print("|  | s, median (range) | trials a minute | times the loop |\n| --- | ---: | ---: | ---: |")
    base = statistics.median(seconds["shell loop"])
    for way, times in seconds.items():
        median = statistics.median(times)
        print(
            f"| {way} | {median:.1f} ({min(times):.1f} to {max(times):.1f}) "
            f"| {60 * options.trials / median:.1f} | {base / median:.2f} |"
        )


if __name__ == "__main__":
    sys.exit(main())
