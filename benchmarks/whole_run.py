"""How much a whole run costs over MediaPipe alone, in time and memory, on a quiet and on a busy machine.

The clip is made from the demo's: scaled up and padded to 1920 x 1080, with the noise and the bit rate of a phone, and
repeated for half a minute. The models are the demo's unless told otherwise. Every measured process is a fresh one, and
the ways take turns, so that what else the machine does falls on all of them.

``python benchmarks/whole_run.py`` compares

* the start: from the start of the process to the first decoded frame, against ``import mediapipe`` alone;
* the run: everything on, from the start of the process to its end, against MediaPipe alone, which detects the same
  frames lying decoded in memory, without its import;
* its parts, above all writing the overlay, against detecting;
* its peak memory, on the whole clip and on a third of it.

``--busy`` runs a third of the clip alone and beside one endless loop for each core, and compares the stages.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(PROJECT))

from support.hd_clip import FRAMES_OF_THE_DEMO, hd_clip  # noqa: E402
from support.measuring import Target, markdown_table, targets_table  # noqa: E402

RATE = 30
_NOTHING_S = 0.1  # a stage that takes less is one frame of the machine's scheduler away from three times as much


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="length of the clip (default 30)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is timed (default 3)")
    parser.add_argument("--model", type=Path, help="a pose_landmarker*.task file; default: the demo's")
    parser.add_argument("--busy", action="store_true", help="compare a busy machine with a quiet one")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "VIDEO"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        what, video = options.child
        CHILDREN[what](Path(video), options.seconds)
        return 0
    with tempfile.TemporaryDirectory() as name, models(Path(name), options.model):
        folder = Path(name)
        clips = {seconds: hd_clip(folder, seconds) for seconds in (options.seconds, options.seconds / 3)}
        if options.busy:
            return compare_busy(clips[options.seconds / 3], options.rounds)
        return compare(clips, options.rounds)


@contextmanager
def models(folder: Path, pose_model: Path | None) -> Iterator[None]:
    """Let the resolver find the demo's models, with another pose model if one is given."""
    from humanpose3d.demo import demo_environment
    from humanpose3d.model_assets import download_models, get_model_path

    with demo_environment(folder / "home"):
        download_models()
        if pose_model:
            target = get_model_path("mediapipe")
            target.unlink()
            target.write_bytes(pose_model.read_bytes())
        yield


# What is measured, each in a process of its own


def import_mediapipe() -> None:
    import mediapipe  # noqa: F401


def first_frame(video: Path) -> None:
    """Run until the first frame is decoded, and until it is detected in."""
    from humanpose3d.runs import run
    from humanpose3d.video.reader import VideoReader

    class Watched(VideoReader):
        def __init__(self, path: Path, **options: int) -> None:
            super().__init__(path, **options)
            print(json.dumps({"decoded": time.time()}), flush=True)

    def stop(*_: object) -> None:
        print(json.dumps({"detected": time.time()}), flush=True)
        os._exit(0)

    with tempfile.TemporaryDirectory() as folder, mock.patch.object(run, "VideoReader", Watched):
        run.run_pipeline(video, output=Path(folder) / "out", progress=stop)


def mediapipe_alone(video: Path, seconds: float) -> None:
    """Detect on as many frames as the video has; those of one round of the demo lie in memory and come again."""
    from itertools import cycle, islice

    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    from humanpose3d.model_assets import get_model_path
    from humanpose3d.video.reader import VideoReader

    with VideoReader(video) as reader:
        frames = [frame.rgb for frame in islice(reader.frames(), FRAMES_OF_THE_DEMO)]
    start = time.perf_counter()
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(get_model_path("mediapipe"))),
        running_mode=vision.RunningMode.VIDEO,
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for number, rgb in enumerate(islice(cycle(frames), round(seconds * RATE))):
            image = mediapipe.Image(mediapipe.ImageFormat.SRGB, rgb)
            landmarker.detect_for_video(image, round(number * 1000 / RATE))
    print(json.dumps({"seconds": time.perf_counter() - start}))


def whole_run(video: Path) -> None:
    from humanpose3d import run_pipeline

    with tempfile.TemporaryDirectory() as folder:
        trial = run_pipeline(video, height=1.78, output=Path(folder) / "out")
        stages = {stage["name"]: stage["seconds"] for stage in trial.record["stages"]}
    print(json.dumps({"stages": stages, "peak_mb": peak_memory_mb()}))


CHILDREN = {
    "import": lambda _video, _seconds: import_mediapipe(),
    "first-frame": lambda video, _seconds: first_frame(video),
    "alone": mediapipe_alone,
    "whole": lambda video, _seconds: whole_run(video),
}


def peak_memory_mb() -> float:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


@dataclass(frozen=True)
class Outcome:
    """What a child took, in seconds, and what it told."""

    begun: float
    seconds: float
    told: dict


def measured(what: str, video: Path, seconds: float) -> Outcome:
    command = [sys.executable, __file__, "--child", what, str(video), "--seconds", str(seconds)]
    begun, start = time.time(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{what} failed:\n{done.stderr}")
    told: dict = {}
    for line in done.stdout.splitlines():
        told |= json.loads(line)
    return Outcome(begun, took, told)


# The comparisons


def compare(clips: dict[float, Path], rounds: int) -> int:
    seconds, short = sorted(clips, reverse=True)
    video = clips[seconds]
    frames = round(seconds * RATE)
    peak_of_short = measured("whole", clips[short], short).told["peak_mb"]  # and fills the caches of the disk
    starts = [(measured("import", video, 0), measured("first-frame", video, 0)) for _ in range(2 * rounds)]
    runs = [(measured("alone", video, seconds), measured("whole", video, seconds)) for _ in range(rounds)]

    imported = statistics.median(plain.seconds for plain, _ in starts)
    until = {
        name: statistics.median(ours.told[name] - ours.begun for _, ours in starts) for name in ("decoded", "detected")
    }
    alone = statistics.median(plain.told["seconds"] for plain, _ in runs)
    whole = statistics.median(ours.seconds for _, ours in runs)
    stages = {
        name: statistics.median(ours.told["stages"][name] for _, ours in runs) for name in runs[0][1].told["stages"]
    }
    peak = max(ours.told["peak_mb"] for _, ours in runs)

    print(f"Medians of {rounds} rounds (start: {len(starts)}).\n")
    rows = [
        ("`import mediapipe` alone", f"{imported:.2f}", "1.00"),
        ("a run: first frame decoded", f"{until['decoded']:.2f}", f"{until['decoded'] / imported:.2f}"),
        ("a run: first frame detected in", f"{until['detected']:.2f}", f"{until['detected'] / imported:.2f}"),
    ]
    print(markdown_table(("since the start of the process", "s", "times the import"), rows) + "\n")
    rows = [("MediaPipe alone, frames decoded", f"{alone:.2f}", "1.00")]
    rows += [(f"stage `{name}`", f"{took:.2f}", f"{took / alone:.2f}") for name, took in stages.items() if took > 0.005]
    rows += [("the whole process", f"{whole:.2f}", f"{whole / alone:.2f}")]
    print(markdown_table((f"{frames} frames of 1920 x 1080", "s", "times MediaPipe alone"), rows) + "\n")
    least = min(ours.seconds / plain.told["seconds"] for plain, ours in runs)
    targets = [
        Target("first decoded frame / import of MediaPipe", 2.0, until["decoded"] / imported),
        Target("overlay / detection", 0.9, stages["overlay"] / stages["detect"]),
        Target("whole run / MediaPipe alone", 2.3, whole / alone),
        Target("whole run / MediaPipe alone, in the quietest round", 2.3, least),
        Target("peak memory, MB", 550, peak),
        Target(f"peak memory of {seconds:.0f} s / of {short:.0f} s", 1.1, peak / peak_of_short),
    ]
    print(targets_table(targets))
    return 0 if all(target.met for target in targets) else 1


def compare_busy(video: Path, rounds: int) -> int:
    measured("whole", video, 0)  # fills the caches of the disk
    quiet_rounds, busy_rounds = [], []
    for _ in range(rounds):
        quiet_rounds.append(measured("whole", video, 0).told["stages"])
        with busy_cores():
            busy_rounds.append(measured("whole", video, 0).told["stages"])
    quiet, busy = (
        {name: statistics.median(stages[name] for stages in each) for name in each[0]}
        for each in (quiet_rounds, busy_rounds)
    )
    rows, worst = [], 0.0
    for name, took in quiet.items():
        if max(took, busy[name]) < 0.005:
            continue
        ratio = busy[name] / took if took else float("inf")
        rows.append((f"`{name}`", f"{took:.2f}", f"{busy[name]:.2f}", f"{ratio:.2f}"))
        if busy[name] > _NOTHING_S:
            worst = max(worst, ratio)
    print(markdown_table(("stage", "quiet, s", "busy, s", "times"), rows) + "\n")
    target = Target(f"beside {cores()} endless loops, any stage above {_NOTHING_S} s / quiet", 3.0, worst)
    print(targets_table([target]))
    return 0 if target.met else 1


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy with a process of its own."""
    with ExitStack() as stack:
        for _ in range(cores()):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(loop.kill)
        yield


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
